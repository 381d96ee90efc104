//! A run as a list of findings, which is what code scanning, annotations and test reports show.
//!
//! Each finding has a rule, a place in the files and words; it says nothing that the run does not say.

use std::collections::BTreeMap;

use super::account::{Account, Applied, Drifted, Priced, Stopped};
use super::rules::{Facts, Level, Rule};
use super::style::{Style, shown};
use super::{lines, words};
use crate::apply::report::{Outcome, Report, Verified};
use crate::drift::{self, What};
use crate::model::{self, Address};
use crate::plan::{Fate, Objection, Plan, Step, fates};
use crate::problem::{Place, Problem, Severity};

/// Something that a run has found.
pub(super) struct Finding<'a> {
    pub(super) rule: Rule,
    pub(super) level: Level,
    /// Whether the object is other than the files say, or something keeps it from becoming so.
    pub(super) fails: bool,
    /// The object that it is about.
    pub(super) address: Option<&'a Address>,
    /// Where to look in the files.
    pub(super) place: Option<&'a Place>,
    /// Other places that belong to it, each with what it has to do with it.
    pub(super) related: &'a [(Place, String)],
    /// What was found, in one line.
    pub(super) message: String,
    /// What belongs to it, line by line.
    pub(super) details: Vec<String>,
    /// The way out.
    pub(super) help: Vec<String>,
}

impl<'a> Finding<'a> {
    fn new(rule: Rule, message: impl Into<String>) -> Self {
        let Facts { level, fails, .. } = rule.facts();
        Self {
            rule,
            level,
            fails,
            address: None,
            place: None,
            related: &[],
            message: message.into(),
            details: Vec::new(),
            help: Vec::new(),
        }
    }

    fn about(self, address: &'a Address, account: &'a Account) -> Self {
        Self {
            address: Some(address),
            place: account.place(address),
            ..self
        }
    }

    fn with_details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }

    /// Everything but the message, line by line.
    pub(super) fn more(&self) -> Vec<String> {
        let help = self.help.iter().map(|help| format!("help: {help}"));
        self.details.iter().cloned().chain(help).collect()
    }
}

/// What a run has found, the gravest first.
pub(super) fn findings(account: &Account) -> Vec<Finding<'_>> {
    let mut findings: Vec<_> = account.problems.iter().map(problem).collect();
    if let Some(Priced { plan, .. }) = &account.planned {
        match &account.applied {
            None => findings.extend(pending(plan, account)),
            Some(Applied { report, .. }) => findings.extend(applied(plan, report, account)),
        }
        findings.extend(remarks(plan, account));
    }
    if let Some(Drifted { drift, .. }) = &account.drifted {
        let found = drift.findings.iter();
        findings.extend(found.map(|finding| drifted(finding, account)));
        findings.extend(warnings(&drift.warnings, account));
    }
    findings.extend(account.stopped.as_ref().map(stopped));
    findings.sort_by_key(|finding| finding.level);
    findings
}

fn problem(problem: &Problem) -> Finding<'_> {
    let Problem {
        place,
        severity,
        message,
        label,
        related,
        help,
    } = problem;
    let rule = match severity {
        Severity::Error => Rule::FileProblem,
        Severity::Warning => Rule::FileWarning,
    };
    let elsewhere = related
        .iter()
        .map(|(place, label)| shown(&format!("{label}: {place}")));
    Finding {
        place: place.as_ref(),
        related,
        details: label
            .iter()
            .map(|label| shown(label))
            .chain(elsewhere)
            .collect(),
        help: help.iter().flat_map(|help| told(help)).collect(),
        ..Finding::new(rule, shown(message))
    }
}

fn stopped(stopped: &Stopped) -> Finding<'_> {
    let Stopped { message, help } = stopped;
    let mut lines = told(message).into_iter();
    Finding {
        help: help.iter().flat_map(|help| told(help)).collect(),
        ..Finding::new(Rule::Stopped, lines.next().unwrap_or_default())
            .with_details(lines.collect())
    }
}

fn told(text: &str) -> Vec<String> {
    text.lines().map(|line| shown(&line)).collect()
}

/// What an apply would do, object by object, and what speaks against it.
fn pending<'a>(plan: &'a Plan, account: &'a Account) -> Vec<Finding<'a>> {
    let changes = changes(plan).into_iter().map(|change| {
        let (rule, what) = match change.fate {
            Fate::Created => (Rule::PendingCreate, "is to be created"),
            Fate::Changed => (Rule::PendingChange, "is to be changed"),
            Fate::Replaced => (Rule::PendingReplace, "is to be deleted and made anew"),
            Fate::Deleted => (Rule::PendingDelete, "is to be deleted"),
        };
        let message = format!("{} {what}", shown(change.address));
        Finding::new(rule, message)
            .about(change.address, account)
            .with_details(change.lines("        "))
    });
    let objections = plan.objections.iter().map(|objection| {
        let finding = Finding::new(Rule::Objection, objection_line(objection));
        let finding = match &objection.address {
            Some(address) => finding.about(address, account),
            None => Finding {
                place: account.tenant.as_ref().map(|tenant| &tenant.place),
                ..finding
            },
        };
        Finding {
            help: told(&objection.help),
            ..finding
        }
    });
    objections.chain(changes).collect()
}

fn objection_line(objection: &Objection) -> String {
    match &objection.address {
        Some(address) => shown(&format!("{address}: {}", objection.message)),
        None => shown(&objection.message),
    }
}

