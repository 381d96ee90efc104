//! Text output of rehearsals.

use std::io::{self, Write};

use super::indented;
use crate::rehearsal::Rehearsal;
use crate::render::rehearsal::{details, summary, title};
use crate::render::style::{Style, Tone};

/// The findings, and the result in one sentence.
pub(in crate::render) fn rehearsal(
    out: &mut dyn Write,
    rehearsal: &Rehearsal,
    style: Style,
) -> io::Result<()> {
    for finding in &rehearsal.findings {
        let (tone, label) = match finding.is_certain() {
            true => (Tone::Bad, "error"),
            false => (Tone::Changed, "warning"),
        };
        let title = format!("{label}: rehearsal: {}", title(finding));
        writeln!(out, "\n{}", style.words(tone, 0, &title).join("\n"))?;
        indented(out, 2, details(finding, style), style)?;
    }
    let tone = match rehearsal.has_failed() {
        true => Tone::Bad,
        false => Tone::Strong,
    };
    let summary = style.words(tone, 0, &summary(rehearsal));
    writeln!(out, "\n{}", summary.join("\n"))?;
    let help =
        "help: change the files; `entraflow apply --no-rehearse` applies the plan nevertheless";
    let help = rehearsal.has_failed().then(|| help.to_owned());
    indented(out, 0, help, style)
}
