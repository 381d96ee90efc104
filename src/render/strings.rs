//! The sentences that several formats share: counts, titles of steps, results, failures.
//!
//! Writes nothing; each format decides where a sentence goes.

use std::collections::BTreeSet;

use super::reports::{RequestEstimate, Resume, RunReport};
use super::style::{Style, Tone, shown};
use crate::apply::report::{ApplyFailure, ApplyReport, RefusedProperties, StepOutcome};
use crate::drift::DriftReport;
use crate::model::{Address, Name, Reference, Severity, Value};
use crate::plan::{
    Action, ObjectAction, Operation, Plan, SecretToCompare, Step, Wave, object_actions,
    step_numbers,
};
use crate::problem::Span;
use crate::sign_in_check::{SignInEntry, SignInOutcome, SignInReport};

/// The result of a plan without steps.
pub(super) const NO_CHANGES: &str = "No changes. The tenant matches the files.";

/// Heading above the objects that no file declares, also because a file was deleted.
pub(super) const UNMANAGED: &str =
    "Unmanaged, not changed (`ensure: absent` in a document, or `prune`, deletes them):";

/// What apply does about secrets that the plan could not compare.
pub(super) fn compared_by_apply(plan: &Plan) -> Option<String> {
    let sentence = "Apply sets a secret that it can read and that is not the one last applied (entraflow.lock).";
    (!plan.secrets_to_compare.is_empty()).then(|| sentence.to_owned())
}

/// Heading above the objects that differ after an apply.
pub(super) const DEVIATES: &str =
    "These objects differ from the plan after the apply (tenant → planned):";

/// Heading above the reason why the changed objects could not be read back.
pub(super) const UNREADABLE: &str =
    "The changed objects could not be read back, so the result is not verified:";

/// The end of each hint to run an apply again.
const RESUMES: &str = "entraflow re-reads the tenant and applies what remains.";

/// The end of each hint to make a new plan after a saved one.
const RESUMES_STALE: &str = "the saved one is stale now, because some of its steps are done.";

/// A number with its noun.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The action of a step, to be read below the heading of its object.
pub(super) fn title(step: &Step) -> String {
    let word = step.action.as_str();
    match (step.action, step.part.as_str()) {
        (Action::Compare, _) => format!(
            "{word} {}: set if not the one last applied",
            compared_fields(step)
        ),
        (_, "") => word.to_owned(),
        (_, part) if step.operation.verifies() => {
            format!("{word} {part} (those that the create did not keep)")
        }
        (Action::Reconcile, part) => format!("{word} {part} (exact list)"),
        (_, part) => format!("{word} {part}"),
    }
}

/// The fields of the secrets that a step compares.
fn compared_fields(step: &Step) -> String {
    let fields: Vec<_> = step
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    fields.join(" and ")
}

/// The action of a step with its object and with what it links, to be read on its own.
pub(super) fn full_title(step: &Step) -> String {
    match target(step) {
        Some((_, target)) => {
            let (word, part) = (step.action.as_str(), part(step));
            format!("{} {word} {part}: {}", step.address, target.name())
        }
        None if step.action == Action::Compare => {
            let word = step.action.as_str();
            format!("{} {word} {}", step.address, compared_fields(step))
        }
        None => format!("{} {}", step.address, title(step)),
    }
}

/// The part of an object that a step changes; for single references, with the name of the reference.
pub(super) fn part(step: &Step) -> String {
    match target(step) {
        Some((name, target)) if name != target.name() => format!("{}.{name}", step.part),
        _ => step.part.clone(),
    }
}

/// What a step links or unlinks, and the name of the reference: in a set, the name of the target itself.
pub(super) fn target(step: &Step) -> Option<(&str, &Reference)> {
    let [change] = step.changes.as_slice() else {
        return None;
    };
    let side = match step.action {
        Action::Link => &change.after,
        Action::Unlink => &change.before,
        _ => return None,
    };
    match side {
        Some(Value::Reference(target)) => Some((&change.path, target)),
        _ => None,
    }
}

