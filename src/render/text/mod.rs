//! Text output of plans and reports.

mod conversion;
mod dangers;
mod drift;
mod export;
mod list;
mod probe;
mod rehearsal;
mod saved_report;
mod sign_in;
mod whoami;

use std::io::{self, Write};

pub(super) use conversion::conversion;
pub(super) use drift::{acceptance, drift};
pub(super) use export::export;
pub(super) use list::list;
pub(super) use probe::probe;
pub(super) use rehearsal::rehearsal;
pub(super) use saved_report::saved_report;
pub(super) use sign_in::{sign_in, sign_in_after_apply};
pub(super) use whoami::whoami;

use super::deviations;
use super::diff_text::{self, INDENT, IdsOfStep, ShownIds};
use super::layout::{header, read_summary, remarks};
use super::options::Detail;
use super::reports::{
    ApplyResult, DriftResult, PlanWithCost, RequestEstimate, RunError, RunReport, SignInResult,
};
use super::strings;
use super::style::{Style, Tone, shown};
use crate::apply::report::{StepOutcome, Verification};
use crate::plan::saved_plan::StalePlan;
use crate::plan::{Action, ObjectAction, Objection, Operation, Plan, Step, object_actions};
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

/// The width of the number of a step, with the blanks after it.
const NUMBER: usize = 6;

/// The width of the longest word for an outcome.
const OUTCOME: usize = 12;

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
        if let Some(rehearsed) = &run.rehearsed {
            rehearsal(out, rehearsed, style)?;
        }
        if let Some(result) = &run.applied {
            let outcomes = plan.steps.iter().zip(&result.report.outcomes);
            for (index, (step, outcome)) in outcomes.enumerate() {
                let span = run.declared_at(&step.address);
                self::outcome(out, (index, step), outcome, span, style)?;
            }
            self::report(out, plan, result, style)?;
        }
    }
    match &run.sign_in {
        Some(SignInResult { report, .. }) if run.planned.is_some() => {
            sign_in_after_apply(out, report, style)?
        }
        Some(result) => sign_in(out, result, style)?,
        None => {}
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
    dangers::dangers(out, &plan.dangers, style)?;
    let all = 0..plan.steps.len();
    steps(out, &plan.steps, all, plan, detail, style)?;
    waves(out, plan, detail, style)?;
    for objection in &plan.objections {
        writeln!(out)?;
        self::objection(out, objection, style)?;
    }
    if !plan.unmanaged.is_empty() {
        writeln!(out)?;
        indented(out, 0, [strings::UNMANAGED.to_owned()], style)?;
        plan.unmanaged
            .iter()
            .try_for_each(|address| writeln!(out, "  {}", shown(address)))?;
    }
    remarks(out, &plan.warnings, &plan.notes, style)?;
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
    let (actions, ids) = (object_actions(steps), ShownIds::new(plan));
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
            requests(out, step, &ids.of_step(index), style)?;
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
    numbered(out, index, ("", 0), &strings::title(step), style)?;
    for line in diff_text::step(step, style) {
        writeln!(out, "{:INDENT$}{line}", "")?;
    }
    Ok(())
}

fn requests(out: &mut dyn Write, step: &Step, ids: &IdsOfStep<'_>, style: Style) -> io::Result<()> {
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
        .flat_map(|request| diff_text::request(request, ids));
    let notes = notes.flat_map(|note| style.fit(INDENT, &note));
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
        painted(out, Tone::Strong, &summary, style)?;
    }
    indented(out, 0, strings::compared_by_apply(plan), style)?;
    indented(out, 0, [read_summary(cost.reading)], style)?;
    if let Some(refused) = strings::refused(plan) {
        painted(out, Tone::Bad, &refused, style)?;
    }
    indented(out, 0, strings::requests_of_apply(plan, cost), style)
}

pub(super) fn outcome(
    out: &mut dyn Write,
    (index, step): (usize, &Step),
    outcome: &StepOutcome,
    span: Option<&Span>,
    style: Style,
) -> io::Result<()> {
    let (tone, word, reasons) = match outcome {
        StepOutcome::Done if step.action == Action::Compare => {
            let reason = "sent: it is not known as the one last applied".to_owned();
            (Tone::Added, "set", vec![reason])
        }
        StepOutcome::Done => (Tone::Added, "done", Vec::new()),
        StepOutcome::Unchanged => {
            let reason = "nothing sent: it is the one last applied".to_owned();
            (Tone::Faint, "unchanged", vec![reason])
        }
        StepOutcome::NotCompared(reason) => {
            (Tone::Changed, "not compared", vec![reason.to_string()])
        }
        StepOutcome::Skipped(because) => {
            let reason = format!("because step {} did not succeed", because + 1);
            (Tone::Changed, "skipped", vec![reason])
        }
        StepOutcome::NotStarted => (Tone::Changed, "not started", Vec::new()),
        StepOutcome::Failed(failure) => {
            let mut lines = strings::failure(failure);
            lines.extend(span.map(strings::declared_at));
            (Tone::Bad, "failed", lines)
        }
    };
    let label = style.paint(tone, &format!("{word:OUTCOME$}  "));
    numbered(
        out,
        index,
        (&label, OUTCOME + 2),
        &strings::full_title(step),
        style,
    )?;
    indented(out, INDENT, reasons, style)
}

