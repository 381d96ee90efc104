//! Text output of `check-sign-in`.

use std::io::{self, Write};

use crate::render::reports::SignInResult;
use crate::render::style::{Style, Tone, shown};
use crate::render::{layout, strings};
use crate::sign_in_check::{SignInEntry, SignInOutcome, SignInReport};

/// The width of the longest word for an outcome.
const OUTCOME: usize = 11;

pub(in crate::render) fn sign_in(
    out: &mut dyn Write,
    result: &SignInResult,
    style: Style,
) -> io::Result<()> {
    let SignInResult {
        target,
        report,
        reading,
    } = result;
    layout::header(out, "Sign-in of", target, style)?;
    flows(out, report, style)?;
    writeln!(out, "{}", layout::read_summary(*reading))
}

/// The flows, below the result of an apply.
pub(in crate::render) fn sign_in_after_apply(
    out: &mut dyn Write,
    report: &SignInReport,
    style: Style,
) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint(Tone::Strong, "Sign-in:"))?;
    flows(out, report, style)
}

/// The flows and their summary.
fn flows(out: &mut dyn Write, report: &SignInReport, style: Style) -> io::Result<()> {
    for entries in report.flows() {
        let flow = entries.first().map(|entry| shown(&entry.flow));
        let flow = style.paint(Tone::Strong, &flow.unwrap_or_default());
        writeln!(out, "\n{flow}")?;
        entries
            .iter()
            .try_for_each(|entry| self::entry(out, entry, style))?;
    }
    let tone = match report.is_success() {
        true => Tone::Strong,
        false => Tone::Bad,
    };
    let summary = strings::sign_in_summary(report);
    writeln!(out, "\n{}", style.paint(tone, &summary))
}

fn entry(out: &mut dyn Write, entry: &SignInEntry, style: Style) -> io::Result<()> {
    let SignInEntry {
        flow: _,
        url,
        outcome,
    } = entry;
    let (tone, word) = match outcome {
        SignInOutcome::Works => (Tone::Added, "works"),
        SignInOutcome::NotChecked(_) => (Tone::Faint, "not checked"),
        SignInOutcome::Missing => (Tone::Bad, "missing"),
        SignInOutcome::Refused { .. } => (Tone::Bad, "refused"),
        SignInOutcome::Redirected { .. } => (Tone::Bad, "redirected"),
        SignInOutcome::Differs(_) => (Tone::Bad, "differs"),
        SignInOutcome::NoAnswer(_) => (Tone::Bad, "no answer"),
    };
    match url {
        Some(url) => {
            let label = style.paint(tone, &format!("{word:OUTCOME$}"));
            writeln!(out, "  {label}  {}", shown(url))?;
        }
        None => writeln!(out, "  {}", style.paint(tone, word))?,
    }
    for line in strings::sign_in_details(outcome) {
        for line in style.fit(4, &line) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}
