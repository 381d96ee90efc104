//! Text output of conversions.

use std::io::{self, Write};

use crate::convert::ConversionNote;
use crate::render::reports::ConversionReport;
use crate::render::strings::count;
use crate::render::style::{Style, Tone, shown};

pub(in crate::render) fn conversion(
    out: &mut dyn Write,
    report: &ConversionReport<'_>,
    style: Style,
) -> io::Result<()> {
    let ConversionReport {
        name,
        conversion,
        directory,
    } = report;
    let title = format!("Conversion of {name} to External ID");
    writeln!(out, "{}\n", style.paint(Tone::Strong, &title))?;
    for document in &conversion.documents {
        let path = directory.join(&document.path);
        let line = format!("+ {}", path.display());
        writeln!(out, "{}", style.paint(Tone::Added, &line))?;
    }
    if !conversion.notes.is_empty() {
        writeln!(out, "\nNot converted, or converted with a difference:")?;
    }
    for note in &conversion.notes {
        self::note(out, note, style)?;
    }
    let converted = conversion.converted.len() as u64;
    let numbers = format!(
        "{} written: {} converted, {}.",
        count(conversion.documents.len() as u64, "document"),
        count(converted, "field"),
        count(conversion.notes.len() as u64, "note")
    );
    writeln!(out, "\n{}", style.paint(Tone::Strong, &numbers))?;
    let directory = shown(&directory.display());
    writeln!(
        out,
        "Review the files, then run: entraflow plan {directory}"
    )
}

fn note(out: &mut dyn Write, note: &ConversionNote, style: Style) -> io::Result<()> {
    let ConversionNote {
        span,
        object,
        field,
        message,
        help,
    } = note;
    let at = format!("{}:{}:{}", span.source.name(), span.line(), span.column());
    let subject = match field.is_empty() {
        true => object.clone(),
        false => format!("{object}: {field}"),
    };
    writeln!(out, "\n{}", style.paint(Tone::Faint, &at))?;
    writeln!(out, "  {}", shown(&subject))?;
    paragraph(out, "  ", message, style)?;
    paragraph(out, "  → ", help, style)
}

/// A wrapped text: a mark before the first line, the others aligned.
fn paragraph(out: &mut dyn Write, mark: &str, text: &str, style: Style) -> io::Result<()> {
    let indent = mark.chars().count();
    for (index, line) in style.fit(indent, text).iter().enumerate() {
        match index {
            0 => writeln!(out, "{mark}{line}")?,
            _ => writeln!(out, "{:indent$}{line}", "")?,
        }
    }
    Ok(())
}
