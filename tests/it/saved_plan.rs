//! Saved plans and the apply lock, with the real program: exactly the saved plan is applied, or nothing.
#![cfg(test)] // shows clippy that the helpers are for tests

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{Outcome, Program, Trace, command};
use crate::tenant_state::sign_up_on;

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
limits: { maxChangesPercent: 100 }
";

const OBJECTS: &str = "\
kind: apiConnector
displayName: Postcode
targetUrl: https://api.contoso.com/postcode
authenticationConfiguration:
  type: basic
  username: flow
  password: { file: password.txt }
---
kind: socialIdentityProvider
identityProviderType: Facebook
displayName: Facebook
clientId: '237330139'
clientSecret: { env: FACEBOOK_SECRET }
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [Facebook-OAUTH]
apiConnectorConfiguration:
  postAttributeCollection: Postcode
";

/// Characters that base64, URLs and JSON encode differently.
const PASSWORD: &str = "kr\u{fc}mel \"&/?+\\ monster";
const FACEBOOK: &str = "<pl\u{e4}tzchen \"%\\>";

/// A directory with the tenant `t`.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self::with_a_new_tenant();
        sign_up_on(&bench.path("t"));
        bench
    }

    /// The tenant has its first state only, and none is saved.
    fn with_a_new_tenant() -> Self {
        let bench = Self(TempDir::new().unwrap());
        bench.write("t/tenant.yaml", TENANT);
        bench.write("t/objects.yaml", OBJECTS);
        bench.write("t/password.txt", &format!("{PASSWORD}\n"));
        bench
    }

    /// The tenant matches the files, and then one field in the files is changed.
    fn with_a_change() -> Self {
        let bench = Self::new();
        assert_eq!(bench.run(["apply", "t", "--yes"]).code, 0);
        bench.edit("t/objects.yaml", "/postcode", "/zip");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replace(from, to));
    }

    fn program(&self) -> Program {
        Program::new(self.0.path()).with("FACEBOOK_SECRET", FACEBOOK)
    }

    fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.shown(self.program().run(arguments))
    }

    /// Runs, and returns the trace, too.
    fn run_traced<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> (Outcome, String) {
        let (outcome, trace) = self.program().run_traced(arguments);
        (self.shown(outcome), trace)
    }

    /// The output without the name of the directory.
    fn shown(&self, outcome: Outcome) -> Outcome {
        let directory = self.0.path().canonicalize().unwrap();
        let short = |text: String| text.replace(directory.to_str().unwrap(), "/bench");
        Outcome {
            code: outcome.code,
            stdout: short(outcome.stdout),
            stderr: short(outcome.stderr),
        }
    }

    fn save(&self) {
        let saved = self.run(["plan", "t", "--out", "plan.json"]);
        assert_eq!((saved.code, saved.stderr.as_str()), (0, SAVED));
    }

    /// The state of the tenant.
    fn graph(&self) -> String {
        self.read("t/.entraflow/graph.json")
    }

    /// Changes the state of the tenant without entraflow.
    fn change_tenant(&self, change: impl FnOnce(&mut Json)) {
        let mut graph = serde_json::from_str(&self.graph()).unwrap();
        change(&mut graph);
        self.write("t/.entraflow/graph.json", &graph.to_string());
    }

    /// Applies the saved plan, which must be rejected without a change of the tenant.
    fn refused(&self) -> (i32, String) {
        let before = self.graph();
        let outcome = self.run(["apply", "plan.json", "--yes"]);
        assert_eq!(self.graph(), before, "something was written");
        assert_eq!(outcome.stdout, "");
        (outcome.code, outcome.stderr)
    }
}

/// An apply that waits for confirmation.
struct WaitingApply(Child, Trace);

impl WaitingApply {
    fn start(bench: &Bench) -> Self {
        let (mut command, trace) = command(bench.0.path());
        command
            .args(["apply", "t"])
            .env("FACEBOOK_SECRET", FACEBOOK);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.as_mut().unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"Only `yes` applies it:") {
            let mut byte = [0];
            stderr.read_exact(&mut byte).unwrap();
            read.push(byte[0]);
        }
        Self(child, trace)
    }

    /// Kills it, as a crash would.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        self.1.checked();
    }
}

const SAVED: &str = "Saved to plan.json. `entraflow apply plan.json` applies exactly this plan.\n";
const AGAIN: &str =
    "help: make a new plan, with the same paths, and review it: entraflow plan --out plan.json\n";

