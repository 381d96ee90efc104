//! A run as a list of findings, as code scanning, annotations and test reports show it.
//!
//! Each finding has a rule, a location in the files and a message; it adds nothing to the run.

mod drifted;
mod rehearsed;
mod rules;
mod sections;
mod sign_in;

use std::collections::BTreeMap;

pub(super) use rules::{Level, ReportRule, RuleInfo};
pub(super) use sections::{LONG, ReportFact, SectionEntry, facts, sections, status};

use super::reports::{ApplyResult, DriftResult, PlanWithCost, RunError, RunReport, SignInResult};
use super::style::{Style, shown};
use super::{deviations, diff_text, strings};
use crate::apply::report::{ApplyReport, StepOutcome, Verification};
use crate::dangers::Danger;
use crate::model::Address;
use crate::plan::{ObjectAction, Objection, Plan, SecretToCompare, Step, object_actions};
use crate::problem::{Problem, ProblemLevel, Span};

/// A finding of a run.
pub(super) struct ReportFinding<'a> {
    pub(super) rule: ReportRule,
    pub(super) level: Level,
    /// Whether the object differs from the files, or an error keeps it from matching them.
    pub(super) fails: bool,
    /// The object.
    pub(super) address: Option<&'a Address>,
    /// The location in the files.
    pub(super) span: Option<&'a Span>,
    /// Related locations, each with its label.
    pub(super) related: &'a [(Span, String)],
    /// The message, in one line.
    pub(super) message: String,
    /// What the files declare and what the tenant has.
    pub(super) sides: Option<[String; 2]>,
    /// Details, line by line.
    pub(super) details: Vec<String>,
    /// How to fix it, line by line.
    pub(super) help: Vec<String>,
}

impl<'a> ReportFinding<'a> {
    fn new(rule: ReportRule, message: impl Into<String>) -> Self {
        let RuleInfo { level, fails, .. } = rule.info();
        Self {
            rule,
            level,
            fails,
            address: None,
            span: None,
            related: &[],
            message: message.into(),
            sides: None,
            details: Vec::new(),
            help: Vec::new(),
        }
    }

    fn about(self, address: &'a Address, run: &'a RunReport) -> Self {
        Self {
            address: Some(address),
            span: run.object_or_tenant_place(address),
            ..self
        }
    }

    fn with_details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }

    /// Everything but the message, line by line.
    pub(super) fn details_and_help(&self) -> Vec<String> {
        let sides = self.sides.iter();
        let sides = sides
            .flat_map(|[files, tenant]| [format!("files   {files}"), format!("tenant  {tenant}")]);
        sides.chain(self.remarks()).collect()
    }

    /// The details and the help, line by line.
    pub(super) fn remarks(&self) -> impl Iterator<Item = String> {
        let help = self.help.iter().map(|help| format!("help: {help}"));
        self.details.iter().cloned().chain(help)
    }

    /// The file and the line, if known.
    pub(super) fn file_and_line(&self) -> Option<String> {
        self.span.map(strings::file_and_line)
    }
}

/// The findings of a run, the most severe first.
pub(super) fn findings(run: &RunReport) -> Vec<ReportFinding<'_>> {
    let mut findings: Vec<_> = run.problems.iter().map(problem).collect();
    if let Some(PlanWithCost { plan, .. }) = &run.planned {
        match &run.applied {
            None => {
                findings.extend(pending(plan, run));
                findings.extend(uncompared(&plan.secrets_to_compare, run));
            }
            Some(ApplyResult { report, .. }) => findings.extend(applied(plan, report, run)),
        }
        findings.extend(remarks(plan, run));
    }
    findings.extend(rehearsed::findings(run));
    if let Some(DriftResult { drift, .. }) = &run.drifted {
        let found = drift.findings.iter();
        findings.extend(found.map(|finding| drifted::finding(finding, &drift.audit, run)));
        let dangers = drift.dangers.iter();
        findings.extend(dangers.map(|danger| danger_finding(danger, run)));
        findings.extend(warnings(&drift.warnings, &drift.notes, run));
        findings.extend(uncompared(&drift.not_compared, run));
    }
    if let Some(SignInResult { report, .. }) = &run.sign_in {
        findings.extend(sign_in::failing(report, run));
    }
    findings.extend(run.error.as_ref().map(run_error));
    findings.sort_by_key(|finding| finding.level);
    findings
}

