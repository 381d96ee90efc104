//! What Graph does not show, ids that differ from the documented ones, and documents from which Graph creates nothing.

use std::fs;

use entraflow::assumptions::{
    Assumptions, FlowWithoutPage, HandlerUpdate, OidcFields, SocialProviderIds,
};
use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Outcome, Program, command};

const TENANT: &str = "\
kind: tenant
name: woodgrove
tenantId: woodgrove.onmicrosoft.com
type: external
cloud: emulator
";

const CONTOSO: &str = "---
kind: oidcIdentityProvider
displayName: Contoso
clientId: c5
issuer: https://login.example.com/c5/v2.0
wellKnownEndpoint: https://login.example.com/c5/v2.0/.well-known/openid-configuration
responseType: code
scope: openid profile
clientAuthentication: { type: clientSecret, clientSecret: { env: SECRET } }
inboundClaimMapping: { sub: sub, email: email }
";

const GOOGLE: &str = "---
kind: socialIdentityProvider
identityProviderType: Google
displayName: Sign in with Google
clientId: c5
clientSecret: { env: SECRET }
";

struct Tenant {
    files: TempDir,
    graph: Graph,
}

impl Tenant {
    async fn new(assumptions: Assumptions) -> Self {
        Self::with_state(assumptions, &json!({})).await
    }

    async fn with_state(assumptions: Assumptions, state: &Value) -> Self {
        let seed = tempfile::NamedTempFile::new().unwrap();
        fs::write(seed.path(), state.to_string()).unwrap();
        let graph = Graph::with(Options {
            tenant: "woodgrove.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::External,
            assumptions,
            seed: Some(seed.path().into()),
            ..Options::default()
        })
        .await;
        let files = tempfile::tempdir().unwrap();
        Self { files, graph }
    }

