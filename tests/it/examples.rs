//! The example tenants with the real program, as README.md describes them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entraflow::emulator::{self, Emulator, Options, TenantType};
use entraflow::kinds::{KINDS, Kind};
use serde_json::Value;
use tempfile::TempDir;

use crate::documented::assert_documented;
use crate::example_files::{copy, documents, examples};
use crate::expected;
use crate::program::{Outcome, Program};

const TENANTS: [(&str, TenantType); 3] = [
    ("workforce", TenantType::Workforce),
    ("b2c", TenantType::B2c),
    ("external-id", TenantType::External),
];

/// A copy of an example tenant.
fn tenant(name: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&examples().join(name), directory.path());
    directory
}

/// A command with its output, as in a terminal.
pub(crate) fn typed(directory: &Path, arguments: &[&str]) -> String {
    let outcome = Program::new(directory).run(arguments.iter().copied());
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome;
    let command = arguments.join(" ");
    let part = |name: &str, text: String| match text.is_empty() {
        true => String::new(),
        false => format!("--- {name}\n{text}"),
    };
    let (stdout, stderr) = (part("stdout", stdout), part("stderr", stderr));
    format!("$ entraflow {command}\n{stdout}{stderr}--- exit {code}\n\n")
}

#[test]
fn example_validates_applies_and_converges() {
    for (name, _) in TENANTS {
        let directory = tenant(name);
        let commands: [&[&str]; 3] = [&["validate"], &["apply", "--yes"], &["plan"]];
        let actual = commands
            .map(|command| typed(directory.path(), command))
            .concat();
        expected::assert_file(&format!("tests/it/expected/example_{name}.txt"), &actual);
    }
}

#[test]
fn first_plan_of_an_example_creates_every_kind() {
    for (name, _) in TENANTS {
        let directory = tenant(name);
        let outcome = Program::new(directory.path()).run(["plan", "--format", "json"]);
        let plan: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let steps = plan["steps"].as_array().unwrap().iter();
        let created = steps.filter(|step| step["action"] == "create");
        let created: BTreeSet<_> = created
            .map(|step| step["address"].as_str().unwrap().split('/').next().unwrap())
            .collect();
        let all = documents(name);
        let kinds: BTreeSet<_> = all.iter().map(|document| document.kind()).collect();
        let is_created = |kind: &&str| Kind::find(kind).is_some_and(|kind| !kind.is_always_there());
        let kinds = kinds.into_iter().filter(is_created);
        assert_eq!(created, kinds.collect(), "{name}");
    }
}

#[test]
fn tenants_with_a_shared_base_apply_separately() {
    let mut actual = String::new();
    for name in ["dev", "test", "prod"] {
        let directory = tenant("multi-tenant");
        let commands: [&[&str]; 4] = [
            &["validate", name],
            &["render", name],
            &["apply", "--yes", name],
            &["plan", "--exit-code", name],
        ];
        actual += &commands
            .map(|command| typed(directory.path(), command))
            .concat();
    }
    expected::assert_file("tests/it/expected/example_multi_tenant.txt", &actual);
}

#[test]
fn examples_have_the_canonical_layout() {
    let outcome = Program::new(examples()).run(["fmt", "--check"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, ""),
        "{}",
        outcome.stdout
    );
}

/// An emulator whose request log the test reads.
async fn emulator_for(tenant_type: TenantType, tenant_id: &str) -> Emulator {
    let options = Options {
        tenant: tenant_id.to_owned(),
        tenant_type,
        ..Options::default()
    };
    emulator::start(options).await.unwrap()
}

/// The write requests since the last call: method, path and body.
async fn writes(emulator: &Emulator) -> Vec<String> {
    let (http, url) = (
        crate::loopback::http(),
        format!("{}/_emulator/requests", emulator.url()),
    );
    let answer = http.get(&url).send().await.unwrap();
    let log: Value = answer.json().await.unwrap();
    assert_documented(&log);
    http.delete(&url).send().await.unwrap();
    let is_write = |it: &&Value| {
        let path = it["path"].as_str().unwrap();
        it["method"] != "GET" && !path.ends_with("/$batch") && !path.ends_with("/token")
    };
    let line = |it: &Value| {
        let [method, path] = ["method", "path"].map(|field| it[field].as_str().unwrap());
        format!("{method} {path} {}\n", it["body"])
    };
    let all = log.as_array().unwrap().iter();
    all.filter(is_write).map(line).collect()
}

