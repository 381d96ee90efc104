//! JUnit XML output, the format of test results in CI systems: one test case per declared object.
//!
//! A test passes if the tenant matches the files; that of an object which an apply will change does so too, unless the
//! user wants it to fail. The dialect is that of the xunit plugin of Jenkins.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::Address;
use crate::render::findings::{ReportFinding, ReportRule, findings};
use crate::render::reports::{PendingTests, RunReport};
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
        match finding.fails || finding.rule.is_pending() {
            true => cases
                .entry(TestSubject::of(finding))
                .or_default()
                .push(finding),
            false => notes.push(finding),
        }
    }
    let counts = Counts::of(&cases, run.pending);
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
    fn of(
        cases: &BTreeMap<TestSubject<'_>, Vec<&ReportFinding<'_>>>,
        pending: PendingTests,
    ) -> Self {
        let number = |wanted: Verdict| {
            let verdicts = cases
                .values()
                .map(|findings| Verdict::of(findings, pending));
            verdicts.filter(|verdict| *verdict == wanted).count()
        };
        Self {
            tests: cases.len(),
            failures: number(Verdict::Fails),
            skipped: number(Verdict::IsSkipped),
        }
    }
}

/// How a test ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Passes,
    IsSkipped,
    Fails,
}

impl Verdict {
    /// The worst of these findings.
    fn of(findings: &[&ReportFinding<'_>], pending: PendingTests) -> Self {
        let verdicts = findings
            .iter()
            .map(|finding| Self::of_one(finding, pending));
        verdicts.max().unwrap_or(Self::Passes)
    }

    fn of_one(finding: &ReportFinding<'_>, pending: PendingTests) -> Self {
        match (finding.rule, pending) {
            (ReportRule::StepSkipped, _) => Self::IsSkipped,
            (rule, PendingTests::Pass) if rule.is_pending() => Self::Passes,
            _ => Self::Fails,
        }
    }
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
    if findings.is_empty() {
        return writeln!(out, "/>");
    }
    let verdict = Verdict::of(findings, run.pending);
    let lines: Vec<_> = findings.iter().flat_map(|finding| lines(finding)).collect();
    let lines = text(&lines.join("\n"));
    let tag = match verdict {
        Verdict::Passes => {
            return writeln!(
                out,
                ">\n      <system-out>{lines}</system-out>\n    </testcase>"
            );
        }
        Verdict::IsSkipped => "skipped",
        Verdict::Fails => "failure",
    };
    // Most readers of JUnit show one failure per test.
    let mut worst = findings.iter().copied();
    let worst = worst.find(|finding| Verdict::of_one(finding, run.pending) == verdict);
    let (rule, message) = worst.map_or(("", ""), |it| (it.rule.info().id, &it.message));
    let (rule, message) = (attribute(rule), attribute(message));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, samples};
    use crate::render::reports::{PlanWithCost, ReadStats, RequestEstimate};

    fn report(pending: PendingTests) -> String {
        let plan = samples::plan(vec![samples::step_of("kind/name", Action::Create, "")]);
        let cost = RequestEstimate {
            reading: ReadStats::Graph {
                requests: 1,
                round_trips: 1,
            },
            verify: 0,
            verify_round_trips: 0,
        };
        let run = RunReport {
            planned: Some(PlanWithCost { plan, cost }),
            pending,
            ..RunReport::new("plan", &[])
        };
        let mut text = Vec::new();
        junit(&mut text, &run).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn pending_change_passes_and_says_what_it_is() {
        let text = report(PendingTests::Pass);
        assert!(text.contains(r#"tests="1" failures="0""#), "{text}");
        let case = "name=\"name\">\n      <system-out>kind/name will be created\n   1  create</system-out>\n    </testcase>";
        assert!(text.contains(case), "{text}");
    }

    #[test]
    fn pending_change_fails_for_who_wants_it() {
        let text = report(PendingTests::Fail);
        assert!(text.contains(r#"tests="1" failures="1""#), "{text}");
        let failure = r#"<failure type="pending-create" message="kind/name will be created">"#;
        assert!(text.contains(failure), "{text}");
    }
}
