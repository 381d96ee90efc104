//! Backups restore deleted objects: everything in a tenant is deleted, and the backup is added to the files, as the README
//! describes.
#![cfg(test)] // shows clippy that the helpers are for tests

use std::fs;
use std::path::{Path, PathBuf};

use entraflow::desired::Desired;
use entraflow::kinds::Kind;
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::half_done::{EXAMPLES, load};
use crate::program::{Outcome, Program};

/// The content of all secret files, and its base64 form for certificates in variables.
const SECRET: (&str, &str) = ("correct horse", "Y29ycmVjdCBob3JzZQ==");

#[test]
fn backup_restores_all_objects_of_an_example() {
    for example in EXAMPLES {
        let tenant = TempDir::new().unwrap();
        let directory = tenant.path();
        write_example(directory, example);
        assert_eq!(run(directory, &["apply", "--yes"], &[]).code, 0);
        let before = run(directory, &["plan"], &[]);
        assert!(before.stdout.contains("\nNo changes. "));

        let desired = load(example);
        remove_documents(directory);
        write_tenant(directory, &desired, "prune: true");
        assert_eq!(run(directory, &["apply", "--yes"], &[]).code, 0);

        let backup = only_backup(directory);
        write_tenant(directory, &desired, "prune: false");
        copy(&backup, directory);
        let variables = variables(&backup);
        let Outcome { code, stdout, .. } = run(directory, &["apply", "--yes"], &variables);
        assert_eq!(code, 0, "{example}\n{stdout}");
        assert_eq!(only_backup(directory), backup);

        remove_documents(directory);
        write_example(directory, example);
        assert_eq!(run(directory, &["plan"], &[]), before, "{example}");
    }
}

fn write_example(directory: &Path, example: &str) {
    copy(&examples().join("..").join(example), directory);
    for secret in fs::read_dir(directory.join("secrets")).unwrap() {
        fs::write(secret.unwrap().path(), SECRET.0).unwrap();
    }
}

fn run(directory: &Path, arguments: &[&str], variables: &[String]) -> Outcome {
    let with = |program: Program, name: &String| match name.ends_with("PKCS12_VALUE") {
        true => program.with(name, SECRET.1),
        false => program.with(name, SECRET.0),
    };
    let program = variables.iter().fold(Program::new(directory), with);
    program.run(arguments.iter().copied())
}

/// Removes all files except those that entraflow wrote.
fn remove_documents(directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            _ if path.ends_with(".entraflow") || path.ends_with("entraflow.lock") => {}
            true => fs::remove_dir_all(path).unwrap(),
            false => fs::remove_file(path).unwrap(),
        }
    }
}

/// The tenant document, with one ownership rule for all its kinds.
fn write_tenant(directory: &Path, desired: &Desired, rule: &str) {
    let tenant = &desired.tenant;
    let mut text = format!(
        "kind: tenant\nname: {}\ntenantId: {}\ntype: {}\ncloud: emulator\n\
         limits: {{ maxDeletes: 100, maxChangesPercent: 100 }}\nmanage:\n",
        tenant.name,
        tenant.tenant_id,
        tenant.tenant_type.as_str()
    );
    let mut kinds: Vec<_> = desired
        .resources
        .keys()
        .map(|address| address.kind())
        .collect();
    kinds.dedup();
    kinds.retain(|kind| !Kind::find(kind).is_some_and(Kind::is_always_there));
    text.extend(kinds.iter().map(|kind| format!("  {kind}: {{ {rule} }}\n")));
    fs::write(directory.join("tenant.yaml"), text).unwrap();
}

fn only_backup(directory: &Path) -> PathBuf {
    let backups = fs::read_dir(directory.join(".entraflow/backup")).unwrap();
    let backups: Vec<_> = backups.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(backups.len(), 1);
    backups[0].clone()
}

/// The environment variables that the documents of a backup refer to.
fn variables(backup: &Path) -> Vec<String> {
    let files = fs::read_dir(backup)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let texts = files
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap());
    let named = |text: String| {
        let named = text.split("{ env: ").skip(1);
        let names = named.filter_map(|rest| rest.split(" }").next());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    texts.flat_map(named).collect()
}