/// The writes in a trace, including those in batches.
fn writes(trace: &str) -> Vec<String> {
    let parse = |line: &str| serde_json::from_str::<Json>(line).unwrap();
    let (mut written, word) = (Vec::new(), |of: &Json| of.as_str().unwrap().to_owned());
    for line in trace.lines().map(parse) {
        let path = word(&line["url"]).splitn(4, '/').last().unwrap().to_owned();
        match line["body"]["requests"].as_array() {
            Some(entries) => {
                let (version, _) = path.split_once('/').unwrap();
                let entry = |entry: &Json| {
                    let path = format!("/{version}{}", word(&entry["url"]));
                    (word(&entry["method"]), path)
                };
                written.extend(entries.iter().map(entry));
            }
            None => written.push((word(&line["method"]), format!("/{path}"))),
        }
    }
    let is_write = |(method, path): &(String, String)| method != "GET" && !path.ends_with("/token");
    let all = written.into_iter().filter(is_write);
    all.map(|(method, path)| format!("{method} {path}"))
        .collect()
}

#[test]
fn saved_plan_is_applied_exactly_and_converges() {
    let bench = Bench::new();
    let planned = bench.run(["plan", "t", "--out", "plan.json"]);
    assert_eq!((planned.code, planned.stderr.as_str()), (0, SAVED));

    let (applied, trace) = bench.run_traced(["apply", "plan.json", "--yes"]);

    let report = "\
\u{20}  1  done          apiConnector/Postcode create
   2  done          socialIdentityProvider/Facebook-OAUTH create
   3  done          b2xUserFlow/Partner create
   4  done          b2xUserFlow/Partner link identityProviders (those that the create did not keep)
   5  done          b2xUserFlow/Partner link apiConnectorConfiguration (those that the create did not keep)

Apply complete and verified: 5 steps done with 12 requests.
";
    assert_eq!(applied.stdout, format!("{}{report}", planned.stdout));
    assert_eq!(applied.code, 0);
    assert_eq!(
        writes(&trace),
        [
            "POST /v1.0/identity/apiConnectors",
            "POST /v1.0/identity/identityProviders",
            "POST /v1.0/identity/b2xUserFlows",
        ]
    );
    let again = bench.run(["plan", "t"]);
    assert_eq!(
        again.stdout,
        "\
Plan for contoso-dev on the local emulator (t/.entraflow/graph.json)
workforce tenant contoso-dev.onmicrosoft.com

No changes. The tenant matches the files.
Requests: 6 to read the tenant, in 3 round trips.
"
    );
}

#[test]
fn saved_plan_is_applied_although_the_files_changed() {
    let bench = Bench::with_a_change();
    bench.save();
    bench.edit("t/objects.yaml", "/zip", "/plz");
    bench.edit("t/objects.yaml", "kind: b2xUserFlow", "kind: nonsense");

    let (applied, trace) = bench.run_traced(["apply", "plan.json", "--yes"]);

    assert_eq!(applied.code, 0);
    let graph: Json = serde_json::from_str(&bench.graph()).unwrap();
    let connector = &graph["apiConnectors"][0];
    assert_eq!(connector["targetUrl"], "https://api.contoso.com/zip");
    let patch = format!(
        "PATCH /v1.0/identity/apiConnectors/{}",
        connector["id"].as_str().unwrap()
    );
    assert_eq!(writes(&trace), [patch]);
}

#[test]
fn empty_plan_can_be_saved_and_applied() {
    let bench = Bench::with_a_change();
    bench.edit("t/objects.yaml", "/zip", "/postcode");
    bench.save();
    let applied = bench.run(["apply", "plan.json"]);
    assert_eq!((applied.code, applied.stderr.as_str()), (0, ""));
}

