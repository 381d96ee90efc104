//! Backups restore deleted objects: everything in a tenant is deleted, and the backup is added to the files, as the README
//! describes.
#![cfg(test)] // shows clippy that the helpers are for tests

use std::fs;
use std::path::{Path, PathBuf};

use entraflow::desired::Desired;
use entraflow::kinds::Kind;
use serde_json::json;
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::half_done::{EXAMPLES, load};
use crate::program::{Outcome, Program};
use crate::tenant_state::sign_up_policy;

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
        #[cfg(unix)]
        for kept in [&backup, &directory.join(".entraflow/journal")] {
            assert_private(kept);
        }
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

/// Asserts that only the owner can read a directory and the files in it.
#[cfg(unix)]
fn assert_private(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(directory), 0o700, "{}", directory.display());
    let entries = fs::read_dir(directory).unwrap();
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!paths.is_empty(), "{}", directory.display());
    for path in paths {
        match path.is_dir() {
            true => assert_private(&path),
            false => assert_eq!(mode(&path), 0o600, "{}", path.display()),
        }
    }
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
        let named = text.split("env: ").skip(1);
        let names = named.filter_map(|rest| rest.split_whitespace().next());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    texts.flat_map(named).collect()
}

/// A workforce tenant with these rules and documents, and two connectors called `Check`: the second is used by a flow.
fn twins(directory: &Path, rules: &str, documents: &str) {
    let connector = |id: u8| {
        json!({
            "id": format!("22222222-0000-4000-8000-00000000000{id}"), "displayName": "Check",
            "targetUrl": "https://a.example/",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "***"
            },
        })
    };
    let flow = json!({
        "id": "B2X_1_Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1,
        "apiConnectorConfiguration": {"postFederationSignup": connector(2)["id"]},
    });
    let state = json!({"apiConnectors": [connector(1), connector(2)], "b2xUserFlows": [flow],
        "policies": [sign_up_policy()]});
    fs::create_dir(directory.join(".entraflow")).unwrap();
    fs::write(directory.join(".entraflow/graph.json"), state.to_string()).unwrap();
    let tenant = format!(
        "kind: tenant\nname: contoso\ntenantId: contoso.onmicrosoft.com\ntype: workforce\ncloud: emulator\n{rules}"
    );
    fs::write(directory.join("tenant.yaml"), tenant).unwrap();
    fs::write(directory.join("objects.yaml"), documents).unwrap();
}

const CHECK: &str = "kind: apiConnector\ndisplayName: Check\ntargetUrl: https://a.example/\nauthenticationConfiguration:\n  type: basic\n  username: u\n  password: { env: SECRET }\n";

#[test]
fn allow_delete_settles_which_object_has_a_name() {
    let tenant = TempDir::new().unwrap();
    let directory = tenant.path();
    twins(directory, "", CHECK);
    let refused = run(directory, &["plan"], &[]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    let objection = "\
objection: apiConnector/Check: the tenant has 2 objects of this name: 22222222-0000-4000-8000-000000000001 (nothing that was \
read refers to it), 22222222-0000-4000-8000-000000000002 (b2xUserFlow/Partner refers to it)
  help: choose one with `id:` in its document, or delete one that nothing refers to, with `entraflow apply` and \
`--allow-delete \"apiConnector/22222222-0000-4000-8000-000000000001\"`
";
    assert!(refused.stdout.contains(objection), "{}", refused.stdout);

    let of = |id: u8| format!("apiConnector/22222222-0000-4000-8000-00000000000{id}");
    let refused = run(directory, &["plan", "--allow-delete", &of(2)], &[]);
    assert_eq!(refused.code, 4, "{}{}", refused.stdout, refused.stderr);
    let objection = format!(
        "objection: {}: b2xUserFlow/Partner refers to it, and another object has its name\n",
        of(2)
    );
    assert!(refused.stdout.contains(&objection), "{}", refused.stdout);

    let apply = ["apply", "--yes", "--allow-delete", &of(1)];
    let applied = run(directory, &apply, &[]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let again = run(directory, &apply, &[]);
    assert!(again.stdout.contains("\nNo changes; "), "{}", again.stdout);
    let requests = only_backup(directory).join("requests");
    let files: Vec<_> = fs::read_dir(requests).unwrap().collect();
    assert_eq!(files.len(), 1);
}

#[test]
fn object_with_a_long_name_is_deleted_and_restored() {
    let tenant = TempDir::new().unwrap();
    let directory = tenant.path();
    twins(directory, "", "");
    let name = "Ä long näme ".repeat(25);
    let document = format!(
        "kind: apiConnector\ndisplayName: {}\ntargetUrl: https://a.example/\nauthenticationConfiguration:\n  type: basic\n  username: u\n  password: {{ env: SECRET }}\n",
        name.trim()
    );
    let file = directory.join("objects.yaml");
    fs::write(&file, &document).unwrap();
    let secret = ["SECRET".to_owned()];
    assert_eq!(run(directory, &["apply", "--yes"], &secret).code, 0);
    fs::write(&file, format!("{document}ensure: absent\n")).unwrap();
    let deleted = run(directory, &["apply", "--yes"], &[]);
    assert_eq!(deleted.code, 0, "{}{}", deleted.stdout, deleted.stderr);
    fs::remove_file(file).unwrap();
    let backup = only_backup(directory);
    copy(&backup, directory);
    let restored = run(directory, &["apply", "--yes"], &variables(&backup));
    assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
}
