//! Invalid responses while reading a tenant: an incomplete response is an error, not an absence.

use std::collections::BTreeMap;

use entraflow::desired;
use entraflow::emulator::TenantType;
use entraflow::graph::Session;
use entraflow::live::{self, Live, OrderReads, OwnershipRules, ReadError, Scope};
use serde_json::{Value, json};

use crate::emulator_support::Graph;
use crate::program::Program;
use crate::scripted::{Scripted, error_body, json};

const TENANT: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
---
";
const FLOW: &str = "\
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
";
const GET_FLOWS: &str = "GET /v1.0/identity/b2xUserFlows";
const PARTNER: &str = "B2X_1_Partner";

/// Reads the objects of a document.
async fn read(session: &Session, document: &str) -> Result<Live, ReadError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tenant.yaml");
    std::fs::write(&path, format!("{TENANT}{document}")).unwrap();
    let desired = desired::load(&[path], jiff::civil::date(2026, 1, 1)).unwrap();
    let scope = Scope {
        resources: &desired.resources,
        pins: &BTreeMap::new(),
        renames: &BTreeMap::new(),
        rules: &OwnershipRules::default(),
        environment: desired.tenant.environment(),
        check_prerequisites: false,
        orders: OrderReads::Several,
    };
    live::read(&session.reader(), &scope).await
}

/// The error after these responses, in this order.
async fn read_error(document: &str, answers: &[(&str, u16, Value)]) -> String {
    let graph = Scripted::start().await;
    for (line, status, body) in answers {
        graph.on(line, json(*status, body.clone()));
    }
    let session = graph.session().await;
    let error = read(&session, document).await.unwrap_err();
    graph.finish();
    error.to_string()
}

fn flows() -> Value {
    json!({"value": [{"id": PARTNER, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}]})
}

#[tokio::test]
async fn list_entry_without_an_id_is_an_error() {
    for member in [
        json!({"displayName": "Partner"}),
        json!({"id": 7}),
        json!({"id": ""}),
        json!(null),
    ] {
        let answer = json!({"value": [{"id": PARTNER}, member]});
        assert_eq!(
            read_error(FLOW, &[(GET_FLOWS, 200, answer)]).await,
            "GET /v1.0/identity/b2xUserFlows: 200: an entry of the list has no `id`"
        );
    }
    let policy = "kind: authenticationFlowsPolicy\nselfServiceSignUp: { isEnabled: true }\n";
    let line = "GET /v1.0/policies/authenticationFlowsPolicy";
    assert_eq!(
        read_error(
            policy,
            &[(line, 200, json!({"selfServiceSignUp": {"isEnabled": true}}))]
        )
        .await,
        "GET /v1.0/policies/authenticationFlowsPolicy: 200: the object has no `id`"
    );
}

#[tokio::test]
async fn incomplete_part_is_an_error() {
    let languages = format!("{FLOW}languages: [{{ id: fr, isEnabled: true }}]\n");
    let line = format!("GET /v1.0/identity/b2xUserFlows/{PARTNER}/languages");
    let answer = json!({"value": [{"isEnabled": true}]});
    assert_eq!(
        read_error(
            &languages,
            &[(GET_FLOWS, 200, flows()), (&line, 200, answer)]
        )
        .await,
        "GET /v1.0/identity/b2xUserFlows/B2X_1_Partner/languages: 200: an entry of the list has no `id`"
    );
    let assignment = |attribute: &str| {
        format!(
            "  - {{ userAttribute: {attribute}, displayName: {attribute}, isOptional: true, \
             userInputType: textBox }}\n"
        )
    };
    let several = ["City", "Country"].map(assignment).concat();
    let assignments = format!("{FLOW}userAttributeAssignments:\n{several}");
    let batch = |bodies: [Value; 2]| {
        let entry = |(id, body)| json!({"id": id, "status": 200, "body": body});
        let responses: Value = ["1", "2"].into_iter().zip(bodies).map(entry).collect();
        json!({ "responses": responses })
    };
    let lists = batch([flows(), json!({"value": []})]);
    let parts = batch([json!({"value": []}), json!({"value": []})]);
    let line = "POST /v1.0/$batch";
    assert_eq!(
        read_error(&assignments, &[(line, 200, lists), (line, 200, parts)]).await,
        "GET /v1.0/identity/b2xUserFlows/B2X_1_Partner/userAttributeAssignments/getOrder: \
         200: `order` is missing or not an array of strings"
    );
}