#[cfg(unix)]
#[test]
fn saved_plan_is_readable_only_by_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.write("plan.json", "an older file that is world-readable");
    bench.save();
    let mode = fs::metadata(bench.path("plan.json")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn plan_is_stale_after_a_field_changed() {
    let bench = Bench::with_a_change();
    bench.save();
    bench.change_tenant(|graph| {
        graph["apiConnectors"][0]["targetUrl"] = "https://evil.example/".into()
    });
    let error = "\
Only in the saved plan:

~ apiConnector/Postcode
   1  update
        ~ targetUrl  \"https://api.contoso.com/postcode\" \u{2192} \"https://api.contoso.com/zip\"

Only in the current plan:

~ apiConnector/Postcode
   1  update
        ~ targetUrl  \"https://evil.example/\" \u{2192} \"https://api.contoso.com/zip\"

error: the saved plan plan.json is stale: the tenant has changed since; nothing was sent
";
    assert_eq!(bench.refused(), (5, format!("{error}{AGAIN}")));
}

#[test]
fn plan_is_stale_after_its_steps_were_done_by_hand() {
    let bench = Bench::with_a_change();
    bench.save();
    bench.change_tenant(|graph| {
        graph["apiConnectors"][0]["targetUrl"] = "https://api.contoso.com/zip".into();
    });
    let error = "\
Only in the saved plan:

~ apiConnector/Postcode
   1  update
        ~ targetUrl  \"https://api.contoso.com/postcode\" \u{2192} \"https://api.contoso.com/zip\"

error: the saved plan plan.json is stale: the tenant has changed since; nothing was sent
";
    assert_eq!(bench.refused(), (5, format!("{error}{AGAIN}")));
}

#[test]
fn plan_is_stale_after_an_object_was_recreated() {
    let bench = Bench::with_a_change();
    bench.save();
    bench.change_tenant(|graph| {
        graph["b2xUserFlows"][0]["apiConnectorConfiguration"]["postAttributeCollection"] =
            "7d5c7c05-4a0e-4f19-8d5f-2e4c4dd1d5a1".into();
        graph["apiConnectors"][0]["id"] = "7d5c7c05-4a0e-4f19-8d5f-2e4c4dd1d5a1".into();
    });
    let error = "\
apiConnector/Postcode is a different object now: its id was bb84ba78-8a13-50bc-90a8-76d4e61c88a6 and is \
7d5c7c05-4a0e-4f19-8d5f-2e4c4dd1d5a1

error: the saved plan plan.json is stale: the tenant has changed since; nothing was sent
";
    assert_eq!(bench.refused(), (5, format!("{error}{AGAIN}")));
}

#[test]
fn plan_is_stale_if_a_name_becomes_ambiguous() {
    let bench = Bench::with_a_change();
    bench.save();
    bench.change_tenant(|graph| {
        let mut second = graph["apiConnectors"][0].clone();
        second["id"] = "7d5c7c05-4a0e-4f19-8d5f-2e4c4dd1d5a1".into();
        graph["apiConnectors"].as_array_mut().unwrap().push(second);
    });
    let (code, error) = bench.refused();
    assert_eq!(code, 5, "{error}");
    let objection = "\
objection: apiConnector/Postcode: the tenant has 2 objects of this name: 7d5c7c05-4a0e-4f19-8d5f-2e4c4dd1d5a1 (";
    assert!(error.contains(objection), "{error}");
    assert!(error.contains("choose one with `id:`"), "{error}");
}

#[test]
fn plan_stays_valid_after_an_unrelated_change() {
    let bench = Bench::with_a_change();
    bench.save();
    bench.change_tenant(|graph| {
        let mut other = graph["apiConnectors"][0].clone();
        other["id"] = "7d5c7c05-4a0e-4f19-8d5f-2e4c4dd1d5a1".into();
        other["displayName"] = "Unrelated".into();
        graph["apiConnectors"].as_array_mut().unwrap().push(other);
    });
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
}

#[test]
fn plan_is_applied_only_once() {
    let bench = Bench::with_a_change();
    bench.save();
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
    let applied: Json = serde_json::from_str(&bench.read("t/.entraflow/applied.json")).unwrap();
    let time = applied[0]["time"].as_str().unwrap().to_owned();
    // Even if the tenant returns to its former state.
    bench.change_tenant(|graph| {
        graph["apiConnectors"][0]["targetUrl"] = "https://api.contoso.com/postcode".into();
    });
    let error = format!("error: the saved plan plan.json was applied already, on {time}\n{AGAIN}");
    assert_eq!(bench.refused(), (5, error));

    // A new plan with the same steps is another plan.
    bench.save();
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);

    bench.write("t/.entraflow/applied.json", "[{\"digest\": ");
    let error = "\
error: t/.entraflow/applied.json cannot be read: EOF while parsing a value at line 1 column 12
help: it lists the saved plans that were applied: fix it, or delete it to start an empty list
";
    assert_eq!(bench.refused(), (1, error.to_owned()));
}

