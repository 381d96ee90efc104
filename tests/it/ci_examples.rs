//! The pipelines in `examples/ci`: each command runs, and writes the files that later steps read.
//!
//! Does not test how GitHub, GitLab and Azure DevOps interpret the pipelines.

use std::fs;
use std::path::Path;

use serde_yaml::Value;
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::expected;
use crate::program::Program;

const PIPELINES: [&str; 9] = [
    "azure-devops/azure-pipelines.yml",
    "azure-devops/install.yml",
    "github/actions/entraflow/action.yml",
    "github/workflows/apply.yml",
    "github/workflows/drift.yml",
    "github/workflows/many-tenants.yml",
    "github/workflows/pull-request.yml",
    "github/workflows/snapshot.yml",
    "gitlab/gitlab-ci.yml",
];

fn pipeline(name: &str) -> Value {
    let text = fs::read_to_string(examples().join("ci").join(name)).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// The values of a key at any depth.
fn values_of<'a>(key: &str, node: &'a Value, found: &mut Vec<&'a Value>) {
    match node {
        Value::Mapping(fields) => {
            for (name, value) in fields {
                if name.as_str() == Some(key) {
                    found.push(value);
                }
                values_of(key, value, found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| values_of(key, item, found)),
        _ => {}
    }
}

fn all<'a>(key: &str, node: &'a Value) -> Vec<&'a Value> {
    let mut found = Vec::new();
    values_of(key, node, &mut found);
    found
}

/// The shell commands of a pipeline, line by line; GitLab's scripts are lists.
fn shell_lines(node: &Value) -> Vec<&str> {
    let scripts = ["run", "bash", "inlineScript", "script"];
    let scripts = scripts.iter().flat_map(|key| all(key, node));
    let texts = scripts.flat_map(|script| match script {
        Value::Sequence(items) => items.iter().collect(),
        text => vec![text],
    });
    let lines = texts.flat_map(|text| text.as_str().unwrap().lines());
    lines.map(str::trim).collect()
}

/// The arguments of each `entraflow` command, for each part of a matrix, without shell syntax.
fn commands(node: &Value) -> Vec<String> {
    let lines = shell_lines(node).into_iter();
    let commands = lines.filter_map(|line| line.strip_prefix("entraflow "));
    let parts = |command: &str| {
        let bare = command.split(" || ").next().unwrap().replace('"', "");
        let parts = if bare.contains("$PART") { 4 } else { 1 };
        (0..parts).map(move |part| bare.replace("$PART", &part.to_string()))
    };
    commands.flat_map(parts).collect()
}

fn part_number(part: &Value) -> String {
    part.as_str()
        .map_or_else(|| part.as_u64().unwrap().to_string(), str::to_owned)
}

/// A repository with a single tenant, several tenants, and a snapshot of the single tenant.
fn repository() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(
        &examples().join("workforce"),
        &directory.path().join("tenant"),
    );
    copy(
        &examples().join("multi-tenant"),
        &directory.path().join("tenants"),
    );
    let snapshot = ["snapshot", "--out", "snapshot.json", "tenant"];
    let outcome = Program::new(directory.path()).run(snapshot);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    directory
}

/// The files that a command writes.
fn written(command: &str) -> impl Iterator<Item = &str> {
    let words: Vec<_> = command.split(' ').collect();
    let pairs: Vec<_> = words.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let files = pairs.into_iter().filter_map(|pair| match pair {
        ("--out", file) => Some(file),
        ("--report", report) => report.split_once('=').map(|(_, file)| file),
        _ => None,
    });
    files.filter(|file| *file != "-")
}

fn has_content(directory: &Path, file: &str) -> bool {
    fs::metadata(directory.join(file)).is_ok_and(|file| file.len() > 0)
}

#[test]
fn pipeline_commands_run_in_sequence() {
    let mut actual = String::new();
    for name in PIPELINES {
        actual += &format!("{name}\n");
        let directory = repository();
        for command in commands(&pipeline(name)) {
            let outcome = Program::new(directory.path()).run(command.split(' '));
            actual += &format!("{:>4}  entraflow {command}\n", outcome.code);
            for file in written(&command) {
                assert!(has_content(directory.path(), file), "{command}: {file}");
            }
        }
    }
    expected::assert_file("tests/it/expected/ci_examples.txt", &actual);
}

#[test]
fn every_pipeline_is_tested() {
    let mut found = Vec::new();
    let mut directories = vec![examples().join("ci")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => directories.push(path),
                Some(extension) if extension == "yml" => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    assert_eq!(
        found,
        PIPELINES.map(|name| examples().join("ci").join(name))
    );
}

#[test]
fn github_workflows_request_permissions_and_pin_actions() {
    let workflows = PIPELINES
        .iter()
        .filter(|name| name.starts_with("github/workflows/"));
    for name in workflows {
        let workflow = pipeline(name);
        assert_eq!(workflow["permissions"], Value::Mapping(<_>::default()));
        for (job, steps) in workflow["jobs"].as_mapping().unwrap() {
            assert!(steps["permissions"].is_mapping(), "{name}: {job:?}");
        }
        for uses in all("uses", &workflow) {
            let uses = uses.as_str().unwrap();
            assert!(uses.starts_with("./") || uses.contains("@v"), "{uses}");
        }
        for checkout in all("steps", &workflow) {
            assert_eq!(checkout[0]["with"]["persist-credentials"], false, "{name}");
        }
    }
}

/// Whether a node restores the journal of earlier runs: a cache, or the artifact of the last one.
fn restores_journal(node: &Value) -> bool {
    let paths = ["path", "paths", "itemPattern"];
    let paths = paths.iter().flat_map(|key| all(key, node));
    let texts = paths.flat_map(|path| match path {
        Value::Sequence(items) => items.iter().collect(),
        text => vec![text],
    });
    let mut texts = texts.filter_map(Value::as_str);
    texts.any(|text| text.contains("journal"))
}

#[test]
fn pipelines_keep_the_journal_between_applies() {
    let restoring = ["uses", "cache", "task"];
    for name in PIPELINES {
        let pipeline = pipeline(name);
        if !commands(&pipeline)
            .iter()
            .any(|line| line.starts_with("apply "))
        {
            continue;
        }
        assert!(restores_journal(&pipeline), "{name}");
        let uses = restoring.iter().flat_map(|key| all(key, &pipeline));
        let mut uses = uses.filter(|node| match node {
            Value::String(action) => {
                action.starts_with("actions/cache/restore@")
                    || action.starts_with("DownloadPipelineArtifact@")
            }
            cache => restores_journal(cache),
        });
        assert!(uses.next().is_some(), "{name}");
    }
}

#[test]
fn github_scripts_contain_no_foreign_text() {
    for name in PIPELINES.iter().filter(|name| name.starts_with("github/")) {
        for line in shell_lines(&pipeline(name)) {
            assert!(!line.contains("${{"), "{name}: {line}");
        }
    }
}

#[test]
fn each_shard_of_many_tenants_has_a_job() {
    let workflow = pipeline("github/workflows/many-tenants.yml");
    let gitlab = pipeline("gitlab/gitlab-ci.yml");
    let github = &workflow["jobs"]["drift"]["strategy"]["matrix"]["part"];
    let gitlab = &gitlab["drift of many tenants"]["parallel"]["matrix"][0]["PART"];
    for parts in [github, gitlab] {
        let parts = parts.as_sequence().unwrap().iter().map(part_number);
        assert_eq!(parts.collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    }
}
