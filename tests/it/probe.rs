//! `probe`: every answer that the emulator gives is found, and a report has no word of the tenant.

use std::io;
use std::time::Duration;

use entraflow::assumptions::{Assumptions, Choice, Observations, SettledBy, SignUpOff, table};
use entraflow::emulator::{Options, TenantType};
use entraflow::graph::{self, Cloud, Credential, Session, Settings};
use entraflow::probe::{self, ExperimentError, Ledger, Outcome, ProbeReport};
use serde_json::{Map, Value, json};

use crate::emulator_support::Graph;

/// The tenants in which the answers show: their types, whether sign-up is on, and the permissions of the token beside all
/// that only read.
const TENANTS: [(TenantType, bool, Token); 5] = [
    (TenantType::Workforce, true, Token::All),
    (TenantType::Workforce, false, Token::All),
    (TenantType::Workforce, true, Token::Few),
    (TenantType::B2c, true, Token::All),
    (TenantType::External, true, Token::All),
];

/// A word that is in every name and text of a tenant.
const MARK: &str = "Zebra";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// Every permission.
    All,
    /// Only these: `APIConnectors.Read.All` and `IdentityUserFlow.Read.All`.
    Few,
}

/// The tags of a run in memory.
#[derive(Default)]
struct Tags(Vec<String>);

impl Ledger for Tags {
    fn tags(&self) -> io::Result<Vec<String>> {
        Ok(self.0.clone())
    }

    fn add(&mut self, tag: &str) -> io::Result<()> {
        self.0.push(tag.to_owned());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }
}

/// A tenant with more attributes than a page, and a flow of each shape that an answer needs.
struct Tenant {
    graph: Graph,
    tenant_type: TenantType,
    token: Token,
}

impl Tenant {
    async fn new((tenant_type, sign_up, token): (TenantType, bool, Token)) -> Self {
        let attributes = (0..1_001).map(|number| {
            let name = format!("{MARK}{number}");
            json!({"id": format!("extension_0_{name}"), "displayName": name, "description": MARK, "dataType": "string",
                "userFlowAttributeType": "custom"})
        });
        let policy =
            json!({"id": "authenticationFlowsPolicy", "selfServiceSignUp": {"isEnabled": sign_up}});
        let state =
            json!({"userFlowAttributes": attributes.collect::<Vec<_>>(), "policies": [policy]});
        let graph = Graph::seeded(tenant_type, &state).await;
        let tenant = Self {
            graph,
            tenant_type,
            token,
        };
        match tenant_type {
            TenantType::Workforce => {
                tenant
                    .fill_user_flows("/beta/identity/b2xUserFlows", 1)
                    .await
            }
            TenantType::B2c => {
                tenant
                    .fill_user_flows("/beta/identity/b2cUserFlows", 3)
                    .await
            }
            TenantType::External => tenant.fill_events_flows().await,
        }
        tenant
    }