/// The number of objects per action, and the number of steps.
pub(super) fn numbers(plan: &Plan) -> String {
    let words = [
        (ObjectAction::Create, "create"),
        (ObjectAction::Update, "change"),
        (ObjectAction::Replace, "replace"),
        (ObjectAction::Delete, "delete"),
    ];
    let actions = object_actions(&plan.steps);
    let number = |action| actions.values().filter(|of| **of == action).count();
    let numbers = words
        .into_iter()
        .map(|(action, word)| (number(action), word));
    let parts: Vec<_> = numbers
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} to {word}"))
        .collect();
    let steps = count(plan.steps.len() as u64, "step");
    let compared = secrets_to_compare(&plan.secrets_to_compare).into_iter();
    let parts: Vec<_> = parts.into_iter().chain(compared).collect();
    format!("Plan: {}, in {steps}.", parts.join(", "))
}

/// The number of secrets to compare, if there are any.
pub(super) fn secrets_to_compare(secrets: &[SecretToCompare]) -> Option<String> {
    let number = count(secrets.len() as u64, "secret");
    (!secrets.is_empty()).then(|| format!("{number} to compare"))
}

/// The result of a plan without steps.
pub(super) fn no_changes(plan: &Plan) -> &'static str {
    match (plan.left_out.is_empty(), plan.selection.is_everything()) {
        (true, true) => NO_CHANGES,
        (true, false) => "No changes to the selected objects.",
        (false, _) => "No changes to what could be read.",
    }
}

/// The summary of a plan, in one line; `None` if it has nothing but objections.
pub(super) fn summary(plan: &Plan) -> Option<String> {
    match (plan.steps.is_empty(), plan.objections.is_empty()) {
        (true, true) => Some(no_changes(plan).to_owned()),
        (true, false) => None,
        (false, true) if !plan.has_changes() => {
            let compared = secrets_to_compare(&plan.secrets_to_compare).unwrap_or_default();
            let no_changes = no_changes(plan)
                .split_once('.')
                .map_or("", |(first, _)| first);
            Some(format!("{no_changes}; {compared}."))
        }
        (false, _) => Some(numbers(plan)),
    }
}

/// The refusal of a plan with objections, in one line.
pub(super) fn refused(plan: &Plan) -> Option<String> {
    let objections = count(plan.objections.len() as u64, "objection");
    (!plan.objections.is_empty())
        .then(|| format!("Refused: resolve {objections} first. No changes were made."))
}

/// The requests that apply will send; empty if there is nothing to apply.
pub(super) fn requests_of_apply(plan: &Plan, cost: RequestEstimate) -> Vec<String> {
    if plan.steps.is_empty() || !plan.objections.is_empty() {
        return Vec::new();
    }
    let (writes, verify) = (plan.request_count(), cost.verify);
    let reconciles_list = |step: &Step| matches!(step.operation, Operation::ReconcileList(_));
    let reconciles = plan.steps.iter().any(reconciles_list);
    let at_least = match (reconciles, plan.secrets_to_compare.is_empty()) {
        (false, true) => "",
        (true, true) => "at least ",
        (false, false) => "at most ",
        (true, false) => "about ",
    };
    let total = count((writes + verify) as u64, "request");
    let round_trips = |number: usize| count(number as u64, "round trip");
    let (steps, read_back) = (
        round_trips(plan.round_trips()),
        round_trips(cost.verify_round_trips),
    );
    let mut lines = vec![format!(
        "Apply will send {at_least}{total}: {writes} for the steps in {steps}, {verify} to verify in {read_back}."
    )];
    if plan.discards_texts() {
        let line = "Before a delete, it also reads the page texts of the object for the backup.";
        lines.push(line.to_owned());
    }
    lines
}

/// The steps of a wave and what they cost, in one line.
pub(super) fn wave(number: usize, wave: &Wave, plan: &Plan) -> String {
    let steps = wave.steps();
    let noun = if steps.len() == 1 { "step" } else { "steps" };
    let steps = step_numbers(steps);
    let requests = count(wave.requests(plan) as u64, "request");
    let round_trips = count(wave.round_trips(plan) as u64, "round trip");
    let sent = format!("{requests} in {round_trips}");
    let sent = match (wave.requests(plan), wave.verifying_reads(plan)) {
        (_, 0) => sent,
        (0, reads) => format!("{} to verify", count(reads as u64, "read")),
        (_, reads) => format!("{sent}, {} to verify", count(reads as u64, "read")),
    };
    format!("wave {number}: {noun} {steps}; {sent}")
}

