//! Text output of `list`.

use std::io::{self, Write};

use crate::model::Ownership;
use crate::render::layout::{header, read_summary, remarks};
use crate::render::reports::{ListReport, ListedObject};
use crate::render::strings::count;
use crate::render::style::{Style, Tone, shown};

/// The width of the longest word for an ownership.
const OWNERSHIP: usize = 9;

/// The indentation of a name.
const INDENT: usize = 2;

/// The indentation of what is below a name.
const DEEP: usize = 6;

/// What separates two columns.
const GAP: &str = "  ";

pub(in crate::render) fn list(
    out: &mut dyn Write,
    report: &ListReport<'_>,
    style: Style,
) -> io::Result<()> {
    let ListReport {
        target,
        objects,
        unread,
        notes,
        reading,
    } = report;
    header(out, "Objects of", target, style)?;
    for of_kind in objects.chunk_by(|one, next| one.name.kind() == next.name.kind()) {
        group(out, of_kind, style)?;
    }
    if !unread.is_empty() {
        writeln!(out, "\nNot listed:")?;
    }
    for (kind, reason) in unread {
        let lines = style.fit(2, &format!("{kind}: {reason}"));
        lines
            .iter()
            .try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    remarks(out, &[], notes, style)?;
    writeln!(
        out,
        "\n{}",
        style.paint(Tone::Strong, &format!("{}.", summary(objects)))
    )?;
    writeln!(out, "{}", read_summary(*reading))
}

/// The objects of a kind in columns, below the kind and the headings; where a line has no room for them, the name has a line
/// of its own.
fn group(out: &mut dyn Write, objects: &[ListedObject], style: Style) -> io::Result<()> {
    let kind = objects.first().map(|object| shown(&object.name.kind()));
    let headings = match objects.iter().any(|object| object.ownership.is_some()) {
        true => ["", "id", "ownership", "file"],
        false => ["", "id", "", ""],
    };
    let rows: Vec<_> = objects.iter().map(cells).collect();
    let headings = headings.map(str::to_owned);
    let all = || rows.iter().chain([&headings]);
    let longest = |column: usize| all().map(|cells| length(&cells[column])).max();
    let kind = kind.unwrap_or_default();
    let names = longest(0)
        .unwrap_or_default()
        .max(length(&kind).saturating_sub(INDENT));
    let widths = [
        names,
        longest(1).unwrap_or_default(),
        OWNERSHIP,
        longest(3).unwrap_or_default(),
    ];
    let is_table = INDENT + widths.iter().sum::<usize>() + GAP.len() * 3 <= style.width;
    let columns = |cells: &[String; 4]| {
        let cells = cells.iter().zip(widths);
        let padded = cells.map(|(cell, width)| format!("{cell:width$}"));
        let line = padded.collect::<Vec<_>>().join(GAP);
        line.trim_end().to_owned()
    };
    if !is_table {
        writeln!(out, "\n{}", style.paint(Tone::Strong, &kind))?;
        return rows.iter().try_for_each(|cells| stacked(out, cells, style));
    }
    let line = columns(&headings);
    let headings = line
        .get(length(&kind).saturating_sub(INDENT)..)
        .unwrap_or_default();
    let kind = style.paint(Tone::Strong, &kind);
    writeln!(out, "\n{kind}{}", style.paint(Tone::Faint, headings))?;
    rows.iter()
        .try_for_each(|cells| writeln!(out, "{:INDENT$}{}", "", columns(cells)))
}

/// The name, id, ownership and file of an object.
fn cells(object: &ListedObject) -> [String; 4] {
    let ownership = object.ownership.map_or("", Ownership::as_str);
    [
        shown(&object.name.name()),
        shown(&object.id.as_str()),
        ownership.to_owned(),
        location(object),
    ]
}

/// An object on several lines: its name, then the rest, broken between the cells only.
fn stacked(out: &mut dyn Write, [name, rest @ ..]: &[String; 4], style: Style) -> io::Result<()> {
    writeln!(out, "{:INDENT$}{name}", "")?;
    let mut line = String::new();
    for cell in rest.iter().filter(|cell| !cell.is_empty()) {
        let is_full = DEEP + length(&line) + GAP.len() + length(cell) > style.width;
        if is_full && !line.is_empty() {
            writeln!(out, "{:DEEP$}{line}", "")?;
            line.clear();
        }
        let gap = if line.is_empty() { "" } else { GAP };
        line += &format!("{gap}{cell}");
    }
    writeln!(out, "{:DEEP$}{line}", "")
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The file and the line of a declaration.
fn location(object: &ListedObject) -> String {
    object.span.as_ref().map_or_else(String::new, |span| {
        format!("{}:{}", shown(&span.source.name()), span.line())
    })
}

/// The number of objects, and of those of each ownership.
fn summary(objects: &[ListedObject]) -> String {
    let number = |ownership| {
        let of = objects
            .iter()
            .filter(|object| object.ownership == Some(ownership));
        of.count()
    };
    let parts: Vec<_> = Ownership::ALL
        .into_iter()
        .map(|ownership| (number(ownership), ownership.as_str()))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let all = count(objects.len() as u64, "object");
    match parts.is_empty() {
        true => all,
        false => format!("{all}: {}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    fn listed(name: &str, id: &str) -> ListedObject {
        ListedObject {
            name: name.parse().unwrap(),
            id: ObjectId::new(id),
            ownership: Some(Ownership::Unmanaged),
            span: None,
        }
    }

    fn shown_at(width: usize, objects: &[ListedObject]) -> String {
        let style = Style {
            width,
            ..Style::PLAIN
        };
        let mut out = Vec::new();
        group(&mut out, objects, style).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_have_headings_beside_the_kind() {
        let objects = [
            listed("apiConnector/Check", "1"),
            listed("apiConnector/b", "22"),
        ];
        assert_eq!(
            shown_at(80, &objects),
            "\napiConnector  id  ownership  file\n  Check       1   unmanaged\n  b           22  unmanaged\n"
        );
        let long = [listed("apiConnector/Validate the postcode", "1")];
        assert_eq!(
            shown_at(80, &long),
            "\napiConnector             id  ownership  file\n  Validate the postcode  1   unmanaged\n"
        );
    }

    #[test]
    fn line_without_room_for_the_columns_breaks_between_them() {
        let objects = [listed(
            "apiConnector/A connector with a name that takes half of a line",
            "11111111-2222-4333-8444-555555555501",
        )];
        let expected = "\napiConnector\n  A connector with a name that takes half of a line\n      \
                        11111111-2222-4333-8444-555555555501  unmanaged\n";
        assert_eq!(shown_at(80, &objects), expected);
        let expected = "\napiConnector\n  A connector with a name that takes half of a line\n      \
                        11111111-2222-4333-8444-555555555501\n      unmanaged\n";
        assert_eq!(shown_at(50, &objects), expected);
    }
}
