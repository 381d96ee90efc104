//! Each method of signing in, against the emulator's token endpoint or a scripted endpoint of the platform.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entraflow::emulator::TenantType;
use entraflow::graph::{
    AuthMethod, ClientCertificate, Cloud, Credential, ErrorKind, FederatedToken, GraphError,
    ManagedIdentity, ManagedIdentityHost, Principal, Session, Settings, connect,
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

/// The certificate of a PEM file, as the emulator stores it.
fn registered_certificate(name: &str) -> String {
    STANDARD.encode(CertificateDer::from_pem_slice(&key_file(name)).unwrap())
}

/// A token of the test issuer.
fn issued_token(claims: &Value) -> String {
    signed(&json!({"alg": "RS256", "typ": "JWT"}), claims)
}

/// A JWT signed by the key of the test issuer.
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

/// The claims of a job on the main branch.
fn job_claims() -> Value {
    let end = jiff::Timestamp::now().as_second() + 300;
    json!({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": end})
}

/// A tenant with one app that has a secret, certificates and a federated credential.
async fn tenant() -> Graph {
    let state = json!({"applications": [{
        "appId": APP,
        "secret": "s3cr&t",
        "roles": ["IdentityUserFlow.Read.All"],
        "keyCredentials": [{"key": registered_certificate("app.pem")}, {"key": registered_certificate("expired.pem")}],
        "federatedIdentityCredentials": [
            {"issuer": ISSUER, "subject": SUBJECT, "audiences": [AUDIENCE], "key": registered_certificate("issuer.pem")}
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

fn federated(token: FederatedToken, way: AuthMethod) -> Credential {
    Credential::Federated {
        client_id: APP.into(),
        token,
        method: way,
    }
}

fn federated_value(claims: &Value) -> Credential {
    federated(
        FederatedToken::Value(issued_token(claims).into()),
        AuthMethod::FederatedToken,
    )
}

/// Checks that the session can read and has the identity of the app.
async fn assert_signed_in(session: &Session) {
    let reader = session.reader();
    reader
        .list(Version::V1, "/identity/b2xUserFlows")
        .await
        .unwrap();
    let identity = session.identity().await.unwrap().unwrap();
    assert_eq!(
        identity.principal,
        Principal::App {
            id: APP.into(),
            name: None
        }
    );
    assert_eq!(identity.permissions, ["IdentityUserFlow.Read.All"]);
}

/// The code and the message, without the URL of the token endpoint.
fn code_and_message(error: &GraphError) -> String {
    assert_eq!(error.kind(), ErrorKind::SignIn);
    let text = error.to_string();
    let (way, rest) = text.split_once(": ").unwrap();
    let (said, _) = rest.split_once("\nrequest id").unwrap_or((rest, ""));
    let said = said.split_once("/token: ").map_or(said, |(_, said)| said);
    format!("{way}: {said}")
}

#[tokio::test]
async fn client_secret_signs_in() {
    let graph = tenant().await;
    let with = |client_id: &str, secret: &str| Credential::ClientSecret {
        client_id: client_id.into(),
        secret: secret.into(),
    };
    assert_signed_in(&sign_in(&graph, with(APP, "s3cr&t")).await.unwrap()).await;
    let wrong = sign_in(&graph, with(APP, "s3cr")).await.err().unwrap();
    assert_eq!(
        code_and_message(&wrong),
        "cannot sign in with a client secret: 401 AADSTS7000215: Invalid client secret provided."
    );
    let unknown = sign_in(&graph, with("nobody", "s3cr&t"))
        .await
        .err()
        .unwrap();
    assert_eq!(unknown.code(), Some("AADSTS700016"));
}

#[tokio::test]
async fn client_certificate_signs_in_as_pem_and_pkcs12() {
    let graph = tenant().await;
    for (file, password) in [("app.pem", ""), ("app.pfx", "open-sesame")] {
        let session = sign_in(&graph, with_certificate(file, password))
            .await
            .unwrap();
        assert_signed_in(&session).await;
    }
}

#[tokio::test]
async fn unregistered_or_expired_certificate_is_rejected() {
    let graph = tenant().await;
    let expired = sign_in(&graph, with_certificate("expired.pem", ""))
        .await
        .err()
        .unwrap();
    assert_eq!(
        code_and_message(&expired),
        "cannot sign in with a client certificate: the client certificate expired on 2021-01-01"
    );
    let unknown = sign_in(&graph, with_certificate("issuer.pem", ""))
        .await
        .err()
        .unwrap();
    assert_eq!(
        code_and_message(&unknown),
        "cannot sign in with a client certificate: 401 AADSTS700027: The certificate with identifier used to sign the \
         client assertion is not registered on application. [Reason - The key was not found.]"
    );
}

#[test]
fn invalid_certificate_file_is_rejected() {
    let error = |bytes: &[u8], password: &str| {
        let error = ClientCertificate::read(bytes, &password.into()).unwrap_err();
        error.to_string()
    };
    let message =
        "the client certificate is neither PEM nor a PKCS#12 file that its password decrypts";
    assert_eq!(error(&key_file("app.pfx"), "guess"), message);
    assert_eq!(error(b"nonsense", ""), message);
    let pem = String::from_utf8(key_file("app.pem")).unwrap();
    let key_at = pem.find("-----BEGIN PRIVATE").unwrap();
    assert_eq!(
        error(&pem.as_bytes()[..key_at], ""),
        "the PEM file of the client certificate has no readable private key (for an encrypted key, use a PKCS#12 file)"
    );
    let other = String::from_utf8(key_file("issuer.pem")).unwrap();
    let mixed = format!(
        "{}{}",
        &other[..other.find("-----BEGIN PRIVATE").unwrap()],
        &pem[key_at..]
    );
    assert_eq!(
        error(mixed.as_bytes(), ""),
        "the client certificate does not match the private key"
    );
}

#[tokio::test]
async fn emulator_rejects_assertions_as_entra_does() {
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
        let mut claims = job_claims();
        claims[claim] = value;
        cases.push((issued_token(&claims), number));
    }
    let (good, other) = (
        issued_token(&job_claims()),
        issued_token(&json!({"exp": 1})),
    );
    let (body, signature) = (
        good.rsplit_once('.').unwrap().0,
        other.rsplit_once('.').unwrap().1,
    );
    cases.push((format!("{body}.{signature}"), "AADSTS50013"));
    cases.push(("nonsense".into(), "AADSTS50027"));
    for (token, code) in cases {
        let credential = federated(
            FederatedToken::Value(token.clone().into()),
            AuthMethod::FederatedToken,
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
async fn certificate_assertion_must_have_the_endpoint_and_a_registered_key() {
    let graph = tenant().await;
    let assertion = |audience: &str, jti: &str| {
        let end = jiff::Timestamp::now().as_second() + 300;
        federated_value(&json!({"iss": APP, "sub": APP, "aud": audience, "jti": jti, "exp": end}))
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
        let error = sign_in(&graph, assertion(audience, jti))
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn assertion_must_be_signed_with_the_key_that_it_names() {
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
    let credential = federated(
        FederatedToken::Value(assertion.into()),
        AuthMethod::FederatedToken,
    );
    let error = sign_in(&graph, credential).await.err().unwrap();
    assert_eq!(
        code_and_message(&error),
        "cannot sign in with a federated token: 401 AADSTS700027: Client assertion failed signature validation."
    );
}

#[tokio::test]
async fn given_federated_token_signs_in() {
    let graph = tenant().await;
    assert_signed_in(
        &sign_in(&graph, federated_value(&job_claims()))
            .await
            .unwrap(),
    )
    .await;
}

#[tokio::test]
async fn workload_identity_file_is_read_for_each_token() {
    let graph = tenant().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let credential = || {
        federated(
            FederatedToken::File(file.clone()),
            AuthMethod::WorkloadIdentity,
        )
    };
    let missing = sign_in(&graph, credential()).await.err().unwrap();
    assert_eq!(
        code_and_message(&missing),
        format!(
            "cannot sign in with a Kubernetes workload identity: cannot read the token file {}",
            file.display()
        )
    );
    std::fs::write(&file, issued_token(&job_claims()) + "\n").unwrap();
    let session = sign_in(&graph, credential()).await.unwrap();
    assert_signed_in(&session).await;
    // The token has expired, and the file contains an invalid one now.
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
async fn github_actions_token_signs_in() {
    let graph = tenant().await;
    let github = Scripted::start().await;
    let ask = "GET /token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange";
    github
        .on(
            ask,
            json(
                200,
                json!({"count": 1, "value": issued_token(&job_claims())}),
            ),
        )
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
        federated(
            FederatedToken::GitHub { url, token },
            AuthMethod::GithubActions,
        )
    };
    assert_signed_in(&sign_in(&graph, credential()).await.unwrap()).await;
    let error = sign_in(&graph, credential()).await.err().unwrap();
    assert!(!error.to_string().contains("r3quest"), "{error}");
    let empty = sign_in(&graph, credential()).await.err().unwrap();
    assert_eq!(
        empty.to_string(),
        format!(
            "cannot sign in with GitHub Actions: GET {}/token: 200: the response has no `value`",
            github.url
        )
    );
    assert_eq!(
        github.finish()[0].headers["authorization"],
        "Bearer r3quest"
    );
}

#[tokio::test]
async fn pipeline_token_url_must_be_https() {
    let graph = tenant().await;
    for (url, why) in [
        ("http://tokens.example/?v=1", "is not HTTPS"),
        ("tokens", "is not a URL"),
    ] {
        let (url, token) = (url.to_owned(), "r3quest".into());
        let message = format!("the token URL of the pipeline, `{url}`, {why}");
        let credential = federated(
            FederatedToken::GitHub { url, token },
            AuthMethod::GithubActions,
        );
        let error = sign_in(&graph, credential).await.err().unwrap();
        assert_eq!(
            error.to_string(),
            format!("cannot sign in with GitHub Actions: {message}")
        );
    }
}

#[tokio::test]
async fn azure_devops_service_connection_signs_in() {
    let graph = tenant().await;
    let devops = Scripted::start().await;
    let token = json!({"oidcToken": issued_token(&job_claims())});
    devops.on(
        "POST /oidc?api-version=7.1&serviceConnectionId=c-1",
        json(200, token),
    );
    let credential = FederatedToken::AzureDevOps {
        url: format!("{}/oidc", devops.url),
        token: "pipeline".into(),
        service_connection: "c-1".into(),
    };
    let session = sign_in(&graph, federated(credential, AuthMethod::AzureDevOps))
        .await
        .unwrap();
    assert_signed_in(&session).await;
    let [seen] = devops.finish().try_into().ok().unwrap();
    assert_eq!(seen.headers["authorization"], "Bearer pipeline");
    assert_eq!(seen.headers["x-tfs-fedauthredirect"], "Suppress");
}

/// A token from the emulator in the response of a managed identity endpoint.
async fn managed_identity_response(graph: &Graph) -> Reply {
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
async fn managed_identity_uses_the_metadata_service() {
    let graph = tenant().await;
    let metadata = Scripted::start().await;
    let ask = "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=one-of-two";
    let missing = json!({"error": "invalid_request", "error_description": "Identity not found"});
    metadata
        .on(ask, managed_identity_response(&graph).await)
        .on(ask, json(400, missing));
    let credential = || {
        Credential::ManagedIdentity(ManagedIdentity {
            client_id: Some("one-of-two".into()),
            host: ManagedIdentityHost::Metadata {
                root: metadata.url.clone(),
            },
        })
    };
    assert_signed_in(&sign_in(&graph, credential()).await.unwrap()).await;
    let error = sign_in(&graph, credential()).await.err().unwrap();
    assert_eq!(
        code_and_message(&error),
        "cannot sign in with a managed identity: 400 invalid_request: Identity not found"
    );
    assert_eq!(metadata.finish()[0].headers["metadata"], "true");
}

#[tokio::test]
async fn managed_identity_uses_app_service() {
    let graph = tenant().await;
    let service = Scripted::start().await;
    let ask = "GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com";
    service
        .on(ask, managed_identity_response(&graph).await)
        .on(ask, refusal(401, "401", "bad header h3ader"));
    let credential = || {
        Credential::ManagedIdentity(ManagedIdentity {
            client_id: None,
            host: ManagedIdentityHost::AppService {
                endpoint: format!("{}/msi/token", service.url),
                header: "h3ader".into(),
            },
        })
    };
    assert_signed_in(&sign_in(&graph, credential()).await.unwrap()).await;
    let error = sign_in(&graph, credential()).await.err().unwrap();
    assert!(
        error
            .to_string()
            .ends_with("bad header (secret)\nrequest id r-1"),
        "{error}"
    );
    assert_eq!(service.finish()[0].headers["x-identity-header"], "h3ader");
}

#[tokio::test]
async fn debug_output_of_credentials_has_no_secret() {
    let all = [
        Credential::AccessToken("s3cr3t".into()),
        with_certificate("app.pem", ""),
        federated(
            FederatedToken::Value("s3cr3t".into()),
            AuthMethod::FederatedToken,
        ),
        federated(
            FederatedToken::GitHub {
                url: String::new(),
                token: "s3cr3t".into(),
            },
            AuthMethod::GithubActions,
        ),
        Credential::ManagedIdentity(ManagedIdentity {
            client_id: None,
            host: ManagedIdentityHost::AppService {
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
