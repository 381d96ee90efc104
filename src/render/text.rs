//! Plans and reports for people.

use std::io::{self, Write};

use super::frame::{head, reading, warnings};
use super::style::{Style, Tone, shown};
use super::{Cost, Detail, count, lines};
use crate::diff::Difference;
use crate::model::Address;
use crate::plan::file::Stale;
use crate::plan::{Action, Fate, Plan, Step, Work, fates};
use crate::report::{Deviation, Failure, Outcome, Report, Verified};

pub(super) fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    cost: Cost,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    head(out, "Plan for", &plan.target, style)?;
    let all = 0..plan.steps.len();
    steps(out, &plan.steps, all, plan, detail, style)?;
    for objection in &plan.objections {
        let title = match &objection.address {
            Some(address) => format!("objection: {address}: {}", objection.message),
            None => format!("objection: {}", objection.message),
        };
        writeln!(out, "\n{}", style.paint(Tone::Bad, &title))?;
        writeln!(out, "  help: {}", shown(&objection.help))?;
    }
    if !plan.unmanaged.is_empty() {
        writeln!(out, "\nUnmanaged, left alone:")?;
        plan.unmanaged
            .iter()
            .try_for_each(|address| writeln!(out, "  {}", shown(address)))?;
    }
    warnings(out, &plan.warnings, style)?;
    writeln!(out)?;
    summary(out, plan, cost, style)
}

/// Some of these steps, under their objects.
fn steps(
    out: &mut dyn Write,
    steps: &[Step],
    shown: impl IntoIterator<Item = usize>,
    plan: &Plan,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    let fates = fates(steps);
    let mut object = None;
    for index in shown {
        let Some(step) = steps.get(index) else {
            continue;
        };
        let address = &step.address;
        if object.replace(address) != Some(address) {
            let fate = fates.get(address).copied().unwrap_or(Fate::Changed);
            writeln!(out, "\n{}", heading(address, fate, style))?;
        }
        self::step(out, index, step, plan, detail, style)?;
    }
    Ok(())
}

pub(super) fn stale(
    out: &mut dyn Write,
    stale: &Stale<'_>,
    now: &Plan,
    style: Style,
) -> io::Result<()> {
    let Stale {
        then,
        gone,
        new,
        moved,
    } = stale;
    let halves = [
        ("Planned then, and not now:", *then, gone),
        ("Planned now, and not then:", &now.steps, new),
    ];
    for (title, all, shown) in halves.into_iter().filter(|(.., shown)| !shown.is_empty()) {
        writeln!(out, "{}", style.paint(Tone::Strong, title))?;
        steps(out, all, shown.iter().copied(), now, Detail::Steps, style)?;
        writeln!(out)?;
    }
    for (address, then, now) in moved {
        let line = format!("{address} is another object now: its id was {then} and is {now}");
        writeln!(out, "{}\n", style.paint(Tone::Changed, &line))?;
    }
    Ok(())
}

fn heading(address: &Address, fate: Fate, style: Style) -> String {
    match fate {
        Fate::Created => style.paint(Tone::Added, &format!("+ {address}")),
        Fate::Changed => style.paint(Tone::Changed, &format!("~ {address}")),
        Fate::Replaced => style.paint(
            Tone::Removed,
            &format!("± {address}, deleted and made anew"),
        ),
        Fate::Deleted => style.paint(Tone::Removed, &format!("- {address}")),
    }
}

fn step(
    out: &mut dyn Write,
    index: usize,
    step: &Step,
    plan: &Plan,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    writeln!(out, "{:4}  {}", index + 1, shown(&title(step)))?;
    let fields = lines::fields(&step.changes, style);
    let content = step
        .content
        .iter()
        .flat_map(|change| lines::content(change, style));
    let notes = step
        .notes
        .iter()
        .map(|note| style.paint(Tone::Faint, &format!("note: {note}")));
    for line in fields.into_iter().chain(content).chain(notes) {
        writeln!(out, "        {line}")?;
    }
    if detail == Detail::Requests {
        if matches!(step.work, Work::Fill(_)) {
            let note = "what Graph has put into the list by itself is changed by PATCH or deleted";
            writeln!(out, "        {}", style.paint(Tone::Faint, note))?;
        }
        for request in step.work.requests() {
            for line in lines::request(request, plan) {
                writeln!(out, "        {}", style.paint(Tone::Faint, &line))?;
            }
        }
    }
    Ok(())
}

/// What a step does, in one line; for the object itself the heading says which.
fn title(step: &Step) -> String {
    let word = step.action.word();
    match (step.action, step.part.as_str()) {
        (_, "") => word.to_owned(),
        (Action::Fill, part) => format!("{word} {part}, exactly so"),
        (_, part) => format!("{word} {part}"),
    }
}

fn summary(out: &mut dyn Write, plan: &Plan, cost: Cost, style: Style) -> io::Result<()> {
    if plan.steps.is_empty() && plan.objections.is_empty() {
        let line = "No changes. The tenant is as the files say.";
        writeln!(out, "{}", style.paint(Tone::Strong, line))?;
    } else if !plan.steps.is_empty() {
        writeln!(out, "{}", style.paint(Tone::Strong, &numbers(plan)))?;
    }
    unknown_secrets(out, plan)?;
    reading(out, cost.reading)?;
    if !plan.objections.is_empty() {
        let objections = count(plan.objections.len() as u64, "objection");
        let line = format!("Refused: {objections} must be settled first. Nothing is sent.");
        return writeln!(out, "{}", style.paint(Tone::Bad, &line));
    }
    if !plan.steps.is_empty() {
        future(out, plan, cost)?;
    }
    Ok(())
}

