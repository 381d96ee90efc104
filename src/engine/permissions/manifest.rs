//! The permissions of kinds against Microsoft's permission manifest: each difference has a reason in the file of the
//! manifest. The emulator's routes are compared in its own test.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::tests::holder;
use super::{Access, is_granted, required};
use crate::kinds::Kind;

#[derive(Deserialize)]
struct Manifest {
    routes: Vec<Route>,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Route {
    method: String,
    path: String,
    permissions: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Difference {
    of: String,
    lines: BTreeSet<String>,
    reason: String,
}

/// The differences for one kind: permissions that suffice for the client or for Graph only.
fn differences(kind: &Kind, routes: &[Route]) -> Vec<String> {
    let own = kind.collection.path.to_lowercase();
    let of_kind = routes.iter().filter(|route| {
        let path = route.path.to_lowercase();
        path == own || path.strip_suffix("/{id}") == Some(&own)
    });
    let of_kind: Vec<_> = of_kind.collect();
    if of_kind.is_empty() {
        return vec![format!("{}: not in the manifest", kind.name)];
    }
    let permissions = &kind.permissions;
    let declared = [permissions.read, permissions.write].into_iter();
    let declared = declared.chain(permissions.alternative_read.iter().copied());
    let declared: BTreeSet<_> = declared.collect();
    let mut found = BTreeSet::new();
    for route in of_kind {
        let (access, verb) = match route.method.as_str() {
            "GET" => (Access::Read, "read"),
            _ => (Access::Write, "write"),
        };
        let listed = route.permissions.iter().map(String::as_str);
        for permission in listed.chain(declared.iter().copied()) {
            let mut least = required(&BTreeSet::from([kind.name]), access).into_iter();
            let suffices =
                least.all(|(least, kinds)| is_granted(&holder(permission), least, &kinds, access));
            let name = kind.name;
            match (suffices, route.permissions.contains(permission)) {
                (true, false) => found.insert(format!("{name}: {verb} with {permission}")),
                (false, true) => found.insert(format!("{name}: no {verb} with {permission}")),
                (true, true) | (false, false) => false,
            };
        }
    }
    found.into_iter().collect()
}

#[test]
fn permissions_of_kinds_differ_from_the_manifest_only_with_a_reason() {
    let text = include_str!("../../../tests/graph/permissions.json");
    let manifest: Manifest = serde_json::from_str(text).unwrap();
    let found: BTreeSet<_> = Kind::all()
        .flat_map(|kind| differences(kind, &manifest.routes))
        .collect();
    let rows = manifest.differences.iter().filter(|row| row.of == "kinds");
    let mut explained = BTreeSet::new();
    for row in rows {
        assert!(!row.reason.is_empty(), "{:?}", row.lines);
        explained.extend(row.lines.iter().cloned());
    }
    assert_eq!(found, explained);
}