#[test]
fn plan_for_another_tenant_is_rejected() {
    let changes = [
        ("contoso-dev.onmicrosoft.com", "fabrikam.onmicrosoft.com"),
        ("cloud: emulator", "cloud: global"),
        ("type: workforce", "type: external"),
    ];
    let declared = [
        "fabrikam.onmicrosoft.com (workforce, emulator)",
        "contoso-dev.onmicrosoft.com (workforce, global)",
        "contoso-dev.onmicrosoft.com (external, emulator)",
    ];
    let bench = Bench::with_a_change();
    bench.save();
    for ((from, to), declared) in changes.into_iter().zip(declared) {
        bench.edit("t/tenant.yaml", from, to);
        let error = format!(
            "error: the saved plan plan.json is for the tenant contoso-dev.onmicrosoft.com (workforce, emulator), but \
             t/tenant.yaml declares {declared}\n{AGAIN}"
        );
        assert_eq!(bench.refused(), (5, error));
        bench.edit("t/tenant.yaml", to, from);
    }
    // Domains are case-insensitive, and the name exists only in the files.
    bench.edit(
        "t/tenant.yaml",
        "contoso-dev.onmicrosoft",
        "Contoso-Dev.onmicrosoft",
    );
    bench.edit("t/tenant.yaml", "name: contoso-dev", "name: dev");
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
}

#[test]
fn missing_tenant_document_is_an_error() {
    let bench = Bench::with_a_change();
    bench.save();
    fs::rename(bench.path("t/tenant.yaml"), bench.path("t/tenants.yaml")).unwrap();
    let error = "\
error: `t/tenant.yaml` does not exist
 |
 = help: did you mean `t/tenants.yaml`?

";
    assert_eq!(bench.refused(), (3, error.to_owned()));
}

#[test]
fn modified_plan_file_is_rejected() {
    let bench = Bench::with_a_change();
    bench.save();
    let whole = bench.read("plan.json");
    let half = whole[..86].to_owned();
    let cases = [
        (
            half,
            "it is damaged or incomplete: EOF while parsing a string at line 3 column 3",
        ),
        (
            whole.replace("\"format\": 2", "\"format\": 7"),
            "its format is 7, and this version of entraflow reads format 2",
        ),
        (
            whole.replace("/zip", "/plz"),
            "it was changed after it was saved",
        ),
    ];
    for (text, why) in cases {
        bench.write("plan.json", &text);
        let error = format!("error: the saved plan plan.json cannot be used: {why}\n{AGAIN}");
        assert_eq!(bench.refused(), (3, error));
    }
    File::options()
        .write(true)
        .open(bench.path("plan.json"))
        .unwrap()
        .set_len(65 << 20)
        .unwrap();
    let error =
        "error: the saved plan plan.json cannot be read: it is larger than 64 MiB, the limit\n";
    assert_eq!(bench.refused(), (1, error.to_owned()));
}

#[test]
fn foreign_json_file_is_read_as_documents() {
    let bench = Bench::with_a_change();
    bench.write("plan.json", "{\"planned_values\": {}}");
    let error = bench.refused();
    let plan = bench.run(["plan", "plan.json"]);
    assert_eq!(error, (3, plan.stderr));
}

#[test]
fn saved_plan_among_the_files_is_ignored() {
    let bench = Bench::with_a_change();
    let saved = bench.run(["plan", "t", "--out", "t/plan.json"]);
    assert_eq!(saved.code, 0);
    let validated = bench.run(["validate", "t"]);
    let expected = "The files of contoso-dev are valid: 3 objects.\n";
    assert_eq!(
        (validated.stdout.as_str(), validated.stderr.as_str()),
        (expected, "")
    );
}

#[test]
fn saved_plan_accepts_no_other_paths_or_overrides() {
    let bench = Bench::with_a_change();
    bench.save();
    let error = "\
error: plan.json is a saved plan: apply takes no other paths and no overrides with it
help: a saved plan is applied as it is; give other paths and overrides to `entraflow plan --out`
";
    for more in [
        ["apply", "plan.json", "t"],
        ["apply", "plan.json", "--allow-deletes=3"],
    ] {
        let outcome = bench.run(more);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (2, error));
    }
}

#[test]
fn saved_plan_keeps_its_overrides() {
    let bench = Bench::new();
    bench.write(
        "t/attribute.yaml",
        "{ kind: userFlowAttribute, displayName: Hobby, description: None, dataType: string }",
    );
    assert_eq!(bench.run(["apply", "t", "--yes"]).code, 0);
    bench.edit("t/attribute.yaml", "string", "int64");
    let plan = ["plan", "t", "--out", "plan.json"];
    let refused = bench.run(plan);
    let error = "Not saved to plan.json: a plan with objections cannot be applied.\n";
    assert_eq!((refused.code, refused.stderr.as_str()), (4, error));
    assert!(!bench.path("plan.json").exists());

    let overrides = ["--allow-replace", "userFlowAttribute/Hobby"];
    assert_eq!(bench.run(plan.into_iter().chain(overrides)).code, 0);
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
    assert_eq!(bench.run(["plan", "t", "--exit-code"]).code, 0);
}

