//! Metadata of sign-in addresses: served by the emulator, read without a token, bounded, and waited for only after a change.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use entraflow::emulator::{Options, TenantOptions, TenantType};
use entraflow::graph::{MaxWait, Settings};
use entraflow::model::{Address, ObjectId};
use entraflow::sign_in_check::{
    FlowToCheck, PlaceToCheck, SignInCheck, SignInOutcome, SignInService,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::emulator_support::Graph;
use crate::program::Program;
use crate::report_forms::{FORMATS, check as check_form};
use crate::scripted::{Reply, Scripted, answer, json, json_with};

const TENANT: &str = "b07624bf-a5cd-47be-97e4-42702c46c74e";
/// The request for the metadata of `B2C_1_A`.
const REQUEST: &str =
    "GET /login.example/shop.example/B2C_1_A/v2.0/.well-known/openid-configuration";
/// The request for the metadata of the tenant.
const TENANTS: &str =
    "GET /login.example/b07624bf-a5cd-47be-97e4-42702c46c74e/v2.0/.well-known/openid-configuration";

fn address(name: &str) -> Address {
    name.parse().unwrap()
}

fn flow() -> FlowToCheck {
    FlowToCheck {
        flow: address("b2cUserFlow/A"),
        place: PlaceToCheck::OfFlow(ObjectId::new("B2C_1_A")),
    }
}

/// The metadata of a flow, or of the tenant, below this path.
fn metadata(path: &str) -> Value {
    let endpoint = |name: &str| format!("https://login.example/{path}/{name}");
    json!({
        "issuer": format!("https://login.example/{TENANT}/v2.0/"),
        "authorization_endpoint": endpoint("oauth2/v2.0/authorize"),
        "token_endpoint": endpoint("oauth2/v2.0/token"),
        "jwks_uri": endpoint("discovery/v2.0/keys"),
    })
}

fn of_flow() -> Reply {
    json(200, metadata("shop.example/b2c_1_a"))
}

/// The outcomes of a check that waits up to `seconds`, and how long it took.
async fn check(
    server: &Scripted,
    flows: &[FlowToCheck],
    changed: &[&str],
    seconds: u64,
) -> (Vec<SignInOutcome>, Duration) {
    let settings = Settings {
        max_wait: MaxWait {
            request: Duration::from_secs(seconds),
            ..MaxWait::default()
        },
        ..server.settings()
    };
    let session = server.session_with(settings).await;
    let check = SignInCheck {
        reader: &session.metadata(),
        service: &SignInService {
            domains: vec!["login.example".to_owned()],
            tenant: "shop.example".to_owned(),
            tenant_id: Uuid::parse_str(TENANT).unwrap(),
        },
        changed: &changed
            .iter()
            .map(|name| address(name))
            .collect::<BTreeSet<_>>(),
    };
    let start = Instant::now();
    let report = check.run(flows).await;
    let outcomes = report.entries.into_iter().map(|entry| entry.outcome);
    (outcomes.collect(), start.elapsed())
}

fn refused() -> SignInOutcome {
    SignInOutcome::Refused {
        status: 404,
        message: "the response is an HTML page, not JSON".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_is_read_without_a_token() {
    let server = Scripted::start().await;
    server.on(REQUEST, of_flow());
    let (outcomes, _) = check(&server, &[flow()], &[], 0).await;
    assert_eq!(outcomes, [SignInOutcome::Works]);
    let [request] = server.finish().try_into().ok().unwrap();
    assert!(!request.headers.contains_key("authorization"));
    assert!(!format!("{:?}", request.headers).contains("t0ken"));
}

#[tokio::test(start_paused = true)]
async fn changed_flow_is_waited_for_and_another_is_not() {
    let server = Scripted::start().await;
    for _ in 0..2 {
        server.on(REQUEST, answer(404, &[], "<html>"));
    }
    server.on(REQUEST, of_flow());
    let (outcomes, waited) = check(&server, &[flow()], &["b2cUserFlow/A"], 300).await;
    assert_eq!(outcomes, [SignInOutcome::Works]);
    assert_eq!(waited.as_millis(), 1500);
    server.on(REQUEST, answer(404, &[], "<html>"));
    let (outcomes, waited) = check(&server, &[flow()], &["b2cUserFlow/B"], 300).await;
    assert_eq!((outcomes, waited), (vec![refused()], Duration::ZERO));
    server.finish();
}

#[tokio::test(start_paused = true)]
async fn wait_for_a_changed_flow_ends_at_the_limit() {
    let server = Scripted::start().await;
    for _ in 0..4 {
        server.on(REQUEST, answer(404, &[], "<html>"));
    }
    let (outcomes, waited) = check(&server, &[flow()], &["b2cUserFlow/A"], 3).await;
    assert_eq!(outcomes, [refused()]);
    assert_eq!(waited, Duration::from_secs(3));
    server.finish();
}

#[tokio::test(start_paused = true)]
async fn flows_at_the_address_of_the_tenant_share_one_request() {
    let server = Scripted::start().await;
    server.on(TENANTS, json(200, metadata(TENANT)));
    let flows = ["A", "B"].map(|name| FlowToCheck {
        flow: address(&format!("authenticationEventsFlow/{name}")),
        place: PlaceToCheck::OfTenant,
    });
    let (outcomes, _) = check(&server, &flows, &[], 0).await;
    assert_eq!(outcomes, [SignInOutcome::Works, SignInOutcome::Works]);
    assert_eq!(server.finish_lines(), [TENANTS]);
}

#[tokio::test(start_paused = true)]
async fn redirect_is_followed_within_the_host_and_not_forever() {
    let to = |target: &str| json_with(302, &[("Location", target)], Value::Null);
    let server = Scripted::start().await;
    server.on(REQUEST, to("/new"));
    server.on("GET /login.example/new", of_flow());
    let (outcomes, _) = check(&server, &[flow()], &[], 0).await;
    assert_eq!(outcomes, [SignInOutcome::Works]);
    for target in [
        "https://evil.example/x",
        "http://login.example/x",
        "https://login.example:8443/x",
    ] {
        server.on(REQUEST, to(target));
        let (outcomes, _) = check(&server, &[flow()], &[], 0).await;
        let redirected = SignInOutcome::Redirected {
            to: target.to_owned(),
        };
        assert_eq!(outcomes, [redirected]);
    }
    server.on(REQUEST, to("/loop"));
    server.on("GET /login.example/loop", to("/loop"));
    server.on("GET /login.example/loop", to("/loop"));
    let (outcomes, _) = check(&server, &[flow()], &[], 0).await;
    let to = "https://login.example/loop".to_owned();
    assert_eq!(outcomes, [SignInOutcome::Redirected { to }]);
    server.finish();
}

#[tokio::test(start_paused = true)]
async fn answer_that_is_no_metadata_fails_the_flow() {
    let large = format!("{{\"issuer\": \"{}\"}}", "x".repeat(1 << 20));
    for (reply, expected) in [
        (answer(200, &[], &large), "200: the response exceeds 1 MB"),
        (
            answer(200, &[], "<html>"),
            "200: the response is an HTML page, not JSON",
        ),
        (answer(500, &[], ""), "500: the response is empty"),
    ] {
        let server = Scripted::start().await;
        server.on(REQUEST, reply);
        let (outcomes, _) = check(&server, &[flow()], &["b2cUserFlow/A"], 0).await;
        assert_eq!(outcomes, [SignInOutcome::NoAnswer(expected.to_owned())]);
        server.finish();
    }
    let server = Scripted::start().await;
    server.on(REQUEST, json(200, json!([])));
    let (outcomes, _) = check(&server, &[flow()], &[], 0).await;
    let missing = |name: &str| format!("`{name}` is missing");
    let names = [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
    ];
    let differences = names.map(missing).to_vec();
    assert_eq!(outcomes, [SignInOutcome::Differs(differences)]);
    server.finish();
}

const FILES: &str = "\
kind: tenant
name: shop
tenantId: shop.onmicrosoft.com
type: b2c
cloud: emulator
signInDomains: [shop.b2clogin.com, other.b2clogin.com]
limits: { maxWaitSeconds: 0 }
---
kind: b2cUserFlow
id: A
userFlowType: signUpOrSignIn
userFlowTypeVersion: 3
";

#[test]
fn reports_in_every_form_name_the_flow_that_fails() {
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("tenant.yaml"), FILES).unwrap();
    for (arguments, code) in [
        (vec!["apply", "--yes", "--check-sign-in"], 6),
        (vec!["check-sign-in"], 11),
    ] {
        let options =
            FORMATS.map(|(format, extension)| format!("--report={format}=report.{extension}"));
        let options = options.iter().map(String::as_str);
        let outcome = Program::new(files.path()).run(arguments.into_iter().chain(options));
        assert_eq!(outcome.code, code, "{}{}", outcome.stdout, outcome.stderr);
        for (format, extension) in FORMATS {
            let report = fs::read_to_string(files.path().join(format!("report.{extension}")));
            let report = report.unwrap();
            check_form(format, &report);
            let at = "other.b2clogin.com/shop.onmicrosoft.com/B2C_1_A/v2.0/.well-known";
            assert!(report.contains(at), "{format}: {report}");
            assert!(report.contains("404"), "{format}: {report}");
        }
    }
}

#[tokio::test]
async fn emulator_serves_the_metadata_of_its_tenant_at_its_domains_only() {
    let other = TenantOptions {
        tenant: "other.onmicrosoft.com".to_owned(),
        tenant_type: TenantType::External,
        data: None,
        seed: None,
    };
    let options = Options {
        tenant: "shop.onmicrosoft.com".to_owned(),
        tenant_type: TenantType::B2c,
        others: vec![other],
        ..Options::default()
    };
    let graph = Graph::with(options).await;
    let flow = json!({"id": "A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3});
    assert_eq!(
        graph.post("/beta/identity/b2cUserFlows", flow).await.status,
        201
    );
    let cases = [
        ("shop.b2clogin.com/shop.onmicrosoft.com/b2c_1_a", 200),
        ("login.shop.example/shop.onmicrosoft.com/B2C_1_A", 200),
        ("shop.b2clogin.com/shop.onmicrosoft.com/B2C_1_B", 404),
        ("shop.b2clogin.com/shop.onmicrosoft.com", 404),
        ("other.b2clogin.com/shop.onmicrosoft.com/B2C_1_A", 404),
        ("shop.ciamlogin.com/shop.onmicrosoft.com/B2C_1_A", 404),
        ("shop.b2clogin.com/unknown.onmicrosoft.com/B2C_1_A", 404),
        ("other.ciamlogin.com/other.onmicrosoft.com", 200),
        ("login.other.example/other.onmicrosoft.com", 200),
        ("shop.ciamlogin.com/other.onmicrosoft.com", 404),
        ("other.ciamlogin.com/other.onmicrosoft.com/B2C_1_A", 404),
    ];
    for (place, status) in cases {
        let path = format!("/{place}/v2.0/.well-known/openid-configuration");
        assert_eq!(graph.get(&path).await.status, status, "{place}");
    }
}

#[tokio::test]
async fn emulator_serves_the_metadata_of_a_new_flow_once_reads_show_it() {
    let graph = Graph::start(TenantType::B2c).await;
    let reads = json!({"reads": 2});
    assert_eq!(graph.put("/_emulator/staleness", reads).await.status, 204);
    let flow = json!({"id": "A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3});
    assert_eq!(
        graph.post("/beta/identity/b2cUserFlows", flow).await.status,
        201
    );
    let path = "/contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_A/v2.0/.well-known/openid-configuration";
    for status in [404, 404, 200] {
        assert_eq!(graph.get(path).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenant_whose_id_is_not_known_is_refused() {
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("tenant.yaml"), FILES).unwrap();
    let server = Scripted::start().await;
    let token = json!({"access_token": "opaque", "expires_in": 3600});
    server.on(
        "POST /shop.onmicrosoft.com/oauth2/v2.0/token",
        json(200, token),
    );
    let flow = json!({"id": "B2C_1_A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3});
    server.on(
        "GET /beta/identity/b2cUserFlows",
        json(200, json!({"value": [flow]})),
    );
    let program = Program::new(files.path()).with("ENTRAFLOW_EMULATOR", &server.url);
    let outcome = tokio::task::block_in_place(|| program.run(["check-sign-in"]));
    assert_eq!(outcome.code, 7, "{}", outcome.stderr);
    let error = "\
error: the id of the tenant is not known: the token is opaque
help: write the id, a GUID, as `tenantId` in the tenant document
";
    assert!(outcome.stderr.ends_with(error), "{}", outcome.stderr);
    server.finish();
}
