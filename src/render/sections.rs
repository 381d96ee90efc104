//! What the pages for people say of a run: its sum, its facts, and what it has found, in sections with titles.

use super::account::{Account, Applied, Drifted, Priced};
use super::findings::{Finding, findings};
use super::rules::Rule;
use super::{count, drift, frame, words};
use crate::plan::Target;
use crate::problem::{self, Severity};

/// How wide the excerpts of files are.
const WIDTH: usize = 100;

/// What a run is about, and what it costs.
pub(super) struct Facts<'a> {
    pub(super) target: &'a Target,
    /// Requests that were made, and those that apply would make.
    pub(super) requests: String,
}

/// The facts of a run that came as far as the tenant.
pub(super) fn facts(account: &Account) -> Option<Facts<'_>> {
    let (target, reading, future) = match (&account.planned, &account.drifted) {
        (Some(Priced { plan, cost }), _) if account.applied.is_none() => {
            (&plan.target, cost.reading, words::future(plan, *cost))
        }
        (Some(Priced { plan, cost }), _) => (&plan.target, cost.reading, Vec::new()),
        (None, Some(Drifted { drift, reading })) => (&drift.target, *reading, Vec::new()),
        (None, None) => return None,
    };
    let requests = [vec![frame::read(reading)], future].concat().join(" ");
    let requests = requests.trim_start_matches("Requests: ").to_owned();
    Some(Facts { target, requests })
}

/// What a run came to, in one line and in words of ours only.
pub(super) fn status(account: &Account) -> String {
    if let Some(Drifted { drift, .. }) = &account.drifted {
        return drift::sum(drift);
    }
    let errors = account.problems.iter();
    let errors = errors.filter(|problem| problem.severity == Severity::Error);
    match (errors.count() as u64, &account.planned, &account.applied) {
        (_, _, Some(Applied { report, .. })) if report.outcomes.is_empty() => {
            words::NO_CHANGES.to_owned()
        }
        (_, _, Some(Applied { report, requests })) => words::result(report, *requests),
        (_, Some(Priced { plan, .. }), None) => {
            let parts = [words::sum(plan), words::refused(plan)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        (0, None, None) if account.stopped.is_some() => "Stopped before its end.".to_owned(),
        (0, None, None) => {
            let objects = count(account.declared.len() as u64, "object");
            format!("The files are in order: {objects}.")
        }
        (errors, None, None) => {
            let errors = count(errors, "problem");
            format!("The files are not in order: {errors}.")
        }
    }
}

/// Findings of one sort, each a text of one or more lines.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) blocks: Vec<String>,
}

/// All sections that have something in them, the gravest first.
pub(super) fn sections(account: &Account) -> Vec<Section> {
    let findings = findings(account);
    let of = |title, rules: &[Rule]| {
        let chosen = findings
            .iter()
            .filter(|finding| rules.contains(&finding.rule));
        Section {
            title,
            blocks: chosen.map(block).collect(),
        }
    };
    let files = match account.is_stopped() {
        true => "Problems of the files",
        false => "Warnings about the files",
    };
    let undone = [
        Rule::StepFailed,
        Rule::StepSkipped,
        Rule::NotAsAsked,
        Rule::NotReadBack,
    ];
    let sections = [
        of("Why it stopped", &[Rule::Stopped]),
        Section {
            title: files,
            blocks: problems(account),
        },
        of("Objections", &[Rule::Objection]),
        of("Not done", &undone),
        of("Drift", &Rule::DRIFT),
        of("Warnings", &[Rule::TenantWarning]),
        of("Left alone", &[Rule::UnknownSecret, Rule::Unmanaged]),
    ];
    let sections = sections.into_iter();
    sections
        .filter(|section| !section.blocks.is_empty())
        .collect()
}

fn block(finding: &Finding<'_>) -> String {
    let more = finding.more();
    let more = more.iter().map(|line| format!("  {line}"));
    let message = match Rule::DRIFT.contains(&finding.rule) {
        true => format!("{}: {}", finding.level.word(), finding.message),
        false => finding.message.clone(),
    };
    let lines = std::iter::once(message).chain(more);
    lines.collect::<Vec<_>>().join("\n")
}

/// Problems as they are shown on a terminal, with their excerpts.
fn problems(account: &Account) -> Vec<String> {
    let problems = account.problems.iter();
    problems
        .map(|problem| format!("{}\n", problem::render(problem, false, WIDTH)))
        .collect()
}