    fn write(&self, documents: &[&str]) {
        let text = [&[TENANT], documents].concat().concat();
        fs::write(self.files.path().join("tenant.yaml"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .with("SECRET", "battery-staple");
        tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
    }

    /// Runs the program in a tenant whose objects have members that no page documents. Returns what it prints.
    fn run_undocumented(&self, arguments: &[&str]) -> String {
        let (mut command, _trace) = command(self.files.path());
        command.env("ENTRAFLOW_EMULATOR", self.graph.emulator.url());
        let output = tokio::task::block_in_place(|| command.args(arguments).output());
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// Applies the files, after which nothing is left to change.
    fn apply(&self) -> String {
        let applied = self.run(&["apply", "--yes"]);
        assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
        let again = self.run(&["plan"]);
        assert!(again.stdout.contains("\nNo changes. "), "{}", again.stdout);
        applied.stdout
    }

    async fn writes(&self) -> usize {
        let log = self.graph.get("/_emulator/requests").await.body;
        let is_write = |logged: &&Value| {
            let path = logged["path"].as_str().unwrap();
            logged["method"] != "GET" && !path.ends_with("$batch") && !path.ends_with("token")
        };
        log.as_array().unwrap().iter().filter(is_write).count()
    }

    async fn stored(&self, collection: &str) -> Value {
        self.graph.get("/_emulator/state").await.body[collection].clone()
    }
}

/// A flow with members that no field describes, at every depth.
fn flow_with_others() -> Value {
    let handler = |name: &str| format!("#microsoft.graph.{name}ExternalUsersSelfServiceSignUp");
    let option = |value: &str| json!({"label": value, "value": value, "icon": value});
    json!({
        "@odata.type": "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow",
        "id": "8a8a8a8a-1111-4111-8111-8a8a8a8a8a8a",
        "displayName": "Customers", "description": null, "priority": 500, "newer": {"a": [1, {"b": null}]},
        "conditions": {"applications": {"includeAllApplications": false, "includeApplications": [], "newer": 1}},
        "onInteractiveAuthFlowStart": {
            "@odata.type": handler("onInteractiveAuthFlowStart"), "isSignUpAllowed": true, "newer": [],
        },
        "onAuthenticationMethodLoadStart": {
            "@odata.type": handler("onAuthenticationMethodLoadStart"), "identityProviders": [{"id": "EmailPassword-OAUTH"}],
        },
        "onAttributeCollection": {
            "@odata.type": handler("onAttributeCollection"),
            "accessPackages": ["5c1b9d3e-0000-4000-8000-00000000c5f2"],
            "newer": {"a": false},
            "attributes": [{"id": "email"}, {"id": "country"}],
            "attributeCollectionPage": {
                "customStringsFileId": "5c1b9d3e-0000-4000-8000-00000000c5f1",
                "newer": [[1], []],
                "views": [{"title": "Welcome", "description": null, "newer": {"columns": 2}, "inputs": [
                    {"attribute": "email", "label": "Email", "inputType": "text", "defaultValue": null, "hidden": true,
                     "editable": false, "writeToDirectory": true, "required": true, "validationRegEx": "^.*", "options": [],
                     "newer": "a"},
                    {"attribute": "country", "label": "Country", "inputType": "radioSingleSelect", "defaultValue": "FR",
                     "hidden": false, "editable": true, "writeToDirectory": false, "required": true,
                     "validationRegEx": "^[A-Z]+$", "options": [option("FR"), option("DE")], "newer": null},
                ]}],
            },
        },
        "onAttributeCollectionStart": null,
        "onAttributeCollectionSubmit": null,
        "onUserCreateStart": {
            "@odata.type": handler("onUserCreateStart"), "userTypeToCreate": "member", "accessPackages": [], "newer": 1,
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn change_of_one_value_changes_nothing_else_of_the_flow() {
    let flow = "---
kind: authenticationEventsFlow
displayName: Customers
isSignUpAllowed: true
identityProviders: [EmailPassword-OAUTH]
attributes: [email, country]
attributeCollectionPage:
  views:
    - inputs:
        - { attribute: email, label: Email, inputType: text }
        - { attribute: country, label: Country, inputType: radioSingleSelect }
userTypeToCreate: member
";
    let start = "/onInteractiveAuthFlowStart/isSignUpAllowed";
    let label = "/onAttributeCollection/attributeCollectionPage/views/0/inputs/1/label";
    for update in [HandlerUpdate::Replaced, HandlerUpdate::Merged] {
        let state = json!({"authenticationEventsFlows": [flow_with_others()]});
        let tenant = Tenant::with_state(Assumptions::default().with(update), &state).await;
        tenant.write(&[flow]);
        let planned = tenant.run_undocumented(&["plan"]);
        assert!(planned.contains("\nNo changes. "), "{planned}");
        let mut expected = flow_with_others();
        for (from, to, path, value) in [
            ("label: Country", "label: Land", label, json!("Land")),
            (
                "isSignUpAllowed: true",
                "isSignUpAllowed: false",
                start,
                json!(false),
            ),
            (
                "userTypeToCreate: member",
                "userTypeToCreate: guest",
                "/onUserCreateStart/userTypeToCreate",
                json!("guest"),
            ),
        ] {
            let before = fs::read_to_string(tenant.files.path().join("tenant.yaml")).unwrap();
            fs::write(
                tenant.files.path().join("tenant.yaml"),
                before.replace(from, to),
            )
            .unwrap();
            let applied = tenant.run_undocumented(&["apply", "--yes"]);
            assert!(applied.contains("complete and verified"), "{applied}");
            *expected.pointer_mut(path).unwrap() = value;
            assert_eq!(
                tenant.stored("authenticationEventsFlows").await,
                json!([expected])
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn field_that_graph_hides_is_sent_when_it_changes_and_never_otherwise() {
    for answer in [OidcFields::Hidden, OidcFields::Shown] {
        let tenant = Tenant::new(Assumptions::default().with(answer)).await;
        tenant.write(&[CONTOSO]);
        tenant.apply();
        let other = CONTOSO.replace("email: email", "email: upn");
        tenant.write(&[&other]);
        let applied = tenant.apply();
        assert!(applied.contains("inboundClaimMapping"), "{applied}");
        let providers = tenant.stored("identityProviders").await;
        let stored = providers.as_array().unwrap().last().unwrap();
        assert_eq!(stored["inboundClaimMapping"]["email"], "upn");
        let renamed = other.replace("scope: openid profile", "scope: openid");
        tenant.write(&[&renamed]);
        let applied = tenant.apply();
        assert!(!applied.contains("inboundClaimMapping"), "{applied}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn export_says_which_fields_graph_did_not_show() {
    let tenant = Tenant::new(Assumptions::default().with(OidcFields::Hidden)).await;
    tenant.write(&[CONTOSO]);
    tenant.apply();
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let exported = tenant.run(&["export", "--out", out]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let left_out = "Fields left out, because Graph does not show them; they are not changed:";
    for line in [left_out, "inboundClaimMapping", "wellKnownEndpoint"] {
        assert!(exported.stdout.contains(line), "{}", exported.stdout);
    }
    let document = directory.path().join("providers/contoso.yaml");
    let document = fs::read_to_string(document).unwrap();
    assert!(!document.contains("wellKnownEndpoint:"), "{document}");
    let planned = tenant.run(&["plan", out]);
    assert_eq!(planned.code, 0, "{}{}", planned.stdout, planned.stderr);
    assert!(
        planned.stdout.contains("\nNo changes; "),
        "{}",
        planned.stdout
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn social_provider_is_found_by_its_type_whatever_its_id_is() {
    for answer in [SocialProviderIds::ByType, SocialProviderIds::Guid] {
        let tenant = Tenant::new(Assumptions::default().with(answer)).await;
        let flow = |providers: &str| {
            format!(
                "---\nkind: authenticationEventsFlow\ndisplayName: Customers\nisSignUpAllowed: true\n\
                 identityProviders: [{providers}]\n"
            )
        };
        tenant.write(&[GOOGLE, &flow("EmailPassword-OAUTH")]);
        tenant.apply();
        let writes = tenant.writes().await;
        for name in [
            "Google",
            "Google-OAUTH",
            "Sign in with Google",
            "{ id: Google-OAUTH }",
        ] {
            tenant.write(&[GOOGLE, &flow(&format!("EmailPassword-OAUTH, {name}"))]);
            tenant.apply();
        }
        assert_eq!(tenant.writes().await, writes + 1);
        let providers = tenant.stored("identityProviders").await;
        let id = providers.as_array().unwrap().last().unwrap()["id"].clone();
        assert_eq!(id == "Google-OAUTH", answer == SocialProviderIds::ByType);
        let flows = tenant.stored("authenticationEventsFlows").await;
        let linked = &flows[0]["onAuthenticationMethodLoadStart"]["identityProviders"];
        assert_eq!(*linked, json!([{"id": "EmailPassword-OAUTH"}, {"id": id}]));
        tenant.write(&[GOOGLE, &flow("EmailPassword-OAUTH")]);
        tenant.apply();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn name_that_two_providers_have_is_refused_with_both() {
    let tenant = Tenant::new(Assumptions::default()).await;
    let namesake = GOOGLE.replace("Sign in with Google", "Contoso");
    let flow = "---
kind: authenticationEventsFlow
displayName: Customers
isSignUpAllowed: true
identityProviders: [Contoso]
";
    tenant.write(&[CONTOSO, &namesake, flow]);
    let refused = tenant.run(&["validate"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    let message = "`Contoso` names several objects: oidcIdentityProvider/Contoso, socialIdentityProvider/Google-OAUTH";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn object_that_graph_would_not_create_is_a_problem_of_its_document() {
    let tenant = Tenant::new(Assumptions::default().with(FlowWithoutPage::Refused)).await;
    let flow = "---
kind: authenticationEventsFlow
displayName: Customers
isSignUpAllowed: true
identityProviders: [EmailPassword-OAUTH]
attributes: [email]
";
    let page = "attributeCollectionPage: { views: [{ inputs: [{ attribute: email, label: Mail, inputType: text }] }] }\n";
    let without_endpoint: String = CONTOSO
        .lines()
        .filter(|line| !line.starts_with("wellKnownEndpoint"))
        .map(|line| format!("{line}\n"))
        .collect();
    let message = "Graph creates no authenticationEventsFlow with `attributes` without `attributeCollectionPage`";
    tenant.write(&[flow]);
    let validated = tenant.run(&["validate"]);
    assert_eq!(validated.code, 0, "{}", validated.stderr);
    assert!(validated.stderr.contains(message), "{}", validated.stderr);
    for (document, message) in [
        (flow, message),
        (
            &without_endpoint,
            "Graph creates no oidcIdentityProvider without `wellKnownEndpoint`",
        ),
    ] {
        tenant.write(&[document]);
        let refused = tenant.run(&["apply", "--yes"]);
        assert_eq!(refused.code, 3, "{}{}", refused.stdout, refused.stderr);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
        assert_eq!(tenant.writes().await, 0);
    }
    tenant.write(&[CONTOSO, flow, page]);
    tenant.apply();
    // What exists can do without.
    tenant.write(&[&without_endpoint, flow]);
    let planned = tenant.run(&["plan"]);
    assert_eq!(planned.code, 0, "{}{}", planned.stdout, planned.stderr);
    assert!(
        planned.stdout.contains("\nNo changes. "),
        "{}",
        planned.stdout
    );
}
