//! The ways to sign in, each against the emulator's token endpoint or a stand-in of the platform that gives the token.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entraflow::emulator::TenantType;
use entraflow::graph::{
    ClientCertificate, Cloud, Credential, ErrorKind, FederatedToken, GraphError, Host,
    ManagedIdentity, Session, Settings, Way, Who, connect,
};
use entraflow::model::Version;
use reqwest::Method;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::emulator_support::Graph;
use crate::scripted::{Reply, Scripted, json, refusal};

const APP: &str = "5d9ff2a1-2d1c-4f8f-9bd8-0d8f6c6a0001";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const SUBJECT: &str = "repo:contoso/identity:ref:refs/heads/main";
const AUDIENCE: &str = "api://AzureADTokenExchange";

fn key_file(name: &str) -> Vec<u8> {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/keys");
    std::fs::read(keys.join(name)).unwrap()
}

/// The certificate of a PEM file, as the state of the emulator has it.
fn registered(name: &str) -> String {
    STANDARD.encode(CertificateDer::from_pem_slice(&key_file(name)).unwrap())
}

/// A token of the test issuer.
fn issued(claims: &Value) -> String {
    signed(&json!({"alg": "RS256", "typ": "JWT"}), claims)
}

/// What the key of the test issuer has signed.
fn signed(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = PrivateKeyDer::from_pem_slice(&key_file("issuer.pem")).unwrap();
    let key = KeyPair::from_pkcs8(key.secret_der()).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The token that a job on the main branch gets.
fn job() -> Value {
    let end = jiff::Timestamp::now().as_second() + 300;
    json!({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": end})
}

/// A tenant where one app is registered, with all that it may prove itself with.
async fn tenant() -> Graph {
    let state = json!({"applications": [{
        "appId": APP,
        "secret": "s3cr&t",
        "roles": ["IdentityUserFlow.Read.All"],
        "keyCredentials": [{"key": registered("app.pem")}, {"key": registered("expired.pem")}],
        "federatedIdentityCredentials": [
            {"issuer": ISSUER, "subject": SUBJECT, "audiences": [AUDIENCE], "key": registered("issuer.pem")}
        ],
    }]});
    Graph::seeded(TenantType::Workforce, &state).await
}

async fn sign_in(graph: &Graph, credential: Credential) -> Result<Session, GraphError> {
    let url = graph.emulator.url().to_owned();
    connect(
        Settings::new(Cloud::Emulator { url }, "contoso.onmicrosoft.com"),
        credential,
    )
    .await
}

fn certificate(name: &str, password: &str) -> Result<ClientCertificate, GraphError> {
    ClientCertificate::read(&key_file(name), &password.into())
}

fn with_certificate(name: &str, password: &str) -> Credential {
    Credential::ClientCertificate {
        client_id: APP.into(),
        certificate: certificate(name, password).unwrap(),
    }
}

fn federated(token: FederatedToken, way: Way) -> Credential {
    Credential::Federated {
        client_id: APP.into(),
        token,
        way,
    }
}

fn given(claims: &Value) -> Credential {
    federated(
        FederatedToken::Given(issued(claims).into()),
        Way::FederatedToken,
    )
}

/// The session can read what the app may read, and tells who it is.
async fn assert_signed_in(session: &Session) {
    let reader = session.reader();
    reader
        .list(Version::V1, "/identity/b2xUserFlows")
        .await
        .unwrap();
    let identity = session.identity().await.unwrap().unwrap();
    assert_eq!(
        identity.who,
        Who::App {
            id: APP.into(),
            name: None
        }
    );
    assert_eq!(identity.permissions, ["IdentityUserFlow.Read.All"]);
}

/// The code and the message, without the address of the token endpoint.
fn told(error: &GraphError) -> String {
    assert_eq!(error.kind(), ErrorKind::SignIn);
    let text = error.to_string();
    let (way, rest) = text.split_once(": ").unwrap();
    let (said, _) = rest.split_once("\nrequest id").unwrap_or((rest, ""));
    let said = said.split_once("/token: ").map_or(said, |(_, said)| said);
    format!("{way}: {said}")
}

#[tokio::test]
async fn an_app_signs_in_with_its_secret() {
    let graph = tenant().await;
    let with = |client_id: &str, secret: &str| Credential::ClientSecret {
        client_id: client_id.into(),
        secret: secret.into(),
    };
    assert_signed_in(&sign_in(&graph, with(APP, "s3cr&t")).await.unwrap()).await;
    let wrong = sign_in(&graph, with(APP, "s3cr")).await.err().unwrap();
    assert_eq!(
        told(&wrong),
        "cannot sign in with a client secret: 401 AADSTS7000215: Invalid client secret provided."
    );
    let unknown = sign_in(&graph, with("nobody", "s3cr&t"))
        .await
        .err()
        .unwrap();
    assert_eq!(unknown.code(), Some("AADSTS700016"));
}

#[tokio::test]
async fn an_app_signs_in_with_a_certificate_as_pem_and_as_pkcs12() {
    let graph = tenant().await;
    for (file, password) in [("app.pem", ""), ("app.pfx", "open-sesame")] {
        let session = sign_in(&graph, with_certificate(file, password))
            .await
            .unwrap();
        assert_signed_in(&session).await;
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_told() {
    let graph = tenant().await;
    let expired = sign_in(&graph, with_certificate("expired.pem", ""))
        .await
        .err()
        .unwrap();
    assert_eq!(
        told(&expired),
        "cannot sign in with a client certificate: the client certificate expired on 2021-01-01"
    );
    let unknown = sign_in(&graph, with_certificate("issuer.pem", ""))
        .await
        .err()
        .unwrap();
    assert_eq!(
        told(&unknown),
        "cannot sign in with a client certificate: 401 AADSTS700027: The certificate with identifier used to sign the \
         client assertion is not registered on application. [Reason - The key was not found.]"
    );
}

#[test]
fn a_file_that_is_no_certificate_with_its_key_is_told() {
    let refused = |bytes: &[u8], password: &str| {
        let error = ClientCertificate::read(bytes, &password.into()).unwrap_err();
        error.to_string()
    };
    let cannot = "the client certificate is neither PEM nor a PKCS#12 file that its password opens";
    assert_eq!(refused(&key_file("app.pfx"), "guess"), cannot);
    assert_eq!(refused(b"nonsense", ""), cannot);
    let pem = String::from_utf8(key_file("app.pem")).unwrap();
    let key_at = pem.find("-----BEGIN PRIVATE").unwrap();
    assert_eq!(
        refused(&pem.as_bytes()[..key_at], ""),
        "the PEM file of the client certificate has no private key that can be read (one with a password goes into a \
         PKCS#12 file)"
    );
    let other = String::from_utf8(key_file("issuer.pem")).unwrap();
    let mixed = format!(
        "{}{}",
        &other[..other.find("-----BEGIN PRIVATE").unwrap()],
        &pem[key_at..]
    );
    assert_eq!(
        refused(mixed.as_bytes(), ""),
        "the client certificate and the private key do not belong together"
    );
}

#[tokio::test]
async fn the_emulator_refuses_what_entra_refuses_of_an_assertion() {
    let graph = tenant().await;
    let mut cases = vec![];
    for (claim, value, number) in [
        ("exp", json!(1_000), "AADSTS700024"),
        ("iss", json!("https://elsewhere.example"), "AADSTS70021"),
        (
            "sub",
            json!("repo:contoso/identity:pull_request"),
            "AADSTS70021",
        ),
        ("aud", json!("api://other"), "AADSTS70021"),
    ] {
        let mut claims = job();
        claims[claim] = value;
        cases.push((issued(&claims), number));
    }
    let (good, other) = (issued(&job()), issued(&json!({"exp": 1})));
    let (body, signature) = (
        good.rsplit_once('.').unwrap().0,
        other.rsplit_once('.').unwrap().1,
    );
    cases.push((format!("{body}.{signature}"), "AADSTS50013"));
    cases.push(("nonsense".into(), "AADSTS50027"));
    for (token, code) in cases {
        let credential = federated(
            FederatedToken::Given(token.clone().into()),
            Way::FederatedToken,
        );
        let error = sign_in(&graph, credential).await.err().unwrap();
        assert_eq!(error.code(), Some(code));
        assert!(
            error
                .hint()
                .is_some_and(|hint| !hint.starts_with("check the credential")),
            "{code}"
        );
        assert!(!error.to_string().contains(&token));
    }
}

#[tokio::test]
async fn an_own_assertion_is_for_this_token_endpoint_and_signed_with_the_registered_key() {
    let graph = tenant().await;
    let own = |audience: &str, jti: &str| {
        let end = jiff::Timestamp::now().as_second() + 300;
        given(&json!({"iss": APP, "sub": APP, "aud": audience, "jti": jti, "exp": end}))
    };
    let here = format!(
        "{}/contoso.onmicrosoft.com/oauth2/v2.0/token",
        graph.emulator.url()
    );
    for (audience, jti, code) in [
        ("https://login.example/token", "1", "AADSTS700023"),
        (&here, "", "AADSTS50027"),
        (&here, "1", "AADSTS700027"),
    ] {
        let error = sign_in(&graph, own(audience, jti)).await.err().unwrap();
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn an_assertion_that_names_a_registered_key_has_to_be_signed_with_it() {
    let graph = tenant().await;
    let certificate = CertificateDer::from_pem_slice(&key_file("app.pem")).unwrap();
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate));
    let here = format!(
        "{}/contoso.onmicrosoft.com/oauth2/v2.0/token",
        graph.emulator.url()
    );
    let end = jiff::Timestamp::now().as_second() + 300;
    let assertion = signed(
        &json!({"alg": "RS256", "x5t#S256": thumbprint}),
        &json!({"iss": APP, "sub": APP, "aud": here, "jti": "1", "exp": end}),
    );
    let credential = federated(FederatedToken::Given(assertion.into()), Way::FederatedToken);
    let error = sign_in(&graph, credential).await.err().unwrap();
    assert_eq!(
        told(&error),
        "cannot sign in with a federated token: 401 AADSTS700027: Client assertion failed signature validation."
    );
}

#[tokio::test]
async fn a_token_of_gitlab_is_handed_in() {
    let graph = tenant().await;
    assert_signed_in(&sign_in(&graph, given(&job())).await.unwrap()).await;
}

#[tokio::test]
async fn the_token_file_of_kubernetes_is_read_for_each_token() {
    let graph = tenant().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let credential = || federated(FederatedToken::File(file.clone()), Way::WorkloadIdentity);
    let missing = sign_in(&graph, credential()).await.err().unwrap();
    assert_eq!(
        told(&missing),
        format!(
            "cannot sign in with a Kubernetes workload identity: the token file {} cannot be read",
            file.display()
        )
    );
    std::fs::write(&file, issued(&job()) + "\n").unwrap();
    let session = sign_in(&graph, credential()).await.unwrap();
    assert_signed_in(&session).await;
    // The token has run out, and what Kubernetes has written meanwhile is of no use.
    std::fs::write(&file, "nonsense").unwrap();
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2);
    let clock = graph.http.request(
        Method::PUT,
        format!("{}/_emulator/clock", graph.emulator.url()),
    );
    clock
        .json(&json!({"now": later.to_string()}))
        .send()
        .await
        .unwrap();
    let error = session
        .reader()
        .list(Version::V1, "/identity/b2xUserFlows")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("AADSTS50027"));
}

#[tokio::test]
async fn github_actions_issues_a_token_on_request() {
    let graph = tenant().await;
    let github = Scripted::start().await;
    let ask = "GET /token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange";
    github
        .on(ask, json(200, json!({"count": 1, "value": issued(&job())})))
        .on(
            ask,
            json(
                403,
                json!({"message": "no id-token permission for r3quest"}),
            ),
        )
        .on(ask, json(200, json!({"count": 0})));
    let credential = || {
        let url = format!("{}/token?api-version=2.0", github.url);
        let token = "r3quest".into();
        federated(FederatedToken::GitHub { url, token }, Way::GithubActions)
    };
    assert_signed_in(&sign_in(&graph, credential()).await.unwrap()).await;
    let refused = sign_in(&graph, credential()).await.err().unwrap();
    assert!(!refused.to_string().contains("r3quest"), "{refused}");
    let empty = sign_in(&graph, credential()).await.err().unwrap();
    assert_eq!(
        empty.to_string(),
        format!(
            "cannot sign in with GitHub Actions: GET {}/token: 200: an answer without a token",
            github.url
        )
    );
    assert_eq!(
        github.finish()[0].headers["authorization"],
        "Bearer r3quest"
    );
}

#[tokio::test]
async fn a_pipeline_is_asked_for_its_token_over_tls_only() {
    let graph = tenant().await;
    for (url, why) in [
        ("http://tokens.example/?v=1", "not https"),
        ("tokens", "no URL"),
    ] {
        let (url, token) = (url.to_owned(), "r3quest".into());
        let told = format!("`{url}` should be where the pipeline gets its token, and is {why}");
        let credential = federated(FederatedToken::GitHub { url, token }, Way::GithubActions);
        let refused = sign_in(&graph, credential).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            format!("cannot sign in with GitHub Actions: {told}")
        );
    }
}

#[tokio::test]
async fn azure_devops_issues_a_token_for_a_service_connection() {
    let graph = tenant().await;
    let devops = Scripted::start().await;
    let token = json!({"oidcToken": issued(&job())});
    devops.on(
        "POST /oidc?api-version=7.1&serviceConnectionId=c-1",
        json(200, token),
    );
    let credential = FederatedToken::AzureDevOps {
        url: format!("{}/oidc", devops.url),
        token: "pipeline".into(),
        service_connection: "c-1".into(),
    };
    let session = sign_in(&graph, federated(credential, Way::AzureDevOps))
        .await
        .unwrap();
    assert_signed_in(&session).await;
    let [seen] = devops.finish().try_into().ok().unwrap();
    assert_eq!(seen.headers["authorization"], "Bearer pipeline");
    assert_eq!(seen.headers["x-tfs-fedauthredirect"], "Suppress");
}

/// A token as the emulator issues it to the app, in the answer of a managed identity.
async fn of_machine(graph: &Graph) -> Reply {
    let url = format!(
        "{}/contoso.onmicrosoft.com/oauth2/v2.0/token",
        graph.emulator.url()
    );
    let form = [
        ("client_id", APP),
        ("client_secret", "s3cr&t"),
        ("scope", "https://graph.microsoft.com/.default"),
        ("grant_type", "client_credentials"),
    ];
    let answer = graph.http.post(url).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let end = jiff::Timestamp::now().as_second() + 86_400;
    json(
        200,
        json!({
            "access_token": answer["access_token"], "expires_on": end.to_string(), "token_type": "Bearer",
            "resource": "https://graph.microsoft.com"
        }),
    )
}

#[tokio::test]
async fn a_virtual_machine_asks_its_metadata_service() {
    let graph = tenant().await;
    let metadata = Scripted::start().await;
    let ask = "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=one-of-two";
    let missing = json!({"error": "invalid_request", "error_description": "Identity not found"});
    metadata
        .on(ask, of_machine(&graph).await)
        .on(ask, json(400, missing));
    let credential = || {
        Credential::ManagedIdentity(ManagedIdentity {
            client_id: Some("one-of-two".into()),
            host: Host::Metadata {
                root: metadata.url.clone(),
            },
        })
    };
    assert_signed_in(&sign_in(&graph, credential()).await.unwrap()).await;
    let error = sign_in(&graph, credential()).await.err().unwrap();
    assert_eq!(
        told(&error),
        "cannot sign in with a managed identity: 400 invalid_request: Identity not found"
    );
    assert_eq!(metadata.finish()[0].headers["metadata"], "true");
}

#[tokio::test]
async fn app_service_gives_a_token_for_its_header() {
    let graph = tenant().await;
    let service = Scripted::start().await;
    let ask = "GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com";
    service
        .on(ask, of_machine(&graph).await)
        .on(ask, refusal(401, "401", "bad header h3ader"));
    let credential = || {
        Credential::ManagedIdentity(ManagedIdentity {
            client_id: None,
            host: Host::AppService {
                endpoint: format!("{}/msi/token", service.url),
                header: "h3ader".into(),
            },
        })
    };
    assert_signed_in(&sign_in(&graph, credential()).await.unwrap()).await;
    let refused = sign_in(&graph, credential()).await.err().unwrap();
    assert!(
        refused
            .to_string()
            .ends_with("bad header (secret)\nrequest id r-1"),
        "{refused}"
    );
    assert_eq!(service.finish()[0].headers["x-identity-header"], "h3ader");
}

#[tokio::test]
async fn a_credential_keeps_its_secrets_from_debug_output() {
    let all = [
        Credential::AccessToken("s3cr3t".into()),
        with_certificate("app.pem", ""),
        federated(FederatedToken::Given("s3cr3t".into()), Way::FederatedToken),
        federated(
            FederatedToken::GitHub {
                url: String::new(),
                token: "s3cr3t".into(),
            },
            Way::GithubActions,
        ),
        Credential::ManagedIdentity(ManagedIdentity {
            client_id: None,
            host: Host::AppService {
                endpoint: String::new(),
                header: "s3cr3t".into(),
            },
        }),
    ];
    for credential in all {
        assert!(!format!("{credential:?}").contains("s3cr3t"));
    }
    let shown = format!("{:?}", with_certificate("app.pem", ""));
    assert!(
        shown.starts_with("ClientCertificate { client_id: \"5d9ff2a1")
            && shown.ends_with(", .. } }"),
        "{shown}"
    );
}
