//! Text output of drift.

use std::io::{self, Write};

use crate::dangers::Danger;
use crate::drift::{DriftFinding, DriftReport};
use crate::model::{AuditEntries, Severity};
use crate::render::reports::ReadStats;
use crate::render::style::{Style, Tone, shown};
use crate::render::{audit, diff_text, layout, strings};

pub(in crate::render) fn drift(
    out: &mut dyn Write,
    drift: &DriftReport,
    reading: ReadStats,
    style: Style,
) -> io::Result<()> {
    layout::header(out, "Drift of", &drift.target, style)?;
    super::dangers::dangers(out, &drift.dangers, style)?;
    let found: Vec<_> = drift.findings.iter().collect();
    findings(out, &found, &drift.audit, style)?;
    if !drift.not_compared.is_empty() {
        writeln!(
            out,
            "\nSecrets that could not be compared with those last applied:"
        )?;
        let secrets = drift.not_compared.iter();
        let mut lines = secrets.flat_map(|secret| style.fit(2, &secret.to_string()));
        lines.try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    layout::remarks(out, &drift.warnings, &drift.notes, style)?;
    writeln!(out)?;
    let tone = match drift.is_found() {
        true => Tone::Bad,
        false => Tone::Strong,
    };
    let summary = strings::drift_summary(drift);
    writeln!(out, "{}", style.paint(tone, &summary))?;
    writeln!(out, "{}", layout::read_summary(reading))
}

/// What `drift --accept` writes into the files, and the dangers of it.
pub(in crate::render) fn acceptance(
    out: &mut dyn Write,
    accepted: &[&DriftFinding],
    dangers: &[Danger],
    style: Style,
) -> io::Result<()> {
    let title = style.paint(
        Tone::Strong,
        "To be written into the files (tenant → files):",
    );
    writeln!(out, "{title}")?;
    super::dangers::dangers(out, dangers, style)?;
    findings(out, accepted, &AuditEntries::new(), style)
}

/// Findings, below the headings of their objects, and what the audit log says about each object.
fn findings(
    out: &mut dyn Write,
    findings: &[&DriftFinding],
    audit: &AuditEntries,
    style: Style,
) -> io::Result<()> {
    for findings in findings.chunk_by(|one, next| one.address == next.address) {
        let Some(DriftFinding { address, .. }) = findings.first() else {
            continue;
        };
        writeln!(out, "\n{}", style.paint(Tone::Strong, &shown(address)))?;
        findings
            .iter()
            .try_for_each(|finding| self::finding(out, finding, style))?;
        for line in audit::lines(audit, address) {
            let lines = style.words(Tone::Faint, 2, &line);
            lines
                .iter()
                .try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    Ok(())
}

fn finding(out: &mut dyn Write, finding: &DriftFinding, style: Style) -> io::Result<()> {
    let word = finding.severity.as_str();
    let tone = match finding.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Changed,
        Severity::Note => Tone::Faint,
    };
    let span = finding.span.as_ref().map(|span| format!("  {span}"));
    writeln!(
        out,
        "  {}: {}{}",
        style.paint(tone, word),
        shown(&finding.message()),
        style.paint(Tone::Faint, &span.unwrap_or_default())
    )?;
    for line in diff_text::drift(&finding.kind, style) {
        writeln!(out, "    {line}")?;
    }
    let help = finding.help().map(|help| format!("help: {help}"));
    for line in help.iter().flat_map(|help| style.fit(4, help)) {
        writeln!(out, "    {line}")?;
    }
    match &finding.reason {
        Some(reason) => writeln!(
            out,
            "    {}",
            style.paint(Tone::Faint, &format!("rule: {reason}"))
        ),
        None => Ok(()),
    }
}
