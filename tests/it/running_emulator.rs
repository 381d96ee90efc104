//! An emulator that runs already, in place of the embedded one. That it is used, each scenario shows.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::path::Path;

use entraflow::emulator::{self, Options};

use crate::program::{Outcome, Program};

const TENANT: &str = "kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: authenticationFlowsPolicy
selfServiceSignUp: { isEnabled: true }
---
kind: userFlowAttribute
displayName: Loyalty number
dataType: string
";

fn plan(directory: &Path, emulator: &str) -> Outcome {
    std::fs::write(directory.join("tenant.yaml"), TENANT).unwrap();
    Program::new(directory)
        .with("ENTRAFLOW_EMULATOR", emulator)
        .run(["plan"])
}

#[test]
fn an_emulator_elsewhere_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let output = plan(directory.path(), "https://graph.example");
    assert_eq!(
        output.stderr,
        "error: `https://graph.example` cannot be used as the root of Graph: an emulator must run on this machine, at 127.0.0.1 or localhost
help: correct ENTRAFLOW_EMULATOR, or unset it to use the embedded emulator
"
    );
    assert_eq!(output.code, 1);
}

#[test]
fn an_empty_address_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let output = plan(directory.path(), "");
    let out = &output.stdout;
    assert_eq!(
        out.lines().next(),
        Some("Plan for contoso on the local emulator (.entraflow/graph.json)")
    );
    assert_eq!(output.code, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emulator_of_another_tenant_is_refused_with_how_to_start_the_right_one() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        tenant: "fabrikam.onmicrosoft.com".to_owned(),
        port: 0,
        ..Options::default()
    };
    let emulator = emulator::start(options).await.unwrap();
    let output = plan(directory.path(), emulator.url());
    let told = &output.stderr;
    assert_eq!(
        told.replace(emulator.url(), "http://emulator"),
        "error: cannot sign in with a client secret: POST http://emulator/contoso.onmicrosoft.com/oauth2/v2.0/token: 400 AADSTS90002: Tenant 'contoso.onmicrosoft.com' not found. Check to make sure you have the correct tenant ID.
request id 0fbeb820-da57-5c5e-b265-f9353c026bdb
help: there is no such tenant in this cloud: check `tenantId` and `cloud` in the tenant document
help: `entraflow emulator --tenant contoso.onmicrosoft.com --type workforce` emulates this tenant
help: correct ENTRAFLOW_EMULATOR, or unset it to use the embedded emulator
"
    );
    assert_eq!(output.code, 7);
    emulator.stop().await;
}

#[test]
fn a_port_that_is_taken_is_told_with_a_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Program::new(directory.path()).run(["emulator", "--port", &port]);
    assert_eq!(
        output.stderr.replace(&port, "PORT"),
        "error: the emulator cannot start: cannot listen on 127.0.0.1:PORT: Address already in use (os error 98)
help: `--port 0` takes a free port, which the first line prints
"
    );
    assert_eq!(output.code, 1);
}
