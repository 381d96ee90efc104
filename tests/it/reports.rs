//! Reports for CI and reviewers, in every format and for every result of a run.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;

use entraflow::assumptions::{Assumptions, InlineLinks, SignUpOff};
use entraflow::emulator::{self, Emulator, Options};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::example_files::{copy, examples};
use crate::expected;
use crate::program::{Outcome, Program};
use crate::report_forms::{FORMATS, check, undated};

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
limits: { maxWaitSeconds: 0 }
";

const BEFORE: &str = "\
kind: apiConnector
displayName: Validate postcode
targetUrl: https://api.contoso.com/postcode
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
---
kind: userFlowAttribute
displayName: Loyalty number
dataType: string
---
kind: userFlowAttribute
displayName: Shoe size
dataType: string
---
kind: userFlowAttribute
displayName: Hat size
dataType: string
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [EmailOtpSignup-OAUTH]
apiConnectorConfiguration: { postAttributeCollection: Validate postcode }
";

/// A change, a removal, a creation, an object that is no longer declared, and a secret in clear text.
const AFTER: &str = "\
kind: apiConnector
displayName: Validate postcode
targetUrl: https://api.contoso.com/v2/postcode
authenticationConfiguration: { type: basic, username: flow, password: battery-staple }
---
kind: userFlowAttribute
displayName: Loyalty number
dataType: string
---
kind: userFlowAttribute
displayName: Shoe size
ensure: absent
---
kind: userFlowAttribute
displayName: Glove size
dataType: string
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: [MSASignup-OAUTH]
apiConnectorConfiguration: { postAttributeCollection: null }
";

/// The files of a tenant, its emulator, and a directory for reports.
struct Bench {
    files: TempDir,
    reports: TempDir,
    runtime: Runtime,
    emulator: Emulator,
}

impl Bench {
    fn new(objects: &str) -> Self {
        Self::with(objects, InlineLinks::Kept)
    }

    fn with(objects: &str, inline_links: InlineLinks) -> Self {
        let options = Options {
            tenant: "contoso-dev.onmicrosoft.com".to_owned(),
            assumptions: Assumptions::default()
                .with(inline_links)
                .with(SignUpOff::Served),
            ..Options::default()
        };
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(emulator::start(options)).unwrap();
        let bench = Self {
            files: TempDir::new().unwrap(),
            reports: TempDir::new().unwrap(),
            runtime,
            emulator,
        };
        bench.file("tenant.yaml", TENANT);
        bench.file("objects.yaml", objects);
        bench
    }

    /// A tenant in the state `BEFORE`, with files that declare `AFTER`.
    fn with_pending_changes() -> Self {
        let bench = Self::new(BEFORE);
        assert_eq!(bench.run(&["apply", "--yes"]).code, 0);
        bench.file("objects.yaml", AFTER);
        bench
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.files.path().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.emulator.url())
            .with("PASSWORD", "battery-staple");
        program.run(arguments.iter().copied())
    }

    fn fault(&self, fault: &str) {
        let url = format!("{}/_emulator/faults", self.emulator.url());
        let http = crate::loopback::http();
        let sent = http.post(url).body(fault.to_owned()).send();
        assert_eq!(self.runtime.block_on(sent).unwrap().status(), 204);
    }

    /// Runs a command with a report in every format, and checks each against its format.
    fn run_with_reports(&self, arguments: &[&str]) -> (Outcome, Reports<'_>) {
        let options = FORMATS.map(|(format, extension)| {
            let file = self.reports.path().join(format!("report.{extension}"));
            format!("--report={format}={}", file.display())
        });
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let outcome = self.run(&[arguments, &options].concat());
        let reports = Reports(self);
        for (format, extension) in FORMATS {
            check(format, &reports.read(extension));
        }
        (outcome, reports)
    }
}

/// The reports of the last run.
struct Reports<'a>(&'a Bench);

impl Reports<'_> {
    fn read(&self, extension: &str) -> String {
        let Self(bench) = self;
        let file = bench.reports.path().join(format!("report.{extension}"));
        let text = fs::read_to_string(file).unwrap();
        undated(&text).replace(bench.emulator.url(), "http://emulator")
    }

    /// Compares all of them but the text with files of the repository.
    fn assert_files(&self, name: &str) {
        for (_, extension) in FORMATS.iter().filter(|(format, _)| *format != "text") {
            let file = format!("tests/it/expected/reports/{name}.{extension}");
            expected::assert_file(&file, &self.read(extension));
        }
    }
}

