//! The secrets that cannot be read here, although an apply needs them where it runs: notes of commands that send none.

use std::path::Path;

use super::terminal::Terminal;
use crate::apply::{MissingSecret, Secrets};
use crate::desired::Desired;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::render::RunReport;

/// Notes the secrets of the files that cannot be read here.
pub(super) fn note_those_of_files(
    desired: &Desired,
    report: &mut RunReport,
    terminal: &mut Terminal,
) {
    let sources = desired.secrets.iter().map(|(source, _)| source);
    let read = Secrets::read_all(sources, Path::new(""), &|name| std::env::var_os(name));
    note(read.err(), desired, report, terminal);
}

/// Notes the secrets that the steps of a plan send and that cannot be read here. Its steps that compare secrets say it
/// themselves.
pub(super) fn note_those_of_plan(
    plan: &Plan,
    desired: &Desired,
    report: &mut RunReport,
    terminal: &mut Terminal,
) {
    let read = Secrets::read(plan, Path::new(""), &|name| std::env::var_os(name));
    note(read.err(), desired, report, terminal);
}

fn note(
    missing: Option<Vec<MissingSecret>>,
    desired: &Desired,
    report: &mut RunReport,
    terminal: &mut Terminal,
) {
    let missing = missing.unwrap_or_default();
    let notes: Vec<_> = missing
        .iter()
        .map(|of| self::problem(of, desired))
        .collect();
    terminal.problems(&notes);
    report.problems.extend(notes);
}

/// In one line, without an excerpt: what is missing is not in the file.
fn problem(missing: &MissingSecret, desired: &Desired) -> Problem {
    let MissingSecret { source, error } = missing;
    let mut declared = desired.secrets.iter();
    let span = declared.find(|(known, _)| known == source);
    let place = span.map_or_else(String::new, |(_, span)| format!(" ({span})"));
    let message = error.message();
    Problem::note(format!("{message} here, and apply needs it{place}"))
}
