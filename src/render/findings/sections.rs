//! The contents that Markdown and HTML share: the status of a run, its facts, and its findings in titled sections.

use super::rules::{Level, ReportRule};
use super::{ReportFinding, findings};
use crate::dangers::DangerRule;
use crate::plan::TargetTenant;
use crate::problem::{self, Problem, ProblemLevel, Span};
use crate::render::reports::{
    ApplyResult, DriftResult, PlanWithCost, RunOrigin, RunReport, SignInResult,
};
use crate::render::strings::count;
use crate::render::style::shown;
use crate::render::{layout, rehearsal, strings};

/// Width of the file excerpts of problems.
const WIDTH: usize = 100;

/// A list with more entries shows this many, and folds the others.
pub(in crate::render) const LONG: usize = 20;

/// A fact about a run: foreign text, then words.
pub(in crate::render) struct ReportFact {
    pub(in crate::render) name: &'static str,
    pub(in crate::render) code: String,
    pub(in crate::render) words: String,
}

impl ReportFact {
    fn code(name: &'static str, code: impl Into<String>) -> Self {
        Self {
            name,
            code: shown(&code.into()),
            words: String::new(),
        }
    }

    fn words(name: &'static str, words: impl Into<String>) -> Self {
        Self {
            name,
            code: String::new(),
            words: words.into(),
        }
    }
}

/// The facts of a run: the tenant and its requests as far as the run came, and where the report comes from.
pub(in crate::render) fn facts(run: &RunReport) -> Vec<ReportFact> {
    let mut facts = match tenant_and_requests(run) {
        Some((target, requests)) => vec![
            ReportFact {
                words: format!(", {}", target.tenant_type.as_str()),
                ..ReportFact::code("Tenant", &target.tenant_id)
            },
            ReportFact::code("Target", &target.cloud),
            ReportFact::words("Requests", requests),
        ],
        None => {
            let tenant = run.tenant.iter();
            tenant
                .map(|tenant| ReportFact::code("Tenant", &tenant.tenant_id))
                .collect()
        }
    };
    if let Some(origin) = &run.origin {
        let RunOrigin {
            time,
            version,
            commit,
            command_line,
        } = origin;
        facts.push(ReportFact::code("Command", command_line));
        let commit = commit.iter();
        facts.extend(commit.map(|commit| ReportFact::code("Commit", commit)));
        let time = time.strftime("%Y-%m-%d %H:%M UTC");
        facts.push(ReportFact::words("Time", time.to_string()));
        facts.push(ReportFact::words("Version", *version));
    }
    facts
}

/// The tenant, and the requests that were sent and those that apply would send.
fn tenant_and_requests(run: &RunReport) -> Option<(&TargetTenant, String)> {
    let (target, reading, future) = match (&run.planned, &run.drifted) {
        (Some(PlanWithCost { plan, cost }), _) if run.applied.is_none() => (
            &plan.target,
            cost.reading,
            strings::requests_of_apply(plan, *cost),
        ),
        (Some(PlanWithCost { plan, cost }), _) => (&plan.target, cost.reading, Vec::new()),
        (None, Some(DriftResult { drift, reading })) => (&drift.target, *reading, Vec::new()),
        (None, None) => {
            let SignInResult {
                target, reading, ..
            } = run.sign_in.as_ref()?;
            (target, *reading, Vec::new())
        }
    };
    let requests = [vec![layout::read_summary(reading)], future]
        .concat()
        .join(" ");
    Some((target, requests.trim_start_matches("Requests: ").to_owned()))
}

/// The result of a run, in one line that contains no foreign text.
pub(in crate::render) fn status(run: &RunReport) -> String {
    if let Some(DriftResult { drift, .. }) = &run.drifted {
        return strings::drift_summary(drift);
    }
    let sign_in = run.sign_in.as_ref();
    let sign_in = sign_in.map(|result| strings::sign_in_summary(&result.report));
    match (run.planned.is_some(), sign_in) {
        (true, Some(sign_in)) => format!("{} {sign_in}", status_without_sign_in(run)),
        (false, Some(sign_in)) => sign_in,
        (_, None) => status_without_sign_in(run),
    }
}