fn problem(problem: &Problem) -> ReportFinding<'_> {
    let Problem {
        span,
        level,
        message,
        label,
        related,
        help,
    } = problem;
    let rule = match level {
        ProblemLevel::Error => ReportRule::FileProblem,
        ProblemLevel::Warning => ReportRule::FileWarning,
        ProblemLevel::Note => ReportRule::FileNote,
    };
    let related_lines = related
        .iter()
        .map(|(span, label)| shown(&format!("{label}: {span}")));
    ReportFinding {
        span: span.as_ref(),
        related,
        details: label
            .iter()
            .map(|label| shown(label))
            .chain(related_lines)
            .collect(),
        help: help.iter().flat_map(|help| lines_of(help)).collect(),
        ..ReportFinding::new(rule, shown(message))
    }
}

fn run_error(error: &RunError) -> ReportFinding<'_> {
    let RunError { message, help } = error;
    let mut lines = lines_of(message).into_iter();
    ReportFinding {
        help: help.iter().flat_map(|help| lines_of(help)).collect(),
        ..ReportFinding::new(ReportRule::RunIncomplete, lines.next().unwrap_or_default())
            .with_details(lines.collect())
    }
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(|line| shown(&line)).collect()
}

/// The actions of an apply, object by object, and the objections to it.
fn pending<'a>(plan: &'a Plan, run: &'a RunReport) -> Vec<ReportFinding<'a>> {
    let changes = changes(plan).into_iter().filter_map(|change| {
        let (rule, outcome) = match change.action {
            ObjectAction::Compare => return None,
            ObjectAction::Create => (ReportRule::PendingCreate, "will be created"),
            ObjectAction::Update => (ReportRule::PendingChange, "will be changed"),
            ObjectAction::Replace => (ReportRule::PendingReplace, "will be deleted and recreated"),
            ObjectAction::Delete => (ReportRule::PendingDelete, "will be deleted"),
        };
        let message = format!("{} {outcome}", shown(change.address));
        let finding = ReportFinding::new(rule, message).about(change.address, run);
        Some(finding.with_details(change.lines()))
    });
    let objections = plan.objections.iter().map(|objection| {
        let finding = ReportFinding::new(ReportRule::Objection, objection_message(objection));
        let finding = match &objection.address {
            Some(address) => finding.about(address, run),
            None => ReportFinding {
                span: run.tenant.as_ref().map(|tenant| &tenant.span),
                ..finding
            },
        };
        ReportFinding {
            help: lines_of(&objection.help),
            ..finding
        }
    });
    let dangers = plan
        .dangers
        .iter()
        .map(|danger| danger_finding(danger, run));
    dangers.chain(objections).chain(changes).collect()
}

fn danger_finding<'a>(danger: &'a Danger, run: &'a RunReport) -> ReportFinding<'a> {
    let message = format!("{}: {} {}", danger.rule, danger.address, danger.message);
    let message = shown(&message);
    ReportFinding::new(ReportRule::Danger(danger.rule), message).about(&danger.address, run)
}

fn objection_message(objection: &Objection) -> String {
    match &objection.address {
        Some(address) => shown(&format!("{address}: {}", objection.message)),
        None => shown(&objection.message),
    }
}

/// Warnings and notes about a tenant, which stop no command.
fn remarks<'a>(plan: &'a Plan, run: &'a RunReport) -> Vec<ReportFinding<'a>> {
    let warnings = warnings(&plan.warnings, &plan.notes, run);
    let unmanaged = plan.unmanaged.iter().map(|address| {
        let message = format!(
            "{} is not declared in any file; it is not changed",
            shown(address)
        );
        ReportFinding::new(ReportRule::Unmanaged, message).about(address, run)
    });
    warnings.chain(unmanaged).collect()
}

/// The secrets that could not be compared.
fn uncompared<'a>(
    secrets: &'a [SecretToCompare],
    run: &'a RunReport,
) -> impl Iterator<Item = ReportFinding<'a>> {
    secrets.iter().map(|secret| {
        let message = shown(&secret.to_string());
        ReportFinding::new(ReportRule::UnknownSecret, message).about(&secret.address, run)
    })
}

