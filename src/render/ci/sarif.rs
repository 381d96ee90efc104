//! SARIF 2.1.0 output, for code scanning: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.
//!
//! A SARIF result needs a location: a finding without one becomes a notification of the run.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::model::printable_json;
use crate::problem::Span;
use crate::render::findings::{ReportFinding, ReportRule, findings};
use crate::render::reports::RunReport;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(in crate::render) fn sarif(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    let findings = findings(run);
    let (located, unlocated): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.span.is_some());
    let results: Json = located.into_iter().map(result).collect();
    let notifications: Json = unlocated.into_iter().map(notification).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "entraflow",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ReportRule::all().map(rule).collect::<Json>(),
            }},
            "automationDetails": { "id": format!("entraflow/{}/{}/", run.command, run.key()) },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": !run.is_incomplete(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }]
    });
    writeln!(
        out,
        "{}",
        printable_json(&serde_json::to_string_pretty(&log)?)
    )
}

fn rule(rule: ReportRule) -> Json {
    let info = rule.info();
    json!({
        "id": info.id,
        "shortDescription": { "text": info.summary },
        "help": { "text": info.help },
        "defaultConfiguration": { "level": info.level.as_str() },
    })
}

fn result(finding: &ReportFinding<'_>) -> Json {
    let info = finding.rule.info();
    let related = finding.related.iter().map(|(span, message)| {
        let mut location = location(span);
        location["message"] = json!({ "text": text(message) });
        location
    });
    let mut result = json!({
        "ruleId": info.id,
        "ruleIndex": finding.rule.index(),
        "level": finding.level.as_str(),
        "message": message(finding),
        "locations": finding.span.map(location).into_iter().collect::<Json>(),
        "relatedLocations": related.collect::<Json>(),
    });
    // Line numbers change between runs; the message about an object does not.
    if finding.address.is_some() {
        let fingerprint = format!("{}: {}", info.id, finding.message);
        result["partialFingerprints"] = json!({ "entraflow/v1": fingerprint });
    }
    result
}

fn notification(finding: &ReportFinding<'_>) -> Json {
    let info = finding.rule.info();
    json!({
        "descriptor": { "id": info.id },
        "level": finding.level.as_str(),
        "message": message(finding),
    })
}

fn message(finding: &ReportFinding<'_>) -> Json {
    let lines = std::iter::once(finding.message.clone()).chain(finding.details_and_help());
    json!({ "text": text(&lines.collect::<Vec<_>>().join("\n")) })
}

/// Text without links: SARIF interprets `[text](target)` as one.
fn text(text: &str) -> String {
    text.replace("](", "\\](")
}

fn location(span: &Span) -> Json {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(span.source.name()) },
        "region": { "startLine": span.line(), "startColumn": span.column() },
    }})
}

/// A path as a URI: relative to the repository if the path is relative.
fn uri(path: &str) -> String {
    let unescaped = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(byte);
    let escape = |byte: u8| match unescaped(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let escaped: String = path.trim_start_matches("./").bytes().map(escape).collect();
    match path.starts_with('/') {
        true => format!("file://{escaped}"),
        false => escaped,
    }
}
