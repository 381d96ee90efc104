//! What every kind must have. More is in `registry`.

use std::fs;
use std::path::Path;

use entraflow::kinds::KINDS;

use crate::expected::are_rewritten;

#[test]
fn kinds_are_each_created_in_a_scenario() {
    if are_rewritten() {
        return;
    }
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let plans: Vec<_> = fs::read_dir(scenarios)
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("plan.txt")).ok())
        .collect();
    for kind in KINDS {
        let (marker, verb) = match kind.is_always_there() {
            true => ('~', "changes"),
            false => ('+', "creates"),
        };
        let heading = format!("\n{marker} {}/", kind.name);
        assert!(
            plans.iter().any(|plan| plan.contains(&heading)),
            "no tests/scenarios/*/plan.txt {verb} a {0}: add a scenario that does, tests/scenarios/NAME/desired/*.yaml",
            kind.name
        );
    }
}
