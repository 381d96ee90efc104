//! Exports of the example tenants, into an empty directory and over their own files.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::expected;
use crate::program::{Outcome, Program};

fn run(directory: &Path, command: &str) -> Outcome {
    let outcome = Program::new(directory).run(command.split(' '));
    assert_eq!(
        outcome.code, 0,
        "{command}: {}{}",
        outcome.stdout, outcome.stderr
    );
    outcome
}

/// An applied copy of an example tenant, without its request limit.
fn applied(name: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    copy(&examples().join(name), directory.path());
    let tenant = directory.path().join("tenant.yaml");
    let text = fs::read_to_string(&tenant).unwrap();
    let lines =
        text.lines().map(
            |line| match line.trim_start().starts_with("requestsPerMinute:") {
                true => "  requestsPerMinute: 10000",
                false => line,
            },
        );
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(text.contains("10000"));
    fs::write(&tenant, text).unwrap();
    run(directory.path(), "apply --yes");
    directory
}

/// The files below a directory, by path, without hidden directories.
fn files(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(below) = directories.pop() {
        for entry in fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            match path.is_dir() {
                _ if name.starts_with('.') => {}
                true => directories.push(path),
                false => drop(found.insert(
                    name,
                    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned(),
                )),
            }
        }
    }
    found
}

#[test]
fn exported_example_plans_no_changes() {
    for name in ["workforce", "b2c"] {
        let (source, target) = (applied(name), TempDir::new().unwrap());
        let out = target.path().join("exported");
        let command = format!("export --out {}", out.display());
        let Outcome { stdout, stderr, .. } = run(source.path(), &command);
        let mut actual = format!("$ entraflow export --out exported\n{stdout}{stderr}");
        for (path, text) in files(&out) {
            actual += &format!("=== {path}\n{text}");
        }
        let actual = actual.replace(&target.path().display().to_string(), "");
        expected::assert_file(
            &format!("tests/it/expected/export_{name}.txt"),
            &actual.replace("/exported", "exported"),
        );

        copy(&source.path().join(".entraflow"), &out.join(".entraflow"));
        run(&out, "validate");
        let planned = run(&out, "plan").stdout;
        assert!(planned.contains("\nNo changes; "), "{planned}");
        assert!(!planned.contains("\nUnmanaged"), "{planned}");
    }
}

#[test]
fn export_keeps_matching_files_byte_for_byte() {
    for name in ["workforce", "b2c"] {
        let source = applied(name);
        let before = files(source.path());
        let actual = run(source.path(), "export").stdout;
        for (path, text) in files(source.path()) {
            assert_eq!(before.get(&path), Some(&text), "{path}\n{actual}");
        }
    }
}

/// Edits of the files: file, text before, text after. They change no comment, so that export restores each file exactly.
const EDITS: [(&str, &str, &str); 8] = [
    ("flows/listeners.yaml", "priority: 100", "priority: 7"),
    ("connectors.yaml", "suppliers/lookup", "suppliers/find"),
    (
        "attributes.yaml",
        "What you supply",
        "\"What we buy: 'all'\"",
    ),
    (
        "attributes.yaml",
        "description: Six digits, on every order\n",
        "",
    ),
    (
        "flows/partner.yaml",
        "  - Google-OAUTH\n  - EmailOtpSignup-OAUTH\n",
        "  - Google-OAUTH\n",
    ),
    (
        "flows/partner.yaml",
        "  postFederationSignup: Look up supplier\n  postAttributeCollection: Approve guest\n",
        "  postFederationSignup: Look up supplier\n",
    ),
    (
        "flows/partner.yaml",
        "      - { name: Parts, value: parts, isDefault: true }\n",
        "      - { name: Parts, value: parts, isDefault: false }\n",
    ),
    (
        "pages/partner.fr.selfasserted.json",
        "Envoyer la demande",
        "Envoyer",
    ),
];

#[test]
fn export_reverts_edits_and_keeps_comments() {
    let source = applied("workforce");
    let original = files(source.path());
    for (file, before, after) in EDITS {
        let path = source.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(before).count(), 1, "{file}: {before}");
        fs::write(&path, text.replace(before, after)).unwrap();
    }
    let actual = run(source.path(), "export").stdout;
    let after = files(source.path());
    for (file, text) in original.iter().filter(|(file, _)| file.ends_with(".yaml")) {
        assert_eq!(&after[file], text, "{file}");
    }
    let lines: Vec<_> = actual
        .lines()
        .filter(|line| line.starts_with(['~', '+']))
        .collect();
    assert_eq!(
        lines,
        [
            "~ attributes.yaml       userFlowAttribute/Supplier number",
            "~ attributes.yaml       userFlowAttribute/Trade",
            "~ connectors.yaml       apiConnector/Look up supplier",
            "~ flows/listeners.yaml  userFlowListener/Partner",
            "~ flows/partner.yaml    b2xUserFlow/Partner",
        ]
    );
    assert!(run(source.path(), "plan").stdout.contains("\nNo changes. "));
}

#[test]
fn export_honours_only_and_no_clobber() {
    let source = applied("workforce");
    let path = source.path().join("connectors.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replace("suppliers/lookup", "suppliers/find");
    let (edited, _) = edited.split_once("---\n").unwrap();
    fs::write(&path, edited).unwrap();
    let partner = source.path().join("flows/partner.yaml");
    let flow = fs::read_to_string(&partner).unwrap();
    fs::write(
        &partner,
        flow.replace("  postAttributeCollection: Approve guest\n", ""),
    )
    .unwrap();
    let before = files(source.path());

    let actual = run(source.path(), "export --no-clobber --only apiConnector/*");
    expected::assert_file("tests/it/expected/export_no_clobber.txt", &actual.stdout);
    let mut after = files(source.path());
    let new = after.remove("connectors/approve-guest.yaml").unwrap();
    assert!(new.contains("\ntargetUrl: https://approvals.contoso.com/guests\n"));
    assert_eq!(after, before);

    run(source.path(), "export --only apiConnector/look*");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        edited.replace("suppliers/find", "suppliers/lookup")
    );
    assert_eq!(
        fs::read_to_string(&partner).unwrap(),
        before["flows/partner.yaml"]
    );
}

#[test]
fn export_adopts_a_tenant_without_files() {
    let (source, target) = (applied("workforce"), TempDir::new().unwrap());
    copy(
        &source.path().join(".entraflow"),
        &target.path().join(".entraflow"),
    );
    let command = "export --tenant-id contoso-dev.onmicrosoft.com --type workforce --cloud emulator --no-pages";
    run(target.path(), command);
    let written = files(target.path());
    assert_eq!(
        written["tenant.yaml"],
        "\
# yaml-language-server: $schema=.schemas/tenant.schema.json

kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
"
    );
    assert!(
        target
            .path()
            .join(".schemas/b2xUserFlow.schema.json")
            .is_file()
    );
    assert!(!written.keys().any(|path| path.starts_with("pages/")));
    assert!(run(target.path(), "plan").stdout.contains("\nNo changes; "));
}