/// Warnings and notes that are about the tenant as a whole.
fn warnings<'a>(
    warnings: &'a [String],
    notes: &'a [String],
    run: &'a RunReport,
) -> impl Iterator<Item = ReportFinding<'a>> {
    let warnings = warnings.iter();
    let warnings = warnings.map(|text| (ReportRule::TenantWarning, text));
    let notes = notes.iter().map(|text| (ReportRule::TenantNote, text));
    warnings.chain(notes).map(|(rule, text)| ReportFinding {
        span: run.tenant.as_ref().map(|tenant| &tenant.span),
        ..ReportFinding::new(rule, shown(text))
    })
}

/// The failures of an apply.
fn applied<'a>(
    plan: &'a Plan,
    report: &'a ApplyReport,
    run: &'a RunReport,
) -> Vec<ReportFinding<'a>> {
    let steps = plan.steps.iter().zip(&report.outcomes);
    let unfinished = steps.filter_map(|(step, outcome)| {
        let title = shown(&strings::full_title(step));
        let finding = match outcome {
            StepOutcome::Done | StepOutcome::Unchanged => return None,
            StepOutcome::NotCompared(_) => ReportFinding {
                level: Level::Warning,
                ..ReportFinding::new(
                    ReportRule::UnknownSecret,
                    shown(&strings::not_compared(step, outcome).unwrap_or_default()),
                )
            },
            StepOutcome::Skipped(because) => {
                let message = format!(
                    "{title}: skipped, because step {} did not succeed",
                    because + 1
                );
                ReportFinding::new(ReportRule::StepSkipped, message)
            }
            StepOutcome::NotStarted => {
                let message = format!("{title}: not started, because the run ended early");
                ReportFinding::new(ReportRule::StepSkipped, message)
            }
            StepOutcome::Failed(failure) => {
                ReportFinding::new(ReportRule::StepFailed, format!("{title}: failed"))
                    .with_details(strings::failure(failure))
            }
        };
        Some(finding.about(&step.address, run))
    });
    let mut findings: Vec<_> = unfinished.collect();
    match &report.verified {
        Verification::NotRun | Verification::Matches => {}
        Verification::Failed(failure) => findings.push(ReportFinding {
            span: run.tenant.as_ref().map(|tenant| &tenant.span),
            ..ReportFinding::new(
                ReportRule::VerifyFailed,
                "the changed objects could not be read back, so the result is not verified",
            )
            .with_details(strings::failure(failure))
        }),
        Verification::Differs(deviations) => findings.extend(deviations.iter().map(|deviation| {
            let address = deviation.address();
            let message = format!(
                "{} differs from the plan after the apply (tenant → planned)",
                shown(address)
            );
            ReportFinding::new(ReportRule::VerifyMismatch, message)
                .about(address, run)
                .with_details(deviations::lines(deviation, Style::PLAIN))
        })),
    }
    findings
}

/// The steps of a plan on one object.
pub(super) struct ObjectChange<'a> {
    pub(super) address: &'a Address,
    pub(super) action: ObjectAction,
    /// The steps with their numbers.
    pub(super) steps: Vec<(usize, &'a Step)>,
}

impl ObjectChange<'_> {
    /// The steps, line by line.
    fn lines(&self) -> Vec<String> {
        let indent = " ".repeat(diff_text::INDENT);
        let step = |(number, step): &(usize, &Step)| {
            let title = format!("{number:4}  {}", shown(&strings::title(step)));
            let lines = diff_text::step(step, Style::PLAIN).into_iter();
            std::iter::once(title)
                .chain(lines.map(|line| format!("{indent}{line}")))
                .collect::<Vec<_>>()
        };
        self.steps.iter().flat_map(step).collect()
    }
}

/// The steps of a plan by object, objects in the order of their first step.
pub(super) fn changes(plan: &Plan) -> Vec<ObjectChange<'_>> {
    let actions = object_actions(&plan.steps);
    let mut changes: Vec<ObjectChange<'_>> = Vec::new();
    let mut seen = BTreeMap::new();
    for (number, step) in (1..).zip(&plan.steps) {
        let at = *seen.entry(&step.address).or_insert_with(|| {
            changes.push(ObjectChange {
                address: &step.address,
                action: actions
                    .get(&step.address)
                    .copied()
                    .unwrap_or(ObjectAction::Update),
                steps: Vec::new(),
            });
            changes.len() - 1
        });
        changes[at].steps.push((number, step));
    }
    changes
}
