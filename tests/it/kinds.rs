//! What every kind must have. More is in `registry`.

use std::fs;
use std::path::Path;

use entraflow::kinds::{KINDS, Kind};

#[test]
fn kinds_are_each_created_in_a_scenario() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let plans: Vec<_> = fs::read_dir(scenarios)
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("plan.txt")).ok())
        .collect();
    let missing: Vec<_> = KINDS
        .iter()
        .map(|kind| kind.name)
        .filter(|name| {
            let is_always_there = Kind::find(name).is_some_and(Kind::is_always_there);
            let marker = if is_always_there { '~' } else { '+' };
            let heading = format!("\n{marker} {name}/");
            !plans.iter().any(|plan| plan.contains(&heading))
        })
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
