//! The exit codes: the same in the code, in README.md and in the transcripts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use entraflow::exit::Exit;

use crate::expected::are_rewritten;

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_exit_code_has_a_transcript() {
    if are_rewritten() {
        return;
    }
    let mut seen = BTreeSet::new();
    for directory in ["command_line", "drift", "files", "graph", "snapshot"] {
        let directory = Path::new("tests/transcripts").join(directory);
        for file in fs::read_dir(&directory).unwrap() {
            let text = read(file.unwrap().path());
            let codes = text
                .lines()
                .filter_map(|line| line.strip_prefix("=== exit "));
            seen.extend(codes.map(|code| code.parse::<u8>().unwrap()));
        }
    }
    assert_eq!(seen, Exit::ALL.map(Exit::code).into());
}

#[test]
fn readme_lists_the_exit_codes() {
    let readme = read("README.md");
    let (_, below) = readme
        .split_once("| code | meaning |\n|---:|---|\n")
        .unwrap();
    let rows = below.lines().take_while(|line| line.starts_with('|'));
    let expected = Exit::ALL.map(|exit| format!("| {} | {} |", exit.code(), exit.meaning()));
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}
