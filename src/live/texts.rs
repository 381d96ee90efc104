//! The paths of the texts of list items, and their normal form.
//! Never reads one.

use serde_json::Value as Json;

use crate::graph::{ReadRequest, encode_segment};
use crate::kinds::{Kind, List};
use crate::model::{ObjectId, Reference, document};

/// The path of an object.
pub(super) fn object(kind: &Kind, id: &ObjectId) -> String {
    format!("{}/{}", kind.collection.path, encode_segment(id.as_str()))
}

/// The path of the texts of a list item.
pub(super) fn contents_path(object: &str, list: &List, key: &Reference) -> String {
    let contents = list.contents.as_ref().map_or("", |contents| contents.path);
    format!(
        "{object}/{}/{}/{contents}",
        list.path,
        encode_segment(key.name())
    )
}

/// The request that lists the texts of a list item.
pub(super) fn list_texts(kind: &Kind, id: &ObjectId, list: &List, key: &Reference) -> ReadRequest {
    let path = contents_path(&object(kind, id), list, key);
    ReadRequest {
        version: kind.collection.version,
        path,
    }
}

/// A text in normal form; `None` if Graph returns its placeholder for a missing text.
pub(super) fn text_of(list: &List, json: &Json) -> Option<String> {
    let nothing = list.contents.as_ref().map(|contents| contents.empty);
    Some(document(json)).filter(|text| Some(text.as_str()) != nothing)
}
