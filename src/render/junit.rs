//! Findings as JUnit XML, the form that CI systems take test results in: one test case for each declared object.
//!
//! A test passes where the tenant is as the files say. The form is that of the xunit plugin of Jenkins.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::account::Account;
use super::findings::{Finding, findings};
use super::rules::Rule;
use super::style::shown;
use crate::model::Address;

/// What a test is about, in the order in which they are listed.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Subject<'a> {
    Run,
    File(&'a str),
    Object(&'a Address),
}

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    let findings = findings(account);
    let mut cases: BTreeMap<Subject<'_>, Vec<&Finding<'_>>> = BTreeMap::new();
    for address in account.declared.keys() {
        cases.insert(Subject::Object(address), Vec::new());
    }
    let mut remarks = Vec::new();
    for finding in &findings {
        match finding.fails {
            true => cases.entry(Subject::of(finding)).or_default().push(finding),
            false => remarks.push(finding),
        }
    }
    let counts = Counts::of(&cases);
    let name = attribute(&format!("entraflow {}", account.command));
    let Counts {
        tests,
        failures,
        skipped,
    } = counts;
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="{name}" tests="{tests}" failures="{failures}" errors="0">"#
    )?;
    let suite = attribute(&account.key());
    writeln!(
        out,
        r#"  <testsuite name="{suite}" tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}">"#
    )?;
    for (subject, findings) in &cases {
        case(out, account, subject, findings)?;
    }
    if !remarks.is_empty() {
        let lines: Vec<_> = remarks.iter().flat_map(|finding| lines(finding)).collect();
        writeln!(
            out,
            "    <system-out>{}</system-out>",
            text(&lines.join("\n"))
        )?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

impl<'a> Subject<'a> {
    fn of(finding: &Finding<'a>) -> Self {
        match (finding.address, finding.rule, finding.place) {
            (Some(address), _, _) => Self::Object(address),
            (None, Rule::FileProblem, Some(place)) => Self::File(place.source.name()),
            (None, _, _) => Self::Run,
        }
    }
}

struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counts {
    fn of(cases: &BTreeMap<Subject<'_>, Vec<&Finding<'_>>>) -> Self {
        let fails =
            |findings: &&Vec<&Finding<'_>>| findings.iter().any(|finding| !is_skip(finding));
        let skips = |findings: &&Vec<&Finding<'_>>| !findings.is_empty() && !fails(findings);
        Self {
            tests: cases.len(),
            failures: cases.values().filter(fails).count(),
            skipped: cases.values().filter(skips).count(),
        }
    }
}

fn is_skip(finding: &Finding<'_>) -> bool {
    finding.rule == Rule::StepSkipped
}

fn case(
    out: &mut dyn Write,
    account: &Account,
    subject: &Subject<'_>,
    findings: &[&Finding<'_>],
) -> io::Result<()> {
    let (class, name) = match subject {
        Subject::Run => ("run", account.command),
        Subject::File(file) => ("file", *file),
        Subject::Object(address) => (address.kind(), address.name()),
    };
    let (class, name) = (attribute(class), attribute(name));
    write!(out, r#"    <testcase classname="{class}" name="{name}""#)?;
    let graves = findings.iter().filter(|finding| !is_skip(finding));
    let Some(first) = graves.copied().next().or(findings.first().copied()) else {
        return writeln!(out, "/>");
    };
    // Most readers of JUnit show one failure a test.
    let tag = match is_skip(first) {
        true => "skipped",
        false => "failure",
    };
    let kind = attribute(first.rule.facts().id);
    let message = attribute(&first.message);
    let lines: Vec<_> = findings.iter().flat_map(|finding| lines(finding)).collect();
    let lines = text(&lines.join("\n"));
    writeln!(
        out,
        ">\n      <{tag} type=\"{kind}\" message=\"{message}\">{lines}</{tag}>"
    )?;
    writeln!(out, "    </testcase>")
}

fn lines(finding: &Finding<'_>) -> Vec<String> {
    let place = finding.place.map(|place| shown(place));
    let message = match place {
        Some(place) => format!("{place}: {}", finding.message),
        None => finding.message.clone(),
    };
    std::iter::once(message).chain(finding.more()).collect()
}

/// A text between tags. What XML cannot hold, a finding does not have: control characters are shown in it.
fn text(text: &str) -> String {
    let is_allowed = |c: &char| !matches!(c, '\u{fffe}' | '\u{ffff}');
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn attribute(text: &str) -> String {
    self::text(&shown(&text)).replace('"', "&quot;")
}
