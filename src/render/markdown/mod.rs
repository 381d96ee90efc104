//! Markdown output: one comment on a pull request, with the status first and the details folded.
//!
//! Foreign text is escaped in HTML blocks, or within fences that it cannot end, so that it never becomes markup. Never
//! exceeds the maximum size of a comment; states what it omits.

mod page;

use std::io::{self, Write};

use super::findings::{ObjectChange, ReportSection, RunFacts, changes, facts, sections, status};
use super::markup::escaped;
use super::picture;
use super::reports::{PlanWithCost, RunReport};
use super::strings::{self, count};
use super::style::Style;
use crate::plan::Plan;
use page::{FULL_REPORT, MarkdownPage, code, fence, fold, truncated};

/// The maximum size of a comment on GitHub, in characters.
const MAX_COMMENT: usize = 65_536;

/// The maximum size of one list, and of one object.
const MAX_BLOCK: usize = 12_000;

pub(super) fn run_report(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    let mut page = MarkdownPage::new(MAX_COMMENT);
    page.add(&head(run));
    for ReportSection { title, blocks } in sections(run) {
        page.list(title, &blocks, MAX_BLOCK);
    }
    if let Some(PlanWithCost { plan, .. }) = &run.planned {
        diagram(&mut page, plan);
        details(&mut page, plan);
    }
    out.write_all(page.text().as_bytes())
}

/// A marker by which CI finds the comment again, the status, and the facts.
fn head(run: &RunReport) -> String {
    let key = run.key();
    let is_plain = |c: &char| c.is_alphanumeric() || "._/- ".contains(*c);
    let key: String = key.chars().filter(is_plain).take(1000).collect();
    let command = run.command;
    let name = run.tenant.as_ref().map_or(&key, |tenant| &tenant.name);
    let mut head = format!(
        "<!-- entraflow {command}: {key} -->\n<h3>entraflow {command}: {}</h3>\n\n**{}**\n\n",
        code(name),
        status(run)
    );
    let Some(RunFacts { target, requests }) = facts(run) else {
        return head;
    };
    let tenant_type = target.tenant_type.as_str();
    let rows = [
        (
            "Tenant",
            format!("{}, {tenant_type}", code(&target.tenant_id)),
        ),
        ("Target", code(&target.cloud)),
        ("Requests", requests),
    ];
    head += "<table>\n";
    for (name, value) in rows {
        head += &format!("<tr><td>{name}</td><td>{value}</td></tr>\n");
    }
    head + "</table>\n\n"
}

fn diagram(page: &mut MarkdownPage, plan: &Plan) {
    let Some((diagram, omitted)) = picture::changes(plan) else {
        return;
    };
    let omitted = match omitted {
        0 => String::new(),
        omitted => format!(
            " {} not shown: the diagram is limited to {}.",
            count(omitted as u64, "object"),
            picture::MAX_OBJECTS
        ),
    };
    let body = format!(
        "{}\n{}{omitted}\n",
        fence("mermaid", &diagram),
        picture::LEGEND
    );
    page.add_if_it_fits(&fold("Diagram of the changes", &body));
}

/// The changes of each object, as far as they fit.
fn details(page: &mut MarkdownPage, plan: &Plan) {
    let changes = changes(plan);
    let mut omitted = 0;
    for change in &changes {
        omitted += usize::from(!page.add_if_it_fits(&detail(change)));
    }
    if omitted > 0 {
        let all = count(changes.len() as u64, "changed object");
        page.add(&format!(
            "**{omitted} of {all} omitted:** a comment is limited to 65,536 characters. {FULL_REPORT}\n"
        ));
    }
}

fn detail(change: &ObjectChange<'_>) -> String {
    let steps = count(change.steps.len() as u64, "step");
    let heading = strings::heading(change.address, change.action, Style::PLAIN);
    let summary = format!("<code>{}</code>, {steps}", escaped(&heading));
    let lines = truncated(change.lines(""), MAX_BLOCK);
    fold(&summary, &fence("diff", &lines))
}
