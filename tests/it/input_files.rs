//! Input that is not read never counts as absent: what lies in the directory of a tenant, and what a command says of it.
//! `src/desired/documents/walk/tests.rs` has the rules one by one.
#![cfg(test)] // lets clippy see that the helpers are for tests, too
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{Outcome, Program};

const TENANT: &str =
    "kind: tenant\nname: a\ntenantId: a.onmicrosoft.com\ntype: b2c\ncloud: emulator\n";
const PRUNE: &str = "manage: { userFlowAttribute: { prune: true } }\n";
const ATTRIBUTE: &str =
    "kind: userFlowAttribute\ndisplayName: Alpha\ndescription: d\ndataType: string\n";

/// A directory with these files; the tenant is in `t`.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn run(directory: &TempDir, arguments: &str) -> Outcome {
    Program::new(directory.path()).run(arguments.split_whitespace())
}

fn link(directory: &TempDir, target: &str, name: &str) {
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}

/// A tenant with `prune` to which its attribute is applied.
fn applied() -> TempDir {
    let directory = directory(&[
        ("t/tenant.yaml", &format!("{TENANT}{PRUNE}")),
        ("t/a.yaml", ATTRIBUTE),
    ]);
    let outcome = run(&directory, "apply t --yes");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    directory
}

fn rename(directory: &TempDir, from: &str, to: &str) {
    let to = directory.path().join(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(directory.path().join(from), to).unwrap();
}

/// Asserts that nothing would be deleted.
fn has_no_changes(directory: &TempDir) {
    let outcome = run(directory, "plan t --no-pager");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("No changes."), "{}", outcome.stdout);
}

/// Asserts that `validate` and `plan` refuse the files, and returns the message.
fn refusal(directory: &TempDir) -> String {
    let [validated, planned] = ["validate t", "plan t"].map(|command| run(directory, command));
    assert_eq!((validated.code, validated.stdout.as_str()), (3, ""));
    assert_eq!((planned.code, &planned.stderr), (3, &validated.stderr));
    validated.stderr
}

#[test]
fn linked_directory_inside_the_tenant_is_read() {
    let directory = applied();
    rename(&directory, "t/a.yaml", "t/.shared/a.yaml");
    link(&directory, ".shared", "t/attributes");
    has_no_changes(&directory);
}

#[test]
fn volume_of_kubernetes_is_read() {
    let directory = applied();
    rename(&directory, "t/a.yaml", "t/..2026_11_30/attributes/a.yaml");
    rename(&directory, "t/tenant.yaml", "t/..2026_11_30/tenant.yaml");
    link(&directory, "..2026_11_30", "t/..data");
    link(&directory, "..data/attributes", "t/attributes");
    link(&directory, "..data/tenant.yaml", "t/tenant.yaml");
    has_no_changes(&directory);
}

#[test]
fn linked_directory_outside_is_an_error_until_the_tenant_includes_it() {
    let directory = applied();
    rename(&directory, "t/a.yaml", "shared/a.yaml");
    link(&directory, "../shared", "t/attributes");
    let target = directory.path().canonicalize().unwrap().join("shared");
    let expected = format!(
        "\
error: `t/attributes` is a link out of `t`, to `{}`
 |
 = help: only links inside a directory are followed: name the target in `include` of the tenant
         document, or leave the link out with a line in .entraflowignore

",
        target.display()
    );
    assert_eq!(refusal(&directory), expected);
    let tenant = format!("{TENANT}{PRUNE}include: [../shared]\n");
    fs::write(directory.path().join("t/tenant.yaml"), tenant).unwrap();
    has_no_changes(&directory);
}

#[test]
fn directory_without_documents_is_an_error() {
    let tenant = applied();
    fs::remove_file(tenant.path().join("t/a.yaml")).unwrap();
    fs::remove_file(tenant.path().join("t/tenant.yaml")).unwrap();
    assert!(refusal(&tenant).contains("no .yaml, .yml or .json file found below `t`"));
}

#[test]
fn named_pipe_is_an_error_and_does_not_block() {
    let directory = applied();
    let pipe = directory.path().join("t/b.yaml");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(
        refusal(&directory),
        "\
error: cannot read `t/b.yaml`: it is a named pipe, not a file
 |
 = help: it may hold documents: make it readable, remove it, or leave it out with a line in
         .entraflowignore

"
    );
    fs::write(directory.path().join("t/.entraflowignore"), "b.yaml\n").unwrap();
    has_no_changes(&directory);
}

