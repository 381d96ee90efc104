//! Expected texts in files, compared exactly; `UPDATE=1` rewrites them.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::path::Path;

/// Whether this run rewrites the expected texts. Tests that read what other tests rewrite have nothing to check then.
pub(crate) fn are_rewritten() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares a text with a file of the repository.
pub(crate) fn assert_file(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == text {
        return;
    }
    if are_rewritten() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(path, text).unwrap();
    }
    let difference = similar::TextDiff::from_lines(&expected, text);
    let difference = difference.unified_diff().header(file, "actual").to_string();
    panic!("{difference}\n`UPDATE=1 cargo test` rewrites {file}");
}
