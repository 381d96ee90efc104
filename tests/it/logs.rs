//! The log of a run, and its trace for a support case.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::net::TcpListener;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Outcome, Program};

const FILES: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
auth: { type: clientSecret, clientId: 5d9ff2a1-2d1c-4f8f-9bd8-0d8f6c6a0001, clientSecret: { env: SIGN_IN } }
---
kind: socialIdentityProvider
identityProviderType: Facebook
displayName: Facebook
clientId: \"237330139\"
clientSecret: { env: FACEBOOK }
";

const STATE: &str = r#"{"tenantType": "workforce", "applications": [{"appId": "5d9ff2a1-2d1c-4f8f-9bd8-0d8f6c6a0001",
"secret": "open-sesame", "roles": ["IdentityProvider.ReadWrite.All", "IdentityUserFlow.Read.All"]}],
"policies": [{"id": "authenticationFlowsPolicy", "selfServiceSignUp": {"isEnabled": true}}]}"#;

struct Workspace(TempDir);

impl Workspace {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("tenant.yaml"), FILES).unwrap();
        fs::create_dir(directory.path().join(".entraflow")).unwrap();
        fs::write(directory.path().join(".entraflow/graph.json"), STATE).unwrap();
        Self(directory)
    }

    fn program(&self) -> Program {
        Program::new(self.0.path())
            .with("SIGN_IN", "open-sesame")
            .with("FACEBOOK", "battery-staple")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn trace_has_each_request_and_response_but_no_secret() {
    let workspace = Workspace::new();
    let (outcome, trace) = workspace.program().run_traced(["apply", "--yes"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for secret in ["open-sesame", "battery-staple", "Bearer", "access_token"] {
        assert!(!trace.contains(secret), "{secret} is in {trace}");
    }
    let lines = lines(&trace);
    let word = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let requests: Vec<_> = lines
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                word(line, "method"),
                word(line, "route"),
                line["status"]
            )
        })
        .collect();
    let port = word(&lines[0], "url").replace("/contoso.onmicrosoft.com/oauth2/v2.0/token", "");
    let sign_in = format!("POST {port}/contoso.onmicrosoft.com/oauth2/v2.0/token 200");
    assert_eq!(
        requests,
        [
            sign_in.as_str(),
            "GET /v1.0/identity/identityProviders 200",
            "POST /v1.0/identity/identityProviders 201",
            "GET /v1.0/identity/identityProviders 200",
        ]
    );
    let (token, create) = (&lines[0], &lines[2]);
    assert_eq!(
        (&token["body"], &token["response"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(create["body"]["clientSecret"], "(secret)");
    assert_eq!(create["body"]["displayName"], "Facebook");
    assert_eq!(create["response"]["clientSecret"], "(secret)");
    assert_eq!(create["attempt"], 1);
    for id in ["requestId", "clientRequestId"] {
        assert!(!word(create, id).is_empty(), "{create}");
    }
}

#[test]
fn trace_is_appended_to_a_private_file() {
    let workspace = Workspace::new();
    for _ in 0..2 {
        let outcome = workspace
            .program()
            .run(["plan", "--trace-file", "trace.jsonl"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    assert_eq!(lines(&workspace.read("trace.jsonl")).len(), 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = workspace.0.path().join("trace.jsonl");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn trace_has_token_endpoint_errors_but_no_secret() {
    let workspace = Workspace::new();
    let program = workspace.program().with("SIGN_IN", "wrong-sesame");
    let (outcome, trace) = program.run_traced(["plan"]);
    assert_eq!(outcome.code, 7);
    assert!(!trace.contains("sesame"), "{trace}");
    let response = lines(&trace)[0]["response"].clone();
    assert_eq!(response["error"], "invalid_client");
    let description = response["error_description"].as_str().unwrap();
    assert!(description.starts_with("AADSTS7000215"), "{description}");
}

#[test]
fn unwritable_trace_fails_before_any_request() {
    let workspace = Workspace::new();
    let outcome = workspace
        .program()
        .run(["plan", "--trace-file", "no/where"]);
    assert_eq!(
        outcome,
        Outcome {
            code: 2,
            stdout: String::new(),
            stderr: "error: the trace file no/where cannot be opened: No such file or directory (os error 2)\n\
                     help: correct `--trace-file` or ENTRAFLOW_TRACE_FILE; nothing was sent\n"
                .to_owned(),
        }
    );
}

#[cfg(target_os = "linux")]
#[test]
fn incomplete_trace_is_reported_and_changes_nothing() {
    let workspace = Workspace::new();
    let outcome = workspace
        .program()
        .run(["plan", "--trace-file", "/dev/full"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            0,
            "warning: the trace file is incomplete: No space left on device (os error 28)\n"
        )
    );
}

#[test]
fn verbose_logs_each_request() {
    let workspace = Workspace::new();
    let log = workspace.program().run(["apply", "--yes", "-v"]).stderr;
    let create = log.lines().nth(2).unwrap();
    let start = "INFO request{method=\"POST\" route=\"/v1.0/identity/identityProviders\" attempt=1 waited_ms=0 \
                 client_request_id=\"";
    assert!(create.trim_start().starts_with(start), "{log}");
    assert!(create.contains("\" status=201 request_id=\""), "{log}");
    assert!(
        create.contains("}: entraflow.graph.transport: response took_ms="),
        "{log}"
    );
    assert_eq!(log.lines().count(), 4, "{log}");
}

#[test]
fn verbose_logs_why_there_is_no_response() {
    let workspace = Workspace::new();
    let document = FILES.replacen("auth:", "limits: { maxWaitSeconds: 0 }\nauth:", 1);
    fs::write(workspace.0.path().join("tenant.yaml"), document).unwrap();
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr();
    let url = format!("http://{}", closed.unwrap());
    let program = workspace.program().with("ENTRAFLOW_EMULATOR", &url);
    let log = program.run(["plan", "-v"]).stderr;
    let first = log.lines().next().unwrap();
    let (_, end) = first.split_once(": no response took_ms=").unwrap();
    assert!(end.ends_with(" error=\"cannot connect\""), "{log}");
}

#[test]
fn json_log_has_the_same_fields() {
    let workspace = Workspace::new();
    let arguments = ["apply", "--yes", "-v", "--log-format", "json"];
    let log = lines(&workspace.program().run(arguments).stderr);
    let create = &log[2];
    assert_eq!(create["fields"]["message"], "response");
    let span = &create["span"];
    assert_eq!(
        (&span["method"], &span["route"], &span["status"]),
        (
            &"POST".into(),
            &"/v1.0/identity/identityProviders".into(),
            &201.into()
        )
    );
}

#[test]
fn very_verbose_logs_batch_entries() {
    let workspace = Workspace::new();
    let attribute = "kind: userFlowAttribute\ndisplayName: Card\ndataType: string\n";
    fs::write(workspace.0.path().join("attribute.yaml"), attribute).unwrap();
    let log = workspace.program().run(["plan", "-vv"]).stderr;
    let entries: Vec<_> = log
        .lines()
        .filter_map(|line| line.split_once("batch entry "))
        .map(|(_, entry)| entry)
        .collect();
    assert_eq!(
        entries,
        [
            "method=\"GET\" route=\"/v1.0/identity/identityProviders\" status=200",
            "method=\"GET\" route=\"/v1.0/identity/userFlowAttributes\" status=200",
        ]
    );
}

#[test]
fn invalid_log_filter_is_rejected() {
    let workspace = Workspace::new();
    let program = workspace.program().with("ENTRAFLOW_LOG", "entraflow=loud");
    let outcome = program.run(["plan"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            2,
            "error: ENTRAFLOW_LOG is not a valid filter: error parsing level filter: expected one of \"off\", \"error\", \"warn\", \
             \"info\", \"debug\", \"trace\", or a number 0-5\n\
             help: ENTRAFLOW_LOG is a filter such as entraflow=debug; without it, -v and -vv apply\n"
        )
    );
}