#[test]
fn delete_can_be_saved() {
    let bench = Bench::with_a_change();
    bench.edit(
        "t/objects.yaml",
        "kind: b2xUserFlow\n",
        "kind: b2xUserFlow\nensure: absent\n",
    );
    bench.save();
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
    let graph: Json = serde_json::from_str(&bench.graph()).unwrap();
    assert_eq!(graph["b2xUserFlows"], Json::Array(Vec::new()));
}

#[test]
fn missing_secret_is_an_error_before_the_first_write() {
    let bench = Bench::new();
    let before = bench.graph();
    bench.save();
    fs::remove_file(bench.path("t/password.txt")).unwrap();
    let outcome = Program::new(bench.0.path()).run(["apply", "plan.json", "--yes"]);
    let error = "\
error: a secret cannot be read: the file t/password.txt cannot be read: No such file or directory (os error 2)
 |
 = help: put the secret there and run the command again; nothing was sent

error: a secret cannot be read: the variable FACEBOOK_SECRET is not set
 |
 = help: put the secret there and run the command again; nothing was sent

";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, error));
    assert_eq!(bench.graph(), before);

    // The values of the secrets at apply time do not matter.
    bench.write("t/password.txt", "another");
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
}

#[test]
fn plan_that_sets_a_secret_stays_valid_after_another_change_of_it() {
    let bench = Bench::with_a_change();
    bench.save();
    let with = |secret| Program::new(bench.0.path()).with("FACEBOOK_SECRET", secret);
    let apply = ["apply", "plan.json", "--yes"];
    // The plan takes the secret for unchanged.
    let (applied, trace) = with("rotated").run_traced(apply);
    assert_eq!((applied.code, writes(&trace)), (5, Vec::new()));
    let (applied, trace) = with(FACEBOOK).run_traced(apply);
    assert_eq!((applied.code, writes(&trace).len()), (0, 1));

    let plan = ["plan", "t", "--out", "plan.json", "--exit-code"];
    assert_eq!(with("rotated").run(plan).code, 10);
    // The plan says that the secret is set; its value is read at apply time.
    let (applied, trace) = with("rotated again").run_traced(apply);
    let patch = "PATCH /v1.0/identity/identityProviders/Facebook-OAUTH";
    assert_eq!((applied.code, writes(&trace)), (0, vec![patch.to_owned()]));
    assert_eq!(with("rotated again").run(plan).code, 0);
}

