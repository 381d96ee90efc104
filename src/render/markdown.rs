//! A run as one comment on a pull request: the sum first, the details folded, never larger than a comment may be.
//!
//! What others have named stands in HTML blocks, escaped, or in fences that it cannot end: nowhere is it markup. What
//! is left out for its size is told.

mod page;

use std::io::{self, Write};

use super::account::{Account, Priced};
use super::findings::{ObjectChange, changes};
use super::markup::escaped;
use super::sections::{Facts, Section, facts, sections, status};
use super::style::Style;
use super::{count, diagram, words};
use crate::plan::Plan;
use page::{Page, REST, code, cut, fence, fold};

/// The largest comment that GitHub takes, in characters.
const MOST: usize = 65_536;

/// What one list may take of it, and what one object.
const LIST: usize = 12_000;

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    let mut page = Page::new(MOST);
    page.add(&head(account));
    for Section { title, blocks } in sections(account) {
        page.list(title, &blocks, LIST);
    }
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
    let Some(Facts { target, requests }) = facts(account) else {
        return head;
    };
    let kind = target.tenant_type.word();
    let rows = [
        ("Tenant", format!("{}, {kind}", code(&target.tenant_id))),
        ("Target", code(&target.cloud)),
        ("Requests", requests),
    ];
    head += "<table>\n";
    for (name, value) in rows {
        head += &format!("<tr><td>{name}</td><td>{value}</td></tr>\n");
    }
    head + "</table>\n\n"
}

fn picture(page: &mut Page, plan: &Plan) {
    let Some((picture, left_out)) = diagram::changes(plan) else {
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
    let heading = words::heading(change.address, change.fate, Style::PLAIN);
    let summary = format!("<code>{}</code>, {steps}", escaped(&heading));
    let lines = cut(change.lines(""), LIST);
    fold(&summary, &fence("diff", &lines))
}