/// What happens to a request with properties that Graph may refuse, in one line.
pub(super) fn sent_again_without(operation: &Operation) -> Option<String> {
    let Operation::Request(request) = operation else {
        return None;
    };
    let names = request.optional.join(" and ");
    (!names.is_empty())
        .then(|| format!("if Graph answers 400, the request is sent again without {names}"))
}

/// The properties that Graph refused in creates, one line for each kind.
pub(super) fn refused_at_creation(refused: &RefusedProperties) -> Vec<String> {
    let line = |(kind, names): (&String, &BTreeSet<Name>)| {
        let names: Vec<_> = names.iter().map(|name| &**name).collect();
        let names = names.join(" and ");
        format!(
            "Graph refused {names} in the create of {kind} objects: they were created without, and linked afterwards."
        )
    };
    refused.iter().map(line).collect()
}

/// The result of an apply, in one line.
pub(super) fn result(report: &ApplyReport, requests: u64) -> String {
    let (done, all) = (report.done(), report.outcomes.len());
    let requests = count(requests, "request");
    match report.is_success() {
        true if done == 0 => with_secrets("No changes were made.".to_owned(), report),
        true => {
            let steps = count(done as u64, "step");
            let complete = format!("Apply complete and verified: {steps} done with {requests}.");
            with_secrets(complete, report)
        }
        false => {
            let steps = count(all as u64, "step");
            format!("Apply incomplete: {done} of {steps} done with {requests}.")
        }
    }
}

/// The sentence, followed by what became of the secrets that were compared.
fn with_secrets(mut sentence: String, report: &ApplyReport) -> String {
    let outcomes = || report.outcomes.iter();
    let unchanged = outcomes().filter(|outcome| **outcome == StepOutcome::Unchanged);
    let not_compared = outcomes().filter(|outcome| matches!(outcome, StepOutcome::NotCompared(_)));
    for (number, what) in [
        (
            unchanged.count(),
            "found the secrets that were last applied",
        ),
        (not_compared.count(), "could not compare secrets"),
    ] {
        if number > 0 {
            sentence += &format!(" {} {what}.", count(number as u64, "step"));
        }
    }
    sentence
}

/// That the secrets of a step could not be compared, as a sentence.
pub(super) fn not_compared(step: &Step, outcome: &StepOutcome) -> Option<String> {
    let StepOutcome::NotCompared(reason) = outcome else {
        return None;
    };
    let (address, fields) = (&step.address, compared_fields(step));
    Some(format!(
        "{address}: {fields} was not compared with the secret last applied, and not sent: {reason}"
    ))
}

/// What to do about an incomplete apply.
pub(super) fn retry_hint(report: &ApplyReport, resume: Resume) -> String {
    let is_stale = resume == Resume::NewPlan && report.done() > 0;
    let (again, then) = match is_stale {
        true => ("make a new plan", RESUMES_STALE),
        false => ("run the command again", RESUMES),
    };
    match report.outcomes.contains(&StepOutcome::NotStarted) {
        _ if report.exceeded_wait_limit() => {
            format!("Graph was busy past the waiting limit: {again} later; {then}")
        }
        true => format!("The run was interrupted: {again}; {then}"),
        false => format!("Fix the cause and {again}: {then}"),
    }
}

/// The result of checking files that have no errors.
pub(super) fn files_valid(run: &RunReport) -> String {
    let objects = count(run.declared.len() as u64, "object");
    let name = run
        .tenant
        .as_ref()
        .map_or("the tenant", |tenant| &tenant.name);
    format!("The files of {} are valid: {objects}.", shown(&name))
}

/// The summary of drift, in one line.
pub(super) fn drift_summary(drift: &DriftReport) -> String {
    let number = |severity| drift.count(severity) as u64;
    let counts: Vec<_> = Severity::ALL
        .into_iter()
        .filter(|severity| number(*severity) > 0)
        .map(|severity| count(number(severity), severity.as_str()))
        .collect();
    match (drift.is_found(), counts.is_empty()) {
        (true, _) => format!("Drift: {}.", counts.join(", ")),
        (false, true) if !drift.is_complete => "No drift in what could be read.".to_owned(),
        (false, true) if !drift.not_compared.is_empty() => {
            let secrets = count(drift.not_compared.len() as u64, "secret");
            format!("No drift; {secrets} could not be compared.")
        }
        (false, true) if !drift.selection.is_everything() => {
            "No drift of the selected objects.".to_owned()
        }
        (false, true) => "No drift. The tenant matches the files.".to_owned(),
        (false, false) => format!("No drift; {}.", counts.join(", ")),
    }
}

