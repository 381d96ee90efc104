//! Live objects → the documents that a person would have written for them.
//!
//! The inverse of `desired`: names instead of ids, secrets as references to fill in, texts as files of their own.
//! It reads no tenant and writes no file itself.

mod files;
mod merge;
mod names;
mod say;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::desired::yaml::write::{self, Comments};
use crate::kinds::{Kind, Naming};
use crate::model::{Address, Resource};
pub use files::{Existing, Export, Exported, Fate, Job, SCHEMAS, export};
pub use names::{Names, file_name, folder, stem, variable};
use say::Sayer;

/// How much a document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is not as Graph has it anyway.
    Short,
    /// Everything that a file can say.
    Full,
    /// As short, and what no file can say as Graph has it: a backup is to hold it all the same.
    Backup,
}

/// What documents are written for.
pub struct Style<'a> {
    /// How to refer to other objects.
    pub names: Names<'a>,
    /// How much to say.
    pub extent: Extent,
    /// What stands before the names of the files with texts: the way to them from the document.
    pub pages: String,
    /// The variables that are spoken for.
    pub variables: &'a RefCell<BTreeSet<String>>,
}

/// A document and the files that it names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What it says.
    pub members: Map<String, Json>,
    /// What is said beside it.
    pub comments: Comments,
    /// The texts that it names, by path from it.
    pub contents: BTreeMap<String, String>,
    /// The variables that it expects, each for a secret that Graph does not show.
    pub variables: Vec<String>,
}

impl Document {
    /// The text of the document.
    pub fn yaml(&self) -> String {
        write::document(&self.members, &self.comments)
    }
}

/// No file can declare this object: Graph has something in a field of it that no file may hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Graph has something in `{0}` that a file cannot say")]
pub struct Unsayable(pub String);

/// The document of a live object.
pub fn document(
    address: &Address,
    resource: &Resource,
    style: &Style<'_>,
) -> Result<Document, Unsayable> {
    let Some(kind) = Kind::of(address) else {
        return Err(Unsayable("kind".to_owned()));
    };
    let mut built_in = kind.built_in.ids.iter();
    if let (Some(field), false) = (kind.name_field(), style.extent == Extent::Backup)
        && built_in.any(|id| id.eq_ignore_ascii_case(address.name()))
    {
        return Err(Unsayable(field.to_owned()));
    }
    let mut sayer = Sayer::new(address, kind, style);
    let members = sayer.object(resource)?;
    let comments = comments(kind, address, style, &sayer.left_out);
    Ok(sayer.finish(members, comments))
}

/// What a document that there is already has to say so that it holds of the live object: what is right stays as it is
/// written, and what it leaves out comes to it as a new document would say it.
pub fn updated(
    existing: &Map<String, Json>,
    address: &Address,
    resource: &Resource,
    style: &Style<'_>,
) -> Document {
    let Some(kind) = Kind::of(address) else {
        return Document::default();
    };
    let mut sayer = Sayer::new(address, kind, style);
    let members = sayer.merged(existing, resource);
    sayer.finish(members, Comments::default())
}

/// What Graph does not let anybody change, and what the document therefore cannot say.
fn comments(kind: &Kind, address: &Address, style: &Style<'_>, left_out: &[String]) -> Comments {
    let mut comments = Comments::default();
    if let Some(why) = kind.deprecated {
        comments.head.push(format!("Deprecated: {why}."));
    }
    for path in left_out {
        let unsayable = Unsayable(path.clone());
        comments
            .head
            .push(format!("{unsayable}; it is left alone."));
    }
    for field in kind.create_only {
        comments
            .behind
            .insert((*field).to_owned(), "cannot change".to_owned());
    }
    if let (Naming::Prefixed(_), Some(id)) = (&kind.naming, style.names.ids.get(address)) {
        let stored = format!("Graph stores it as {}", id.as_str());
        comments.behind.insert("id".to_owned(), stored);
    }
    for list in kind.lists.iter().filter(|list| !list.limits.is_empty()) {
        comments
            .above
            .insert(list.field.to_owned(), list.limits.to_owned());
    }
    comments
}
