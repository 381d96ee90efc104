//! What a rehearsal found, as findings of the run.

use super::{ReportFinding, ReportRule};
use crate::rehearsal::Finding;
use crate::render::rehearsal::{details, title};
use crate::render::reports::RunReport;
use crate::render::style::Style;

pub(super) fn findings(run: &RunReport) -> impl Iterator<Item = ReportFinding<'_>> {
    let rehearsed = run.rehearsed.iter();
    let findings = rehearsed.flat_map(|rehearsal| &rehearsal.findings);
    findings.map(|found| finding(found, run))
}

fn finding<'a>(finding: &'a Finding, run: &'a RunReport) -> ReportFinding<'a> {
    let rule = match finding.is_certain() {
        true => ReportRule::RehearsalFailed,
        false => ReportRule::RehearsalDoubt,
    };
    let found = ReportFinding::new(rule, format!("rehearsal: {}", title(finding)));
    let found = found.with_details(details(finding, Style::PLAIN));
    match finding.address() {
        Some(address) => found.about(address, run),
        None => found,
    }
}