/// The summary of a check of sign-in, in one line.
pub(super) fn sign_in_summary(report: &SignInReport) -> String {
    let number = |is_counted: &dyn Fn(&SignInOutcome) -> bool| {
        let flows = report.flows();
        let counted = |entries: &&[SignInEntry]| entries.iter().any(|it| is_counted(&it.outcome));
        flows.filter(counted).count() as u64
    };
    let failing = number(&SignInOutcome::fails);
    let left_out = number(&|outcome| matches!(outcome, SignInOutcome::NotChecked(_)));
    let checked = report.flows().count() as u64 - left_out;
    let result = match (checked, failing) {
        (0, _) => "No flow to check.".to_owned(),
        (_, 0) => format!("Sign-in works for {}.", count(checked, "flow")),
        _ => format!("Sign-in fails for {failing} of {}.", count(checked, "flow")),
    };
    match left_out {
        0 => result,
        _ => format!("{result} {} not checked.", count(left_out, "flow")),
    }
}

/// What a check of sign-in found, and what to do, line by line.
pub(super) fn sign_in_details(outcome: &SignInOutcome) -> Vec<String> {
    let messages = outcome.messages().into_iter();
    let messages = messages.map(|message| one_line(&message));
    let help = outcome.help().map(|help| format!("help: {help}"));
    messages.chain(help).collect()
}

/// A text in one line.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    shown(&lines.join(" "))
}

/// The lines of a failure.
pub(super) fn failure(failure: &ApplyFailure) -> Vec<String> {
    let message = failure.message.lines().map(|line| shown(&line));
    let help = failure
        .hint
        .iter()
        .map(|hint| format!("help: {}", shown(hint)));
    message.chain(help).collect()
}

/// The file and the line of a location.
pub(super) fn file_and_line(span: &Span) -> String {
    shown(&format!("{}:{}", span.source.name(), span.line()))
}

/// The location of an object.
pub(super) fn declared_at(span: &Span) -> String {
    let name = shown(&span.source.name());
    format!("declared at {name}:{}:{}", span.line(), span.column())
}

/// An object and the action on it.
pub(super) fn heading(address: &Address, action: ObjectAction, style: Style) -> String {
    let (tone, line) = match action {
        ObjectAction::Create => (Tone::Added, format!("+ {address}")),
        ObjectAction::Update => (Tone::Changed, format!("~ {address}")),
        ObjectAction::Replace => (Tone::Removed, format!("± {address} (delete and recreate)")),
        ObjectAction::Delete => (Tone::Removed, format!("- {address}")),
        ObjectAction::Compare => (Tone::Strong, format!("? {address}")),
    };
    style.paint(tone, &line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::samples::step_of;

    #[test]
    fn saved_plan_is_continued_by_a_new_one_once_a_step_is_done() {
        let report = |outcomes: &[StepOutcome]| ApplyReport {
            outcomes: outcomes.to_vec(),
            ..ApplyReport::default()
        };
        let (half, none) = (
            report(&[StepOutcome::Done, StepOutcome::NotStarted]),
            report(&[StepOutcome::NotStarted]),
        );
        assert_eq!(
            retry_hint(&half, Resume::NewPlan),
            "The run was interrupted: make a new plan; the saved one is stale now, because some of its steps are done."
        );
        let again = "The run was interrupted: run the command again; entraflow re-reads the tenant and applies what \
                     remains.";
        assert_eq!(retry_hint(&half, Resume::SameCommand), again);
        assert_eq!(retry_hint(&none, Resume::NewPlan), again);
    }

    #[test]
    fn secret_that_was_not_compared_is_named_with_the_reason() {
        let step = step_of("apiConnector/a", Action::Compare, "");
        let reason = "the variable A is not set".to_owned();
        let outcome = StepOutcome::NotCompared(reason);
        assert_eq!(not_compared(&step, &StepOutcome::Done), None);
        let text = not_compared(&step, &outcome).unwrap_or_default();
        assert!(text.starts_with("apiConnector/a: "), "{text}");
        assert!(
            text.ends_with("and not sent: the variable A is not set"),
            "{text}"
        );
    }
}
