//! Secrets never leak: all output of entraflow during the life of a tenant is searched for its secrets.
#![cfg(test)] // shows clippy that the helpers are for tests

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use tempfile::TempDir;

use crate::program::{Outcome, Program};
use crate::report_forms::FORMATS;
use crate::tenant_state::sign_up_on;

const TENANT: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
";

const OBJECTS: &str = "\
kind: apiConnector
displayName: Approve
targetUrl: https://api.contoso.com/approve
authenticationConfiguration: { type: clientCertificate, pkcs12Value: { env: CERTIFICATE }, password: { env: PASSPHRASE } }
---
kind: apiConnector
displayName: Validate postcode
targetUrl: https://api.contoso.com/postcode
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
---
kind: socialIdentityProvider
identityProviderType: Facebook
displayName: Facebook
clientId: \"237330139\"
clientSecret: { env: CLIENT_SECRET }
";

const ABSENT_OBJECTS: &str = "\
kind: apiConnector
displayName: Approve
ensure: absent
---
kind: apiConnector
displayName: Validate postcode
ensure: absent
---
kind: socialIdentityProvider
identityProviderType: Facebook
ensure: absent
";

/// Secrets with characters that each encoding escapes differently.
const FIRST: [(&str, &str); 4] = [
    ("CERTIFICATE", "Y29ycmVjdC/+aG9yc2U="),
    ("PASSPHRASE", "correct \"horse\"\\&/ä>?"),
    ("PASSWORD", "battery \"staple\"\\&/ö>?"),
    ("CLIENT_SECRET", "face \"book\"\\&/ü>?"),
];
const SECOND: [(&str, &str); 4] = [
    ("CERTIFICATE", "YW5vdGhlci/+aG9yc2U="),
    ("PASSPHRASE", "another \"horse\"\\&/ä>?"),
    ("PASSWORD", "another \"staple\"\\&/ö>?"),
    ("CLIENT_SECRET", "another \"book\"\\&/ü>?"),
];

#[test]
fn secret_never_appears_in_any_output() {
    let tenant = TempDir::new().unwrap();
    let mut life = Life {
        directory: tenant.path(),
        written: String::new(),
    };
    life.file("tenant.yaml", TENANT);
    life.file("objects.yaml", OBJECTS);
    sign_up_on(tenant.path());
    life.run(&FIRST, &["validate", "-vv"]);
    life.run(&FIRST, &["plan", "-vv", "--requests", "--out", "plan.json"]);
    life.run(&FIRST, &["apply", "-vv", "--yes", "plan.json"]);
    life.run(&FIRST, &["plan", "-vv"]);
    assert_eq!(life.lines_with("No changes."), 1);
    life.run(&FIRST, &["drift", "-vv"]);
    life.run(
        &FIRST,
        &["snapshot", "-vv", "--all", "--out", "snapshot.json"],
    );
    life.run(
        &FIRST,
        &[
            "drift",
            "-vv",
            "--live",
            "snapshot.json",
            "--format",
            "json",
        ],
    );
    life.run(
        &SECOND,
        &["plan", "-vv", "--requests", "--live", "snapshot.json"],
    );
    assert_eq!(life.lines_with("it is not the one last applied"), 4);
    life.run(
        &SECOND,
        &["plan", "-vv", "--rehearse", "--live", "snapshot.json"],
    );
    life.run(
        &SECOND,
        &["plan", "-vv", "--requests", "--out", "rotation.json"],
    );
    assert_eq!(life.lines_with("it is not the one last applied"), 12);
    let forms = FORMATS.map(|(form, _)| form);
    for form in forms {
        life.run(&SECOND, &["plan", "-vv", "--format", form, "--requests"]);
    }
    let reports = forms.map(|form| format!("--report={form}=after.{form}"));
    let reports: Vec<_> = reports.iter().map(String::as_str).collect();
    let rotate = ["apply", "-vv", "--yes", "rotation.json"];
    life.run(&SECOND, &[&rotate, reports.as_slice()].concat());
    life.file("objects.yaml", ABSENT_OBJECTS);
    life.run(&SECOND, &["apply", "-vv", "--yes", "--format", "json"]);
    life.run(&SECOND, &["plan", "-vv"]);
    assert_eq!(life.lines_with("No changes."), 2);

    life.read(tenant.path());
    let secrets = FIRST.iter().chain(&SECOND).map(|(_, secret)| *secret);
    let encodings = secrets.flat_map(encodings);
    let found: Vec<_> = encodings
        .filter(|encoding| life.written.contains(encoding))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

/// The secret is compared with its fingerprint, and sent only if it changed.
#[test]
fn secret_that_is_only_compared_is_shown_nowhere() {
    let tenant = TempDir::new().unwrap();
    let mut life = Life {
        directory: tenant.path(),
        written: String::new(),
    };
    life.file("tenant.yaml", TENANT);
    life.file("objects.yaml", OBJECTS);
    sign_up_on(tenant.path());
    life.run(&FIRST, &["apply", "--yes"]);
    let state = tenant.path().join(".entraflow/graph.json");
    let quoting = fs::read_to_string(&state).unwrap().replace(
        "com/postcode",
        "com/?key=battery%20%22staple%22%5C%26/%C3%B6%3E%3F",
    );
    fs::write(&state, quoting).unwrap();
    for arguments in [
        &["snapshot", "--all", "--out", "snapshot.json"][..],
        &["plan", "-vv", "--requests"],
        &["plan", "--format", "json"],
        &["plan", "--live", "snapshot.json"],
        &["apply", "-vv", "--yes"],
    ] {
        life.written.clear();
        life.run(&FIRST, arguments);
        let quoting = "https://api.contoso.com/?key=(secret)";
        assert!(life.lines_with(quoting) > 0, "{}", life.written);
        assert!(!life.written.contains("staple"), "{}", life.written);
    }
}

/// All output during the life of a tenant.
struct Life<'a> {
    directory: &'a Path,
    written: String,
}

impl Life<'_> {
    fn file(&self, name: &str, text: &str) {
        fs::write(self.directory.join(name), text).unwrap();
    }

    fn run(&mut self, secrets: &[(&str, &str)], arguments: &[&str]) {
        let program = Program::new(self.directory);
        let with = |program: Program, (name, secret): &(&str, &str)| program.with(name, secret);
        let program = secrets.iter().fold(program, with);
        let (outcome, trace) = program.run_traced(arguments.iter().copied());
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome;
        assert_eq!(code, 0, "{arguments:?}\n{stdout}\n{stderr}");
        self.written += &trace;
        self.written += &stdout;
        self.written += &stderr;
    }

    /// All files: saved plans, locks, journals, backups and the emulated tenant.
    fn read(&mut self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => self.read(&path),
                false => self.written += &String::from_utf8_lossy(&fs::read(path).unwrap()),
            }
        }
    }

    fn lines_with(&self, text: &str) -> usize {
        self.written
            .lines()
            .filter(|line| line.contains(text))
            .count()
    }
}

/// A secret raw, in base64, in a URL, in a form and in JSON.
fn encodings(secret: &str) -> Vec<String> {
    let json = |text: String| text.trim_matches('"').to_owned();
    let in_url: String = url(secret);
    let mut encodings = vec![
        secret.to_owned(),
        in_url.replace("%20", "+"),
        in_url,
        json(serde_json::to_string(secret).unwrap()),
        secret.escape_debug().to_string(),
        secret.escape_default().to_string(),
    ];
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    encodings.extend(engines.iter().map(|engine| engine.encode(secret)));
    encodings
}

fn url(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}
