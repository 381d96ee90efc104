//! Findings in SARIF 2.1.0, for code scanning: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.
//!
//! A finding without a place is no result there; it is told as a notification of the run.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::account::Account;
use super::findings::{Finding, findings};
use super::rules::Rule;
use crate::problem::Place;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    let findings = findings(account);
    let (placed, unplaced): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.place.is_some());
    let results: Json = placed.into_iter().map(result).collect();
    let notifications: Json = unplaced.into_iter().map(notification).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "entraflow",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Rule::ALL.map(rule),
            }},
            "automationDetails": { "id": format!("entraflow/{}/{}/", account.command, account.key()) },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": !account.is_stopped(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }]
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn rule(rule: Rule) -> Json {
    let facts = rule.facts();
    json!({
        "id": facts.id,
        "shortDescription": { "text": facts.summary },
        "help": { "text": facts.help },
        "defaultConfiguration": { "level": facts.level.word() },
    })
}

fn result(finding: &Finding<'_>) -> Json {
    let facts = finding.rule.facts();
    let related = finding.related.iter().map(|(place, message)| {
        let mut location = location(place);
        location["message"] = json!({ "text": text(message) });
        location
    });
    let mut result = json!({
        "ruleId": facts.id,
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": finding.level.word(),
        "message": message(finding),
        "locations": finding.place.map(location).into_iter().collect::<Json>(),
        "relatedLocations": related.collect::<Json>(),
    });
    // Lines move; what is said of an object stays the same.
    if finding.address.is_some() {
        let print = format!("{}: {}", facts.id, finding.message);
        result["partialFingerprints"] = json!({ "entraflow/v1": print });
    }
    result
}

fn notification(finding: &Finding<'_>) -> Json {
    let facts = finding.rule.facts();
    json!({
        "descriptor": { "id": facts.id },
        "level": finding.level.word(),
        "message": message(finding),
    })
}

fn message(finding: &Finding<'_>) -> Json {
    let lines = std::iter::once(finding.message.clone()).chain(finding.more());
    json!({ "text": text(&lines.collect::<Vec<_>>().join("\n")) })
}

/// A text in which nothing is a link: SARIF takes `[text](target)` for one.
fn text(text: &str) -> String {
    text.replace("](", "\\](")
}

fn location(place: &Place) -> Json {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(place.source.name()) },
        "region": { "startLine": place.line(), "startColumn": place.column() },
    }})
}

/// A path as a URI: relative to the repository where the path is.
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