#[test]
fn paths_are_relative_to_the_directory_of_the_plan_command() {
    let bench = Bench::new();
    bench.save();
    bench.write("elsewhere/empty", "");
    let plan = bench.path("plan.json");
    let program = Program::new(bench.path("elsewhere")).with("FACEBOOK_SECRET", FACEBOOK);
    let outcome = program.run(["apply", plan.to_str().unwrap(), "--yes"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(bench.path("t/.entraflow/graph.json").exists());
}

#[test]
fn paths_on_another_machine_are_relative_to_the_working_directory() {
    let bench = Bench::new();
    bench.save();
    let there = Bench::new();
    fs::rename(bench.path("plan.json"), there.path("plan.json")).unwrap();
    drop(bench);
    assert_eq!(there.run(["apply", "plan.json", "--yes"]).code, 0);
    assert!(there.path("t/.entraflow/graph.json").exists());
}

#[test]
fn plan_that_sends_a_plaintext_secret_cannot_be_saved() {
    let bench = Bench::new();
    bench.edit(
        "t/objects.yaml",
        "{ env: FACEBOOK_SECRET }",
        "hunter2-in-clear",
    );
    let outcome = bench.run(["plan", "t", "--out", "plan.json"]);
    let error = "\
warning: this secret is in plain text
  --> t/objects.yaml:13:15
   |
13 | clientSecret: ****************
   |               ^^^^^^^^^^^^^^^^ everyone with access to the repository can read it
   |
   = help: move it to an environment variable, write `{ env: NAME }` here, and rotate the secret,
           because it has been exposed

error: the plan cannot be saved: it sends a secret that is written in clear
  --> t/objects.yaml:13:15
   |
13 | clientSecret: ****************
   |               ^^^^^^^^^^^^^^^^
   |
   = help: move it to a variable and write `{ env: NAME }` here; a saved plan holds no secrets

";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, error));
    assert!(!bench.path("plan.json").exists());

    assert_eq!(bench.run(["apply", "t", "--yes"]).code, 0);
    bench.edit("t/objects.yaml", "/postcode", "/zip");
    assert_eq!(bench.run(["plan", "t", "--out", "plan.json"]).code, 0);
    assert!(!bench.read("plan.json").contains("hunter2"));
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
}

#[test]
fn secret_never_appears_in_written_files() {
    let bench = Bench::new();
    bench.save();
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
    let files = [
        "plan.json",
        "t/.entraflow/applied.json",
        "t/.entraflow/apply.lock",
        "t/entraflow.lock",
        "t/.entraflow/graph.json",
    ];
    for secret in [PASSWORD, FACEBOOK] {
        let json = Json::from(secret).to_string();
        let url = |keep: &str| -> String {
            let byte = |byte: u8| match char::from(byte) {
                plain if plain.is_ascii_alphanumeric() || keep.contains(plain) => plain.to_string(),
                _ => format!("%{byte:02X}"),
            };
            secret.bytes().map(byte).collect()
        };
        let spellings = [
            secret.to_owned(),
            json.trim_matches('"').to_owned(),
            STANDARD.encode(secret),
            url("-_.~"),
            url("-_.~ ").replace(' ', "+"),
        ];
        for file in files {
            let text = bench.read(file);
            for spelling in &spellings {
                assert!(!text.contains(spelling), "{file} holds {spelling}");
            }
        }
    }
}

#[test]
fn plan_writes_nothing_beside_the_tenant() {
    let bench = Bench::with_a_new_tenant();
    let policy = "kind: authenticationFlowsPolicy\nselfServiceSignUp: { isEnabled: true }\n";
    bench.write("t/policy.yaml", policy);
    let planned = bench.run(["plan", "t", "--out", "plan.json"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    assert!(bench.path("plan.json").exists());
    assert!(!bench.path("t/.entraflow").exists());
}

/// The error of an apply that does not get the lock.
fn lock_is_held(holder: &str) -> String {
    format!(
        "error: another apply to this tenant is running: {holder}\nhelp: wait until it has ended; nothing was sent\n"
    )
}

#[test]
fn apply_is_rejected_while_the_lock_is_held() {
    let bench = Bench::with_a_change();
    bench.save();
    let holder = "process 4711, since 2026-01-02 03:04:05 UTC";
    bench.write("t/.entraflow/apply.lock", holder);
    let lock = File::open(bench.path("t/.entraflow/apply.lock")).unwrap();
    lock.try_lock().unwrap();

    for path in ["t", "plan.json"] {
        let outcome = bench.run(["apply", path, "--yes"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
        assert_eq!(outcome.stderr, lock_is_held(holder));
    }
    assert_eq!(bench.run(["plan", "t"]).code, 0);

    // A lock file without a holder does not block.
    drop(lock);
    assert_eq!(bench.run(["apply", "plan.json", "--yes"]).code, 0);
}

#[test]
fn lock_admits_one_of_two_applies_and_ends_with_the_process() {
    let bench = Bench::with_a_change();
    let first = WaitingApply::start(&bench);

    let second = bench.run(["apply", "t", "--yes"]);
    let holder = bench.read("t/.entraflow/apply.lock");
    assert_eq!((second.code, second.stderr), (4, lock_is_held(&holder)));
    let start = format!("process {}, since ", first.0.id());
    assert_eq!(&holder[..start.len()], start);

    first.kill();
    assert_eq!(bench.run(["apply", "t", "--yes"]).code, 0);
}

#[test]
fn unavailable_lock_stops_the_apply() {
    let bench = Bench::with_a_new_tenant();
    bench.write("t/.entraflow", "a file where the directory belongs");
    let outcome = bench.run(["apply", "t", "--yes"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.stderr,
        "error: the lock t/.entraflow/apply.lock cannot be acquired: File exists (os error 17)\n\
         help: apply writes its lock, journal and backups to `.entraflow` in the directory of the tenant document\n"
    );
}

#[test]
fn unwritable_plan_file_is_an_error() {
    let bench = Bench::new();
    let outcome = bench.run(["plan", "t", "--out", "nowhere/plan.json"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.stderr,
        "error: the plan cannot be saved to nowhere/plan.json: No such file or directory (os error 2)\n"
    );
}