    async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let reply = self.graph.send(method, path, body).await;
        assert!(
            reply.status < 300,
            "{method} {path}: {} {}",
            reply.status,
            reply.body
        );
        reply.body
    }

    async fn add_social_provider(&self) {
        let google = json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": MARK,
            "identityProviderType": "Google", "clientId": MARK, "clientSecret": MARK});
        self.done("POST", "/v1.0/identity/identityProviders", google)
            .await;
    }

    /// A flow with a provider, attributes in an order that is not that of their ids, and a page with another text.
    async fn fill_user_flows(&self, flows: &str, version: u8) {
        self.add_social_provider().await;
        let flow = json!({"id": MARK, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": version,
            "identityProviders": [{"id": "Google-OAUTH"}]});
        let flow = self.done("POST", flows, flow).await;
        let flow = format!("{flows}/{}", flow["id"].as_str().unwrap());
        for attribute in ["postalCode", "city"] {
            let assignment = json!({"userAttribute": {"id": attribute}, "displayName": MARK, "isOptional": true,
                "requiresVerification": false, "userInputType": "textBox", "userAttributeValues": []});
            self.done(
                "POST",
                &format!("{flow}/userAttributeAssignments"),
                assignment,
            )
            .await;
        }
        if version == 3 {
            let reset = json!({"id": format!("{MARK}2"), "userFlowType": "passwordReset", "userFlowTypeVersion": 3});
            self.done("POST", flows, reset).await;
            self.done(
                "PATCH",
                &flow,
                json!({"isLanguageCustomizationEnabled": true}),
            )
            .await;
        }
        let pages = self
            .done(
                "GET",
                &format!("{flow}/languages/en/defaultPages"),
                Value::Null,
            )
            .await;
        let page = pages["value"][0]["id"].as_str().unwrap();
        let text = json!({"LocalizedStrings": [{"ElementType": "UxElement", "ElementId": null,
            "StringId": "title", "Override": true, "Value": MARK}]});
        self.done(
            "PUT",
            &format!("{flow}/languages/en/overridesPages/{page}/$value"),
            text,
        )
        .await;
    }

    /// A flow that collects attributes, one that collects none, and providers.
    async fn fill_events_flows(&self) {
        let options = json!({"includeAdditionalRegions": [998], "excludeRegions": []});
        let phones = json!({"@odata.type": "#microsoft.graph.onPhoneMethodLoadStartListener", "displayName": MARK,
            "conditions": {"applications": {"includeApplications": [{"appId": "11111111-0000-4000-8000-000000000001"}]}},
            "handler": {"@odata.type": "#microsoft.graph.onPhoneMethodLoadStartExternalUsersAuthHandler",
                "smsOptions": options, "voiceOptions": options}});
        self.done(
            "POST",
            "/beta/identity/authenticationEventListeners",
            phones,
        )
        .await;
        let oidc = json!({"@odata.type": "#microsoft.graph.oidcIdentityProvider", "displayName": MARK, "clientId": MARK,
            "issuer": "https://zebra.example.com", "wellKnownEndpoint": "https://zebra.example.com/.well-known/openid-configuration",
            "responseType": "code", "scope": "openid profile", "inboundClaimMapping": {"sub": "sub"},
            "clientAuthentication": {"@odata.type": "#microsoft.graph.oidcClientSecretAuthentication", "clientSecret": MARK}});
        self.done("POST", "/beta/identity/identityProviders", oidc)
            .await;
        for number in 0..2 {
            let flow = json!({
                "@odata.type": "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow",
                "displayName": format!("{MARK} {number}"),
                "onAuthenticationMethodLoadStart": {
                    "@odata.type": "#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
                    "identityProviders": [{"id": "EmailPassword-OAUTH"}],
                },
                "onInteractiveAuthFlowStart": {
                    "@odata.type": "#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp",
                    "isSignUpAllowed": true,
                },
                "onAttributeCollection": (number == 0).then(|| json!({
                    "@odata.type": "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp",
                    "attributes": [{"id": "email"}, {"id": "city"}],
                    "attributeCollectionPage": {"views": [{"inputs": [{"attribute": "city", "label": MARK}]}]},
                })),
            });
            self.done("POST", "/v1.0/identity/authenticationEventsFlows", flow)
                .await;
        }
        let identifier = json!({"@odata.type": "#microsoft.graph.customUsernameSignInIdentifier",
            "name": "CustomUsername1", "isEnabled": true, "validationRegEx": format!("^{MARK}$")});
        self.done("POST", "/beta/identity/signInIdentifiers", identifier)
            .await;
    }

    async fn assume(&self, choices: &[Choice]) {
        let answers = choices.iter();
        let answers = answers.map(|it| (it.row().name.to_owned(), it.answer().name.into()));
        let answers = Value::Object(answers.collect::<Map<_, _>>());
        self.done("PUT", "/_emulator/assumptions", answers).await;
    }

    async fn connect(&self) -> (Session, Vec<String>) {
        let few = ["APIConnectors.Read.All", "IdentityUserFlow.Read.All"];
        let (credential, permissions) = match self.token {
            Token::All => (
                Credential::emulator(),
                vec!["APIConnectors.ReadWrite.All".to_owned()],
            ),
            Token::Few => {
                let token = self.graph.emulator.token(&few).into();
                (
                    Credential::AccessToken(token),
                    few.map(str::to_owned).to_vec(),
                )
            }
        };
        let url = self.graph.emulator.url().to_owned();
        let settings = Settings::new(Cloud::Emulator { url }, "contoso.onmicrosoft.com");
        (
            graph::connect(settings, credential).await.unwrap(),
            permissions,
        )
    }

    async fn survey(&self) -> Observations {
        let (session, permissions) = self.connect().await;
        let seen = probe::survey(&session.reader(), self.tenant_type, Some(permissions)).await;
        seen.unwrap()
    }

    /// The objects of the tenant.
    async fn objects(&self) -> Vec<Value> {
        let state = self.graph.get("/_emulator/state").await.body;
        let collections = state.as_object().unwrap().values();
        collections
            .filter_map(Value::as_array)
            .flatten()
            .cloned()
            .collect()
    }

    /// A survey with experiments. Nothing of them is left.
    async fn experiments(&self) -> Observations {
        let mut seen = self.survey().await;
        let before = self.objects().await;
        let (session, _) = self.connect().await;
        let mut tags = Tags::default();
        let writer = session.writer();
        let made = probe::experiment(
            &writer,
            self.tenant_type,
            Duration::ZERO,
            &mut tags,
            &mut seen,
        )
        .await;
        made.unwrap();
        assert_eq!(tags.0, Vec::<String>::new());
        assert!(
            self.objects().await == before,
            "something is left of an experiment"
        );
        seen
    }
}

