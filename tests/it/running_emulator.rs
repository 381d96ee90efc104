//! An emulator that runs already, in place of the embedded one. That it is used, each scenario shows.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::path::Path;
use std::process::{Command, Output};

const TENANT: &str = "kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: userFlowAttribute
displayName: Loyalty number
dataType: string
";

fn plan(directory: &Path, emulator: &str) -> Output {
    std::fs::write(directory.join("tenant.yaml"), TENANT).unwrap();
    Command::new(env!("CARGO_BIN_EXE_entraflow"))
        .arg("plan")
        .current_dir(directory)
        .env_clear()
        .env("ENTRAFLOW_EMULATOR", emulator)
        .output()
        .unwrap()
}

#[test]
fn an_emulator_elsewhere_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let output = plan(directory.path(), "https://graph.example");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: `https://graph.example` cannot be the root of Graph: an emulator runs on this machine, at 127.0.0.1 or localhost
help: mend ENTRAFLOW_EMULATOR, or unset it to have an emulator started
"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_empty_address_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let output = plan(directory.path(), "");
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        out.lines().next(),
        Some("Plan for contoso on the local emulator (.entraflow/graph.json)")
    );
    assert_eq!(output.status.code(), Some(0));
}
