//! The table of routes: the handler, the tenant types and the permissions of each method, path and version.
//! Holds no logic.
//!
//! The routes come from the reference pages and from what the SDKs generate. A path of the table without the method is
//! answered with 405, as are the writes that only the SDKs have. No permission means that no page names one.
//! Only workforce tenants have sign-up listeners, and B2C tenants have nothing of External ID.

mod external;
mod user_flows;

use std::collections::BTreeSet;

use crate::emulator::routes::route::RouteGroup;

// Order matters: a route with a name precedes the route that has a key in its place.
/// Every group of routes, by the file that holds it.
pub(crate) static TABLES: [&[RouteGroup]; 2] = [user_flows::GROUPS, external::GROUPS];

/// The least privileged roles that permit every route.
pub(crate) fn least_privileged_roles() -> BTreeSet<&'static str> {
    let groups = TABLES.into_iter().flatten();
    let roles = groups.flat_map(|group| [group.read.first(), group.write.first()]);
    roles.flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_privileged_roles_permit_every_route() {
        let roles = least_privileged_roles();
        let permits =
            |named: &[&str]| named.is_empty() || named.iter().any(|it| roles.contains(it));
        for group in TABLES.into_iter().flatten() {
            assert!(
                permits(group.read) && permits(group.write),
                "{}",
                group.prefix
            );
        }
        assert!(!roles.contains("Directory.Read.All"));
    }
}
