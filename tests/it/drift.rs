//! Accepting drift: live values are written to the files, and comments and layout are kept.

use std::fs;
use std::path::Path;

use entraflow::dangers::DangerRule;
use tempfile::TempDir;

use crate::program::{Outcome, Program};
use crate::tenant_state::sign_up_policy;

const TENANT: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
";

const OBJECTS: &str = "\
# What we call.
kind: apiConnector
displayName: Validate postcode
targetUrl: https://a.io   # the web team's
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
---
# Principal comes in.
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [EmailOtpSignup-OAUTH]   # no passwords
userAttributeAssignments:   # in this order
  # Where they live.
  - userAttribute: city
    displayName: City   # not town
    isOptional: true
    userInputType: textBox
  # Principal they are.
  - userAttribute: surname
    displayName: Name
    isOptional: false
    userInputType: textBox
languages:
  - id: fr
    pages:
      selfasserted1_1: { file: pages/fr.json }   # checked by legal
      idpselections: { file: pages/gone.json }
";

const ACCEPTED: &str = "\
# What we call.
kind: apiConnector
displayName: Validate postcode
targetUrl: https://postcodes.contoso.com/a/very/long/path/that/no-one/remembers/unless/it/is/written/down/in/a/file/such/as/this   # the web team's
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
---
# Principal comes in.
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [EmailOtpSignup-OAUTH, AADSignup-OAUTH]   # no passwords
userAttributeAssignments:   # in this order
  # Principal they are.
  - userAttribute: surname
    displayName: Family name
    isOptional: false
    userInputType: textBox
  # Where they live.
  - userAttribute: city
    displayName: City   # not town
    isOptional: true
    userInputType: textBox
languages:
  - id: fr
    pages:
      selfasserted1_1: { file: pages/fr.json }   # checked by legal
      idpselections: { file: pages/gone.json }
";

const PAGE: &str = r#"{
  "LocalizedStrings": [
    { "StringId": "button_continue", "Value": "Envoyer", "ElementType": "UxElement", "ElementId": null, "Override": true }
  ]
}
"#;

const LIVE: &str = r##"{
  "policies": [{ "id": "authenticationFlowsPolicy", "selfServiceSignUp": { "isEnabled": true } }],
  "apiConnectors": [
    {
      "id": "6f3c1b52-0d6b-4b8c-8a0e-0c6f2f6f0001",
      "displayName": "Validate postcode",
      "targetUrl": "https://postcodes.contoso.com/a/very/long/path/that/no-one/remembers/unless/it/is/written/down/in/a/file/such/as/this",
      "authenticationConfiguration": {
        "@odata.type": "#microsoft.graph.basicAuthentication", "username": "flow", "password": "***"
      }
    },
    {
      "id": "6f3c1b52-0d6b-4b8c-8a0e-0c6f2f6f0002",
      "displayName": "Made in the portal",
      "targetUrl": "https://portal.example/",
      "authenticationConfiguration": {
        "@odata.type": "#microsoft.graph.basicAuthentication", "username": "flow", "password": "***"
      }
    }
  ],
  "b2xUserFlows": [
    {
      "id": "B2X_1_Partner",
      "userFlowType": "signUpOrSignIn",
      "userFlowTypeVersion": 1,
      "userFlowIdentityProviders": ["EmailOtpSignup-OAUTH", "AADSignup-OAUTH"],
      "userAttributeAssignments": [
        {
          "id": "Surname", "displayName": "Family name", "isOptional": false, "requiresVerification": true,
          "userInputType": "textBox", "userAttributeValues": []
        },
        {
          "id": "City", "displayName": "City", "isOptional": true, "requiresVerification": false,
          "userInputType": "textBox", "userAttributeValues": []
        }
      ],
      "languages": [
        { "id": "fr", "isEnabled": true, "overridesPages": { "selfasserted1_1": { "LocalizedStrings": [
          { "ElementType": "UxElement", "ElementId": null, "StringId": "button_continue", "Override": true, "Value": "Suite" }
        ] } } }
      ]
    }
  ]
}
"##;

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn tenant() -> TempDir {
    let directory = TempDir::new().unwrap();
    write(
        directory.path(),
        &[
            ("tenant.yaml", TENANT),
            ("objects.yaml", OBJECTS),
            ("pages/fr.json", PAGE),
            ("pages/gone.json", PAGE),
            (".entraflow/graph.json", LIVE),
        ],
    );
    directory
}

fn run(directory: &TempDir, arguments: &[&str]) -> Outcome {
    Program::new(directory.path()).run(arguments.iter().copied())
}

/// Accepts drift without being asked, whatever its dangers.
fn accept(directory: &TempDir, options: &[&str]) -> Outcome {
    let mut arguments = [&["drift", "--yes"], options].concat();
    for rule in DangerRule::ALL {
        arguments.extend(["--allow-danger", rule.as_str()]);
    }
    run(directory, &arguments)
}

