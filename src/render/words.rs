//! What every form of output says in the same words: numbers, titles of steps, what was found out.

use super::lines;
use super::style::{Style, Tone, shown};
use super::{Account, Cost, count};
use crate::apply::report::{Deviation, Failure, Outcome, Report};
use crate::diff::Difference;
use crate::model::{Address, BatchMode, Presence, Reference, Value};
use crate::plan::{Action, Fate, Plan, Step, Trip, Work, fates};
use crate::problem::Place;

/// What a step does, in one line; for the object itself the heading says which.
pub(super) fn title(step: &Step) -> String {
    let word = step.action.word();
    match (step.action, step.part.as_str()) {
        (_, "") => word.to_owned(),
        (Action::Reconcile, part) => format!("{word} {part}, exactly so"),
        (_, part) => format!("{word} {part}"),
    }
}

/// What a step does, in one line that stands alone: with its object, and with what it links.
pub(super) fn full_title(step: &Step) -> String {
    match target(step) {
        Some((_, target)) => {
            let (word, part) = (step.action.word(), part(step));
            format!("{} {word} {part}: {}", step.address, target.name())
        }
        None => format!("{} {}", step.address, title(step)),
    }
}

/// The part of an object that a step is about; of places for one other object each, the place.
pub(super) fn part(step: &Step) -> String {
    match target(step) {
        Some((place, target)) if place != target.name() => format!("{}.{place}", step.part),
        _ => step.part.clone(),
    }
}

/// What a step links or unlinks, and the place that it has there: its own name in a set.
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

/// How many objects become what.
pub(super) fn numbers(plan: &Plan) -> String {
    let words = [
        (Fate::Created, "create"),
        (Fate::Changed, "change"),
        (Fate::Replaced, "replace"),
        (Fate::Deleted, "delete"),
    ];
    let of_objects = fates(&plan.steps);
    let number = |fate| of_objects.values().filter(|of| **of == fate).count();
    let numbers = words.into_iter().map(|(fate, word)| (number(fate), word));
    let parts: Vec<_> = numbers
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} to {word}"))
        .collect();
    let steps = count(plan.steps.len() as u64, "step");
    format!("Plan: {}, in {steps}.", parts.join(", "))
}

/// What a plan comes to, in one line.
pub(super) fn sum(plan: &Plan) -> Option<String> {
    match (plan.steps.is_empty(), plan.objections.is_empty()) {
        (true, true) => Some(NO_CHANGES.to_owned()),
        (true, false) => None,
        (false, _) => Some(numbers(plan)),
    }
}

/// Whether a plan is refused, in one line.
pub(super) fn refused(plan: &Plan) -> Option<String> {
    let objections = count(plan.objections.len() as u64, "objection");
    (!plan.objections.is_empty())
        .then(|| format!("Refused: {objections} must be settled first. Nothing is sent."))
}

/// What apply will cost; nothing where there is nothing to apply.
pub(super) fn future(plan: &Plan, cost: Cost) -> Vec<String> {
    if plan.steps.is_empty() || !plan.objections.is_empty() {
        return Vec::new();
    }
    let (writes, verify) = (plan.writes(), cost.verify);
    let fills = plan
        .steps
        .iter()
        .any(|step| matches!(step.work, Work::Fill(_)));
    let at_least = if fills { "at least " } else { "" };
    let total = writes + verify;
    let trips = count(plan.round_trips() as u64, "round trip");
    let mut lines = vec![format!(
        "Apply will make {at_least}{total}: {writes} for the steps in {trips}, {verify} to verify."
    )];
    if !plan.lost.is_empty() {
        let line = "It also reads the texts of what goes, to write it all down before.";
        lines.push(line.to_owned());
    }
    lines
}

/// That the steps of a trip are sent together; nothing of one that goes alone.
pub(super) fn together(trip: &Trip) -> Option<String> {
    let Trip { steps, mode } = trip;
    let how = match mode {
        BatchMode::Parallel => "all at once",
        BatchMode::Serial => "one after the other",
    };
    let (first, last) = (steps.start + 1, steps.end);
    (first < last).then(|| format!("steps {first} to {last} go in one batch, {how}"))
}

