//! The inputs that the fuzzer has found worth keeping, each held to what its target in `fuzz/` holds it to.
#![cfg(test)] // lets clippy see that the helper is for tests, too

use std::fs;
use std::path::Path;

#[expect(unreachable_pub, reason = "the fuzzer has it as a library")]
#[path = "../../fuzz/src/lib.rs"]
mod properties;

fn hold(target: &str, property: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files: Vec<_> = fs::read_dir(corpus.join(target)).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        let path = file.unwrap().path();
        // Shown when it does not hold.
        println!("{}", path.display());
        property(&fs::read(&path).unwrap());
    }
}

#[test]
fn answers_of_graph() {
    hold("answer", properties::answer);
}

#[test]
fn next_links() {
    hold("next_link", properties::next_link);
}

#[test]
fn saved_plans() {
    hold("saved_plan", properties::saved_plan);
}

#[test]
fn yaml_files() {
    hold("yaml", properties::yaml);
}
