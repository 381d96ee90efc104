//! The contents that Markdown and HTML share: the status of a run, its facts, and its findings in titled sections.

use super::rules::ReportRule;
use super::{ReportFinding, findings};
use crate::dangers::DangerRule;
use crate::plan::TargetTenant;
use crate::problem::{self, ProblemLevel};
use crate::render::reports::{ApplyResult, DriftResult, PlanWithCost, RunReport};
use crate::render::strings::count;
use crate::render::{layout, strings};

/// Width of the file excerpts of problems.
const WIDTH: usize = 100;

/// The tenant of a run and its requests.
pub(in crate::render) struct RunFacts<'a> {
    pub(in crate::render) target: &'a TargetTenant,
    /// The requests that were sent, and those that apply would send.
    pub(in crate::render) requests: String,
}

/// The facts of a run; `None` if it did not reach the tenant.
pub(in crate::render) fn facts(run: &RunReport) -> Option<RunFacts<'_>> {
    let (target, reading, future) = match (&run.planned, &run.drifted) {
        (Some(PlanWithCost { plan, cost }), _) if run.applied.is_none() => (
            &plan.target,
            cost.reading,
            strings::requests_of_apply(plan, *cost),
        ),
        (Some(PlanWithCost { plan, cost }), _) => (&plan.target, cost.reading, Vec::new()),
        (None, Some(DriftResult { drift, reading })) => (&drift.target, *reading, Vec::new()),
        (None, None) => return None,
    };
    let requests = [vec![layout::read_summary(reading)], future]
        .concat()
        .join(" ");
    let requests = requests.trim_start_matches("Requests: ").to_owned();
    Some(RunFacts { target, requests })
}

/// The result of a run, in one line that contains no foreign text.
pub(in crate::render) fn status(run: &RunReport) -> String {
    if let Some(DriftResult { drift, .. }) = &run.drifted {
        return strings::drift_summary(drift);
    }
    let errors = run.problems.iter();
    let errors = errors.filter(|problem| problem.level == ProblemLevel::Error);
    match (errors.count() as u64, &run.planned, &run.applied) {
        (_, _, Some(ApplyResult { report, .. })) if report.outcomes.is_empty() => {
            strings::NO_CHANGES.to_owned()
        }
        (_, _, Some(ApplyResult { report, requests })) => strings::result(report, *requests),
        (_, Some(PlanWithCost { plan, .. }), None) => {
            let parts = [strings::summary(plan), strings::refused(plan)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        (0, None, None) if run.error.is_some() => "The run did not complete.".to_owned(),
        (0, None, None) => {
            let objects = count(run.declared.len() as u64, "object");
            format!("The files are valid: {objects}.")
        }
        (errors, None, None) => {
            let errors = count(errors, "error");
            format!("The files are invalid: {errors}.")
        }
    }
}

/// Findings under one title, each a text of one or more lines.
pub(in crate::render) struct ReportSection {
    pub(in crate::render) title: &'static str,
    pub(in crate::render) blocks: Vec<String>,
}

/// All sections that are not empty, the most severe first.
pub(in crate::render) fn sections(run: &RunReport) -> Vec<ReportSection> {
    let findings = findings(run);
    let of = |title, rules: &[ReportRule]| {
        let chosen = findings
            .iter()
            .filter(|finding| rules.contains(&finding.rule));
        ReportSection {
            title,
            blocks: chosen.map(block).collect(),
        }
    };
    let files = match run.is_incomplete() {
        true => "Problems in the files",
        false => "Warnings in the files",
    };
    let failures = [
        ReportRule::StepFailed,
        ReportRule::StepSkipped,
        ReportRule::VerifyMismatch,
        ReportRule::VerifyFailed,
    ];
    let sections = [
        of("Dangers", &DangerRule::ALL.map(ReportRule::Danger)),
        of("Error", &[ReportRule::RunIncomplete]),
        ReportSection {
            title: files,
            blocks: problems(run),
        },
        of("Objections", &[ReportRule::Objection]),
        of("Failures", &failures),
        of("Drift", &ReportRule::DRIFT),
        of("Warnings", &[ReportRule::TenantWarning]),
        of("Secrets to compare", &[ReportRule::UnknownSecret]),
        of("Notes", &[ReportRule::Unmanaged]),
    ];
    let sections = sections.into_iter();
    sections
        .filter(|section| !section.blocks.is_empty())
        .collect()
}

fn block(finding: &ReportFinding<'_>) -> String {
    let more = finding.details_and_help();
    let more = more.iter().map(|line| format!("  {line}"));
    let message = match finding.rule {
        ReportRule::Danger(rule) => {
            format!("{rule} ({}): {}", finding.level.as_str(), finding.message)
        }
        rule if ReportRule::DRIFT.contains(&rule) => {
            format!("{}: {}", finding.level.as_str(), finding.message)
        }
        _ => finding.message.clone(),
    };
    let lines = std::iter::once(message).chain(more);
    lines.collect::<Vec<_>>().join("\n")
}

/// Problems as on a terminal, with their excerpts.
fn problems(run: &RunReport) -> Vec<String> {
    let problems = run.problems.iter();
    problems
        .map(|problem| format!("{}\n", problem::render(problem, false, WIDTH)))
        .collect()
}