/// What one should know of a tenant although it stops nothing.
fn remarks<'a>(plan: &'a Plan, account: &'a Account) -> Vec<Finding<'a>> {
    let warnings = warnings(&plan.warnings, account);
    let secrets = plan.unknown_secrets.iter().map(|address| {
        let message = format!(
            "{}: its secret is unknown to entraflow.lock",
            shown(address)
        );
        Finding::new(Rule::UnknownSecret, message).about(address, account)
    });
    let unmanaged = plan.unmanaged.iter().map(|address| {
        let message = format!("{} is in no file and left alone", shown(address));
        Finding::new(Rule::Unmanaged, message).about(address, account)
    });
    warnings.chain(secrets).chain(unmanaged).collect()
}

fn warnings<'a>(warnings: &'a [String], account: &'a Account) -> impl Iterator<Item = Finding<'a>> {
    warnings.iter().map(|warning| Finding {
        place: account.tenant.as_ref().map(|tenant| &tenant.place),
        ..Finding::new(Rule::TenantWarning, shown(warning))
    })
}

/// A difference between the tenant and the files.
fn drifted<'a>(finding: &'a drift::Finding, account: &'a Account) -> Finding<'a> {
    let rule = match finding.what {
        What::Missing => Rule::DriftMissing,
        What::Unwanted => Rule::DriftUnwanted,
        What::Unmanaged => Rule::DriftUnmanaged,
        What::Changed { .. }
        | What::MissingMember
        | What::ExtraMember
        | What::Reordered { .. }
        | What::Rewritten(_) => Rule::DriftChanged,
    };
    let level = match finding.severity {
        model::Severity::Error => Level::Error,
        model::Severity::Warning => Level::Warning,
        model::Severity::Note => Level::Note,
    };
    let message = format!("{}: {}", finding.address, finding.message());
    let reason = finding
        .reason
        .iter()
        .map(|reason| format!("rule: {}", shown(reason)));
    let details = super::drift::detail(&finding.what, Style::PLAIN);
    Finding {
        level,
        fails: level != Level::Note,
        place: finding.place.as_ref().or(account.place(&finding.address)),
        ..Finding::new(rule, shown(&message))
            .about(&finding.address, account)
            .with_details(details.into_iter().chain(reason).collect())
    }
}

/// What went wrong with an apply.
fn applied<'a>(plan: &'a Plan, report: &'a Report, account: &'a Account) -> Vec<Finding<'a>> {
    let steps = plan.steps.iter().zip(&report.outcomes);
    let undone = steps.filter_map(|(step, outcome)| {
        let title = shown(&words::full_title(step));
        let finding = match outcome {
            Outcome::Done => return None,
            Outcome::Skipped(because) => {
                let message = format!(
                    "{title}: skipped, because step {} was not done",
                    because + 1
                );
                Finding::new(Rule::StepSkipped, message)
            }
            Outcome::NotBegun => {
                let message = format!("{title}: not begun, because the run ended before");
                Finding::new(Rule::StepSkipped, message)
            }
            Outcome::Failed(failure) => Finding::new(Rule::StepFailed, format!("{title}: failed"))
                .with_details(words::failure(failure)),
        };
        Some(finding.about(&step.address, account))
    });
    let mut findings: Vec<_> = undone.collect();
    match &report.verified {
        Verified::Not | Verified::Same => {}
        Verified::Unknown(failure) => findings.push(Finding {
            place: account.tenant.as_ref().map(|tenant| &tenant.place),
            ..Finding::new(Rule::NotReadBack, "what was applied could not be read back")
                .with_details(words::failure(failure))
        }),
        Verified::Differs(deviations) => findings.extend(deviations.iter().map(|deviation| {
            let address = deviation.address();
            let message = format!(
                "{} was read back, and is not as it should be (tenant → asked)",
                shown(address)
            );
            Finding::new(Rule::NotAsAsked, message)
                .about(address, account)
                .with_details(words::deviation(deviation, Style::PLAIN))
        })),
    }
    findings
}

/// What a plan does to one object.
pub(super) struct ObjectChange<'a> {
    pub(super) address: &'a Address,
    pub(super) fate: Fate,
    /// The steps with their numbers.
    pub(super) steps: Vec<(usize, &'a Step)>,
}

impl ObjectChange<'_> {
    /// The steps as they are told, line by line; what a step changes stands in by `indent`.
    pub(super) fn lines(&self, indent: &str) -> Vec<String> {
        let step = |(number, step): &(usize, &Step)| {
            let title = format!("{number:4}  {}", shown(&words::title(step)));
            let lines = lines::step(step, Style::PLAIN).into_iter();
            std::iter::once(title)
                .chain(lines.map(|line| format!("{indent}{line}")))
                .collect::<Vec<_>>()
        };
        self.steps.iter().flat_map(step).collect()
    }
}

/// What a plan does, object by object, in the order in which it comes to each.
pub(super) fn changes(plan: &Plan) -> Vec<ObjectChange<'_>> {
    let fates = fates(&plan.steps);
    let mut changes: Vec<ObjectChange<'_>> = Vec::new();
    let mut seen = BTreeMap::new();
    for (number, step) in (1..).zip(&plan.steps) {
        let at = *seen.entry(&step.address).or_insert_with(|| {
            changes.push(ObjectChange {
                address: &step.address,
                fate: fates.get(&step.address).copied().unwrap_or(Fate::Changed),
                steps: Vec::new(),
            });
            changes.len() - 1
        });
        changes[at].steps.push((number, step));
    }
    changes
}
