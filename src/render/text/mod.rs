//! Text output of plans and reports.

mod conversion;
mod dangers;
mod drift;
mod export;
mod probe;
mod whoami;

use std::io::{self, Write};

pub(super) use conversion::conversion;
pub(super) use dangers::dangers;
pub(super) use drift::{acceptance, drift};
pub(super) use export::export;
pub(super) use probe::probe;
pub(super) use whoami::whoami;

use super::diff_text::{self, INDENT};
use super::layout::{header, read_summary, warnings};
use super::options::Detail;
use super::reports::{
    ApplyResult, DriftResult, PlanWithCost, RequestEstimate, RunError, RunReport,
};
use super::strings;
use super::style::{Style, Tone, shown};
use crate::apply::report::{ApplyReport, StepOutcome, Verification};
use crate::plan::saved_plan::StalePlan;
use crate::plan::{ObjectAction, Objection, Operation, Plan, Step, object_actions};
use crate::problem::{self, Span};

/// How the list of a new object is reconciled.
const RECONCILED: &str =
    "items that Graph adds to the list by itself are updated with PATCH or deleted";

/// How the references of a new object are linked.
const LINKED_IF_MISSING: &str = "the requests after the GET are sent only for references that the GET does not return; after a create without them, all are \
     sent without the GET";

/// When a request with secrets that could not be compared is sent.
const SENT_IF_CHANGED: &str =
    "sent only if the secrets can be read where apply runs and are not the ones last applied";

/// Width of file excerpts without a terminal.
const WIDTH: usize = 100;

/// A whole run, as on a terminal.
pub(super) fn run_report(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    let style = Style::PLAIN;
    let problems = run.problems.iter();
    let mut rendered = problems.map(|problem| problem::render(problem, false, WIDTH));
    rendered.try_for_each(|problem| writeln!(out, "{problem}\n"))?;
    if let Some(PlanWithCost { plan, cost }) = &run.planned {
        self::plan(out, plan, *cost, Detail::Steps, style)?;
        if let Some(ApplyResult { report, requests }) = &run.applied {
            for (index, (step, outcome)) in plan.steps.iter().zip(&report.outcomes).enumerate() {
                let span = run.declared_at(&step.address);
                self::outcome(out, (index, step), outcome, span, style)?;
            }
            self::report(out, report, *requests, style)?;
        }
    }
    if let Some(DriftResult { drift, reading }) = &run.drifted {
        self::drift(out, drift, *reading, style)?;
    }
    if let Some(RunError { message, help }) = &run.error {
        let message = message.lines().map(|line| format!("error: {line}"));
        let help = help.iter().map(|help| format!("help: {help}"));
        indented(out, 0, message.chain(help), style)?;
    }
    match run.is_valid_files_only() {
        true => writeln!(out, "{}", strings::files_valid(run)),
        false => Ok(()),
    }
}

pub(super) fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    cost: RequestEstimate,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    header(out, "Plan for", &plan.target, style)?;
    self::dangers(out, &plan.dangers, style)?;
    let all = 0..plan.steps.len();
    steps(out, &plan.steps, all, plan, detail, style)?;
    waves(out, plan, detail, style)?;
    for objection in &plan.objections {
        writeln!(out)?;
        self::objection(out, objection, style)?;
    }
    if !plan.unmanaged.is_empty() {
        writeln!(out, "\nUnmanaged, not changed:")?;
        plan.unmanaged
            .iter()
            .try_for_each(|address| writeln!(out, "  {}", shown(address)))?;
    }
    warnings(out, &plan.warnings, style)?;
    writeln!(out)?;
    summary(out, plan, cost, style)
}

fn objection(out: &mut dyn Write, objection: &Objection, style: Style) -> io::Result<()> {
    let title = match &objection.address {
        Some(address) => format!("objection: {address}: {}", objection.message),
        None => format!("objection: {}", objection.message),
    };
    let title = style.words(Tone::Bad, 0, &title);
    writeln!(out, "{}", title.join("\n"))?;
    indented(out, 2, [format!("help: {}", objection.help)], style)
}

