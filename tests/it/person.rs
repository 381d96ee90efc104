//! A person signs in to the emulator: with a device code, and in the browser.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

use entraflow::emulator::{self, Emulator, Options};
use entraflow::graph::{
    Cloud, Credential, ErrorKind, GraphError, Person, Principal, Prompt, Session, Settings,
    SignInFlow, SignInPage, WriteRequest, connect,
};
use entraflow::model::{Method, Version};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::command;

const TENANT: &str = "contoso-dev.onmicrosoft.com";
const APP: &str = "5d9ff2a1-2d1c-4f8f-9bd8-0d8f6c6a0001";

/// An emulator whose state has this content.
async fn emulator(state: Value) -> (TempDir, Emulator) {
    let directory = TempDir::new().unwrap();
    let seed = directory.path().join("seed.json");
    fs::write(&seed, state.to_string()).unwrap();
    let options = Options {
        tenant: TENANT.to_owned(),
        seed: Some(seed.as_path().into()),
        ..Options::default()
    };
    (directory, emulator::start(options).await.unwrap())
}

/// What a browser loads when a person sees a page.
type Visit = fn(&SignInPage) -> reqwest::RequestBuilder;

/// Signs in as a person who visits the page once.
async fn sign_in(
    emulator: &Emulator,
    flow: SignInFlow,
    visit: Option<Visit>,
) -> Result<Session, GraphError> {
    let prompt = Prompt::new(move |page| {
        if let Some(visit) = visit {
            tokio::spawn(visit(page).send());
        }
    });
    let person = Person {
        client_id: APP.to_owned(),
        flow,
        prompt,
    };
    let url = emulator.url().to_owned();
    let settings = Settings::new(Cloud::Emulator { url }, TENANT);
    connect(settings, Credential::Person(person)).await
}

fn answer(page: &SignInPage, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let code = page.code.as_deref().unwrap();
    let form: Vec<_> = fields.iter().copied().chain([("otc", code)]).collect();
    reqwest::Client::new().post(&page.url).form(&form)
}

fn approve(page: &SignInPage) -> reqwest::RequestBuilder {
    answer(page, &[])
}

fn decline(page: &SignInPage) -> reqwest::RequestBuilder {
    answer(page, &[("decline", "1")])
}

fn open(page: &SignInPage) -> reqwest::RequestBuilder {
    reqwest::Client::new().get(&page.url)
}

/// The grants of the token requests so far.
async fn token_requests(emulator: &Emulator) -> usize {
    let log = reqwest::get(format!("{}/_emulator/requests", emulator.url()));
    let log: Vec<Value> = log.await.unwrap().json().await.unwrap();
    let paths = log.iter().filter_map(|request| request["path"].as_str());
    paths.filter(|path| path.ends_with("/token")).count()
}

