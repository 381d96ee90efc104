//! The documents for contributors are correct: the modules, files, tests and commands that they name exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENTS: [&str; 5] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/adding-a-kind.md",
    "docs/decisions.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

/// The text between backticks outside of fenced blocks.
fn code(text: &str) -> Vec<&str> {
    let outside = text.split("```").step_by(2);
    outside
        .flat_map(|text| text.split('`').skip(1).step_by(2))
        .collect()
}

/// The files and folders below a folder of the repository.
fn tree(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    found
}

/// The text of all Rust files of the repository.
fn sources() -> String {
    let files = ["src", "tests", "benches"].into_iter().flat_map(tree);
    files
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

fn is_path(word: &str) -> bool {
    let top = word.split('/').next().unwrap();
    let folders = [
        ".ci", "benches", "docs", "examples", "fuzz", "schemas", "src", "tests",
    ];
    // `NAME.rs`: what the reader fills in.
    let is_placeholder = |part: &str| {
        let stem = part.split('.').next().unwrap();
        stem != "README"
            && stem.len() > 1
            && stem.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    !word.contains([' ', '*', '{', '<'])
        && word.contains('/')
        && folders.contains(&top)
        && !word.split('/').any(is_placeholder)
}

#[test]
fn paths_in_documents_exist() {
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = read(document);
        let folder = Path::new(document).parent().unwrap();
        let links = text.split("](").skip(1).map(|rest| {
            let target = rest.split(')').next().unwrap();
            folder.join(target.split('#').next().unwrap())
        });
        let links = links.filter(|link| !link.starts_with("https:"));
        let named = code(&text).into_iter().filter(|word| is_path(word));
        let paths = links.chain(named.map(PathBuf::from));
        missing.extend(
            paths
                .filter(|path| !root().join(path).exists())
                .map(|path| format!("{document} names {}", path.display())),
        );
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn architecture_describes_every_module() {
    let text = read("ARCHITECTURE.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let described: BTreeSet<_> = rows.filter_map(|row| row.split('`').next()).collect();
    let library = read("src/lib.rs");
    let modules = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(described, modules.collect::<BTreeSet<_>>());
}

/// Whether a test or a scenario has this name.
fn is_test(name: &str, sources: &str) -> bool {
    sources.contains(&format!("fn {name}(")) || root().join("tests/scenarios").join(name).is_dir()
}

#[test]
fn each_promise_of_the_readme_names_the_tests_that_hold_it() {
    let text = read("README.md");
    let (_, promises) = text
        .split_once("\n## What entraflow will never do\n")
        .unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let sources = sources();
    let promises: Vec<_> = promises.split("\n- ").skip(1).collect();
    assert!(promises.len() > 5);
    for promise in promises {
        let tests = code(promise)
            .into_iter()
            .filter(|word| word.contains('_') || *word == "scenario");
        let tests: Vec<_> = tests.collect();
        assert!(!tests.is_empty(), "no test holds: {promise}");
        for test in tests {
            assert!(is_test(test, &sources), "{test} does not exist");
        }
    }
}

#[test]
fn tests_that_hold_the_invariants_exist() {
    let text = read("ARCHITECTURE.md");
    let (_, invariants) = text.split_once("\n## Invariants\n").unwrap();
    let sources = sources();
    let rows = invariants.lines().filter(|line| line.starts_with("| "));
    for row in rows.skip(1) {
        let holder = row.split('|').nth(2).unwrap();
        let tests = code(holder)
            .into_iter()
            .filter(|word| !word.contains(['/', '.']));
        let tests: Vec<_> = tests.collect();
        assert!(
            !tests.is_empty() || code(holder).into_iter().any(is_path),
            "no test holds {row}"
        );
        for test in tests {
            assert!(is_test(test, &sources), "{test} does not exist");
        }
    }
}

#[test]
fn names_in_the_architecture_exist() {
    let text = read("ARCHITECTURE.md");
    let sources = sources();
    let is_declared = |name: &str| {
        let kinds = ["struct", "enum", "fn", "mod", "trait", "type"];
        kinds.iter().any(|kind| {
            let start = format!("{kind} {name}");
            let mut after = sources.split(&start).skip(1);
            after.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    let is_name = |word: &&str| {
        let is_word = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        word.contains("::") && word.split("::").all(is_word)
            || is_word(word) && word.starts_with(|c: char| c.is_ascii_uppercase())
    };
    let kept = ["Session::writer", "Secret::Masked"];
    let names = code(&text).into_iter().filter(is_name);
    let unknown: Vec<_> = names
        .filter(|name| !kept.contains(name))
        .flat_map(|name| name.split("::"))
        .filter(|part| !is_declared(part))
        .collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

#[test]
fn commands_of_contributors_are_run_by_ci() {
    let text = read("CONTRIBUTING.md");
    let ci = read(".ci/run");
    for command in [
        "cargo clippy --all-targets -- -D warnings",
        "cargo test",
        "cargo fmt --check",
    ] {
        assert!(text.contains(&format!("`{command}`")), "{command}");
        let in_ci = command.replace("cargo clippy", "cargo clippy --locked");
        let in_ci = in_ci.replace("cargo test", "cargo test --locked");
        assert!(ci.contains(&format!("step {in_ci}\n")), "{in_ci}");
    }
}