/// The choices of a round: of each row the answer of this number, or its last one.
fn round(number: usize, wanted: fn(&SettledBy) -> bool) -> Vec<Choice> {
    let rows = table().filter(|row| wanted(&row.settled_by));
    let choices = rows.map(|row| {
        let index = number.min(row.answers.len() - 1);
        Choice::named(row.name, row.answers[index].name).unwrap()
    });
    choices.collect()
}

/// Fails unless each answer of a round was seen in some tenant, and no other answer in any.
fn assert_found(choices: &[Choice], seen: &[Observations]) {
    let mut wrong = Vec::new();
    for choice in choices {
        let row = choice.row();
        let outcomes = seen.iter().flat_map(|seen| {
            let settled = probe::settle(seen).into_iter();
            settled.filter(|settled| settled.row.name == row.name)
        });
        let told: Vec<_> = outcomes
            .map(|settled| settled.outcome)
            .filter(|outcome| !matches!(outcome, Outcome::NotSeen(_)))
            .collect();
        let is_right = |outcome: &Outcome| {
            outcome
                .answer()
                .is_some_and(|answer| answer.name == choice.answer().name)
        };
        if told.is_empty() || !told.iter().all(is_right) {
            wrong.push(format!("{}={}: {told:?}", row.name, choice.answer().name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The answers of `page-size` need tenants with so many objects in one listing.
#[tokio::test]
async fn reading_finds_every_answer_that_it_settles() {
    for number in 0..3 {
        let choices = round(number, |settled_by| {
            matches!(settled_by, SettledBy::Reading(_))
        });
        // A tenant without the routes of identifiers shows no answer about identifiers.
        let (routes, others): (Vec<_>, Vec<_>) = choices
            .into_iter()
            .partition(|choice| choice.row().name == "sign-in-identifiers");
        for choices in [routes, others] {
            let mut seen = Vec::new();
            for tenant in TENANTS {
                let tenant = Tenant::new(tenant).await;
                tenant.assume(&choices).await;
                if tenant.tenant_type == TenantType::External {
                    // Its id depends on an answer.
                    tenant.add_social_provider().await;
                }
                seen.push(tenant.survey().await);
            }
            assert_found(&choices, &seen);
        }
    }
}

#[tokio::test]
async fn writing_finds_every_answer_that_it_settles() {
    let all_types = TENANTS
        .into_iter()
        .filter(|(_, sign_up, token)| *sign_up && *token == Token::All);
    let mut tenants = Vec::new();
    for tenant in all_types {
        tenants.push(Tenant::new(tenant).await);
    }
    for number in 0..3 {
        let choices = round(number, |settled_by| {
            matches!(settled_by, SettledBy::Writing(_))
        });
        let mut seen = Vec::new();
        for tenant in &tenants {
            tenant.assume(&choices).await;
            seen.push(tenant.experiments().await);
        }
        assert_found(&choices, &seen);
    }
}

#[tokio::test]
async fn report_has_no_word_of_the_tenant_and_gives_back_its_answers() {
    for tenant in TENANTS {
        let tenant = Tenant::new(tenant).await;
        let seen = tenant.survey().await;
        let settled = probe::settle(&seen);
        let report = ProbeReport::new(&seen, &settled, "workforce", "emulator");
        let json = report.to_json().unwrap();
        let lower = json.to_lowercase();
        for word in [MARK, "contoso", "127.0.0.1"] {
            assert!(!lower.contains(&word.to_lowercase()), "{word}: {json}");
        }
        assert!(report.responses.len() > 10, "{json}");
        let read = ProbeReport::read(json.as_bytes()).unwrap();
        assert_eq!(read, report);
        let mut assumed = Assumptions::default();
        read.choices()
            .unwrap()
            .into_iter()
            .for_each(|choice| assumed.choose(choice));
        for settled in settled {
            if let Some(answer) = settled.outcome.answer() {
                assert_eq!(assumed.answer_to(settled.row).name, answer.name);
            }
        }
    }
}

#[tokio::test]
async fn experiments_refuse_beside_objects_of_another_probe_and_delete_their_own() {
    let tenant = Tenant::new(TENANTS[0]).await;
    let left = json!({"displayName": "entraflow-probe-0badcafe-1", "targetUrl": "https://probe.example.com/a",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "a", "password": "b"}});
    tenant
        .done("POST", "/beta/identity/apiConnectors", left)
        .await;
    let (session, _) = tenant.connect().await;
    let mut seen = Observations::default();
    let mut tags = Tags::default();
    let refused = probe::experiment(
        &session.writer(),
        tenant.tenant_type,
        Duration::ZERO,
        &mut tags,
        &mut seen,
    )
    .await;
    assert!(matches!(refused, Err(ExperimentError::Foreign(ids)) if ids.len() == 1));
    assert_eq!((tags.0.len(), seen.writes()), (0, 0));
    // A run that was killed leaves its tag.
    tags.0.push("0badcafe".to_owned());
    probe::experiment(
        &session.writer(),
        tenant.tenant_type,
        Duration::ZERO,
        &mut tags,
        &mut seen,
    )
    .await
    .unwrap();
    let connectors = tenant.graph.get("/beta/identity/apiConnectors").await;
    assert_eq!(connectors.ids(), Vec::<&str>::new());
}

#[tokio::test]
async fn route_that_cannot_be_answered_does_not_end_the_survey() {
    let tenant = Tenant::new(TENANTS[0]).await;
    let failing = |path: &str, effect: Value| json!({"method": "GET", "path": path, "effect": effect, "times": 100});
    let faults = json!([
        failing(
            "/identity/apiConnectors",
            json!({"status": {"status": 501}})
        ),
        failing("/identity/identityProviders", json!("html")),
    ]);
    tenant.done("POST", "/_emulator/faults", faults).await;
    let seen = tenant.survey().await;
    let status = |route| seen.reads(route).map(|read| read.status).next();
    assert_eq!(status("/identity/apiConnectors"), Some(501));
    assert_eq!(status("/identity/userFlowAttributes"), Some(200));
    assert!(
        seen.reads("/identity/identityProviders")
            .all(|read| read.entries().is_empty())
    );
    assert!(seen.reads("/userFlowIdentityProviders").next().is_some());
}

#[tokio::test]
async fn experiments_leave_out_what_a_new_tenant_does_not_list() {
    let graph = Graph::with(Options {
        tenant_type: TenantType::Workforce,
        assumptions: Assumptions::default().with(SignUpOff::Refused),
        ..Options::default()
    })
    .await;
    let tenant = Tenant {
        graph,
        tenant_type: TenantType::Workforce,
        token: TENANTS[0].2,
    };
    let (session, _) = tenant.connect().await;
    let mut tags = Tags(vec!["0badcafe".to_owned()]);
    let mut seen = Observations::default();
    let writer = session.writer();
    probe::experiment(
        &writer,
        tenant.tenant_type,
        Duration::ZERO,
        &mut tags,
        &mut seen,
    )
    .await
    .unwrap();
    let flows = seen.all.iter().filter(|write| write.method == "POST");
    assert!(flows.clone().count() > 0);
    assert!(
        flows
            .clone()
            .all(|write| write.route.contains("/b2xUserFlows"))
    );
    // A connector of the earlier run may still exist.
    assert!(tags.0.contains(&"0badcafe".to_owned()), "{:?}", tags.0);
}
