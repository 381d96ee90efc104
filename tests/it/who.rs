//! `drift --who`: the emulator records who changes what, and the report names them.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entraflow::emulator::{Options, TenantType};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::{Graph, Reply};
use crate::program::{Outcome, Program};

/// The application that the emulator's own tokens are for, which the tests make the author of changes.
const PORTAL: &str = "00000000-0000-0000-0000-000000000000";
const CONNECTOR: &str = "6f3c1b52-0d6b-4b8c-8a0e-0c6f2f6f0001";
const AUDITS: &str = "/v1.0/auditLogs/directoryAudits";

const FILES: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
limits: { maxWaitSeconds: 0 }
manage:
  apiConnector: { prune: false }
---
kind: authenticationFlowsPolicy
selfServiceSignUp: { isEnabled: true }
---
kind: userFlowAttribute
displayName: Hobby
dataType: string
description: What they like
---
kind: apiConnector
displayName: Validate
targetUrl: https://api.contoso.com/
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
";

fn state() -> Value {
    json!({
        "applications": [{"appId": PORTAL, "displayName": "Portal"}],
        "policies": [{"id": "authenticationFlowsPolicy", "selfServiceSignUp": {"isEnabled": true}}],
        "userFlowAttributes": [{"id": "extension_0_Hobby", "displayName": "Hobby", "dataType": "string",
            "userFlowAttributeType": "custom", "description": "What they like"}],
        "apiConnectors": [{"id": CONNECTOR, "displayName": "Validate", "targetUrl": "https://api.contoso.com/",
            "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "flow",
                "password": "***"}}],
    })
}

/// A tenant with its files, in an emulator whose clock stands still.
struct Tenant {
    files: TempDir,
    graph: Graph,
    now: Timestamp,
}

impl Tenant {
    async fn new(state: Value) -> Self {
        let files = TempDir::new().unwrap();
        fs::write(files.path().join("tenant.yaml"), FILES).unwrap();
        let graph = Graph::seeded(TenantType::Workforce, &state).await;
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let tenant = Self { files, graph, now };
        tenant.set_clock(now).await;
        tenant
    }

    async fn set_clock(&self, now: Timestamp) {
        self.control("clock", json!({ "now": now.to_string() }))
            .await;
    }

    async fn control(&self, what: &str, body: Value) {
        let reply = self.graph.put(&format!("/_emulator/{what}"), body).await;
        assert_eq!(reply.status, 204, "{what}: {}", reply.body);
    }

    async fn drift<'a>(&self, options: impl IntoIterator<Item = &'a str>) -> Outcome {
        let arguments: Vec<_> = ["drift"].into_iter().chain(options).collect();
        let mut outcome = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .run(arguments);
        outcome.stdout = outcome.stdout.replace(self.graph.emulator.url(), "URL");
        outcome
    }

    /// The time of the clock as reports show it.
    fn time(&self) -> String {
        self.now.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// The reads of the audit log, decoded.
    async fn audit_reads(&self) -> Vec<String> {
        let log = self.graph.get("/_emulator/requests").await.body;
        let paths = log.as_array().unwrap().iter();
        let paths = paths.filter_map(|request| request["path"].as_str());
        let reads = paths.filter(|path| path.starts_with(AUDITS));
        reads
            .map(|path| path.replace("%20", " ").replace("%27", "'"))
            .collect()
    }

    /// A change by a person who uses the application.
    async fn change_as_kim(&self, method: &str, path: &str, body: Value) -> Reply {
        let token = self.graph.emulator.token(&[]);
        let mut parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
        let claims = URL_SAFE_NO_PAD.decode(&parts[1]).unwrap();
        let mut claims: Value = serde_json::from_slice(&claims).unwrap();
        claims["idtyp"] = json!("user");
        claims["upn"] = json!("kim@contoso.com");
        claims["scp"] = json!("IdentityUserFlow.ReadWrite.All APIConnectors.ReadWrite.All");
        claims["wids"] = json!(["62e90394-69f5-4237-9190-012177145e10"]);
        parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
        self.graph
            .send_as(&parts.join("."), method, path, body)
            .await
    }
}

