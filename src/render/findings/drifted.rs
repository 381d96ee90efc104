//! Drift as findings.

use super::{Level, ReportFinding, ReportRule, lines_of};
use crate::drift::{DriftFinding, DriftKind};
use crate::model::{AuditEntries, Severity};
use crate::render::reports::RunReport;
use crate::render::style::{Style, shown};
use crate::render::{audit, diff_text};

/// A difference between the tenant and the files.
pub(super) fn finding<'a>(
    found: &'a DriftFinding,
    audit: &AuditEntries,
    run: &'a RunReport,
) -> ReportFinding<'a> {
    let rule = match found.kind {
        DriftKind::Missing => ReportRule::DriftMissing,
        DriftKind::Ambiguous(_) => ReportRule::DriftAmbiguous,
        DriftKind::Unwanted => ReportRule::DriftUnwanted,
        DriftKind::Unmanaged => ReportRule::DriftUnmanaged,
        DriftKind::Changed { .. }
        | DriftKind::MissingMember
        | DriftKind::ExtraMember
        | DriftKind::Reordered { .. }
        | DriftKind::Rewritten(_) => ReportRule::DriftChanged,
    };
    let level = match found.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Note => Level::Note,
    };
    let message = format!("{}: {}", found.address, found.message());
    let reason = found
        .reason
        .iter()
        .map(|reason| format!("rule: {}", shown(reason)));
    let logged = audit::lines(audit, &found.address);
    let sides = diff_text::drift_sides(&found.kind);
    let details = match sides {
        Some(_) => Vec::new(),
        None => diff_text::drift(&found.kind, Style::PLAIN),
    };
    ReportFinding {
        level,
        sides,
        fails: level != Level::Note,
        span: found
            .span
            .as_ref()
            .or(run.object_or_tenant_place(&found.address)),
        help: found
            .help()
            .iter()
            .flat_map(|help| lines_of(help))
            .collect(),
        ..ReportFinding::new(rule, shown(&message))
            .about(&found.address, run)
            .with_details(details.into_iter().chain(reason).chain(logged).collect())
    }
}
