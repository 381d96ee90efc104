//! JUnit XML output, the format of test results in CI systems: one test case per declared object.
//!
//! A test passes if the tenant matches the files. The dialect is that of the xunit plugin of Jenkins.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::Address;
use crate::render::findings::{ReportFinding, ReportRule, findings};
use crate::render::reports::RunReport;
use crate::render::style::shown;

/// The subject of a test case, in output order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum TestSubject<'a> {
    Run,
    File(&'a str),
    Object(&'a Address),
}

pub(in crate::render) fn junit(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    let findings = findings(run);
    let mut cases: BTreeMap<TestSubject<'_>, Vec<&ReportFinding<'_>>> = BTreeMap::new();
    for address in run.declared.keys() {
        cases.insert(TestSubject::Object(address), Vec::new());
    }
    let mut notes = Vec::new();
    for finding in &findings {
        match finding.fails {
            true => cases
                .entry(TestSubject::of(finding))
                .or_default()
                .push(finding),
            false => notes.push(finding),
        }
    }
    let counts = Counts::of(&cases);
    let name = attribute(&format!("entraflow {}", run.command));
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
    let suite = attribute(&run.key());
    writeln!(
        out,
        r#"  <testsuite name="{suite}" tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}">"#
    )?;
    for (subject, findings) in &cases {
        case(out, run, subject, findings)?;
    }
    if !notes.is_empty() {
        let lines: Vec<_> = notes.iter().flat_map(|finding| lines(finding)).collect();
        writeln!(
            out,
            "    <system-out>{}</system-out>",
            text(&lines.join("\n"))
        )?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

impl<'a> TestSubject<'a> {
    fn of(finding: &ReportFinding<'a>) -> Self {
        match (finding.address, finding.rule, finding.span) {
            (Some(address), _, _) => Self::Object(address),
            (None, ReportRule::FileProblem, Some(span)) => Self::File(span.source.name()),
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
    fn of(cases: &BTreeMap<TestSubject<'_>, Vec<&ReportFinding<'_>>>) -> Self {
        let fails =
            |findings: &&Vec<&ReportFinding<'_>>| findings.iter().any(|finding| !is_skip(finding));
        let skips = |findings: &&Vec<&ReportFinding<'_>>| !findings.is_empty() && !fails(findings);
        Self {
            tests: cases.len(),
            failures: cases.values().filter(fails).count(),
            skipped: cases.values().filter(skips).count(),
        }
    }
}

fn is_skip(finding: &ReportFinding<'_>) -> bool {
    finding.rule == ReportRule::StepSkipped
}

fn case(
    out: &mut dyn Write,
    run: &RunReport,
    subject: &TestSubject<'_>,
    findings: &[&ReportFinding<'_>],
) -> io::Result<()> {
    let (class, name) = match subject {
        TestSubject::Run => ("run", run.command),
        TestSubject::File(file) => ("file", *file),
        TestSubject::Object(address) => (address.kind(), address.name()),
    };
    let (class, name) = (attribute(class), attribute(name));
    write!(out, r#"    <testcase classname="{class}" name="{name}""#)?;
    let failures = findings.iter().filter(|finding| !is_skip(finding));
    let Some(first) = failures.copied().next().or(findings.first().copied()) else {
        return writeln!(out, "/>");
    };
    // Most readers of JUnit show one failure per test.
    let tag = match is_skip(first) {
        true => "skipped",
        false => "failure",
    };
    let rule = attribute(first.rule.info().id);
    let message = attribute(&first.message);
    let lines: Vec<_> = findings.iter().flat_map(|finding| lines(finding)).collect();
    let lines = text(&lines.join("\n"));
    writeln!(
        out,
        ">\n      <{tag} type=\"{rule}\" message=\"{message}\">{lines}</{tag}>"
    )?;
    writeln!(out, "    </testcase>")
}

fn lines(finding: &ReportFinding<'_>) -> Vec<String> {
    let span = finding.span.map(|span| shown(span));
    let message = match span {
        Some(span) => format!("{span}: {}", finding.message),
        None => finding.message.clone(),
    };
    std::iter::once(message)
        .chain(finding.details_and_help())
        .collect()
}

/// Text between tags. Removes the two characters that XML forbids; control characters are already escaped in findings.
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
