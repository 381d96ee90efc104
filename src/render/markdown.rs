//! A run as one comment on a pull request: the sum first, the details folded, never larger than a comment may be.
//!
//! What others have named stands in HTML blocks, escaped, or in fences that it cannot end: nowhere is it markup. What
//! is left out for its size is told.

mod page;

use std::io::{self, Write};

use super::account::{Account, Applied, Drifted, Priced};
use super::findings::{Finding, ObjectChange, changes, findings};
use super::rules::Rule;
use super::style::Style;
use super::{count, diagram, drift, frame, words};
use crate::desired::problem::{self, Severity};
use crate::plan::Plan;
use page::{Page, REST, code, cut, escaped, fence, fold};

/// The largest comment that GitHub takes, in characters.
const MOST: usize = 65_536;

/// What one list may take of it, and what one object.
const LIST: usize = 12_000;

/// How wide the excerpts of files are.
const WIDTH: usize = 100;

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    let mut page = Page::new(MOST);
    page.add(&head(account));
    let findings = findings(account);
    let of = |rules: &[Rule]| -> Vec<String> {
        let chosen = findings
            .iter()
            .filter(|finding| rules.contains(&finding.rule));
        chosen.map(block).collect()
    };
    page.list("Why it stopped", &of(&[Rule::Stopped]), LIST);
    let title = match account.is_stopped() {
        true => "Problems of the files",
        false => "Warnings about the files",
    };
    page.list(title, &problems(account), LIST);
    page.list("Objections", &of(&[Rule::Objection]), LIST);
    let undone = [
        Rule::StepFailed,
        Rule::StepSkipped,
        Rule::NotAsAsked,
        Rule::NotReadBack,
    ];
    page.list("Not done", &of(&undone), LIST);
    page.list("Drift", &of(&Rule::DRIFT), LIST);
    page.list("Warnings", &of(&[Rule::TenantWarning]), LIST);
    let left_alone = [Rule::UnknownSecret, Rule::Unmanaged];
    page.list("Left alone", &of(&left_alone), LIST);
    if let Some(Priced { plan, .. }) = &account.planned {
        picture(&mut page, plan);
        details(&mut page, plan);
    }
    out.write_all(page.text().as_bytes())
}

/// The line by which the comment is found again, what came out, and what it is about.
fn head(account: &Account) -> String {
    let key = account.key();
    let is_plain = |c: &char| c.is_alphanumeric() || "._/- ".contains(*c);
    let key: String = key.chars().filter(is_plain).take(1000).collect();
    let command = account.command;
    let name = account.tenant.as_ref().map_or(&key, |tenant| &tenant.name);
    let mut head = format!(
        "<!-- entraflow {command}: {key} -->\n<h3>entraflow {command}: {}</h3>\n\n**{}**\n\n",
        code(name),
        status(account)
    );
    let (target, reading, future) = match (&account.planned, &account.drifted) {
        (Some(Priced { plan, cost }), _) if account.applied.is_none() => {
            (&plan.target, cost.reading, words::future(plan, *cost))
        }
        (Some(Priced { plan, cost }), _) => (&plan.target, cost.reading, Vec::new()),
        (None, Some(Drifted { drift, reading })) => (&drift.target, *reading, Vec::new()),
        (None, None) => return head,
    };
    let requests = [vec![frame::read(reading)], future].concat().join(" ");
    let requests = requests.trim_start_matches("Requests: ");
    let kind = target.tenant_type.word();
    let rows = [
        ("Tenant", format!("{}, {kind}", code(&target.tenant_id))),
        ("Target", code(&target.cloud)),
        ("Requests", requests.to_owned()),
    ];
    head += "<table>\n";
    for (name, value) in rows {
        head += &format!("<tr><td>{name}</td><td>{value}</td></tr>\n");
    }
    head + "</table>\n\n"
}

/// What came out, in words of ours only.
fn status(account: &Account) -> String {
    if let Some(Drifted { drift, .. }) = &account.drifted {
        return drift::sum(drift);
    }
    let errors = account.problems.iter();
    let errors = errors.filter(|problem| problem.severity == Severity::Error);
    match (errors.count() as u64, &account.planned, &account.applied) {
        (_, _, Some(Applied { report, .. })) if report.outcomes.is_empty() => {
            words::NO_CHANGES.to_owned()
        }
        (_, _, Some(Applied { report, requests })) => words::result(report, *requests),
        (_, Some(Priced { plan, .. }), None) => {
            let parts = [words::sum(plan), words::refused(plan)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        (0, None, None) if account.stopped.is_some() => "Stopped before its end.".to_owned(),
        (0, None, None) => {
            let objects = count(account.declared.len() as u64, "object");
            format!("The files are in order: {objects}.")
        }
        (errors, None, None) => {
            let errors = count(errors, "problem");
            format!("The files are not in order: {errors}.")
        }
    }
}

fn block(finding: &Finding<'_>) -> String {
    let more = finding.more();
    let more = more.iter().map(|line| format!("  {line}"));
    let message = match Rule::DRIFT.contains(&finding.rule) {
        true => format!("{}: {}", finding.level.word(), finding.message),
        false => finding.message.clone(),
    };
    let lines = std::iter::once(message).chain(more);
    lines.collect::<Vec<_>>().join("\n")
}

/// Problems as they are shown on a terminal, with their excerpts.
fn problems(account: &Account) -> Vec<String> {
    let problems = account.problems.iter();
    problems
        .map(|problem| format!("{}\n", problem::render(problem, false, WIDTH)))
        .collect()
}

fn picture(page: &mut Page, plan: &Plan) {
    let Some((picture, left_out)) = diagram::mermaid(plan) else {
        return;
    };
    let left_out = match left_out {
        0 => String::new(),
        left_out => format!(
            " {} not shown: a picture has room for so many only.",
            count(left_out as u64, "object")
        ),
    };
    let body = format!(
        "{}\n{}{left_out}\n",
        fence("mermaid", &picture),
        diagram::LEGEND
    );
    page.add_if_it_fits(&fold("What changes, as a picture", &body));
}

/// What becomes of each object, as far as there is room.
fn details(page: &mut Page, plan: &Plan) {
    let changes = changes(plan);
    let mut left_out = 0;
    for change in &changes {
        left_out += usize::from(!page.add_if_it_fits(&detail(change)));
    }
    if left_out > 0 {
        let all = count(changes.len() as u64, "changed object");
        page.add(&format!(
            "**{left_out} of {all} left out here:** a comment holds no more than 65,536 characters. {REST}\n"
        ));
    }
}

fn detail(change: &ObjectChange<'_>) -> String {
    let steps = count(change.steps.len() as u64, "step");
    let heading = words::heading(change.address, change.fate, Style::Plain);
    let summary = format!("<code>{}</code>, {steps}", escaped(&heading));
    let lines = cut(change.lines(""), LIST);
    fold(&summary, &fence("diff", &lines))
}