fn lines<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| line.starts_with(start)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn report_names_the_application_and_the_person_who_made_the_changes() {
    let tenant = Tenant::new(state()).await;
    let attribute = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
    let changed = tenant
        .graph
        .patch(attribute, json!({"description": "From the portal"}))
        .await;
    assert_eq!(changed.status, 204);
    let connector = format!("/v1.0/identity/apiConnectors/{CONNECTOR}");
    let deleted = tenant
        .change_as_kim("DELETE", &connector, Value::Null)
        .await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    let outcome = tenant.drift(["--who"]).await;
    let time = tenant.time();
    assert_eq!(outcome.stderr, "");
    assert_eq!(
        outcome.stdout,
        format!(
            "Drift of contoso on the local emulator (URL)
workforce tenant contoso.onmicrosoft.com

apiConnector/Validate
  error: declared, but not in the tenant  tenant.yaml:18:7
  audit log: {time}: Delete Api connector, by kim@contoso.com

userFlowAttribute/Hobby
  warning: description differs from the files  tenant.yaml:16:14
    files   \"What they like\"
    tenant  \"From the portal\"
  audit log: {time}: Update user attribute, by the app Portal ({PORTAL})

Drift: 1 error, 1 warning.
Requests: 5 to read the tenant, in 2 round trips.
"
        )
    );
    assert_eq!(outcome.code, 11);
    let start = tenant.now.saturating_sub((30 * 24).hours()).unwrap();
    let reads = tenant.audit_reads().await;
    assert_eq!(reads.len(), 2, "one for each activity: {reads:#?}");
    for (read, activity) in reads
        .iter()
        .zip(["Delete Api connector", "Update user attribute"])
    {
        let (_, filter) = read.split_once("activityDateTime ge ").unwrap();
        let (time, rest) = filter.split_once(' ').unwrap();
        let late: Timestamp = time.parse().unwrap();
        assert!((late - start).get_seconds() < 600, "{time}");
        assert_eq!(
            rest,
            format!("and activityDisplayName eq '{activity}'&$orderby=activityDateTime desc")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn newest_changes_of_an_object_come_first_and_none_of_others() {
    let tenant = Tenant::new(state()).await;
    let attribute = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
    for minute in 1..=5_i64 {
        let now = tenant.now.checked_add(minute.minutes()).unwrap();
        tenant.set_clock(now).await;
        let description = json!({ "description": format!("{minute}") });
        tenant.graph.patch(attribute, description).await;
    }
    let other = json!({"displayName": "Other", "dataType": "string"});
    let created = tenant
        .graph
        .post("/v1.0/identity/userFlowAttributes", other)
        .await;
    assert_eq!(created.status, 201);
    tenant.set_clock(tenant.now).await;
    let json = tenant.drift(["--who", "--format", "json"]).await;
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let finding = |address: &str| {
        let mut findings = report["findings"].as_array().unwrap().iter();
        findings
            .find(|finding| finding["address"] == address)
            .unwrap()["audit"]
            .clone()
    };
    let entry = |minute: i64, activity: &str| {
        let time = tenant.now.checked_add(minute.minutes()).unwrap();
        json!({"time": time.to_string(), "activity": activity,
            "actor": {"type": "application", "id": PORTAL, "name": "Portal"}})
    };
    let update = |minute| entry(minute, "Update user attribute");
    let expected = json!([update(5), update(4), update(3)]);
    assert_eq!(finding("userFlowAttribute/Hobby"), expected);
    let expected = json!([entry(5, "Create user attribute")]);
    assert_eq!(finding("userFlowAttribute/Other"), expected);
    assert_eq!(report["notes"], json!([]));
    let reads = tenant.audit_reads().await;
    assert_eq!(reads.len(), 2, "one for each activity: {reads:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audit_log_is_not_read_without_the_option_or_without_findings() {
    let tenant = Tenant::new(state()).await;
    assert_eq!(tenant.drift(["--who"]).await.code, 0);
    let attribute = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
    tenant
        .graph
        .patch(attribute, json!({"description": "x"}))
        .await;
    let outcome = tenant.drift([]).await;
    assert_eq!(lines(&outcome.stdout, "audit log"), Vec::<&str>::new());
    assert_eq!(outcome.code, 11);
    assert_eq!(tenant.audit_reads().await, Vec::<String>::new());
}

/// The lines about the audit log when these assumptions hold and the portal has changed the attribute.
async fn audit_lines(answers: Value) -> Vec<String> {
    let tenant = Tenant::new(state()).await;
    tenant.control("assumptions", answers).await;
    let attribute = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
    tenant
        .graph
        .patch(attribute, json!({"description": "x"}))
        .await;
    let outcome = tenant.drift(["--who"]).await;
    assert_eq!(outcome.code, 11, "{}", outcome.stderr);
    let text = outcome.stdout.replace(&tenant.time(), "TIME");
    let shown = lines(&text, "audit log").into_iter();
    let notes = lines(&text, "note: ").into_iter();
    shown.chain(notes).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entry_is_found_by_name_if_it_has_no_id_and_without_a_filter_by_target() {
    let found = format!("audit log: TIME: Update user attribute, by the app Portal ({PORTAL})");
    for answers in [
        json!({}),
        json!({"audit-targets": "names"}),
        json!({"audit-filter": "refused"}),
        json!({"unlisted-activities": "silent"}),
    ] {
        assert_eq!(audit_lines(answers).await, [found.as_str()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusal_for_lack_of_a_licence_is_a_note() {
    assert_eq!(
        audit_lines(json!({"audit-permissions": "both"})).await,
        [
            "note: the audit log was not read: Graph answers 403 Authentication_RequestFromNonPremiumTenantOrB2CTenant, as for a tenant without a licence for it, and for an app without Directory.Read.All"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_permission_is_a_note_and_the_exit_code_stays() {
    let mut state = state();
    state["applications"][0]["secret"] = json!("none-is-needed");
    state["applications"][0]["roles"] = json!([
        "IdentityUserFlow.Read.All",
        "APIConnectors.ReadWrite.All",
        "Policy.Read.All"
    ]);
    let tenant = Tenant::new(state).await;
    let attribute = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
    tenant
        .graph
        .patch(attribute, json!({"description": "x"}))
        .await;
    let outcome = tenant.drift(["--who"]).await;
    assert_eq!(
        lines(&outcome.stdout, "note: "),
        [
            "note: the audit log was not read: Graph answers 403 Authorization_RequestDenied; it needs AuditLog.Read.All, and perhaps Directory.Read.All; a person also needs a directory role that may read it, such as Reports Reader"
        ]
    );
    assert_eq!(lines(&outcome.stdout, "audit log"), Vec::<&str>::new());
    assert_eq!(
        outcome.stderr,
        format!(
            "note: the app {PORTAL} may not be allowed to read the audit log; its token lacks:
  AuditLog.Read.All for --who
help: if Graph refuses, ask an administrator to add to the app {PORTAL}, at API permissions, the application permissions of Microsoft Graph AuditLog.Read.All, and to grant admin consent
"
        )
    );
    assert_eq!(outcome.code, 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_policy_is_found_by_its_id_unless_graph_is_silent_about_it() {
    let options = || Options {
        tenant_type: TenantType::B2c,
        ..Options::default()
    };
    let files = "kind: tenant\nname: shop\ntenantId: contoso.onmicrosoft.com\ntype: b2c\ncloud: emulator\n\
                 limits: { maxWaitSeconds: 0 }\n---\nkind: b2cAuthenticationMethodsPolicy\n\
                 isUserNameAuthenticationEnabled: false\n";
    for (answers, expected) in [
        (
            json!({}),
            "audit log: TIME: Update policy, by the app 00000000-0000-0000-0000-000000000000",
        ),
        (
            json!({"unlisted-activities": "silent"}),
            "audit log: no entry",
        ),
        (
            json!({"audit-filter": "refused"}),
            "note: the audit log was not read: Graph answers 400 BadRequest",
        ),
    ] {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("tenant.yaml"), files).unwrap();
        let graph = Graph::with(options()).await;
        let now = Timestamp::now();
        let clock = json!({ "now": now.to_string() });
        graph.put("/_emulator/clock", clock).await;
        graph.put("/_emulator/assumptions", answers).await;
        let methods = json!({"isEmailPasswordAuthenticationEnabled": true,
            "isUserNameAuthenticationEnabled": true, "isPhoneOneTimePasswordAuthenticationEnabled": false});
        let path = "/beta/policies/b2cAuthenticationMethodsPolicy";
        assert_eq!(graph.patch(path, methods).await.status, 204);
        let outcome = Program::new(directory.path())
            .with("ENTRAFLOW_EMULATOR", graph.emulator.url())
            .run(["drift", "--who"]);
        let time = now.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let text = outcome.stdout.replace(&time, "TIME");
        assert!(
            text.lines().any(|line| line.trim() == expected),
            "{expected} is not in {text}"
        );
        assert_eq!(outcome.code, 11);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_the_report_names_the_actor() {
    let tenant = Tenant::new(state()).await;
    let attribute = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
    tenant
        .graph
        .patch(attribute, json!({"description": "x"}))
        .await;
    let actor = "Update user attribute, by the app Portal";
    for format in ["text", "markdown", "html", "junit", "sarif"] {
        let outcome = tenant.drift(["--who", "--format", format]).await;
        assert!(
            outcome.stdout.contains(actor),
            "{format}: {}",
            outcome.stdout
        );
    }
}

#[tokio::test]
async fn emulator_records_changes_and_no_refusals() {
    let graph = Graph::seeded(TenantType::Workforce, &state()).await;
    let connector = json!({"displayName": "New", "targetUrl": "https://a.example/",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "a",
            "password": "s3cret"}});
    let created = graph
        .post("/v1.0/identity/apiConnectors", connector)
        .await
        .body;
    let id = created["id"].as_str().unwrap();
    let path = format!("/v1.0/identity/apiConnectors/{id}");
    graph.patch(&path, json!({"displayName": "Renamed"})).await;
    graph.patch(&path, json!({"displayName": "Renamed"})).await;
    graph.patch(&path, json!({"nonsense": 1})).await;
    graph.delete("/v1.0/identity/apiConnectors/missing").await;
    let log = graph.get(AUDITS).await.body;
    let entries = log["value"].as_array().unwrap();
    let activities: Vec<_> = entries
        .iter()
        .map(|entry| entry["activityDisplayName"].as_str().unwrap())
        .collect();
    assert_eq!(activities, ["Update Api connector", "Create Api connector"]);
    assert_eq!(
        entries[0]["targetResources"],
        json!([{"id": id, "displayName": "Renamed", "type": "Api connector", "userPrincipalName": null,
            "groupType": null, "modifiedProperties": [
                {"displayName": "displayName", "oldValue": "\"New\"", "newValue": "\"Renamed\""}]}])
    );
    assert!(!log.to_string().contains("s3cret"));
    let one = graph
        .get(&format!("{AUDITS}/{}", entries[1]["id"].as_str().unwrap()))
        .await;
    assert_eq!(one.body["activityDisplayName"], "Create Api connector");
}

#[tokio::test]
async fn emulator_filters_the_audit_log_by_time_activity_target_and_initiator() {
    let graph = Graph::seeded(TenantType::Workforce, &state()).await;
    for (time, description) in [
        ("2026-11-01T00:00:00Z", "one"),
        ("2026-11-02T00:00:00Z", "two"),
    ] {
        graph.put("/_emulator/clock", json!({ "now": time })).await;
        let token = graph.emulator.token(&["IdentityUserFlow.ReadWrite.All"]);
        let body = json!({ "description": description });
        let path = "/v1.0/identity/userFlowAttributes/extension_0_Hobby";
        graph.send_as(&token, "PATCH", path, body).await;
    }
    let token = graph.emulator.token(&["AuditLog.Read.All"]);
    let times = async |query: &str| {
        let path = format!("{AUDITS}?{query}");
        let reply = graph.send_as(&token, "GET", &path, Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let entries = reply.body["value"].as_array().unwrap().clone();
        let times = entries
            .iter()
            .map(|entry| entry["activityDateTime"].clone());
        times.collect::<Vec<_>>()
    };
    let (first, second) = (
        json!("2026-11-01T00:00:00.0000000Z"),
        json!("2026-11-02T00:00:00.0000000Z"),
    );
    let both = [second.clone(), first.clone()];
    assert_eq!(times("$orderby=activityDateTime desc").await, both);
    let reversed = [first.clone(), second.clone()];
    assert_eq!(times("$orderby=activityDateTime").await, reversed);
    let after = "$filter=activityDateTime ge 2026-11-01T12:00:00Z";
    assert_eq!(times(after).await, [second]);
    let before = "$filter=activityDateTime le 2026-11-01T12:00:00Z";
    assert_eq!(times(before).await, [first]);
    for (filter, count) in [
        ("activityDisplayName eq 'Update user attribute'", 2),
        ("activityDisplayName eq 'Delete user attribute'", 0),
        ("targetResources/any(t:t/id eq 'extension_0_Hobby')", 2),
        ("targetResources/any(t:t/displayName eq 'Hobby')", 2),
        ("targetResources/any(t:t/id eq 'other')", 0),
        ("initiatedBy/app/displayName eq 'Portal'", 2),
        ("initiatedBy/user/id eq 'Portal'", 0),
    ] {
        assert_eq!(
            times(&format!("$filter={filter}")).await.len(),
            count,
            "{filter}"
        );
    }
    let unquoted = format!("{AUDITS}?$filter=activityDateTime ge yesterday");
    let refused = graph.send_as(&token, "GET", &unquoted, Value::Null).await;
    assert_eq!(refused.status, 400);
}
