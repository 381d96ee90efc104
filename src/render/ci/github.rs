//! Workflow commands of GitHub Actions, which become annotations in a pull request.
//!
//! Escapes what the runner unescapes: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.

use std::io::{self, Write};

use crate::model::printable;
use crate::render::findings::{Level, ReportFinding, findings};
use crate::render::reports::RunReport;

pub(in crate::render) fn github(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    findings(run)
        .iter()
        .try_for_each(|finding| writeln!(out, "{}", command(finding)))
}

fn command(finding: &ReportFinding<'_>) -> String {
    let word = match finding.level {
        level @ (Level::Error | Level::Warning) => level.as_str(),
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(span) = finding.span {
        properties.push(format!("file={}", property(span.source.name())));
        properties.push(format!("line={}", span.line()));
        properties.push(format!("col={}", span.column()));
    }
    let title = format!("entraflow: {}", finding.rule.info().id);
    properties.push(format!("title={}", property(&title)));
    let lines: Vec<_> = std::iter::once(finding.message.clone())
        .chain(finding.details_and_help())
        .collect();
    format!(
        "::{word} {}::{}",
        properties.join(","),
        data(&lines.join("\n"))
    )
}

/// A text of a command; its lines are printable already.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&printable(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}