#[test]
fn file_without_a_document_is_a_note_and_with_prune_an_error() {
    let files = [
        ("t/tenant.yaml", TENANT),
        ("t/package.json", "{\"name\": \"a\"}"),
        ("t/empty.yaml", "# nothing\n"),
        ("t/pages/old.json", "{\"LocalizedStrings\": []}"),
        (
            "t/schemas/tenant.schema.json",
            "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"}",
        ),
        ("t/node_modules/p/a.yaml", ATTRIBUTE),
        ("t/.entraflow/backup/a.yaml", ATTRIBUTE),
    ];
    let directory = directory(&files);
    let outcome = run(&directory, "validate t");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "The files of a are valid: 0 objects.\n")
    );
    assert_eq!(
        outcome.stderr,
        "\
warning: `t/pages/old.json` holds no document: it is the text of a page that no document names
 |
 = help: name it in a document with `{ file: … }`, or remove it

note: `t/package.json` holds no document: it has no `kind`
 |
 = help: name it in .entraflowignore to leave it out without this note

note: left out by their names: `t/node_modules`

warning: this file contains only comments
 --> t/empty.yaml:1:1
  |
1 | # nothing
  | ^
  |
  = help: remove the file, or add a document

"
    );
    let tenant = format!("{TENANT}{PRUNE}");
    fs::write(directory.path().join("t/tenant.yaml"), tenant).unwrap();
    let refused = refusal(&directory);
    assert_eq!(refused.matches("error: ").count(), 3, "{refused}");
    let ignored = "package.json\nempty.yaml\n/pages/\n";
    fs::write(directory.path().join("t/.entraflowignore"), ignored).unwrap();
    let outcome = run(&directory, "validate t");
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.stderr,
        "note: left out by their names: `t/node_modules`\n\n"
    );
}

#[test]
fn export_to_a_directory_beside_the_tenant_is_judged_by_the_path_that_it_means() {
    let directory = directory(&[("t/tenant.yaml", TENANT)]);
    let tenant = directory.path().join("t");
    let export = |arguments: &[&str]| {
        let outcome = Program::new(&tenant).run(["export"].iter().chain(arguments).copied());
        outcome.code
    };
    assert_eq!(export(&[".", "--out", "../adopted"]), 0);
    assert_eq!(export(&["--out", "../adopted"]), 0);
    assert_eq!(export(&["--out", "../t/../t/new"]), 2);
    assert_eq!(export(&["--out", "new/../../adopted"]), 0);
    assert!(!Path::new(&tenant).join("new").exists());
}

#[test]
fn exported_names_are_read_again() {
    let connector = |name: &str, number: usize| {
        format!(
            r##"{{"id": "00000000-0000-4000-8000-{number:012}", "displayName": "{name}", "targetUrl": "https://a.example.com/{number}",
            "authenticationConfiguration": {{"@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "******"}}}}"##
        )
    };
    let long = "n".repeat(300);
    let names = [".NET claims API", "--help", "日本語", "CON", &long, "Plain"];
    let connectors: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(at, name)| connector(name, at))
        .collect();
    let state = format!(
        r#"{{"tenantType": "b2c", "apiConnectors": [{}]}}"#,
        connectors.join(",")
    );
    let directory = directory(&[
        ("t/tenant.yaml", TENANT),
        ("t/.entraflow/graph.json", &state),
    ]);

    let outcome = run(&directory, "export t --out a");

    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let entries = fs::read_dir(directory.path().join("a/connectors")).unwrap();
    let mut written: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    assert_eq!(written[0], "con-1143da2b.yaml");
    assert_eq!(
        written[1..4],
        ["help.yaml", "name-77710aed.yaml", "net-claims-api.yaml"]
    );
    assert!(written[4].starts_with("nnnnnnnn") && written[4].len() < 100);
    assert_eq!(written[5..], ["plain.yaml"]);
    fs::create_dir(directory.path().join("a/.entraflow")).unwrap();
    fs::write(directory.path().join("a/.entraflow/graph.json"), &state).unwrap();
    let tenant = directory.path().join("a/tenant.yaml");
    let pruned =
        fs::read_to_string(&tenant).unwrap() + "manage: { apiConnector: { prune: true } }\n";
    fs::write(&tenant, pruned).unwrap();
    let outcome = run(&directory, "plan a --no-pager");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("delete"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
    let again = run(&directory, "export a");
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(
        fs::read_dir(directory.path().join("a/connectors"))
            .unwrap()
            .count(),
        names.len()
    );
}

#[test]
fn schemas_below_a_tenant_are_not_documents() {
    let directory = directory(&[("t/tenant.yaml", &format!("{TENANT}{PRUNE}"))]);
    assert_eq!(run(&directory, "schema t/schemas").code, 0);
    let outcome = run(&directory, "validate t");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn saved_plan_is_written_to_a_device() {
    let directory = directory(&[("t/tenant.yaml", TENANT)]);
    link(&directory, "/dev/null", "device");
    let outcome = run(&directory, "plan t --no-pager --out device");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(!directory.path().join("device").is_file());
}
