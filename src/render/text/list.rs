//! Text output of `list`.

use std::io::{self, Write};

use crate::model::Ownership;
use crate::render::layout::{header, read_summary};
use crate::render::reports::{ListReport, ListedObject};
use crate::render::strings::count;
use crate::render::style::{Style, Tone, shown};

/// The width of the longest word for an ownership.
const OWNERSHIP: usize = 9;

pub(in crate::render) fn list(
    out: &mut dyn Write,
    report: &ListReport<'_>,
    style: Style,
) -> io::Result<()> {
    let ListReport {
        target,
        objects,
        unread,
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
    writeln!(
        out,
        "\n{}",
        style.paint(Tone::Strong, &format!("{}.", summary(objects)))
    )?;
    writeln!(out, "{}", read_summary(*reading))
}

/// The objects of a kind, in columns.
fn group(out: &mut dyn Write, objects: &[ListedObject], style: Style) -> io::Result<()> {
    let rows = objects.iter().map(|object| {
        let (name, id) = (shown(&object.name.name()), shown(&object.id.as_str()));
        (name, id, object)
    });
    let rows: Vec<_> = rows.collect();
    let length = |text: &String| text.chars().count();
    let names = rows.iter().map(|(name, _, _)| length(name)).max();
    let ids = rows.iter().map(|(_, id, _)| length(id)).max();
    let (names, ids) = (names.unwrap_or_default(), ids.unwrap_or_default());
    if let Some(object) = objects.first() {
        let kind = shown(&object.name.kind());
        writeln!(out, "\n{}", style.paint(Tone::Strong, &kind))?;
    }
    for (name, id, object) in &rows {
        let ownership = object.ownership.map_or("", Ownership::as_str);
        let location = location(object);
        let line = format!("  {name:names$}  {id:ids$}  {ownership:OWNERSHIP$}  {location}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
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
