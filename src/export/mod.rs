//! Live objects → documents.
//!
//! The inverse of `desired`: names instead of ids, references instead of secrets, contents as separate files.
//! Never reads a tenant or writes a file.

mod files;
mod merge;
mod names;
mod request;
mod serialize;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::desired::yaml::write::{self, Comments};
use crate::kinds::{Kind, Naming};
use crate::model::{Address, Resource};
pub use files::{
    ExistingFiles, ExportInput, ExportResult, ExportedDocument, FileAction, SCHEMAS, export,
};
pub use names::{ReferenceNames, file_name, folder, stem, variable};
pub use request::request;
use serialize::DocumentSerializer;

/// How many fields a document contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentDetail {
    /// The fields that differ from the defaults of Graph.
    Short,
    /// All fields that a file can express.
    Full,
    /// As short, and with values that no file can express in the form of Graph: a backup must not lose them.
    Backup,
}

/// How to write documents.
pub struct DocumentOptions<'a> {
    /// How to refer to other objects.
    pub names: ReferenceNames<'a>,
    /// How many fields to write.
    pub extent: DocumentDetail,
    /// Prefix of the names of content files: the relative path to them from the document.
    pub pages: String,
    /// The variables that are in use.
    pub variables: &'a RefCell<BTreeSet<String>>,
}

/// A document and the files that it refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExportDocument {
    /// Its fields.
    pub members: Map<String, Json>,
    /// Its comments.
    pub comments: Comments,
    /// The contents of the files that it refers to, by relative path.
    pub contents: BTreeMap<String, String>,
    /// The variables that it refers to, each for a secret that Graph does not return.
    pub variables: Vec<String>,
    /// The fields that it leaves out, because it cannot have their values.
    pub omitted: Vec<Unrepresentable>,
}

impl ExportDocument {
    /// The document as YAML.
    pub fn yaml(&self) -> String {
        write::document(&self.members, &self.comments)
    }
}

/// Why a file cannot have the value of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrepresentable {
    /// Files do not allow the value.
    #[error("the value of `{0}` in the tenant cannot be expressed in a file")]
    Value(String),
    /// The value is not known.
    #[error("Graph does not show `{0}`")]
    NotShown(String),
}

impl Unrepresentable {
    /// The path of the field.
    pub fn path(&self) -> &str {
        match self {
            Self::Value(path) | Self::NotShown(path) => path,
        }
    }
}

/// The document of a live object.
pub fn document(
    address: &Address,
    resource: &Resource,
    options: &DocumentOptions<'_>,
) -> Result<ExportDocument, Unrepresentable> {
    let Some(kind) = Kind::of(address) else {
        return Err(Unrepresentable::Value("kind".to_owned()));
    };
    let mut built_in = kind.collection.built_in.ids.iter();
    if let (Some(field), false) = (kind.name_field(), options.extent == DocumentDetail::Backup)
        && built_in.any(|id| id.eq_ignore_ascii_case(address.name()))
    {
        return Err(Unrepresentable::Value(field.to_owned()));
    }
    let mut serializer = DocumentSerializer::new(address, kind, options);
    let members = serializer.object(resource)?;
    let comments = comments(kind, address, options, &serializer.omitted);
    Ok(serializer.finish(members, comments))
}

/// An existing document, updated to the live object: correct fields stay as written, missing fields are added as in a
/// new document.
pub fn updated(
    existing: &Map<String, Json>,
    address: &Address,
    resource: &Resource,
    options: &DocumentOptions<'_>,
) -> ExportDocument {
    let Some(kind) = Kind::of(address) else {
        return ExportDocument::default();
    };
    let mut serializer = DocumentSerializer::new(address, kind, options);
    let members = serializer.merged(existing, resource);
    serializer.finish(members, Comments::default())
}

/// Comments on the fields that cannot be changed, and on those that the document cannot express.
fn comments(
    kind: &Kind,
    address: &Address,
    options: &DocumentOptions<'_>,
    omitted: &[Unrepresentable],
) -> Comments {
    let mut comments = Comments::default();
    if let Some(reason) = kind.constraints.deprecated {
        comments.head.push(format!("Deprecated: {reason}."));
    }
    for unrepresentable in omitted {
        comments
            .head
            .push(format!("{unrepresentable}; it is not changed."));
    }
    for field in kind.create_only {
        comments
            .behind
            .insert((*field).to_owned(), "cannot be changed".to_owned());
    }
    if let (Naming::Prefixed(_), Some(id)) = (&kind.naming, options.names.ids.get(address)) {
        let stored = format!("Graph stores it as {}", id.as_str());
        comments.behind.insert("id".to_owned(), stored);
    }
    for list in kind
        .parts
        .lists
        .iter()
        .filter(|list| !list.limits.is_empty())
    {
        comments
            .above
            .insert(list.field.to_owned(), list.limits.to_owned());
    }
    comments
}
