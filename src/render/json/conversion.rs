//! JSON output of conversions.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::common::{FORMAT_VERSION, LocationView, write};
use crate::convert::{Conversion, ConversionNote, ConvertedDocument, ConvertedField};
use crate::render::reports::ConversionReport;

/// The output of `entraflow convert --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversionView {
    /// The kind of output: `conversion`. Marks the file, so that it is not read as a document.
    entraflow_report: String,
    /// The version of this format: 1.
    format: u32,
    /// The name of the source tenant.
    tenant: String,
    /// The directory of the new tenant.
    directory: String,
    /// The new documents.
    documents: Vec<DocumentView>,
    /// The fields that were converted.
    converted: Vec<ConvertedFieldView>,
    /// The fields that were not converted, or not without a difference.
    notes: Vec<NoteView>,
}

/// A new document.
#[derive(Serialize, JsonSchema)]
struct DocumentView {
    /// The object, as kind/name, or `tenant`.
    object: String,
    /// The file.
    file: String,
}

/// A field that was converted with everything in it.
#[derive(Serialize, JsonSchema)]
struct ConvertedFieldView {
    /// The object of the source tenant, or `tenant`.
    object: String,
    /// The path of the field.
    field: String,
}

/// A field that was not converted, or not without a difference.
#[derive(Serialize, JsonSchema)]
struct NoteView {
    /// The location in the files.
    location: LocationView,
    /// The object of the source tenant, or `tenant`.
    object: String,
    /// The path of the field; empty for the whole object.
    field: String,
    /// What differs.
    message: String,
    /// What to do.
    help: String,
}

pub(in crate::render) fn conversion(
    out: &mut dyn Write,
    report: &ConversionReport<'_>,
) -> io::Result<()> {
    write(out, &view(report))
}

fn view(report: &ConversionReport<'_>) -> ConversionView {
    let ConversionReport {
        name,
        conversion,
        directory,
    } = report;
    let Conversion {
        documents,
        converted,
        notes,
    } = conversion;
    let document = |document: &ConvertedDocument| DocumentView {
        object: document.object.clone(),
        file: directory.join(&document.path).display().to_string(),
    };
    let field = |field: &ConvertedField| ConvertedFieldView {
        object: field.object.clone(),
        field: field.field.clone(),
    };
    let note = |note: &ConversionNote| NoteView {
        location: LocationView::from(&note.span),
        object: note.object.clone(),
        field: note.field.clone(),
        message: note.message.clone(),
        help: note.help.clone(),
    };
    ConversionView {
        entraflow_report: "conversion".to_owned(),
        format: FORMAT_VERSION,
        tenant: (*name).to_owned(),
        directory: directory.display().to_string(),
        documents: documents.iter().map(document).collect(),
        converted: converted.iter().map(field).collect(),
        notes: notes.iter().map(note).collect(),
    }
}
