//! The table of routes against Microsoft's permission manifest: each difference has a reason in the file of the manifest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{CompiledRoute, ROUTES};

#[derive(Deserialize)]
struct Manifest {
    routes: Vec<ManifestRoute>,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct ManifestRoute {
    method: String,
    path: String,
    permissions: BTreeSet<String>,
}

/// What differs for the same reason. A line that ends in `*` stands for all that begin so.
#[derive(Deserialize)]
struct Difference {
    /// `kinds` are checked in `tests/it/permission_manifest.rs`.
    of: String,
    lines: Vec<String>,
    reason: String,
}

/// A path in lower case, without casts, with `{}` for each key.
fn normal(path: &str) -> String {
    let lower = path.trim_start_matches('/').to_lowercase();
    let segments = lower
        .split('/')
        .filter(|segment| !segment.starts_with("microsoft.graph."));
    let segments = segments.map(|segment| {
        if segment.starts_with('{') {
            "{}"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The operation of a route.
fn operation(route: &CompiledRoute) -> (String, String) {
    (
        route.route.method.to_owned(),
        normal(&route.template.join("/")),
    )
}

/// The operation in the manifest of a route: the manifest omits `$ref` and `$value`.
fn in_manifest<'a>(
    manifest: &'a BTreeMap<(String, String), BTreeSet<String>>,
    (method, path): &(String, String),
) -> Option<(&'a (String, String), &'a BTreeSet<String>)> {
    let short = path.trim_end_matches("/$ref").trim_end_matches("/$value");
    let find = |path: &str| manifest.get_key_value(&(method.clone(), path.to_owned()));
    find(path).or_else(|| find(short))
}

fn differences(manifest: &Manifest) -> BTreeSet<(&'static str, String)> {
    let routes = manifest.routes.iter();
    let listed: BTreeMap<_, _> = routes
        .map(|route| {
            (
                (route.method.clone(), normal(&route.path)),
                route.permissions.clone(),
            )
        })
        .collect();
    let mut found = BTreeSet::new();
    let mut served = BTreeSet::new();
    for route in ROUTES.iter() {
        let (method, path) = operation(route);
        let line = format!("{method} {path}");
        let Some((key, accepted)) = in_manifest(&listed, &(method, path)) else {
            found.insert(("unlisted", line));
            continue;
        };
        served.insert(key);
        let group = route.group;
        let own = if route.route.method == "GET" {
            group.read
        } else {
            group.write
        };
        if own
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
            != *accepted
        {
            found.insert(("permissions", format!("{line}: {}", own.join(", "))));
        }
    }
    let missing = listed.keys().filter(|key| !served.contains(key));
    found.extend(missing.map(|(method, path)| ("unserved", format!("{method} {path}"))));
    found
}

#[test]
fn routes_differ_from_the_permission_manifest_only_with_a_reason() {
    let text = include_str!("../../../../tests/graph/permissions.json");
    let manifest: Manifest = serde_json::from_str(text).unwrap();
    let mut unexplained = differences(&manifest);
    let mut stale = Vec::new();
    for row in manifest.differences.iter().filter(|row| row.of != "kinds") {
        assert!(!row.reason.is_empty(), "{:?}", row.lines);
        for line in &row.lines {
            let explains = |(of, found): &(&str, String)| {
                *of == row.of
                    && match line.strip_suffix('*') {
                        Some(start) => found.starts_with(start),
                        None => found == line,
                    }
            };
            let before = unexplained.len();
            unexplained.retain(|difference| !explains(difference));
            if unexplained.len() == before {
                stale.push(format!("{}: {line}", row.of));
            }
        }
    }
    let unexplained: Vec<_> = unexplained
        .iter()
        .map(|(of, line)| format!("{of}: {line}"))
        .collect();
    assert_eq!(
        (unexplained, stale),
        (Vec::<String>::new(), Vec::<String>::new())
    );
}
