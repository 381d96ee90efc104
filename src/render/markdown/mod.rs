//! Markdown output: one comment on a pull request, with the status first and the details folded.
//!
//! Foreign text is escaped in HTML blocks, or within fences that it cannot end, so that it never becomes markup. Never
//! exceeds the maximum size of a comment; states what it omits.

mod page;

use std::io::{self, Write};

use super::diff_text::{self, FieldSides};
use super::findings::{
    LONG, ObjectChange, ReportFact, ReportFinding, SectionEntry, changes, facts, sections, status,
};
use super::markup::escaped;
use super::picture;
use super::reports::{PlanWithCost, RunReport};
use super::strings::{self, count};
use super::style::{Style, shown};
use crate::model::{FieldChange, Value};
use crate::plan::{Plan, Step};
use page::{FULL_REPORT, MarkdownPage, code, fence, fold, truncated};

/// The maximum size of a comment on GitHub, in characters.
const MAX_COMMENT: usize = 65_536;

/// The maximum size of one list, and of one object.
const MAX_BLOCK: usize = 12_000;

pub(super) fn run_report(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    let mut page = MarkdownPage::new(MAX_COMMENT);
    page.add(&head(run));
    for section in sections(run) {
        let blocks: Vec<_> = section.entries.iter().map(entry).collect();
        let language = if section.is_diff() { "diff" } else { "text" };
        page.list(section.title, language, &blocks, MAX_BLOCK);
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
        "<!-- entraflow {command}: {key} -->\n<h3>entraflow {command}: {}</h3>\n\n**{}**\n\n<table>\n",
        code(name),
        status(run)
    );
    for ReportFact { name, code, words } in facts(run) {
        let code = match code.is_empty() {
            true => code,
            false => page::code(&code),
        };
        head += &format!("<tr><td>{name}</td><td>{code}{words}</td></tr>\n");
    }
    head + "</table>\n\n"
}

/// An entry of a section, in lines that a `diff` block colours.
fn entry(entry: &SectionEntry<'_>) -> String {
    match entry {
        SectionEntry::Finding(finding) => self::finding(finding).join("\n"),
        SectionEntry::Problem(_, excerpt) => format!("{excerpt}\n"),
    }
}

fn finding(finding: &ReportFinding<'_>) -> Vec<String> {
    let level = finding.level.as_str();
    let message = match finding.file_and_line() {
        Some(place) => format!("{level}: {place}: {}", finding.message),
        None => format!("{level}: {}", finding.message),
    };
    let sides = finding.sides.iter();
    let sides = sides
        .flat_map(|[files, tenant]| [format!("- files   {files}"), format!("+ tenant  {tenant}")]);
    // The lines of a unified diff keep their place, others are indented.
    let remarks = finding
        .remarks()
        .map(|line| match line.starts_with(['+', '-', '@', ' ']) {
            true => line,
            false => format!("  {line}"),
        });
    std::iter::once(message)
        .chain(sides)
        .chain(remarks)
        .collect()
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

/// The changes of each object, as far as they fit; the others of a long list are folded.
fn details(page: &mut MarkdownPage, plan: &Plan) {
    let changes = changes(plan);
    let (first, others) = changes.split_at(changes.len().min(LONG));
    let mut omitted = 0;
    for change in first {
        omitted += usize::from(!page.add_if_it_fits(&detail(change)));
    }
    omitted += page.fold_what_fits(others.iter().map(detail));
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
    let lines = change
        .steps
        .iter()
        .flat_map(|(number, step)| self::step(*number, step));
    let lines = truncated(lines.collect(), MAX_BLOCK);
    fold(&summary, &fence("diff", &lines))
}

/// A step as lines that a `diff` block colours: its title as a range, then its fields.
fn step(number: usize, step: &Step) -> Vec<String> {
    let title = format!("@@ {number}. {} @@", shown(&strings::title(step)));
    let width = diff_text::name_width(&step.changes);
    let fields = step.changes.iter().flat_map(|change| field(change, width));
    let contents = step.content.iter();
    let contents = contents.flat_map(|change| diff_text::content(change, Style::PLAIN));
    let notes = step
        .notes
        .iter()
        .map(|note| format!("note: {}", shown(note)));
    std::iter::once(title)
        .chain(fields)
        .chain(contents)
        .chain(notes)
        .collect()
}

/// A field: the old value in red, the new one in green below it.
fn field(change: &FieldChange, width: usize) -> Vec<String> {
    let path = shown(&change.path);
    let value = |sign: char, value: &Value| format!("{sign} {path:width$}  {}", shown(value));
    match diff_text::sides(change) {
        FieldSides::Changed { before, after } => vec![value('-', before), value('+', after)],
        FieldSides::Added(None) => vec![format!("+ {path}")],
        FieldSides::Added(Some(after)) => vec![value('+', after)],
        FieldSides::Removed(None) => vec![format!("- {path}")],
        FieldSides::Removed(Some(before)) => vec![value('-', before)],
        FieldSides::Mentioned => vec![format!("  {path}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reference, Secret};
    use crate::plan::{Action, samples};

    #[test]
    fn diagram_without_room_is_left_out() {
        let plan = samples::plan(vec![samples::step_of("kind/name", Action::Create, "")]);
        let drawn = |max: usize| {
            let mut page = MarkdownPage::new(max);
            diagram(&mut page, &plan);
            page.text().to_owned()
        };
        assert!(drawn(2_000).contains("```mermaid\ngraph LR\n  n0[\"#43; name<br/>kind\"]"));
        assert_eq!(drawn(600), "");
    }

    #[test]
    fn fields_have_a_colour_in_a_diff_block() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let change = |path: &str, before, after| FieldChange {
            path: path.to_owned(),
            before,
            after,
        };
        let member = Value::Reference(Reference::Address("kind/member".parse().unwrap()));
        let step = Step {
            changes: vec![
                change("url", text("a"), text("b")),
                change("new", None, text("c")),
                change("old", text("d"), None),
                change("member", None, Some(member)),
                change(
                    "password",
                    Some(Value::Secret(Secret::Masked)),
                    Some(Value::Secret(Secret::Masked)),
                ),
            ],
            ..samples::step_of("kind/name", Action::Update, "")
        };
        assert_eq!(
            super::step(3, &step),
            [
                "@@ 3. update @@",
                "- url       \"a\"",
                "+ url       \"b\"",
                "+ new       \"c\"",
                "- old       \"d\"",
                "+ member",
                "- password  (set, not readable)",
                "+ password  (set, not readable)",
            ]
        );
    }
}