/// Some of these steps, below the headings of their objects.
fn steps(
    out: &mut dyn Write,
    steps: &[Step],
    shown: impl IntoIterator<Item = usize>,
    plan: &Plan,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    let actions = object_actions(steps);
    let mut object = None;
    for index in shown {
        let Some(step) = steps.get(index) else {
            continue;
        };
        let address = &step.address;
        if object.replace(address) != Some(address) {
            let action = actions
                .get(address)
                .copied()
                .unwrap_or(ObjectAction::Update);
            writeln!(out, "\n{}", strings::heading(address, action, style))?;
        }
        self::step(out, index, step, style)?;
        if detail == Detail::Requests {
            requests(out, step, plan, style)?;
        }
    }
    Ok(())
}

/// The waves in which the steps are sent.
fn waves(out: &mut dyn Write, plan: &Plan, detail: Detail, style: Style) -> io::Result<()> {
    if detail == Detail::Steps || plan.steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nExecution, one wave after the other:")?;
    let waves = plan.schedule().waves;
    let lines = (1..).zip(&waves);
    let lines = lines.map(|(number, wave)| strings::wave(number, wave, plan));
    indented(out, 2, lines, style)
}

pub(super) fn stale(
    out: &mut dyn Write,
    stale: &StalePlan<'_>,
    now: &Plan,
    style: Style,
) -> io::Result<()> {
    let StalePlan {
        saved_steps,
        removed,
        added,
        recreated,
    } = stale;
    let halves = [
        ("Only in the saved plan:", *saved_steps, removed),
        ("Only in the current plan:", &now.steps, added),
    ];
    for (title, all, shown) in halves.into_iter().filter(|(.., shown)| !shown.is_empty()) {
        writeln!(out, "{}", style.paint(Tone::Strong, title))?;
        steps(out, all, shown.iter().copied(), now, Detail::Steps, style)?;
        writeln!(out)?;
    }
    for (address, then, now) in recreated {
        let line = format!("{address} is a different object now: its id was {then} and is {now}");
        writeln!(out, "{}\n", style.paint(Tone::Changed, &line))?;
    }
    for objection in &now.objections {
        self::objection(out, objection, style)?;
        writeln!(out)?;
    }
    Ok(())
}

fn step(out: &mut dyn Write, index: usize, step: &Step, style: Style) -> io::Result<()> {
    writeln!(out, "{:4}  {}", index + 1, shown(&strings::title(step)))?;
    for line in diff_text::step(step, style) {
        writeln!(out, "{:INDENT$}{line}", "")?;
    }
    Ok(())
}

fn requests(out: &mut dyn Write, step: &Step, plan: &Plan, style: Style) -> io::Result<()> {
    let requests = step.operation.shown_requests();
    let optional = strings::sent_again_without(&step.operation);
    let notes: &[&str] = match (&step.operation, requests.len()) {
        (Operation::Request(_) | Operation::ReadListings(_), _) => &[],
        (Operation::SetIfChanged(_), _) => &[SENT_IF_CHANGED],
        (Operation::LinkMissing(_), _) => &[LINKED_IF_MISSING],
        (Operation::ReconcileList(_), ..3) => &[RECONCILED],
        (Operation::ReconcileList(_), _) => &[
            RECONCILED,
            "the requests after the GET follow each other without waiting",
        ],
    };
    let notes = notes.iter().copied().map(str::to_owned).chain(optional);
    let lines = requests
        .into_iter()
        .flat_map(|request| diff_text::request(request, plan));
    for line in notes.chain(lines) {
        writeln!(out, "{:INDENT$}{}", "", style.paint(Tone::Faint, &line))?;
    }
    Ok(())
}

