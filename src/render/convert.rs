//! Conversions, for people and for programs.

use std::io::{self, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::json::FORMAT;
use super::style::{Style, Tone, shown};
use super::{Format, count};
use crate::convert::{Carried, Conversion, Converted, Note};

/// What is told of a conversion beside the conversion itself.
pub struct Converting<'a> {
    /// What the old tenant is called.
    pub name: &'a str,
    /// What it comes to.
    pub conversion: &'a Conversion,
    /// The directory of the new tenant.
    pub directory: &'a Path,
}

/// What `entraflow convert --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversionView {
    /// Which view this is: `conversion`. A file that begins so is no document.
    entraflow_report: String,
    /// The version of this format: 1.
    format: u32,
    /// The name of the old tenant.
    tenant: String,
    /// The directory of the new tenant.
    directory: String,
    /// The new documents.
    documents: Vec<DocumentView>,
    /// The fields that carried over.
    carried: Vec<CarriedView>,
    /// What did not carry over, or not as it is.
    notes: Vec<NoteView>,
}

/// A new document.
#[derive(Serialize, JsonSchema)]
struct DocumentView {
    /// The object, `authenticationEventsFlow/Customer`, or `tenant`.
    object: String,
    /// The file.
    file: String,
}

/// A field that carried over with all that is in it.
#[derive(Serialize, JsonSchema)]
struct CarriedView {
    /// The object of the old tenant, or `tenant`.
    object: String,
    /// The way to the field.
    field: String,
}

/// Something that did not carry over as it is.
#[derive(Serialize, JsonSchema)]
struct NoteView {
    /// The file.
    file: String,
    /// The line, counted from 1.
    line: usize,
    /// The column, counted from 1 in characters.
    column: usize,
    /// The object of the old tenant, or `tenant`.
    object: String,
    /// The way to the field; empty for the whole object.
    field: String,
    /// What is the matter.
    says: String,
    /// What to do.
    todo: String,
}

/// Prints a conversion: everything but JSON is for people.
pub fn conversion(
    out: &mut dyn Write,
    told: &Converting<'_>,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &view(told))?;
            writeln!(out)
        }
        _ => text(out, told, style),
    }
}

fn view(told: &Converting<'_>) -> ConversionView {
    let Converting {
        name,
        conversion,
        directory,
    } = told;
    let Conversion {
        documents,
        carried,
        notes,
    } = conversion;
    let document = |document: &Converted| DocumentView {
        object: document.object.clone(),
        file: directory.join(&document.path).display().to_string(),
    };
    let carried_view = |carried: &Carried| CarriedView {
        object: carried.object.clone(),
        field: carried.field.clone(),
    };
    let note = |note: &Note| NoteView {
        file: note.place.source.name().to_owned(),
        line: note.place.line(),
        column: note.place.column(),
        object: note.object.clone(),
        field: note.field.clone(),
        says: note.says.clone(),
        todo: note.todo.clone(),
    };
    ConversionView {
        entraflow_report: "conversion".to_owned(),
        format: FORMAT,
        tenant: (*name).to_owned(),
        directory: directory.display().to_string(),
        documents: documents.iter().map(document).collect(),
        carried: carried.iter().map(carried_view).collect(),
        notes: notes.iter().map(note).collect(),
    }
}

fn text(out: &mut dyn Write, told: &Converting<'_>, style: Style) -> io::Result<()> {
    let Converting {
        name,
        conversion,
        directory,
    } = told;
    let title = format!("Conversion of {name} to External ID");
    writeln!(out, "{}\n", style.paint(Tone::Strong, &title))?;
    for document in &conversion.documents {
        let path = directory.join(&document.path);
        let line = format!("+ {}", path.display());
        writeln!(out, "{}", style.paint(Tone::Added, &line))?;
    }
    if !conversion.notes.is_empty() {
        writeln!(out, "\nDoes not carry over, or not as it is:")?;
    }
    for said in &conversion.notes {
        note(out, said, style)?;
    }
    let carried = conversion.carried.len() as u64;
    let numbers = format!(
        "{} written: {} carried over, {}.",
        count(conversion.documents.len() as u64, "document"),
        count(carried, "field"),
        count(conversion.notes.len() as u64, "note")
    );
    writeln!(out, "\n{}", style.paint(Tone::Strong, &numbers))?;
    let directory = shown(&directory.display());
    writeln!(
        out,
        "Look at the files, and plan: entraflow plan {directory}"
    )
}

fn note(out: &mut dyn Write, note: &Note, style: Style) -> io::Result<()> {
    let Note {
        place,
        object,
        field,
        says,
        todo,
    } = note;
    let at = format!(
        "{}:{}:{}",
        place.source.name(),
        place.line(),
        place.column()
    );
    let what = match field.is_empty() {
        true => object.clone(),
        false => format!("{object}: {field}"),
    };
    writeln!(out, "\n{}", style.paint(Tone::Faint, &at))?;
    writeln!(out, "  {}", shown(&what))?;
    paragraph(out, "  ", says, style)?;
    paragraph(out, "  → ", todo, style)
}

/// A text in lines, the first one behind a mark and the others below it.
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