#[test]
fn plan_report_in_every_format() {
    let bench = Bench::with_pending_changes();
    let (outcome, reports) = bench.run_with_reports(&["plan"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    reports.assert_files("plan");
    let actual = outcome
        .stdout
        .replace(bench.emulator.url(), "http://emulator");
    assert!(reports.read("txt").ends_with(&actual));
}

#[test]
fn partial_apply_report_in_every_format() {
    let bench = Bench::with_pending_changes();
    let id = r#""headers": {"request-id": "94fb3b52-452a-4535-a601-69e0a90e3aa2"}"#;
    bench.fault(&format!(
        r#"[{{"method": "PATCH", "path": "/identity/apiConnectors", "effect": {{"status": {{"status": 400, {id}}}}}}}]"#
    ));
    let (outcome, reports) = bench.run_with_reports(&["apply", "--yes"]);
    assert_eq!(outcome.code, 6, "{}", outcome.stderr);
    reports.assert_files("apply");
}

#[test]
fn apply_report_names_the_properties_that_graph_refused_in_a_create() {
    let bench = Bench::with(BEFORE, InlineLinks::Refused);
    let (outcome, reports) = bench.run_with_reports(&["apply", "--yes"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let words: Vec<_> = outcome.stdout.split_whitespace().collect();
    let sentence = "Graph refused apiConnectorConfiguration and identityProviders in the create of b2xUserFlow objects: \
                    they were created without, and linked afterwards.";
    assert!(words.join(" ").contains(sentence), "{}", outcome.stdout);
    let report: serde_json::Value = serde_json::from_str(&reports.read("json")).unwrap();
    let names = json!({"b2xUserFlow": ["apiConnectorConfiguration", "identityProviders"]});
    assert_eq!(report["refusedAtCreation"], names);
}

#[test]
fn complete_apply_report_in_every_format() {
    let bench = Bench::with_pending_changes();
    for steps in [6, 0] {
        let (outcome, reports) = bench.run_with_reports(&["apply", "--yes"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let report: serde_json::Value = serde_json::from_str(&reports.read("json")).unwrap();
        assert_eq!(report["success"], true);
        assert_eq!(report["steps"].as_array().unwrap().len(), steps);
        let verification = if steps == 0 { "skipped" } else { "matches" };
        assert_eq!(report["verification"], verification);
        assert!(reports.read("xml").contains(r#"tests="5" failures="0""#));
    }
}

#[test]
fn verify_mismatch_report_lists_fields() {
    let bench = Bench::with_pending_changes();
    // Graph accepts the change and does not store it.
    bench.fault(
        r#"[{"method": "PATCH", "path": "/identity/apiConnectors", "effect": {"status": {"status": 204}}}]"#,
    );
    let (outcome, reports) = bench.run_with_reports(&["apply", "--yes", "--wait", "0"]);
    assert_eq!(outcome.code, 6, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_str(&reports.read("json")).unwrap();
    assert_eq!(report["verification"], "differs");
    assert_eq!(
        report["deviations"],
        serde_json::json!([{
            "address": "apiConnector/Validate postcode",
            "deviation": "differs",
            "changes": [{
                "path": "targetUrl",
                "before": "https://api.contoso.com/postcode",
                "after": "https://api.contoso.com/v2/postcode",
            }],
        }])
    );
    let comment = reports.read("md");
    assert!(comment.contains("<h4>Failures</h4>"), "{comment}");
}

#[test]
fn verify_failure_report_gives_the_reason() {
    let bench = Bench::new(BEFORE);
    bench.fault(
        r#"[{"method": "GET", "path": "/identity/apiConnectors", "skip": 1, "times": 9, "effect": {"status": {"status": 403}}}]"#,
    );
    let (outcome, reports) = bench.run_with_reports(&["apply", "--yes"]);
    assert_eq!(outcome.code, 6, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_str(&reports.read("json")).unwrap();
    assert_eq!(report["verification"], "unknown");
    assert!(
        report["verificationFailure"]["message"]
            .as_str()
            .unwrap()
            .contains("403")
    );
    assert!(report["verificationFailure"]["help"].is_string());
}

#[test]
fn validate_report_in_every_format() {
    let bench = Bench::new(BEFORE);
    let (outcome, reports) = bench.run_with_reports(&["validate"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, reports.read("txt"));
    assert_eq!(reports.read("github"), "");
    assert!(reports.read("xml").contains(r#"tests="5" failures="0""#));

    bench.file(
        "more.yaml",
        "kind: b2xUserFlow\nid: Partner\nuserFlowTyp: signIn\n",
    );
    for command in ["validate", "plan", "apply"] {
        let (outcome, reports) = bench.run_with_reports(&[command]);
        assert_eq!((outcome.code, &*outcome.stdout), (3, ""));
        assert_eq!(outcome.stderr, reports.read("txt"));
        if command == "validate" {
            reports.assert_files("problems");
        }
    }
}

#[test]
fn pages_name_the_commit_of_the_pipeline() {
    let bench = Bench::new(BEFORE);
    let commit = "c242c547a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5";
    let page = |format: &str| {
        let program = Program::new(bench.files.path())
            .with("ENTRAFLOW_EMULATOR", bench.emulator.url())
            .with("GITHUB_SHA", commit);
        program.run(["plan", "--format", format]).stdout
    };
    let (html, markdown) = (page("html"), page("markdown"));
    let row = format!("<dt>Commit</dt>\n<dd><code>{commit}</code></dd>");
    assert!(html.contains(&row), "{html}");
    let row = format!("<tr><td>Commit</td><td><code>{commit}</code></td></tr>");
    assert!(markdown.contains(&row), "{markdown}");
}

#[test]
fn junit_report_of_a_plan_fails_for_who_wants_it() {
    let bench = Bench::with_pending_changes();
    let (_, reports) = bench.run_with_reports(&["plan", "--junit", "pending=fail"]);
    assert!(reports.read("xml").contains(r#"tests="5" failures="4""#));
}

#[test]
fn drift_report_in_every_format() {
    let bench = Bench::with_pending_changes();
    let (outcome, reports) = bench.run_with_reports(&["drift"]);
    assert_eq!(outcome.code, 11, "{}", outcome.stderr);
    reports.assert_files("drift");
}

#[test]
fn refused_plan_and_incomplete_run_report_in_every_format() {
    let bench = Bench::with_pending_changes();
    let tenant = format!("{TENANT}manage: {{ userFlowAttribute: {{ protect: ['Shoe *'] }} }}\n");
    bench.file("tenant.yaml", &tenant);
    for command in ["plan", "apply"] {
        let (outcome, reports) = bench.run_with_reports(&[command]);
        assert_eq!(outcome.code, 4, "{}", outcome.stderr);
        let comment = reports.read("md");
        assert!(comment.contains("<h4>Objections</h4>"), "{comment}");
        assert!(
            reports
                .read("github")
                .starts_with("::error file=objects.yaml,line=10,col=7,")
        );
    }
    bench.file("tenant.yaml", TENANT);
    let (outcome, reports) = bench.run_with_reports(&["apply"]);
    assert_eq!(outcome.code, 1, "there is no answer to the prompt");
    let comment = reports.read("md");
    assert!(comment.contains("<h4>Error</h4>"), "{comment}");

    bench.fault(r#"[{"times": 9, "effect": {"status": {"status": 403}}}]"#);
    let (outcome, reports) = bench.run_with_reports(&["plan"]);
    assert_eq!(outcome.code, 7, "{}", outcome.stderr);
    let log: serde_json::Value = serde_json::from_str(&reports.read("sarif")).unwrap();
    assert_eq!(
        log["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
}

#[test]
fn comment_marker_is_the_same_for_valid_and_invalid_files() {
    let bench = Bench::new(BEFORE);
    let marker = |reports: &Reports<'_>| reports.read("md").lines().next().unwrap().to_owned();
    let expected = marker(&bench.run_with_reports(&["plan"]).1);
    assert_eq!(
        expected,
        "<!-- entraflow plan: contoso-dev.onmicrosoft.com -->"
    );
    bench.file("more.yaml", "kind: b2xUserFlow\n");
    assert_eq!(marker(&bench.run_with_reports(&["plan"]).1), expected);
}

#[test]
fn comment_states_what_a_large_plan_omits() {
    let attribute = |number| {
        format!(
            "kind: userFlowAttribute\ndisplayName: Attribute {number}\ndataType: string\ndescription: {}\n",
            "x".repeat(80)
        )
    };
    let objects: Vec<_> = (0..500).map(attribute).collect();
    let bench = Bench::new(&objects.join("---\n"));
    let (outcome, reports) = bench.run_with_reports(&["plan"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let comment = reports.read("md");
    assert!(comment.contains("**Plan: 500 to create, in 500 steps.**"));
    let shown = comment.matches("<details><summary><code>+ ").count();
    let last = comment.lines().last().unwrap();
    let omitted = format!("**{} of 500 changed objects omitted:**", 500 - shown);
    assert!(shown > 100 && last.starts_with(&omitted), "{shown}: {last}");
    assert!(
        comment.contains("460 objects not shown"),
        "the diagram has its own limit"
    );
}

#[test]
fn comment_truncates_a_large_object() {
    let bench = Bench::new(
        "kind: b2xUserFlow\nid: Partner\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\nlanguages:\n  - { id: fr, pages: { selfasserted1_1: { file: page.txt } } }\n",
    );
    let entry = |n| {
        format!(
            r#"{{"ElementType": "UxElement", "ElementId": null, "StringId": "s{n}", "Override": true, "Value": "v"}}"#
        )
    };
    let entries: Vec<_> = (0..2000).map(entry).collect();
    bench.file(
        "page.txt",
        &format!(r#"{{"LocalizedStrings": [{}]}}"#, entries.join(",")),
    );
    let (outcome, reports) = bench.run_with_reports(&["plan"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let comment = reports.read("md");
    assert!(comment.contains(" more lines omitted. The text and JSON reports"));
}

#[test]
fn reports_escape_names_and_values() {
    let nasty = "@team #1 <img src=x onerror=alert(1)> <!-- --> | `a` ```b``` [x](https://evil.example) </code></details> %0A::error::x & \\\"";
    let text = nasty.replace('\\', "\\\\").replace('"', "\\\"");
    let objects = format!(
        "kind: apiConnector\ndisplayName: \"{text}\"\ntargetUrl: https://api.contoso.com/a\nauthenticationConfiguration: {{ type: basic, username: \"```\\n\\n# {text}\", password: {{ env: PASSWORD }} }}\n"
    );
    let bench = Bench::new(&objects);
    bench.file(
        "tenant.yaml",
        &TENANT.replace("name: contoso-dev", "name: \"--> <b>contoso</b> @all `x`\""),
    );
    let (outcome, reports) = bench.run_with_reports(&["plan"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let comment = reports.read("md");
    assert!(
        comment.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "{comment}"
    );
    assert_eq!(reports.read("github").lines().count(), 1);
}

#[test]
fn unwritable_report_warns_and_keeps_the_exit_code() {
    let bench = Bench::with_pending_changes();
    let good = bench.reports.path().join("good.md");
    let good = format!("markdown={}", good.display());
    let arguments = [
        "plan",
        "--exit-code",
        "--report",
        "sarif=nowhere/x",
        "--report",
        &good,
    ];
    let outcome = bench.run(&arguments);
    assert_eq!(outcome.code, 10);
    assert!(outcome.stdout.starts_with("Plan for contoso-dev on "));
    assert!(
        outcome.stderr.ends_with("warning: the sarif report cannot be written to nowhere/x: No such file or directory (os error 2)\n"),
        "{}",
        outcome.stderr
    );
    assert!(bench.reports.path().join("good.md").exists());
}

#[test]
fn format_replaces_text_and_report_follows_it_on_stdout() {
    let bench = Bench::with_pending_changes();
    let instead = bench.run(&["plan", "--format", "github"]).stdout;
    check("github", &instead);
    let text = bench.run(&["plan"]).stdout;
    let after = bench.run(&["plan", "--report", "github=-"]).stdout;
    assert_eq!(after, format!("{text}{instead}"));
}

#[test]
fn report_files_are_not_read_as_documents() {
    let bench = Bench::new(BEFORE);
    for command in ["validate", "plan", "apply"] {
        let outcome = bench.run(&[command, "--report", "json=report.json"]);
        let code = if command == "apply" { 1 } else { 0 };
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
    }
    assert_eq!(bench.run(&["validate"]).code, 0);
}

#[test]
fn readme_lists_every_rule() {
    let log = Bench::new(BEFORE)
        .run(&["validate", "--format", "sarif"])
        .stdout;
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let names = rules
        .iter()
        .map(|rule| format!("`{}`", rule["id"].as_str().unwrap()));
    let readme = fs::read_to_string(examples().parent().unwrap().join("README.md")).unwrap();
    let (_, list) = readme
        .split_once("a rule with a name that stays: ")
        .unwrap();
    let (list, _) = list.split_once('.').unwrap();
    let listed: Vec<_> = list
        .split_whitespace()
        .map(|name| name.trim_end_matches(','))
        .collect();
    assert_eq!(listed, names.collect::<Vec<_>>());
}

#[test]
fn example_comment_matches_the_expected_file() {
    let directory = TempDir::new().unwrap();
    copy(&examples().join("workforce"), directory.path());
    let outcome = Program::new(directory.path()).run(["plan", "--format", "markdown"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    check("markdown", &outcome.stdout);
    let comment = undated(&outcome.stdout);
    expected::assert_file("tests/it/expected/report_workforce.md", &comment);
}
