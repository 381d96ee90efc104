//! Plans and reports for people.

use std::io::{self, Write};

use super::account::{Account, Applied, Drifted, Priced, Stopped};
use super::frame::{head, reading, warnings};
use super::lines::{self, INDENT};
use super::style::{Style, Tone, shown};
use super::{Cost, Detail, drift, words};
use crate::apply::report::{Outcome, Report, Verified};
use crate::plan::saved_plan::Stale;
use crate::plan::{Fate, Plan, Step, Work, fates};
use crate::problem::{self, Place};

/// How a list of a new object comes about.
const FILLED: &str = "what Graph has put into the list by itself is changed by PATCH or deleted";

/// How wide the excerpts of files are where there is no terminal.
const WIDTH: usize = 100;

/// All that a run came to, as it was told on a terminal.
pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    let style = Style::PLAIN;
    let problems = account.problems.iter();
    let told = problems.map(|problem| problem::render(problem, false, WIDTH));
    told.into_iter()
        .try_for_each(|problem| writeln!(out, "{problem}\n"))?;
    if let Some(Priced { plan, cost }) = &account.planned {
        self::plan(out, plan, *cost, Detail::Steps, style)?;
        if let Some(Applied { report, requests }) = &account.applied {
            for (index, (step, outcome)) in plan.steps.iter().zip(&report.outcomes).enumerate() {
                let place = account.declared_at(&step.address);
                self::outcome(out, (index, step), outcome, place, style)?;
            }
            self::report(out, report, *requests, style)?;
        }
    }
    if let Some(Drifted { drift, reading }) = &account.drifted {
        drift::text(out, drift, *reading, style)?;
    }
    if let Some(Stopped { message, help }) = &account.stopped {
        let message = message.lines().map(|line| format!("error: {line}"));
        let help = help.iter().map(|help| format!("help: {help}"));
        indented(out, 0, message.chain(help), style)?;
    }
    match account.is_in_order() {
        true => writeln!(out, "{}", words::in_order(account)),
        false => Ok(()),
    }
}

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
        let title = style.words(Tone::Bad, 0, &title);
        writeln!(out, "\n{}", title.join("\n"))?;
        indented(out, 2, [format!("help: {}", objection.help)], style)?;
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
    let trips = match detail {
        Detail::Requests => plan.trips(),
        Detail::Steps => Vec::new(),
    };
    let mut trips = trips.iter().peekable();
    let mut object = None;
    for index in shown {
        let Some(step) = steps.get(index) else {
            continue;
        };
        let address = &step.address;
        if object.replace(address) != Some(address) {
            let fate = fates.get(address).copied().unwrap_or(Fate::Changed);
            writeln!(out, "\n{}", words::heading(address, fate, style))?;
        }
        self::step(out, index, step, style)?;
        let trip = trips.next_if(|trip| trip.steps.start == index);
        if let Some(together) = trip.and_then(words::together) {
            writeln!(out, "{:INDENT$}{}", "", style.paint(Tone::Faint, &together))?;
        }
        if detail == Detail::Requests {
            requests(out, step, plan, style)?;
        }
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

fn step(out: &mut dyn Write, index: usize, step: &Step, style: Style) -> io::Result<()> {
    writeln!(out, "{:4}  {}", index + 1, shown(&words::title(step)))?;
    for line in lines::step(step, style) {
        writeln!(out, "{:INDENT$}{line}", "")?;
    }
    Ok(())
}

fn requests(out: &mut dyn Write, step: &Step, plan: &Plan, style: Style) -> io::Result<()> {
    let requests = step.work.requests();
    let notes: &[&str] = match (&step.work, requests.len()) {
        (Work::One(_), _) => &[],
        (Work::Fill(_), ..3) => &[FILLED],
        (Work::Fill(_), _) => &[
            FILLED,
            "what follows the GET goes together, one after the other",
        ],
    };
    let notes = notes.iter().copied().map(str::to_owned);
    let lines = requests
        .into_iter()
        .flat_map(|request| lines::request(request, plan));
    for line in notes.chain(lines) {
        writeln!(out, "{:INDENT$}{}", "", style.paint(Tone::Faint, &line))?;
    }
    Ok(())
}

fn summary(out: &mut dyn Write, plan: &Plan, cost: Cost, style: Style) -> io::Result<()> {
    if let Some(sum) = words::sum(plan) {
        writeln!(out, "{}", style.paint(Tone::Strong, &sum))?;
    }
    unknown_secrets(out, plan)?;
    reading(out, cost.reading)?;
    if let Some(refused) = words::refused(plan) {
        writeln!(out, "{}", style.paint(Tone::Bad, &refused))?;
    }
    let future = words::future(plan, cost);
    future.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn unknown_secrets(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.unknown_secrets.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "Secrets unknown to entraflow.lock, so that nobody can compare them:"
    )?;
    plan.unknown_secrets
        .iter()
        .try_for_each(|address| writeln!(out, "  {}", shown(address)))?;
    writeln!(
        out,
        "They are set on the next change, or with --set-secrets KIND/NAME."
    )
}

pub(super) fn outcome(
    out: &mut dyn Write,
    (index, step): (usize, &Step),
    outcome: &Outcome,
    place: Option<&Place>,
    style: Style,
) -> io::Result<()> {
    let title = format!("{:4}  {}", index + 1, shown(&words::full_title(step)));
    match outcome {
        Outcome::Done => writeln!(out, "{title}  {}", style.paint(Tone::Added, "done")),
        Outcome::Skipped(because) => {
            let words = format!("skipped, because step {} was not done", because + 1);
            writeln!(out, "{title}  {}", style.paint(Tone::Changed, &words))
        }
        Outcome::NotBegun => writeln!(out, "{title}  {}", style.paint(Tone::Changed, "not begun")),
        Outcome::Failed(failure) => {
            writeln!(out, "{title}  {}", style.paint(Tone::Bad, "failed"))?;
            let mut lines = words::failure(failure);
            lines.extend(place.map(words::declared_at));
            indented(out, INDENT, lines, style)
        }
    }
}

/// What became of a plan as a whole; the steps were told one by one. Of an empty plan there is nothing to tell.
pub(super) fn report(
    out: &mut dyn Write,
    report: &Report,
    requests: u64,
    style: Style,
) -> io::Result<()> {
    if report.outcomes.is_empty() {
        return Ok(());
    }
    match &report.verified {
        Verified::Not | Verified::Same => {}
        Verified::Unknown(failure) => {
            writeln!(out, "\n{}", style.paint(Tone::Bad, words::UNREADABLE))?;
            indented(out, INDENT, words::failure(failure), style)?;
        }
        Verified::Differs(deviations) => {
            writeln!(out, "\n{}", style.paint(Tone::Bad, words::DEVIATES))?;
            let lines = deviations
                .iter()
                .flat_map(|deviation| words::deviation(deviation, style));
            lines
                .into_iter()
                .try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    writeln!(out)?;
    let result = words::result(report, requests);
    if report.is_success() {
        return writeln!(out, "{}", style.paint(Tone::Strong, &result));
    }
    writeln!(out, "{}", style.paint(Tone::Bad, &result))?;
    indented(out, 0, [words::again(report)], style)
}

/// Lines of words behind so many spaces.
fn indented(
    out: &mut dyn Write,
    indent: usize,
    lines: impl IntoIterator<Item = String>,
    style: Style,
) -> io::Result<()> {
    let mut lines = lines.into_iter().flat_map(|line| style.fit(indent, &line));
    lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}
