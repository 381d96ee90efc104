//! Environment variables that are not UTF-8 are reported as such, and never count as unset.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::program::command;

/// The variables of each sign-in method, in the order in which they are read.
const CREDENTIALS: [&[&str]; 8] = [
    &["ENTRAFLOW_ACCESS_TOKEN"],
    &["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
    &[
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    ],
    &["AZURE_CLIENT_ID", "ENTRAFLOW_FEDERATED_TOKEN"],
    &["AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
    &[
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AZURE_CLIENT_ID",
    ],
    &[
        "SYSTEM_OIDCREQUESTURI",
        "SYSTEM_ACCESSTOKEN",
        "AZURE_CLIENT_ID",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    ],
    &["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_CLIENT_ID"],
];

/// Plans with one variable that is not UTF-8, and others.
fn assert_reported(cloud: &str, name: &str, others: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    let tenant = format!(
        "kind: tenant\nname: contoso\ntenantId: contoso.onmicrosoft.com\ntype: workforce\ncloud: {cloud}\n"
    );
    fs::write(directory.path().join("tenant.yaml"), tenant).unwrap();
    let (mut command, _trace) = command(directory.path());
    command.arg("plan");
    for other in others {
        command.env(other, "something");
    }
    let output = command.env(name, OsStr::from_bytes(b"caf\xE9")).output();
    let output = output.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected =
        format!("error: the variable {name} is not UTF-8\nhelp: set it to text in UTF-8\n");
    assert_eq!((output.status.code(), stderr), (Some(2), expected));
}

#[test]
fn variable_that_is_not_utf8_is_reported() {
    for name in [
        "ENTRAFLOW_LOG",
        "ENTRAFLOW_TRACE_FILE",
        "ENTRAFLOW_EMULATOR",
    ] {
        assert_reported("emulator", name, &[]);
    }
}

#[test]
fn credential_variable_that_is_not_utf8_is_reported() {
    for method in CREDENTIALS {
        for name in method {
            let others: Vec<_> = method
                .iter()
                .copied()
                .filter(|other| other != name)
                .collect();
            assert_reported("global", name, &others);
        }
    }
}
