//! No output is a command of what reads it: hostile texts in files and in a tenant go through every command and format.
#![cfg(test)] // shows clippy that the helpers are for tests

use std::fs;

use tempfile::TempDir;

use crate::program::{Outcome, Program};
use crate::report_forms::FORMATS;

const TENANT: &str = "\
kind: tenant
name: \"##vso[task.complete]t \\x9b\"
tenantId: contoso.onmicrosoft.com
type: b2c
cloud: emulator
";

/// Commands of Azure Pipelines, GitHub Actions and TeamCity, and of a terminal, in every text that a document has.
const OBJECTS: &str = r###"
kind: userFlowAttribute
displayName: "Good ##[group]x \u202e"
description: "##vso[task.setvariable variable=AZ_TOKEN]evil"
dataType: string
---
kind: apiConnector
displayName: "::add-mask::plan \e[31m"
targetUrl: https://a.example.com/
authenticationConfiguration: { type: basic, username: "x ::error file=x::boo\u061c", password: { env: PASSWORD } }
---
kind: b2cUserFlow
id: hostile
userFlowType: signUpOrSignIn
userFlowTypeVersion: 3
apiConnectorConfiguration: { postAttributeCollection: "::add-mask::plan \e[31m" }
userAttributeAssignments:
  - userAttribute: "Good ##[group]x \u202e"
    displayName: "##teamcity[a \x85"
    isOptional: true
    requiresVerification: false
    userInputType: textBox
"###;

/// A command of a CI system or of a terminal in an output; the commands of the format `github` are its own.
fn command_in(output: &str, format: &str) -> Option<String> {
    let is_command = |line: &&str| {
        let line = match format {
            "github" => line.splitn(3, "::").last().unwrap_or_default(),
            _ => line,
        };
        let in_brackets = |rest: &str| {
            let word = rest.find(|c: char| !c.is_ascii_alphanumeric());
            word.is_some_and(|end| rest[end..].starts_with('['))
        };
        let in_colons = |rest: &str| {
            let word = rest.split("::").next().unwrap_or_default();
            word.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains("::")
        };
        let is_control = |c: char| {
            c.is_control() && c != '\t'
                || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        line.split("##").skip(1).any(in_brackets)
            || line
                .match_indices("::")
                .any(|(at, _)| in_colons(&line[at + 2..]))
            || line.chars().any(is_control)
    };
    output.lines().find(is_command).map(str::to_owned)
}

#[test]
fn commands_are_recognised_by_this_test() {
    for text in [
        "x ##vso[a]b",
        "##[group]",
        "a ::error::b",
        "a::error::b",
        "::error file=x::b",
        "\u{1b}",
        "\u{9b}",
        "\u{202e}",
    ] {
        assert!(command_in(text, "text").is_some(), "{text}");
    }
    assert_eq!(
        command_in("::error title=a::b: c\n# x [a] ## y", "github"),
        None
    );
}

/// Runs commands and collects what they write.
struct Runs<'a> {
    directory: &'a TempDir,
    checked: usize,
}

impl Runs<'_> {
    fn run(&mut self, arguments: &[&str], format: &str) -> Outcome {
        let program = Program::new(self.directory).with("PASSWORD", "correct horse battery");
        let outcome = program.run(arguments.iter().copied());
        for output in [&outcome.stdout, &outcome.stderr] {
            assert_eq!(command_in(output, format), None, "{arguments:?}");
        }
        self.checked += 1;
        outcome
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    fn every_format(&mut self, arguments: &[&str]) {
        for (format, _) in FORMATS {
            let report = format!("--report={format}=report.{format}");
            let options = ["--format", format, &report, "-vv"];
            self.run(&[arguments, &options].concat(), format);
            let report = self.directory.path().join(format!("report.{format}"));
            assert_eq!(
                command_in(&fs::read_to_string(report).unwrap(), format),
                None,
                "{arguments:?}"
            );
        }
    }
}

#[test]
fn no_output_contains_a_command_of_what_reads_it() {
    let directory = TempDir::new().unwrap();
    let mut runs = Runs {
        directory: &directory,
        checked: 0,
    };
    runs.file("tenant.yaml", TENANT);
    runs.file("objects.yaml", OBJECTS);
    runs.every_format(&["validate"]);
    runs.every_format(&["plan", "--requests"]);
    for arguments in [
        &["render"][..],
        &["diagram"],
        &["diagram", "--references"],
        &["diagram", "--format", "dot"],
        &["diagram", "--format", "svg"],
        &["plan", "--log-format", "json", "-vv"],
        &["list"],
        &["list", "--format", "json"],
        &["list", "--format", "name"],
        &["whoami"],
        &["whoami", "--format", "json"],
        &["plan", "--set-secrets", "apiConnector/##vso[task.complete]"],
        &["explain", "##vso[task.complete]"],
        &["plan", "--##vso[task.complete]", "::add-mask::x"],
        &["plan", "##vso[task.complete]\u{1b}"],
    ] {
        runs.run(arguments, "text");
    }
    let applied = runs.run(&["apply", "--yes"], "text");
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    runs.file(
        "objects.yaml",
        &OBJECTS.replace("evil", "better").replace("boo", "bar"),
    );
    runs.every_format(&["drift"]);
    runs.run(&["export", "--out", "exported"], "text");
    runs.every_format(&["apply", "--yes"]);
    runs.file(
        "objects.yaml",
        "kind: \"##vso[task.complete]\"\n\"::add-mask::plan\": 1\nkid: ::error::x\n",
    );
    runs.every_format(&["validate"]);
    runs.file(
        "objects.yaml",
        "kind: apiConnector\n##vso[task.complete]: [ ::error::x\n",
    );
    runs.every_format(&["validate"]);
    assert_eq!(runs.checked, 7 * 6 + 17);
}