/// A line with the number of a step, a painted label of this width, and a text, which wraps below itself.
fn numbered(
    out: &mut dyn Write,
    index: usize,
    (label, width): (&str, usize),
    text: &str,
    style: Style,
) -> io::Result<()> {
    let indent = NUMBER + width;
    for (line, text) in style.fit(indent, text).iter().enumerate() {
        match line {
            0 => writeln!(out, "{:4}  {label}{text}", index + 1)?,
            _ => writeln!(out, "{:indent$}{text}", "")?,
        }
    }
    Ok(())
}

/// The result of an apply, after the outcomes of its steps; nothing for an empty plan.
pub(super) fn report(
    out: &mut dyn Write,
    plan: &Plan,
    result: &ApplyResult,
    style: Style,
) -> io::Result<()> {
    let ApplyResult {
        report,
        requests,
        resume,
    } = result;
    if report.outcomes.is_empty() {
        return Ok(());
    }
    match &report.verified {
        Verification::NotRun | Verification::Matches => {}
        Verification::Failed(failure) => {
            writeln!(out)?;
            painted(out, Tone::Bad, strings::UNREADABLE, style)?;
            indented(out, INDENT, strings::failure(failure), style)?;
        }
        Verification::Differs(deviations) => {
            writeln!(out)?;
            painted(out, Tone::Bad, strings::DEVIATES, style)?;
            let lines = deviations
                .iter()
                .flat_map(|deviation| deviations::lines(deviation, style));
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
    let result = strings::result(report, *requests);
    match report.is_success() {
        true => painted(out, Tone::Strong, &result, style)?,
        false => {
            painted(out, Tone::Bad, &result, style)?;
            indented(out, 0, [strings::retry_hint(report, *resume)], style)?;
        }
    }
    let steps = plan.steps.iter().zip(&report.outcomes);
    let not_compared = steps.filter_map(|(step, outcome)| strings::not_compared(step, outcome));
    remarks(out, &not_compared.collect::<Vec<_>>(), &[], style)
}

/// A wrapped sentence in colour.
fn painted(out: &mut dyn Write, tone: Tone, sentence: &str, style: Style) -> io::Result<()> {
    writeln!(out, "{}", style.words(tone, 0, sentence).join("\n"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::report::{ApplyFailure, FailureKind};
    use crate::plan::samples::step_of;

    /// A terminal of 80 columns.
    const TERMINAL: Style = Style {
        width: 80,
        ..Style::PLAIN
    };

    fn shown(outcome: &StepOutcome, name: &str) -> String {
        let step = step_of(name, crate::plan::Action::Create, "");
        let mut text = Vec::new();
        super::outcome(&mut text, (11, &step), outcome, None, TERMINAL).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn outcome_comes_at_the_start_of_the_line() {
        assert_eq!(
            shown(&StepOutcome::Done, "b2xUserFlow/Partner"),
            "  12  done          b2xUserFlow/Partner create\n"
        );
        assert_eq!(
            shown(&StepOutcome::Skipped(2), "b2xUserFlow/Partner"),
            "  12  skipped       b2xUserFlow/Partner create\n        because step 3 did not succeed\n"
        );
        let failure = ApplyFailure {
            message: "400 BadRequest: no".to_owned(),
            hint: Some("correct it".to_owned()),
            kind: FailureKind::Other,
        };
        assert_eq!(
            shown(&StepOutcome::Failed(failure), "b2xUserFlow/Partner"),
            "  12  failed        b2xUserFlow/Partner create\n        400 BadRequest: no\n        help: correct it\n"
        );
    }

    #[test]
    fn title_that_is_too_long_breaks_between_words_and_continues_below_itself() {
        let name = "apiConnector/A connector with a name that is longer than the terminal is wide";
        let expected = "  12  not started   apiConnector/A connector with a name that is longer than\n\
                        \u{20}                   the terminal is wide create\n";
        assert_eq!(shown(&StepOutcome::NotStarted, name), expected);
    }
}
