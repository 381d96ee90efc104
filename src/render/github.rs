//! Findings as workflow commands of GitHub Actions, which show them on their lines in a pull request.
//!
//! Escapes as the runner unescapes: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.

use std::io::{self, Write};

use super::account::Account;
use super::findings::{Finding, findings};
use super::rules::Level;

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    findings(account)
        .iter()
        .try_for_each(|finding| writeln!(out, "{}", command(finding)))
}

fn command(finding: &Finding<'_>) -> String {
    let word = match finding.level {
        level @ (Level::Error | Level::Warning) => level.word(),
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = finding.place {
        properties.push(format!("file={}", property(place.source.name())));
        properties.push(format!("line={}", place.line()));
        properties.push(format!("col={}", place.column()));
    }
    let title = format!("entraflow: {}", finding.rule.facts().id);
    properties.push(format!("title={}", property(&title)));
    let lines: Vec<_> = std::iter::once(finding.message.clone())
        .chain(finding.more())
        .collect();
    format!(
        "::{word} {}::{}",
        properties.join(","),
        data(&lines.join("\n"))
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
