//! The files of an export and their contents.
//!
//! Never writes a file; reads existing files only through its input.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::{
    DocumentDetail, DocumentOptions, ExportDocument, ReferenceNames, Unrepresentable, document,
    folder, stem, updated,
};
use crate::desired::yaml::edit;
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Resource, Resources};
use crate::problem::Span;

/// The directory of the schemas below that of the export. Hidden, so that they are not read as documents.
pub const SCHEMAS: &str = ".schemas";

/// The input of an export.
pub struct ExportInput<'a> {
    /// The live objects.
    pub resources: &'a Resources,
    /// Their ids.
    pub ids: &'a BTreeMap<Address, ObjectId>,
    /// The locations of the objects that are already declared.
    pub places: &'a BTreeMap<Address, Span>,
    /// The variables that already hold secrets.
    pub variables: BTreeSet<String>,
    /// The directory for new documents.
    pub root: &'a Path,
    /// How many fields documents contain.
    pub extent: DocumentDetail,
    /// What happens to existing documents.
    pub existing: ExistingFiles,
    /// The text of a file; `None` if the name is free.
    pub read: &'a dyn Fn(&Path) -> Option<String>,
}

/// What happens to existing documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingFiles {
    /// They are updated in place.
    Update,
    /// They are not changed.
    Keep,
}

/// The result of an export.
#[derive(Debug, Default)]
pub struct ExportResult {
    /// The files to write, with their contents.
    pub files: BTreeMap<PathBuf, String>,
    /// The documents, each with what happens to its file.
    pub documents: Vec<ExportedDocument>,
    /// The objects that are not exported, each with the reason.
    pub not_exported: Vec<(Address, String)>,
    /// The variables for secrets that Graph does not return, and the files that refer to them.
    pub variables: Vec<(String, PathBuf)>,
    /// The fields that Graph does not show, and the files that leave them out.
    pub not_shown: Vec<(String, PathBuf)>,
}

/// The document of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct ExportedDocument {
    /// The object.
    pub address: Address,
    /// The file that declares it.
    pub path: PathBuf,
    /// What happens to the file.
    pub action: FileAction,
}

/// What happens to the file of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAction {
    /// It is created.
    Create,
    /// It exists and is updated.
    Update,
    /// It exists and is not changed, because it matches the tenant or must be kept.
    Keep,
}

/// Exports live objects: declared objects into their documents, the others into new files.
pub fn export(job: &ExportInput<'_>) -> ExportResult {
    let mut export = ExportResult::default();
    let declared = declared(job, &mut export);
    let is_declared = |address: &Address| declared.contains(address);
    let mut exporter = Exporter {
        job,
        is_declared: &is_declared,
        variables: RefCell::new(job.variables.clone()),
        export,
    };
    for (address, resource) in job
        .resources
        .iter()
        .filter(|(address, _)| is_declared(address))
    {
        match (job.places.get(address), job.existing) {
            (Some(span), ExistingFiles::Keep) => {
                exporter.record(address, file_of(span), FileAction::Keep)
            }
            (Some(span), ExistingFiles::Update) => exporter.update(address, resource, span),
            (None, _) => exporter.create(address, resource),
        }
    }
    let mut export = exporter.export;
    export
        .documents
        .sort_by(|one, other| one.path.cmp(&other.path));
    export.variables.sort_by(|one, other| one.1.cmp(&other.1));
    export
}

/// The objects that references can name after the export. Records the others as not exported.
fn declared(job: &ExportInput<'_>, export: &mut ExportResult) -> BTreeSet<Address> {
    let mut declared: BTreeSet<_> = job.places.keys().cloned().collect();
    let options = DocumentOptions {
        names: ReferenceNames {
            ids: job.ids,
            is_declared: &|_| true,
        },
        extent: job.extent,
        pages: String::new(),
        variables: &RefCell::default(),
    };
    for (address, resource) in job.resources {
        match document(address, resource, &options) {
            Ok(_) => drop(declared.insert(address.clone())),
            Err(_) if declared.contains(address) => {}
            Err(unrepresentable) => export
                .not_exported
                .push((address.clone(), unrepresentable.to_string())),
        }
    }
    declared
}

struct Exporter<'a> {
    job: &'a ExportInput<'a>,
    is_declared: &'a dyn Fn(&Address) -> bool,
    variables: RefCell<BTreeSet<String>>,
    export: ExportResult,
}