/// Edits of an example: file, text before, text after.
const EDITS: [(&str, &str, &str); 5] = [
    ("flows/listeners.yaml", "priority: 100", "priority: 150"),
    ("connectors.yaml", "suppliers/lookup", "suppliers/find"),
    ("attributes.yaml", "What you supply", "What we buy from you"),
    (
        "flows/partner.yaml",
        "displayName: Your name",
        "displayName: Your full name",
    ),
    (
        "pages/partner.fr.selfasserted.json",
        "Envoyer la demande",
        "Envoyer",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edited_field_is_one_step_and_one_request() {
    let emulator = emulator_for(TenantType::Workforce, "contoso-dev.onmicrosoft.com").await;
    let directory = tenant("workforce");
    let run = |arguments: &[&str]| {
        let program = Program::new(directory.path()).with("ENTRAFLOW_EMULATOR", emulator.url());
        program.run(arguments.iter().copied())
    };
    assert_eq!(run(&["apply", "--yes"]).code, 0);
    writes(&emulator).await;
    let mut actual = String::new();
    for (file, before, after) in EDITS {
        let path = directory.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(before).count(), 1, "{file}");
        fs::write(&path, text.replace(before, after)).unwrap();
        let plan = run(&["plan"]).stdout.replace(emulator.url(), "URL");
        let none: [String; 0] = [];
        assert_eq!(writes(&emulator).await, none);
        assert_eq!(run(&["apply", "--yes"]).code, 0);
        let requests = writes(&emulator).await;
        assert_eq!(requests.len(), 1, "{requests:?}");
        actual += &format!(
            "{file}: `{before}` → `{after}`\n\n{plan}\nsent: {}\n",
            requests.concat()
        );
    }
    expected::assert_file("tests/it/expected/example_edits.txt", &actual);
}

/// The commented files of the kinds of a tenant type, with a tenant document.
fn kinds_of(name: &str, tenant: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("tenant.yaml"), tenant).unwrap();
    let has = |kind: &&&Kind| kind.tenants.iter().any(|it| it.as_str() == name);
    for kind in KINDS.iter().filter(has) {
        let file = format!("{}.yaml", kind.name);
        let text = fs::read_to_string(examples().join("kinds").join(&file)).unwrap();
        if text.contains("{ file: pages/") {
            copy(
                &examples().join("kinds/pages"),
                &directory.path().join("pages"),
            );
        }
        fs::write(directory.path().join(file), text).unwrap();
    }
    directory
}

/// The number of documents in the files of a directory, except the tenant document.
fn objects_in(directory: &Path) -> usize {
    let texts = fs::read_dir(directory).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let is_yaml = path.extension().is_some_and(|it| it == "yaml");
        is_yaml.then(|| fs::read_to_string(path).unwrap())
    });
    let documents = |text: String| {
        text.lines()
            .filter(|line| line.starts_with("kind: "))
            .count()
    };
    texts.map(documents).sum::<usize>() - 1
}

#[test]
fn commented_files_are_valid_together() {
    let tenant = fs::read_to_string(examples().join("kinds/tenant.yaml")).unwrap();
    let mut actual = String::new();
    for name in ["workforce", "b2c", "external"] {
        let tenant = tenant.replace("\ntype: workforce\n", &format!("\ntype: {name}\n"));
        let directory = kinds_of(name, &tenant);
        let validated = typed(directory.path(), &["validate"]);
        let count = objects_in(directory.path());
        let valid = validated.replace(&format!("valid: {count} objects"), "valid: all objects");
        actual += &format!("{name}\n{valid}");
    }
    expected::assert_file("tests/it/expected/example_kinds.txt", &actual);
}

#[test]
fn commented_files_apply_with_their_variables() {
    let certificate = fs::read(examples().join("workforce/secrets/approvals.pfx")).unwrap();
    let certificate = STANDARD.encode(certificate);
    let variables = [
        ("CONNECTOR_PASSWORD", "a password"),
        ("CONNECTOR_CERTIFICATE", &certificate),
        (
            "CONNECTOR_CERTIFICATE_PASSWORD",
            "demo-only-approvals-password",
        ),
        ("FACEBOOK_SECRET", "a secret"),
        ("APPLE_KEY", "a key"),
        ("STAFF_SECRET", "a secret"),
        ("FABRIKAM_SECRET", "a secret"),
    ];
    for name in ["workforce", "b2c", "external"] {
        let tenant =
            format!("kind: tenant\nname: a\ntenantId: a.example\ntype: {name}\ncloud: emulator\n");
        let directory = kinds_of(name, &tenant);
        let program = variables
            .iter()
            .fold(Program::new(directory.path()), |program, (name, value)| {
                program.with(name, value)
            });
        let outcome = program.run(["apply", "--yes"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let again = Program::new(directory.path()).run(["plan", "--exit-code"]);
        assert_eq!(again.code, 0, "{}", again.stdout);
    }
}
