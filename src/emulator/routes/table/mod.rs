//! The table of routes: which method on which path of which version is answered by whom, with which permission.
//! Holds no logic.
//!
//! Rows come from the reference pages and from what the SDKs generate. A path of the table that lacks a method answers
//! 405, which is what happens to the writes that only the SDKs know. No permission means that no page names one.

mod external;
mod user_flows;

use crate::emulator::routes::route::Section;

// Order matters: a row with a name stands before the row that has a key in the same place.
/// Every section, by the file that holds it.
pub(crate) static TABLES: [&[Section]; 2] = [user_flows::SECTIONS, external::SECTIONS];