/// How many objects become what.
fn numbers(plan: &Plan) -> String {
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

fn unknown_secrets(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.unknown_secrets.is_empty() {
        return Ok(());
    }
    let objects: Vec<_> = plan
        .unknown_secrets
        .iter()
        .map(ToString::to_string)
        .collect();
    let objects = shown(&objects.join(", "));
    writeln!(
        out,
        "Secrets unknown to entraflow.lock, so that nobody can compare them: {objects}."
    )?;
    writeln!(
        out,
        "They are set on the next change, or with --set-secrets KIND/NAME."
    )
}

/// What apply will cost.
fn future(out: &mut dyn Write, plan: &Plan, cost: Cost) -> io::Result<()> {
    let (writes, verify) = (plan.writes(), cost.verify);
    let fills = plan
        .steps
        .iter()
        .any(|step| matches!(step.work, Work::Fill(_)));
    let at_least = if fills { "at least " } else { "" };
    let total = writes + verify;
    writeln!(
        out,
        "Apply will make {at_least}{total}: {writes} for the steps, {verify} to verify."
    )?;
    match plan.lost.is_empty() {
        true => Ok(()),
        false => writeln!(
            out,
            "It also reads the texts of what goes, to write it all down before."
        ),
    }
}

pub(super) fn outcome(
    out: &mut dyn Write,
    index: usize,
    step: &Step,
    outcome: &Outcome,
    style: Style,
) -> io::Result<()> {
    let title = shown(&format!("{} {}", step.address, title(step)));
    let title = format!("{:4}  {title}", index + 1);
    match outcome {
        Outcome::Done => writeln!(out, "{title}  {}", style.paint(Tone::Added, "done")),
        Outcome::Skipped(because) => {
            let words = format!("skipped, because step {} was not done", because + 1);
            writeln!(out, "{title}  {}", style.paint(Tone::Changed, &words))
        }
        Outcome::NotBegun => writeln!(out, "{title}  {}", style.paint(Tone::Changed, "not begun")),
        Outcome::Failed(failure) => {
            writeln!(out, "{title}  {}", style.paint(Tone::Bad, "failed"))?;
            self::failure(out, failure)
        }
    }
}

pub(super) fn report(
    out: &mut dyn Write,
    report: &Report,
    made: u64,
    style: Style,
) -> io::Result<()> {
    verified(out, &report.verified, style)?;
    writeln!(out)?;
    let (done, all) = (report.done(), report.outcomes.len());
    if report.is_success() {
        let line = format!(
            "Applied and verified: {} done with {}.",
            count(done as u64, "step"),
            count(made, "request")
        );
        return writeln!(out, "{}", style.paint(Tone::Strong, &line));
    }
    let line = format!(
        "Not finished: {done} of {} done with {}.",
        count(all as u64, "step"),
        count(made, "request")
    );
    writeln!(out, "{}", style.paint(Tone::Bad, &line))?;
    let again = match report.outcomes.contains(&Outcome::NotBegun) {
        true => "Interrupted. Run the same command again",
        false => "Run the same command again after the cause is mended",
    };
    writeln!(out, "{again}: it looks first, and does what is left.")
}

fn failure(out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
    for line in failure.message.lines() {
        writeln!(out, "        {}", shown(&line))?;
    }
    if let Some(hint) = &failure.hint {
        writeln!(out, "        help: {}", shown(hint))?;
    }
    Ok(())
}

fn verified(out: &mut dyn Write, verified: &Verified, style: Style) -> io::Result<()> {
    match verified {
        Verified::Not | Verified::Same => Ok(()),
        Verified::Unknown(failure) => {
            writeln!(
                out,
                "\n{}",
                style.paint(Tone::Bad, "What was applied could not be read back:")
            )?;
            self::failure(out, failure)
        }
        Verified::Differs(deviations) => {
            let title = "Read back, and not as it should be (tenant → asked):";
            writeln!(out, "\n{}", style.paint(Tone::Bad, title))?;
            deviations
                .iter()
                .try_for_each(|deviation| self::deviation(out, deviation, style))
        }
    }
}

fn deviation(out: &mut dyn Write, deviation: &Deviation, style: Style) -> io::Result<()> {
    let address = shown(deviation.address());
    let difference = match deviation {
        Deviation::Missing(_) => return writeln!(out, "  {address} is not there"),
        Deviation::StillThere(_) => return writeln!(out, "  {address} is still there"),
        Deviation::Differs(_, difference) => difference,
    };
    writeln!(out, "  {address}")?;
    let Difference {
        fields,
        links,
        slots,
        lists,
    } = difference;
    for line in lines::fields(fields, style) {
        writeln!(out, "    {line}")?;
    }
    for link in links {
        let word = match link.presence {
            crate::model::Presence::Present => "lacks",
            crate::model::Presence::Absent => "has also",
        };
        let target = shown(&link.target.name());
        writeln!(out, "    {} {word} {target}", link.field)?;
    }
    for slot in slots {
        let name = |side: &Option<crate::model::Reference>| {
            side.as_ref()
                .map_or("nothing".to_owned(), |reference| shown(&reference.name()))
        };
        writeln!(
            out,
            "    {}  {} → {}",
            slot.step,
            name(&slot.before),
            name(&slot.after)
        )?;
    }
    for list in lists {
        for item in &list.items {
            let key = shown(&item.key.name());
            writeln!(out, "    {}[{key}] differs", list.field)?;
            for line in lines::fields(&item.fields, style) {
                writeln!(out, "      {line}")?;
            }
        }
        if list.order.is_some() {
            writeln!(out, "    {} stands in another order", list.field)?;
        }
    }
    Ok(())
}
