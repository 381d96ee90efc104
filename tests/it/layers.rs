//! The house: which module may use which. Read from the source, so that a shortcut shows up as a failing test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module and the modules that it may use.
const MAY_USE: [(&str, &[&str]); 23] = [
    (
        "apply",
        &["diff", "graph", "kinds", "live", "model", "plan"],
    ),
    ("certificate", &["model"]),
    (
        "convert",
        &["desired", "export", "kinds", "model", "problem"],
    ),
    ("desired", &["kinds", "model", "problem"]),
    ("diff", &["model"]),
    (
        "drift",
        &[
            "desired", "diff", "kinds", "live", "model", "plan", "problem",
        ],
    ),
    ("emulator", &[]),
    ("exit", &[]),
    ("fingerprints", &["model"]),
    ("export", &["desired", "kinds", "model", "problem"]),
    ("graph", &["model"]),
    ("journal", &["apply", "plan"]),
    ("kinds", &["model"]),
    ("live", &["graph", "kinds", "model"]),
    ("model", &[]),
    ("picture", &["kinds", "model"]),
    ("plan", &["diff", "kinds", "model"]),
    (
        "render",
        &[
            "apply", "convert", "desired", "diff", "drift", "export", "model", "picture", "plan",
            "problem",
        ],
    ),
    ("problem", &["model"]),
    ("snapshot", &["graph", "kinds", "model"]),
    ("schema", &["desired", "kinds", "render"]),
    ("starter", &["desired", "kinds", "problem"]),
    (
        "verify",
        &["apply", "diff", "graph", "kinds", "live", "model"],
    ),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(&root).unwrap().to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

fn module_of(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str();
    Path::new(first)
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

/// The modules that code (not comments) names after `crate::`.
fn uses(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let names = code.flat_map(|line| line.split("crate::").skip(1));
    let word = |rest: &str| {
        rest.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    names.map(word).collect()
}

#[test]
fn modules_use_only_what_the_house_allows() {
    let allowed: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    let mut seen = BTreeSet::new();
    let mut strays = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        if ["main", "lib", "cli"].contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = allowed.get(module.as_str()) else {
            panic!("the module {module} has no line in the table");
        };
        for used in uses(&text).into_iter().filter(|used| *used != module) {
            if !allowed.contains(&used.as_str()) {
                strays.push(format!("{} uses {used}", path.display()));
            }
        }
        seen.insert(module);
    }
    assert_eq!(strays, Vec::<String>::new());
    let listed: BTreeSet<_> = MAY_USE
        .iter()
        .map(|(module, _)| (*module).to_owned())
        .collect();
    assert_eq!(seen, listed, "the table lists the modules that exist");
}

#[test]
fn only_the_apply_command_asks_for_a_writer() {
    let askers: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.contains(".writer()"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_eq!(askers, ["cli/apply.rs"]);
}

#[test]
fn the_core_names_no_kind() {
    let core = [
        "diff",
        "diff.rs",
        "drift.rs",
        "plan",
        "apply",
        "render",
        "live",
        "verify.rs",
    ];
    let is_core = |path: &Path| core.iter().any(|part| path.starts_with(part));
    for (path, text) in sources().into_iter().filter(|(path, _)| is_core(path)) {
        for kind in entraflow::kinds::KINDS {
            let name = format!("\"{}\"", kind.name);
            assert!(
                !text.contains(&name),
                "{} names the kind {}",
                path.display(),
                kind.name
            );
        }
    }
}

#[test]
fn async_stays_where_requests_are_made() {
    let may = ["graph", "live", "apply", "verify", "emulator", "cli"];
    for (path, text) in sources() {
        let is_async = text.contains("async fn") || text.contains(".await");
        assert!(
            !is_async || may.contains(&module_of(&path).as_str()),
            "{} is async",
            path.display()
        );
    }
}

#[test]
fn files_and_functions_stay_small() {
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().count();
        assert!(
            lines <= 450,
            "{} has {lines} lines outside its tests",
            path.display()
        );
    }
}

#[test]
fn tests_start_the_program_in_one_place_that_checks_its_requests() {
    let variable = ["CARGO_BIN_EXE", "entraflow"].join("_");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = Vec::new();
    for directory in ["", "it", "support"] {
        for entry in fs::read_dir(tests.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let is_source = path.extension().is_some_and(|it| it == "rs");
            if is_source && fs::read_to_string(&path).unwrap().contains(&variable) {
                found.push(path.strip_prefix(&tests).unwrap().display().to_string());
            }
        }
    }
    assert_eq!(found, ["it/program.rs"]);
}
