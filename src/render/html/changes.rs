//! The changes of an object: its steps, each with its fields below it, the old and the new value side by side.

use crate::model::{FieldChange, Value};
use crate::picture::NodeChange;
use crate::plan::Step;
use crate::render::diff_text::{self, FieldSides};
use crate::render::findings::ObjectChange;
use crate::render::markup::Markup;
use crate::render::picture as diagrams;
use crate::render::reports::RunReport;
use crate::render::strings::{self, count};
use crate::render::style::{Style, shown};

/// The changes of an object, folded.
pub(super) fn detail(list: &mut Markup, change: &ObjectChange<'_>, run: &RunReport) {
    let class = match diagrams::node_change(Some(change.action)) {
        NodeChange::Created => "created",
        NodeChange::Changed | NodeChange::Unchanged => "changed",
        NodeChange::Replaced => "replaced",
        NodeChange::Deleted => "deleted",
    };
    list.element("details", &[("class", class)], |details| {
        details.element("summary", &[], |summary| {
            let heading = strings::heading(change.address, change.action, Style::PLAIN);
            summary.leaf("code", &[], &heading);
            summary.text(&format!(", {}", count(change.steps.len() as u64, "step")));
            if let Some(span) = run.declared_at(change.address) {
                summary.text(" ");
                let place = strings::file_and_line(span);
                summary.leaf("code", &[("class", "faint")], &place);
            }
        });
        for (number, step) in &change.steps {
            self::step(details, *number, step);
        }
    });
}

fn step(details: &mut Markup, number: usize, step: &Step) {
    let title = format!("{number}. {}", shown(&strings::title(step)));
    details.leaf("h3", &[], &title);
    if !step.changes.is_empty() {
        fields(details, &step.changes);
    }
    if let Some(content) = &step.content {
        let diff = diff_text::content(content, Style::PLAIN);
        details.element("pre", &[], |pre| lines(pre, &diff));
    }
    for note in &step.notes {
        let note = format!("note: {}", shown(note));
        details.leaf("p", &[("class", "faint")], &note);
    }
}

/// The fields of a step: a column for each side that any of them has.
fn fields(details: &mut Markup, changes: &[FieldChange]) {
    let rows: Vec<_> = changes
        .iter()
        .map(|change| (shown(&change.path), diff_text::sides(change)))
        .collect();
    let has_both = rows
        .iter()
        .any(|(_, sides)| matches!(sides, FieldSides::Changed { .. }));
    details.element("table", &[], |table| {
        table.line();
        for (name, sides) in &rows {
            table.element("tr", &[], |row| self::row(row, name, sides, has_both));
        }
    });
}

fn row(row: &mut Markup, name: &str, sides: &FieldSides<'_>, has_both: bool) {
    let value = |value: &Option<&Value>| value.map(|it| shown(it)).unwrap_or_default();
    let (before, after, sign) = match sides {
        FieldSides::Changed { before, after } => (Some(shown(before)), Some(shown(after)), "~"),
        FieldSides::Added(after) => (None, Some(value(after)), "+"),
        FieldSides::Removed(before) => (Some(value(before)), None, "−"),
        FieldSides::Mentioned => (None, None, ""),
    };
    let (before, after) = (before.as_deref(), after.as_deref());
    let class = match (before, after) {
        (None, Some("")) => "new",
        (Some(""), None) => "old",
        _ => "name",
    };
    row.element("th", &[("scope", "row"), ("class", class)], |cell| {
        cell.leaf("code", &[], format!("{sign} {name}").trim_start());
    });
    let sides = [(before, "old", "del"), (after, "new", "ins")];
    for (value, class, element) in sides {
        match value {
            Some("") => {}
            Some(value) => row.element("td", &[("class", class)], |cell| {
                cell.leaf(element, &[], value);
            }),
            None if has_both => row.leaf("td", &[], ""),
            None => {}
        }
    }
}

/// The lines of a unified diff.
pub(super) fn lines(pre: &mut Markup, lines: &[String]) {
    for line in lines {
        let class = match line.chars().next() {
            Some('+') => "added",
            Some('-') => "removed",
            Some('@') => "faint",
            _ => "plain",
        };
        pre.leaf("span", &[("class", class)], line);
        pre.line();
    }
}