#[tokio::test(start_paused = true)]
async fn both_flows_sign_in_as_the_person_with_delegated_permissions_and_roles() {
    let state = json!({
        "people": [{"userPrincipalName": "kim@contoso.com", "roles": ["Global Reader"]}],
        "applications": [{"appId": APP, "isFallbackPublicClient": true,
            "delegatedPermissions": ["IdentityUserFlow.ReadWrite.All"]}],
    });
    let (_files, emulator) = emulator(state).await;
    for (flow, visit) in [
        (SignInFlow::DeviceCode, approve as Visit),
        (SignInFlow::Browser, open),
    ] {
        let session = sign_in(&emulator, flow, Some(visit)).await.unwrap();
        let identity = session.identity().await.unwrap().unwrap();
        let person = Principal::User {
            name: "kim@contoso.com".to_owned(),
            app: APP.to_owned(),
        };
        assert_eq!(identity.principal, person);
        assert_eq!(identity.permissions, ["IdentityUserFlow.ReadWrite.All"]);
        let reader = session.reader();
        reader
            .get(Version::V1, "/identity/b2xUserFlows")
            .await
            .unwrap();
        let refused = reader.get(Version::V1, "/identity/identityProviders").await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Permission);
        let create = WriteRequest {
            method: Method::Post,
            version: Version::V1,
            path: "/identity/b2xUserFlows".to_owned(),
            body: Some(
                json!({"id": "A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}),
            ),
        };
        let refused = session.writer().send(&create).await.unwrap_err();
        assert_eq!(
            refused.kind(),
            ErrorKind::Permission,
            "a reader may not create"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn token_of_a_person_is_renewed_without_another_sign_in() {
    let (_files, emulator) = emulator(json!({})).await;
    let session = sign_in(&emulator, SignInFlow::Browser, Some(open));
    let session = session.await.unwrap();
    for renewals in 0..3 {
        let read = session
            .reader()
            .get(Version::V1, "/identity/b2xUserFlows")
            .await;
        read.unwrap();
        assert_eq!(token_requests(&emulator).await, 1 + renewals);
        tokio::time::advance(Duration::from_secs(56 * 60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn declined_and_unanswered_codes_end_the_sign_in() {
    let (_files, emulator) = emulator(json!({})).await;
    let declined = sign_in(&emulator, SignInFlow::DeviceCode, Some(decline)).await;
    let error = declined.err().unwrap();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::SignIn, Some("AADSTS65004"))
    );
    for flow in [SignInFlow::DeviceCode, SignInFlow::Browser] {
        let unanswered = sign_in(&emulator, flow, None).await;
        let error = unanswered.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(
            error
                .to_string()
                .ends_with("the sign-in was not completed in time"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn app_that_is_no_public_client_is_refused_with_a_hint() {
    let state = json!({"applications": [{"appId": APP, "secret": "s3cret"}]});
    let (_files, emulator) = emulator(state).await;
    let refused = sign_in(&emulator, SignInFlow::Browser, Some(open)).await;
    let error = refused.err().unwrap();
    assert_eq!(error.code(), Some("AADSTS7000218"));
    assert!(error.hint().unwrap().contains("allow public client flows"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoami_of_a_person_shows_permissions_and_directory_roles() {
    let state = json!({
        "people": [{"userPrincipalName": "kim@contoso.com", "roles": ["External ID User Flow Administrator"]}],
    });
    let (_seed, emulator) = emulator(state).await;
    let files = TempDir::new().unwrap();
    let documents = format!(
        "kind: tenant\nname: dev\ntenantId: {TENANT}\ntype: workforce\ncloud: emulator\n\
         auth: {{ type: browser, clientId: {APP} }}\n---\n\
         kind: b2xUserFlow\nid: Partner\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n---\n\
         kind: userFlowAttribute\ndisplayName: Loyalty number\ndataType: string\n"
    );
    fs::write(files.path().join("tenant.yaml"), documents).unwrap();
    let (mut program, trace) = command(files.path());
    program
        .arg("whoami")
        .env("PATH", "/nowhere")
        .env("ENTRAFLOW_EMULATOR", emulator.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let url = tokio::task::block_in_place(|| {
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert_eq!(first, "sign in to dev in the browser; if none opens, go to");
        lines.next().unwrap().unwrap()
    });
    let page = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(page.contains("You are signed in to entraflow."), "{page}");
    let (code, stdout) = tokio::task::block_in_place(|| {
        let mut stdout = String::new();
        let mut output = child.stdout.take().unwrap();
        output.read_to_string(&mut stdout).unwrap();
        (child.wait().unwrap().code(), stdout)
    });
    assert_eq!(code, Some(0), "{stdout}");
    let (_, required) = stdout.split_once("\nThe files of dev require").unwrap();
    assert_eq!(
        required,
        "
  to plan   granted  IdentityUserFlow.Read.All
                     b2xUserFlow, userFlowAttribute
  to apply  granted  IdentityUserFlow.ReadWrite.All
                     b2xUserFlow, userFlowAttribute

and, of a person, one of the directory roles
  to plan   held     External ID User Flow Administrator
                     b2xUserFlow
  to plan   missing  External ID User Flow Attribute Administrator
                     userFlowAttribute
  to apply  held     External ID User Flow Administrator
                     b2xUserFlow
  to apply  missing  External ID User Flow Attribute Administrator
                     userFlowAttribute

Optional
  drift --who  granted  AuditLog.Read.All, to show who made a change
"
    );
    assert!(
        stdout.starts_with(&format!("kim@contoso.com, through the app {APP}\n")),
        "{stdout}"
    );
    assert!(!trace.checked().contains("refresh_token\":\"0"));
}

#[test]
fn unknown_way_to_sign_in_is_refused() {
    let files = TempDir::new().unwrap();
    let document =
        format!("kind: tenant\nname: dev\ntenantId: {TENANT}\ntype: workforce\ncloud: emulator\n");
    fs::write(files.path().join("tenant.yaml"), document).unwrap();
    let run = |word| {
        crate::program::Program::new(files.path())
            .with("ENTRAFLOW_SIGN_IN", word)
            .run(["whoami"])
    };
    let outcome = run("device");
    assert_eq!(outcome.code, 2);
    assert_eq!(
        outcome.stderr,
        "\
error: ENTRAFLOW_SIGN_IN is `device`, which is no way for a person to sign in
help: set it to `browser` or `deviceCode`, or unset ENTRAFLOW_SIGN_IN
"
    );
    let outcome = run("browser");
    assert_eq!(outcome.code, 7);
    assert!(
        outcome
            .stderr
            .starts_with("error: cannot sign in with a browser: AZURE_CLIENT_ID is not set\n"),
        "{}",
        outcome.stderr
    );
}