impl Exporter<'_> {
    fn create(&mut self, address: &Address, resource: &Resource) {
        let Some(kind) = Kind::of(address) else {
            return;
        };
        let directory = self.job.root.join(folder(kind));
        let document = self.first_free(&directory, &Map::new(), &|options| {
            document(address, resource, options).ok()
        });
        let Some(document) = document else {
            return;
        };
        let stem = stem(address);
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let names = std::iter::once(stem.clone()).chain(numbered);
        let mut paths = names.map(|name| directory.join(format!("{name}.yaml")));
        let Some(path) = paths.find(|path| self.text(path).is_none()) else {
            return;
        };
        let yaml = document.yaml();
        let schema = format!(
            "# yaml-language-server: $schema=../{SCHEMAS}/{}.schema.json",
            kind.name
        );
        self.export
            .files
            .insert(path.clone(), format!("{schema}\n\n{yaml}"));
        self.record_files(document, &directory, &path);
        self.record(address, path, FileAction::Create);
    }

    fn update(&mut self, address: &Address, resource: &Resource, span: &Span) {
        let path = file_of(span);
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        let text = self.text(&path).unwrap_or_default();
        // The span refers to the text as it was read; an earlier document in the file may have changed since.
        let found = edit::document_at(span.source.text(), span.start())
            .and_then(|number| Some((number, edit::value(&text, number)?)));
        let Some((number, Json::Object(existing))) = found else {
            return;
        };
        let document = self.first_free(&directory, &existing, &|options| {
            Some(updated(&existing, address, resource, options))
        });
        let Some(document) = document else {
            return;
        };
        let wanted = Json::Object(document.members.clone());
        let Ok(after) = edit::update(&text, number, &wanted) else {
            let reason =
                "its document cannot be edited in place; write it as a map of fields".to_owned();
            self.export.not_exported.push((address.clone(), reason));
            return self.record(address, path, FileAction::Keep);
        };
        let has_changed = after != text;
        if has_changed {
            self.export.files.insert(path.clone(), after);
        }
        let has_new_contents = self.record_files(document, &directory, &path);
        let action = if has_changed || has_new_contents {
            FileAction::Update
        } else {
            FileAction::Keep
        };
        self.record(address, path, action);
    }

    /// The document, with contents in files that no other document uses.
    fn first_free(
        &self,
        directory: &Path,
        existing: &Map<String, Json>,
        write: &dyn Fn(&DocumentOptions<'_>) -> Option<ExportDocument>,
    ) -> Option<ExportDocument> {
        let own = existing_paths(&Json::Object(existing.clone()));
        let up = directory
            .strip_prefix(self.job.root)
            .map_or(0, |below| below.components().count());
        (1..).find_map(|number| {
            let variables = RefCell::new(self.variables.borrow().clone());
            let numbered = if number == 1 {
                String::new()
            } else {
                format!("{number}/")
            };
            let options = DocumentOptions {
                names: ReferenceNames {
                    ids: self.job.ids,
                    is_declared: self.is_declared,
                },
                extent: self.job.extent,
                pages: format!("{}pages/{numbered}", "../".repeat(up)),
                variables: &variables,
            };
            let document = write(&options);
            let is_taken = |(path, text): (&String, &String)| {
                let existing = self.text(&below(directory, path));
                !own.contains(path) && existing.is_some_and(|existing| existing != *text)
            };
            if document
                .as_ref()
                .is_some_and(|document| document.contents.iter().any(is_taken))
            {
                return None;
            }
            self.variables.replace(variables.into_inner());
            Some(document)
        })?
    }

    /// Records the contents and the variables of a document, and returns whether a content is new.
    fn record_files(&mut self, document: ExportDocument, directory: &Path, path: &Path) -> bool {
        let mut is_new = false;
        for (name, text) in document.contents {
            let path = below(directory, &name);
            let existing = self.text(&path);
            if existing
                .as_ref()
                .is_some_and(|existing| is_same_json(existing, &text))
            {
                continue;
            }
            is_new = true;
            let json = serde_json::from_str(&text).ok();
            let edited = existing.zip(json);
            let edited = edited.and_then(|(text, json)| edit::update(&text, 0, &json).ok());
            self.export.files.insert(path, edited.unwrap_or(text));
        }
        let not_shown = document.omitted.into_iter();
        let not_shown = not_shown.filter_map(|omitted| match omitted {
            Unrepresentable::NotShown(field) => Some((field, path.to_owned())),
            Unrepresentable::Value(_) => None,
        });
        self.export.not_shown.extend(not_shown);
        let variables = document.variables.into_iter();
        self.export
            .variables
            .extend(variables.map(|name| (name, path.to_owned())));
        is_new
    }

    fn record(&mut self, address: &Address, path: PathBuf, action: FileAction) {
        self.export.documents.push(ExportedDocument {
            address: address.clone(),
            path,
            action,
        });
    }

    /// The text of a file, with the changes of this export so far.
    fn text(&self, path: &Path) -> Option<String> {
        self.export
            .files
            .get(path)
            .cloned()
            .or_else(|| (self.job.read)(path))
    }
}

fn file_of(span: &Span) -> PathBuf {
    PathBuf::from(span.source.name())
}

/// All strings in a document: those that are paths are in use.
fn existing_paths(json: &Json) -> BTreeSet<String> {
    match json {
        Json::String(text) => BTreeSet::from([text.clone()]),
        Json::Array(items) => items.iter().flat_map(existing_paths).collect(),
        Json::Object(map) => map.values().flat_map(existing_paths).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => BTreeSet::new(),
    }
}

/// A path relative to a directory, with `..` resolved.
fn below(directory: &Path, path: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for component in directory.join(path).components() {
        match component {
            Component::ParentDir if joined.file_name().is_some() => drop(joined.pop()),
            Component::CurDir => {}
            component => joined.push(component),
        }
    }
    joined
}

fn is_same_json(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Json>(text.trim_start_matches('\u{feff}')).ok();
    read(one).is_some_and(|one| Some(one) == read(other))
}
