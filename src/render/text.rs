//! Plans and reports for people.

use std::io::{self, Write};

use super::style::{Style, Tone};
use super::{Cost, Detail, lines};
use crate::diff::Difference;
use crate::plan::file::Stale;
use crate::plan::{Action, Plan, Step, Work};
use crate::report::{Deviation, Failure, Outcome, Report, Verified};

pub(super) fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    cost: Cost,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    let target = &plan.target;
    let title = format!("Plan for {} on {}", target.name, target.cloud);
    writeln!(out, "{}", style.paint(Tone::Strong, &title))?;
    writeln!(
        out,
        "{} tenant {}",
        target.tenant_type.word(),
        target.tenant_id
    )?;
    steps(out, plan.steps.iter().enumerate(), plan, detail, style)?;
    for objection in &plan.objections {
        let title = format!("objection: {}: {}", objection.address, objection.message);
        writeln!(out, "\n{}", style.paint(Tone::Bad, &title))?;
        writeln!(out, "  help: {}", objection.help)?;
    }
    writeln!(out)?;
    summary(out, plan, cost, style)
}

/// Steps under their objects.
fn steps<'a>(
    out: &mut dyn Write,
    steps: impl Iterator<Item = (usize, &'a Step)>,
    plan: &Plan,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    let mut object = None;
    for (index, step) in steps {
        if object != Some(&step.address) {
            object = Some(&step.address);
            writeln!(out, "\n{}", heading(step, style))?;
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
    let Stale { gone, new, moved } = stale;
    let halves = [
        ("Planned then, and not now:", gone),
        ("Planned now, and not then:", new),
    ];
    for (title, half) in halves.into_iter().filter(|(_, half)| !half.is_empty()) {
        writeln!(out, "{}", style.paint(Tone::Strong, title))?;
        steps(out, half.iter().copied(), now, Detail::Steps, style)?;
        writeln!(out)?;
    }
    for (address, then, now) in moved {
        let line = format!("{address} is another object now: its id was {then} and is {now}");
        writeln!(out, "{}\n", style.paint(Tone::Changed, &line))?;
    }
    Ok(())
}

fn heading(step: &Step, style: Style) -> String {
    match step.action {
        Action::Create => style.paint(Tone::Added, &format!("+ {}", step.address)),
        _ => style.paint(Tone::Changed, &format!("~ {}", step.address)),
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
    writeln!(out, "{:4}  {}", index + 1, title(step))?;
    let fields = lines::fields(&step.changes, style);
    let content = step
        .content
        .iter()
        .flat_map(|change| lines::content(change, style));
    for line in fields.into_iter().chain(content) {
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
    let made = format!(
        "{} made to read, in {}",
        cost.made,
        count(cost.round_trips, "round trip")
    );
    if plan.steps.is_empty() {
        if plan.objections.is_empty() {
            writeln!(
                out,
                "{}",
                style.paint(Tone::Strong, "No changes. The tenant is as the files say.")
            )?;
        } else {
            writeln!(out, "{}", style.paint(Tone::Bad, "Refused."))?;
        }
        return writeln!(out, "Requests: {made}.");
    }
    let created = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Create)
        .count();
    let changed = plan.touched().count() - created;
    let mut parts = Vec::new();
    if created > 0 {
        parts.push(format!("{created} to create"));
    }
    if changed > 0 {
        parts.push(format!("{changed} to change"));
    }
    let line = format!(
        "Plan: {}, in {}.",
        parts.join(", "),
        count(plan.steps.len() as u64, "step")
    );
    writeln!(out, "{}", style.paint(Tone::Strong, &line))?;
    let (writes, verify) = (plan.writes(), cost.verify);
    let total = writes + verify;
    writeln!(out, "Requests: {made}.")?;
    writeln!(
        out,
        "Apply will make {total}: {writes} for the steps, {verify} to verify."
    )?;
    if !plan.objections.is_empty() {
        let line = format!(
            "Refused: {} must be settled first.",
            count(plan.objections.len() as u64, "objection")
        );
        writeln!(out, "{}", style.paint(Tone::Bad, &line))?;
    }
    Ok(())
}

fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

pub(super) fn outcome(
    out: &mut dyn Write,
    index: usize,
    step: &Step,
    outcome: &Outcome,
    style: Style,
) -> io::Result<()> {
    let title = format!("{:4}  {} {}", index + 1, step.address, title(step));
    match outcome {
        Outcome::Done => writeln!(out, "{title}  {}", style.paint(Tone::Added, "done")),
        Outcome::Skipped(because) => {
            let words = format!("skipped, because step {} was not done", because + 1);
            writeln!(out, "{title}  {}", style.paint(Tone::Changed, &words))
        }
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
    writeln!(
        out,
        "Run the same command again after the cause is mended: it looks first, and does what is left."
    )
}

fn failure(out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
    for line in failure.message.lines() {
        writeln!(out, "        {line}")?;
    }
    if let Some(hint) = &failure.hint {
        writeln!(out, "        help: {hint}")?;
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
    let Some(difference) = &deviation.difference else {
        return writeln!(out, "  {} is not there", deviation.address);
    };
    writeln!(out, "  {}", deviation.address)?;
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
        writeln!(out, "    {} {word} {}", link.field, link.target.name())?;
    }
    for slot in slots {
        let name = |side: &Option<crate::model::Reference>| {
            side.as_ref().map_or("nothing".to_owned(), |reference| {
                reference.name().to_owned()
            })
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
            writeln!(out, "    {}[{}] differs", list.field, item.key.name())?;
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
