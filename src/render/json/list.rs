//! JSON output of `list`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::common::{FORMAT_VERSION, LocationView, ReadRequestsView, TenantView, write};
use crate::model::Ownership;
use crate::render::reports::{ListReport, ListedObject};

/// The output of `entraflow list --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListView<'a> {
    /// The kind of output: `list`. Marks the file, so that it is not read as a document.
    entraflow_report: &'static str,
    /// The version of this format: 1.
    format: u32,
    /// The tenant.
    tenant: TenantView,
    /// The objects, by kind in the order in which Graph needs them, then by name.
    objects: Vec<ObjectView<'a>>,
    /// The kinds that could not be listed.
    unread: Vec<UnreadView<'a>>,
    /// Why there may be fewer objects than expected.
    notes: Vec<String>,
    /// The requests to read the tenant.
    requests: ReadRequestsView,
}

/// An object of the tenant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectView<'a> {
    /// The kind.
    kind: &'a str,
    /// The name. Several objects may have it.
    name: &'a str,
    /// The id.
    id: &'a str,
    /// Who decides about it; absent if no files were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    ownership: Option<Ownership>,
    /// The location of its declaration; of that of its name, if it is ambiguous.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationView>,
}

/// A kind that could not be listed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UnreadView<'a> {
    /// The kind.
    kind: &'a str,
    /// Why.
    message: &'a str,
}

pub(in crate::render) fn list(out: &mut dyn Write, report: &ListReport<'_>) -> io::Result<()> {
    let ListReport {
        target,
        objects,
        unread,
        notes,
        reading,
    } = report;
    let unread = unread.iter();
    let view = ListView {
        entraflow_report: "list",
        format: FORMAT_VERSION,
        tenant: TenantView::from(*target),
        objects: objects.iter().map(object).collect(),
        unread: unread
            .map(|(kind, message)| UnreadView { kind, message })
            .collect(),
        notes: notes.clone(),
        requests: ReadRequestsView::from(*reading),
    };
    write(out, &view)
}

fn object(object: &ListedObject) -> ObjectView<'_> {
    let ListedObject {
        name,
        id,
        ownership,
        span,
    } = object;
    ObjectView {
        kind: name.kind(),
        name: name.name(),
        id: id.as_str(),
        ownership: *ownership,
        location: span.as_ref().map(LocationView::from),
    }
}