const LISTENER: &str = "\
kind: userFlowListener
userFlow: { id: B2X_1_Partner }
applications: []
priority: 1
";
const LISTENERS: &str = "GET /beta/identity/events/onSignupStart";
const EXPANDED: &str = "GET /beta/identity/events/onSignupStart?$expand=microsoft.graph.invokeUserFlowListener/userFlow";

#[tokio::test]
async fn refused_expand_is_learned_and_its_properties_are_read() {
    for status in [400, 501] {
        let graph = Scripted::start().await;
        graph.on(
            EXPANDED,
            json(status, error_body("BadRequest", "no $expand")),
        );
        for _ in 0..2 {
            let listener = json!({"@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "1/2", "priority": 1,
                "sourceFilter": {"includeApplications": []}});
            graph.on(GET_FLOWS, json(200, flows()));
            graph.on(LISTENERS, json(200, json!({"value": [listener]})));
            graph.on(
                "GET /beta/identity/events/onSignupStart/1%2F2/microsoft.graph.invokeUserFlowListener/userFlow",
                json(200, json!({"id": PARTNER})),
            );
        }
        let session = graph.session().await;
        let first = read(&session, LISTENER).await.unwrap();
        let again = read(&session, LISTENER).await.unwrap();
        assert_eq!(first.resources.len(), 1);
        assert_eq!(first.resources, again.resources);
        graph.finish();
    }
}

#[tokio::test]
async fn other_bad_request_is_not_taken_for_a_refused_expand() {
    let refused = |message: &str| json(400, error_body("BadRequest", message));
    let graph = Scripted::start().await;
    for _ in 0..2 {
        graph.on(GET_FLOWS, json(200, flows()));
        graph.on(EXPANDED, refused("not now"));
        graph.on(LISTENERS, refused("never"));
    }
    let session = graph.session().await;
    for _ in 0..2 {
        let error = read(&session, LISTENER).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "GET /beta/identity/events/onSignupStart: 400 BadRequest: never\nrequest id inner"
        );
    }
    graph.finish();
}

#[tokio::test]
async fn object_names_cannot_control_the_terminal() {
    let name = "a\u{1b}[2J\u{7}\r\u{9b}31m\u{202e}b";
    let connector =
        |id: &str, name: &str| json!({"id": id, "displayName": name, "targetUrl": name});
    let state = json!({"apiConnectors": [connector("1", name), connector("2", "Check"), connector("3", "Check\u{1b}[m")]});
    let graph = Graph::seeded(TenantType::Workforce, &state).await;
    let directory = tempfile::tempdir().unwrap();
    let document = "\
kind: apiConnector
displayName: Check
targetUrl: https://api.contoso.com/check
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
";
    std::fs::write(
        directory.path().join("tenant.yaml"),
        format!("{TENANT}{document}"),
    )
    .unwrap();
    let url = graph.emulator.url().to_owned();
    let run = move |command: &str| {
        let program = Program::new(directory.path()).with("ENTRAFLOW_EMULATOR", &url);
        program.run(command.split(' '))
    };
    let outcomes =
        tokio::task::spawn_blocking(move || ["plan", "drift", "plan -v", "export"].map(run));
    for outcome in outcomes.await.unwrap() {
        let acts = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
        let text = outcome.stdout + &outcome.stderr;
        assert!(text.contains("Check"), "{text:?}");
        assert_eq!(text.chars().find(acts), None, "{text:?}");
    }
}