fn status_without_sign_in(run: &RunReport) -> String {
    let errors = run.problems.iter();
    let errors = errors.filter(|problem| problem.level == ProblemLevel::Error);
    match (errors.count() as u64, &run.planned, &run.applied) {
        (_, _, Some(ApplyResult { report, .. })) if report.outcomes.is_empty() => {
            strings::NO_CHANGES.to_owned()
        }
        (
            _,
            _,
            Some(ApplyResult {
                report, requests, ..
            }),
        ) => strings::result(report, *requests),
        (_, Some(PlanWithCost { plan, .. }), None) => {
            let rehearsed = run.rehearsed.as_ref().map(rehearsal::summary);
            let parts = [strings::summary(plan), strings::refused(plan), rehearsed];
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

/// Findings under one title.
pub(in crate::render) struct ReportSection<'a> {
    pub(in crate::render) title: &'static str,
    pub(in crate::render) entries: Vec<SectionEntry<'a>>,
}

impl ReportSection<'_> {
    /// Whether its entries have sides, or lines of a unified diff.
    pub(in crate::render) fn is_diff(&self) -> bool {
        let is_drift = |entry: &SectionEntry<'_>| match entry {
            SectionEntry::Finding(finding) => ReportRule::DRIFT.contains(&finding.rule),
            SectionEntry::Problem(..) => false,
        };
        self.entries.iter().any(is_drift)
    }
}

/// An entry of a section.
pub(in crate::render) enum SectionEntry<'a> {
    /// A finding.
    Finding(ReportFinding<'a>),
    /// A problem in a file as on a terminal, with its excerpt.
    Problem(Level, String),
}

/// All sections that are not empty, the most severe first.
pub(in crate::render) fn sections(run: &RunReport) -> Vec<ReportSection<'_>> {
    let mut findings = findings(run);
    // The tenant document is no location to a reader, only to a program that needs one.
    let start = |span: &Span| (span.source.name().to_owned(), span.line(), span.column());
    let tenant = run.tenant.as_ref().map(|tenant| start(&tenant.span));
    for finding in &mut findings {
        finding.span = finding.span.filter(|span| Some(start(span)) != tenant);
    }
    let mut take = |title, is_in: &dyn Fn(&ReportFinding<'_>) -> bool| {
        let (chosen, others) = std::mem::take(&mut findings)
            .into_iter()
            .partition::<Vec<_>, _>(|finding| is_in(finding));
        findings = others;
        ReportSection {
            title,
            entries: chosen.into_iter().map(SectionEntry::Finding).collect(),
        }
    };
    let mut of = |title, rules: &[ReportRule]| take(title, &|it| rules.contains(&it.rule));
    let files = match run.is_incomplete() {
        true => "Problems in the files",
        false => "Warnings in the files",
    };
    let failures = [
        ReportRule::StepFailed,
        ReportRule::StepSkipped,
        ReportRule::VerifyMismatch,
        ReportRule::VerifyFailed,
        ReportRule::SignInFailed,
    ];
    let dangers = of("Dangers", &DangerRule::ALL.map(ReportRule::Danger));
    let error = of("Error", &[ReportRule::RunIncomplete]);
    let objections = of("Objections", &[ReportRule::Objection]);
    let rehearsal = [ReportRule::RehearsalFailed, ReportRule::RehearsalDoubt];
    let rehearsal = of("Rehearsal", &rehearsal);
    let failures = of("Failures", &failures);
    let warnings = of("Warnings", &[ReportRule::TenantWarning]);
    let secrets = of("Secrets not compared", &[ReportRule::UnknownSecret]);
    let notes = of("Notes", &[ReportRule::TenantNote, ReportRule::Unmanaged]);
    let mut drift = |title, level| {
        take(title, &|it| {
            it.level == level && ReportRule::DRIFT.contains(&it.rule)
        })
    };
    let sections = [
        dangers,
        error,
        ReportSection {
            title: files,
            entries: problems(run),
        },
        objections,
        rehearsal,
        failures,
        drift("Drift: errors", Level::Error),
        drift("Drift: warnings", Level::Warning),
        drift("Drift: notes", Level::Note),
        warnings,
        secrets,
        notes,
    ];
    let sections = sections.into_iter();
    sections
        .filter(|section| !section.entries.is_empty())
        .collect()
}

/// Problems as on a terminal, with their excerpts.
fn problems(run: &RunReport) -> Vec<SectionEntry<'_>> {
    let problems = run.problems.iter();
    let entry = |problem: &Problem| {
        let level = match problem.level {
            ProblemLevel::Error => Level::Error,
            ProblemLevel::Warning => Level::Warning,
            ProblemLevel::Note => Level::Note,
        };
        SectionEntry::Problem(level, problem::render(problem, false, WIDTH))
    };
    problems.map(entry).collect()
}
