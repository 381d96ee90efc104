//! The table of routes: the handler and the permissions of each method, path and version.
//! Holds no logic.
//!
//! The routes come from the reference pages and from what the SDKs generate. A path of the table without the method is
//! answered with 405, as are the writes that only the SDKs have. No permission means that no page names one.

mod external;
mod user_flows;

use crate::emulator::routes::route::RouteGroup;

// Order matters: a route with a name precedes the route that has a key in its place.
/// Every group of routes, by the file that holds it.
pub(crate) static TABLES: [&[RouteGroup]; 2] = [user_flows::GROUPS, external::GROUPS];