fn objects(directory: &TempDir) -> String {
    fs::read_to_string(directory.path().join("objects.yaml")).unwrap()
}

#[test]
fn accepted_drift_is_written_in_place_and_keeps_comments() {
    let directory = tenant();
    let Outcome {
        code,
        stdout,
        stderr,
    } = accept(&directory, &["--accept"]);
    assert_eq!(objects(&directory), ACCEPTED);
    let (shown, stderr) = stderr.split_at(stderr.find("Accepted into").unwrap());
    assert!(shown.starts_with("To be written into the files (tenant → files):\n"));
    assert_eq!(
        stderr,
        "Accepted into objects.yaml.\n\
         Accepted into pages/fr.json.\n\
         Accepted into pages/gone.json.\n\
         help: `entraflow export --only KIND/NAME` writes a document for an unmanaged object\n"
    );
    let page = |name: &str| fs::read_to_string(directory.path().join("pages").join(name)).unwrap();
    assert_eq!(page("fr.json"), PAGE.replace("Envoyer", "Suite"));
    let gone: serde_json::Value = serde_json::from_str(&page("gone.json")).unwrap();
    assert_eq!(gone, serde_json::json!({ "LocalizedStrings": [] }));
    let left = "\
Drift of contoso on the local emulator (.entraflow/graph.json)
workforce tenant contoso.onmicrosoft.com

apiConnector/Made in the portal
  warning: in the tenant, but not declared

Secrets that could not be compared with those last applied:
  apiConnector/Validate postcode: authenticationConfiguration.password: the variable PASSWORD is not set

Drift: 1 warning.
Requests: 22 to read the tenant, in 6 round trips.
";
    assert_eq!((stdout.as_str(), code), (left, 11));
    let plan = run(&directory, &["plan"]).stdout;
    assert!(
        plan.contains("\nNo changes; 1 secret to compare.\n"),
        "{plan}"
    );
}

#[test]
fn accept_of_one_object_changes_only_that_object() {
    let directory = tenant();
    let outcome = accept(&directory, &["--accept=b2xUserFlow/partner"]);
    assert_eq!(outcome.code, 11);
    assert!(
        outcome
            .stdout
            .contains("\n  error: targetUrl differs from the files")
    );
    let url = "targetUrl: https://a.io   # the web team's";
    let (expected, _) = ACCEPTED.split_once("targetUrl").unwrap();
    let (_, rest) = ACCEPTED.split_once("# the web team's").unwrap();
    assert_eq!(objects(&directory), format!("{expected}{url}{rest}"));
}

#[test]
fn accept_of_an_unknown_object_is_rejected() {
    let directory = tenant();
    let outcome = run(&directory, &["drift", "--accept=b2xUserFlow/Partners"]);
    let expected = Outcome {
        code: 2,
        stdout: String::new(),
        stderr:
            "error: there is no b2xUserFlow/Partners, neither in the files nor in the live state\n\
                 help: did you mean `b2xUserFlow/Partner`?\n"
                .to_owned(),
    };
    assert_eq!(outcome, expected);
    assert_eq!(objects(&directory), OBJECTS);
}

#[test]
fn accept_works_with_a_snapshot() {
    let directory = tenant();
    assert_eq!(run(&directory, &["snapshot", "--out", "now.json"]).code, 0);
    let outcome = accept(&directory, &["--live", "now.json", "--accept"]);
    assert_eq!(
        (objects(&directory), outcome.code),
        (ACCEPTED.to_owned(), 11)
    );
}

#[test]
fn severity_rule_applies_to_objects_of_one_name_by_that_name() {
    let directory = TempDir::new().unwrap();
    let connector = |id: u8| {
        serde_json::json!({
            "id": format!("22222222-0000-4000-8000-00000000000{id}"), "displayName": "Legacy check",
            "targetUrl": "https://a.example/",
        })
    };
    let state = serde_json::json!({ "apiConnectors": [connector(1), connector(2)], "policies": [sign_up_policy()] });
    let rule = "manage:\n  apiConnector:\n    drift:\n      - { name: \"Legacy *\", severity: note, reason: known }\n";
    let other = "---\nkind: apiConnector\ndisplayName: Other\ntargetUrl: https://b.example/\nauthenticationConfiguration: { type: basic, username: u, password: { env: PASSWORD } }\nensure: absent\n";
    write(
        directory.path(),
        &[
            (".entraflow/graph.json", &state.to_string()),
            ("tenant.yaml", &format!("{TENANT}{rule}{other}")),
        ],
    );
    let outcome = run(&directory, &["drift"]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    for id in [1, 2] {
        let finding = format!(
            "apiConnector/22222222-0000-4000-8000-00000000000{id}\n  note: in the tenant, but not declared\n    rule: known\n"
        );
        assert!(outcome.stdout.contains(&finding), "{}", outcome.stdout);
    }
}
