//! README.md is correct: its commands print what it shows, and its files are valid.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::Program;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The fenced blocks of this language.
fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let open = format!("```{language}\n");
    let block = |rest: &str| rest.split("\n```").next().unwrap().to_owned() + "\n";
    readme.split(&open).skip(1).map(block).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        match path.is_dir() {
            true if name == ".entraflow" => {}
            true => copy(&path, &to.join(name)),
            false if name == "entraflow.lock" => {}
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}

/// Whether a text matches an excerpt in which `…` matches any text, within a line or whole lines.
fn matches_excerpt(text: &str, shown: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = first;
    for part in parts {
        // Omitted whole lines leave no empty line.
        let part = if last.ends_with('\n') || last.is_empty() {
            part.trim_start_matches('\n')
        } else {
            part
        };
        last = part;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || last.is_empty() || last == "\n"
}

#[test]
fn readme_commands_print_what_it_shows() {
    let directory = TempDir::new().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("examples"), &directory.path().join("examples"));
    let mut run = 0;
    for block in blocks("console") {
        for part in block.split("$ ").skip(1) {
            let (command, shown) = part.split_once('\n').unwrap();
            let arguments = command.strip_prefix("cargo run -- ").unwrap();
            let outcome = Program::new(directory.path()).run(arguments.split(' '));
            assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
            assert!(
                matches_excerpt(&outcome.stdout, shown),
                "{command} prints\n{}",
                outcome.stdout
            );
            run += 1;
        }
    }
    assert_eq!(run, 20);
}

#[test]
fn readme_files_are_valid() {
    let blocks = blocks("yaml");
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("tenant.yaml"), block).unwrap();
        let outcome = Program::new(directory.path()).run(["validate"]);
        let is_missing_secret = |line: &&str| line.contains(" here, and apply needs it ");
        let lines = outcome.stderr.lines().filter(|line| !line.is_empty());
        let other: Vec<_> = lines.filter(|line| !is_missing_secret(line)).collect();
        assert_eq!((outcome.code, other), (0, Vec::new()));
    }
}

#[test]
fn readme_test_command_runs_in_ci() {
    let [command] = blocks("sh").try_into().unwrap();
    assert_eq!(command, "cargo test\n");
    let ci = read(".ci/run");
    assert!(
        ci.lines().any(|line| line == "step cargo test --locked"),
        "{ci}"
    );
}

#[test]
fn text_matches_an_excerpt_with_gaps() {
    assert!(matches_excerpt("a\nb\nc\n", "a\n…\n"));
    assert!(matches_excerpt("a\nb\nc\n", "…\nc\n"));
    assert!(matches_excerpt("done: 9 steps\n", "done: …\n"));
    assert!(!matches_excerpt("a\nb\n", "a\n"));
    assert!(!matches_excerpt("a\nb\n", "…\nc\n"));
}
