//! The flows through which people cannot sign in, as findings.

use super::{ReportFinding, ReportRule};
use crate::render::reports::RunReport;
use crate::render::strings;
use crate::render::style::shown;
use crate::sign_in_check::{SignInEntry, SignInReport};

/// The flows that fail.
pub(super) fn failing<'a>(report: &'a SignInReport, run: &'a RunReport) -> Vec<ReportFinding<'a>> {
    let entries = report.entries.iter();
    let failing = entries.filter(|entry| entry.outcome.fails());
    failing.map(|entry| finding(entry, run)).collect()
}

fn finding<'a>(entry: &'a SignInEntry, run: &'a RunReport) -> ReportFinding<'a> {
    let SignInEntry { flow, url, outcome } = entry;
    let at = url.as_ref().map(|url| format!(" at {url}"));
    let at = at.unwrap_or_default();
    let message = shown(&format!("{flow}: people cannot sign in{at}"));
    let messages = outcome.messages();
    ReportFinding {
        help: outcome.help().map(str::to_owned).into_iter().collect(),
        ..ReportFinding::new(ReportRule::SignInFailed, message)
            .about(flow, run)
            .with_details(
                messages
                    .iter()
                    .map(|line| strings::one_line(line))
                    .collect(),
            )
    }
}
