//! Regression tests: the inputs of the fuzz corpus, each checked against the property of its target in `fuzz/`.
#![cfg(test)] // lets clippy see that the helper is for tests, too

use std::fs;
use std::path::Path;

#[expect(unreachable_pub, reason = "the fuzzer has it as a library")]
#[path = "../../fuzz/src/lib.rs"]
mod properties;

fn check_corpus(target: &str, property: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files: Vec<_> = fs::read_dir(corpus.join(target)).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        let path = file.unwrap().path();
        // Shown if the property fails.
        println!("{}", path.display());
        property(&fs::read(&path).unwrap());
    }
}

#[test]
fn corpus_of_answers_holds() {
    check_corpus("answer", properties::answer);
}

#[test]
fn corpus_of_next_links_holds() {
    check_corpus("next_link", properties::next_link);
}

#[test]
fn corpus_of_saved_plans_holds() {
    check_corpus("saved_plan", properties::saved_plan);
}

#[test]
fn corpus_of_yaml_files_holds() {
    check_corpus("yaml", properties::yaml);
}
