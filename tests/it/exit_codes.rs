//! The exit codes and the rules of dangers: the same in the code, in README.md and in the transcripts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use entraflow::dangers::DangerRule;
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
    for directory in [
        "command_line",
        "dangers",
        "drift",
        "files",
        "graph",
        "secrets",
        "sign_in",
        "snapshot",
    ] {
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
fn readme_lists_the_rules_of_dangers() {
    let readme = read("README.md");
    let (_, below) = readme
        .split_once("| rule | severity | meaning |\n|---|---|---|\n")
        .unwrap();
    let rows = below.lines().take_while(|line| line.starts_with('|'));
    let rule = |rule: DangerRule| {
        let (name, severity) = (rule.as_str(), rule.severity().as_str());
        format!("| `{name}` | {severity} | {} |", rule.summary())
    };
    let expected = DangerRule::ALL.map(rule);
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

#[test]
fn every_danger_has_a_transcript() {
    if are_rewritten() {
        return;
    }
    let mut seen = BTreeSet::new();
    for file in fs::read_dir("tests/transcripts/dangers").unwrap() {
        let text = read(file.unwrap().path());
        let dangers = text
            .lines()
            .filter_map(|line| line.strip_prefix("danger: "));
        seen.extend(dangers.filter_map(|line| DangerRule::named(line.split(' ').next()?)));
    }
    assert_eq!(seen, DangerRule::ALL.into());
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