fn summary(
    out: &mut dyn Write,
    plan: &Plan,
    cost: RequestEstimate,
    style: Style,
) -> io::Result<()> {
    if let Some(summary) = strings::summary(plan) {
        writeln!(out, "{}", style.paint(Tone::Strong, &summary))?;
    }
    if !plan.secrets_to_compare.is_empty() {
        indented(out, 0, [strings::COMPARED_BY_APPLY.to_owned()], style)?;
    }
    writeln!(out, "{}", read_summary(cost.reading))?;
    if let Some(refused) = strings::refused(plan) {
        writeln!(out, "{}", style.paint(Tone::Bad, &refused))?;
    }
    let requests = strings::requests_of_apply(plan, cost);
    requests.iter().try_for_each(|line| writeln!(out, "{line}"))
}

pub(super) fn outcome(
    out: &mut dyn Write,
    (index, step): (usize, &Step),
    outcome: &StepOutcome,
    span: Option<&Span>,
    style: Style,
) -> io::Result<()> {
    let title = format!("{:4}  {}", index + 1, shown(&strings::full_title(step)));
    match outcome {
        StepOutcome::Done => writeln!(out, "{title}  {}", style.paint(Tone::Added, "done")),
        StepOutcome::Unchanged => {
            let reason = "nothing sent: it is the one last applied";
            writeln!(out, "{title}  {}", style.paint(Tone::Faint, reason))
        }
        StepOutcome::NotCompared(reason) => {
            let reason = format!("not compared: {reason}");
            writeln!(out, "{title}  {}", style.paint(Tone::Changed, &reason))
        }
        StepOutcome::Skipped(because) => {
            let reason = format!("skipped, because step {} did not succeed", because + 1);
            writeln!(out, "{title}  {}", style.paint(Tone::Changed, &reason))
        }
        StepOutcome::NotStarted => writeln!(
            out,
            "{title}  {}",
            style.paint(Tone::Changed, "not started")
        ),
        StepOutcome::Failed(failure) => {
            writeln!(out, "{title}  {}", style.paint(Tone::Bad, "failed"))?;
            let mut lines = strings::failure(failure);
            lines.extend(span.map(strings::declared_at));
            indented(out, INDENT, lines, style)
        }
    }
}

/// The result of an apply, after the outcomes of its steps; nothing for an empty plan.
pub(super) fn report(
    out: &mut dyn Write,
    report: &ApplyReport,
    requests: u64,
    style: Style,
) -> io::Result<()> {
    if report.outcomes.is_empty() {
        return Ok(());
    }
    match &report.verified {
        Verification::NotRun | Verification::Matches => {}
        Verification::Failed(failure) => {
            writeln!(out, "\n{}", style.paint(Tone::Bad, strings::UNREADABLE))?;
            indented(out, INDENT, strings::failure(failure), style)?;
        }
        Verification::Differs(deviations) => {
            writeln!(out, "\n{}", style.paint(Tone::Bad, strings::DEVIATES))?;
            let lines = deviations
                .iter()
                .flat_map(|deviation| strings::deviation(deviation, style));
            lines
                .into_iter()
                .try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    let refused = strings::refused_at_creation(&report.refused_at_creation);
    if !refused.is_empty() {
        writeln!(out)?;
    }
    indented(out, 0, refused, style)?;
    writeln!(out)?;
    let result = strings::result(report, requests);
    if report.is_success() {
        return writeln!(out, "{}", style.paint(Tone::Strong, &result));
    }
    writeln!(out, "{}", style.paint(Tone::Bad, &result))?;
    indented(out, 0, [strings::retry_hint(report)], style)
}

/// Wrapped sentences, indented.
fn indented(
    out: &mut dyn Write,
    indent: usize,
    lines: impl IntoIterator<Item = String>,
    style: Style,
) -> io::Result<()> {
    let mut lines = lines.into_iter().flat_map(|line| style.fit(indent, &line));
    lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}