/// What an apply came to, in one line.
pub(super) fn result(report: &Report, requests: u64) -> String {
    let (done, all) = (report.done(), report.outcomes.len());
    let requests = count(requests, "request");
    match report.is_success() {
        true => {
            let steps = count(done as u64, "step");
            format!("Applied and verified: {steps} done with {requests}.")
        }
        false => {
            let steps = count(all as u64, "step");
            format!("Not finished: {done} of {steps} done with {requests}.")
        }
    }
}

/// What is said of a plan without steps.
pub(super) const NO_CHANGES: &str = "No changes. The tenant is as the files say.";

/// What to do about an apply that is not finished.
pub(super) fn again(report: &Report) -> String {
    let again = match report.outcomes.contains(&Outcome::NotBegun) {
        _ if report.exceeded_wait_limit() => {
            "Graph was busy for too long. Run the same command again later"
        }
        true => "Interrupted. Run the same command again",
        false => "Run the same command again after the cause is mended",
    };
    format!("{again}: it looks first, and does what is left.")
}

/// What reading back says above the objects that deviate.
pub(super) const DEVIATES: &str = "Read back, and not as it should be (tenant → asked):";

/// What is said above the reason why nothing could be read back.
pub(super) const UNREADABLE: &str = "What was applied could not be read back:";

/// The lines of a failure.
pub(super) fn failure(failure: &Failure) -> Vec<String> {
    let message = failure.message.lines().map(|line| shown(&line));
    let help = failure
        .hint
        .iter()
        .map(|hint| format!("help: {}", shown(hint)));
    message.chain(help).collect()
}

/// Where an object is declared.
pub(super) fn declared_at(place: &Place) -> String {
    let name = shown(&place.source.name());
    format!("declared at {name}:{}:{}", place.line(), place.column())
}

/// An object and what becomes of it.
pub(super) fn heading(address: &Address, fate: Fate, style: Style) -> String {
    let (tone, line) = match fate {
        Fate::Created => (Tone::Added, format!("+ {address}")),
        Fate::Changed => (Tone::Changed, format!("~ {address}")),
        Fate::Replaced => (Tone::Removed, format!("± {address}, deleted and made anew")),
        Fate::Deleted => (Tone::Removed, format!("- {address}")),
    };
    style.paint(tone, &line)
}

/// The lines of an object that is not as it should be; the first names it.
pub(super) fn deviation(deviation: &Deviation, style: Style) -> Vec<String> {
    let address = shown(deviation.address());
    let Difference {
        fields,
        links,
        slots,
        lists,
    } = match deviation {
        Deviation::Missing(_) => return vec![format!("{address} is not there")],
        Deviation::NotDeleted(_) => return vec![format!("{address} is still there")],
        Deviation::Differs(_, difference) => difference,
    };
    let mut told = vec![address];
    told.extend(indented(lines::fields(fields, style)));
    for link in links {
        let word = match link.presence {
            Presence::Present => "lacks",
            Presence::Absent => "has also",
        };
        let target = shown(&link.target.name());
        told.push(format!("  {} {word} {target}", link.field));
    }
    for slot in slots {
        let name = |side: &Option<Reference>| {
            side.as_ref()
                .map_or("nothing".to_owned(), |reference| shown(&reference.name()))
        };
        let (before, after) = (name(&slot.before), name(&slot.after));
        told.push(format!("  {}  {before} → {after}", slot.field));
    }
    for list in lists {
        for item in &list.items {
            let key = shown(&item.key.name());
            told.push(format!("  {}[{key}] differs", list.field));
            told.extend(indented(indented(lines::fields(&item.fields, style))));
        }
        if list.order.is_some() {
            told.push(format!("  {} stands in another order", list.field));
        }
    }
    told
}

fn indented(lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("  {line}"))
}

/// What is said of files without errors.
pub(super) fn in_order(account: &Account) -> String {
    let objects = count(account.declared.len() as u64, "object");
    let name = account
        .tenant
        .as_ref()
        .map_or("the tenant", |tenant| &tenant.name);
    format!("The files of {} are in order: {objects}.", shown(&name))
}
