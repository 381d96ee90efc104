//! Which files an export writes, and what comes into them.
//! Writes none itself, and reads those that are there only through what it is given.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::{Document, Extent, Names, Style, document, folder, stem, updated};
use crate::desired::yaml::edit;
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Resource, Resources};
use crate::problem::Place;

/// Where documents find their schemas, below the directory of the export. Hidden, so that nobody takes them for
/// documents.
pub const SCHEMAS: &str = ".schemas";

/// What to export, and where to.
pub struct Job<'a> {
    /// The live objects.
    pub resources: &'a Resources,
    /// Their ids.
    pub ids: &'a BTreeMap<Address, ObjectId>,
    /// Where objects are declared already.
    pub places: &'a BTreeMap<Address, Place>,
    /// The variables that hold secrets already.
    pub variables: BTreeSet<String>,
    /// The directory for what is new.
    pub root: &'a Path,
    /// How much documents say.
    pub extent: Extent,
    /// Whether documents that there are may change.
    pub existing: Existing,
    /// The text of a file, if there is one.
    pub read: &'a dyn Fn(&Path) -> Option<String>,
}

/// What becomes of documents that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They are brought up to date in their place.
    Update,
    /// They are left alone.
    Keep,
}

/// What an export comes to.
#[derive(Debug, Default)]
pub struct Export {
    /// The files to write, with their texts.
    pub files: BTreeMap<PathBuf, String>,
    /// The documents, and whether something is new in them.
    pub documents: Vec<Exported>,
    /// The objects that come into no file, and why.
    pub left_out: Vec<(Address, String)>,
    /// The variables for secrets that Graph does not show, and the files that name them.
    pub variables: Vec<(String, PathBuf)>,
}

/// The document of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Exported {
    /// The object.
    pub address: Address,
    /// The file that declares it.
    pub path: PathBuf,
    /// What became of the document.
    pub fate: Fate,
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    New,
    /// It was there, and says something else now.
    Updated,
    /// It was there and says what the tenant has, or is to be left alone.
    Kept,
}

/// Puts live objects into files: those that are declared already where they are, the others into files of their own.
pub fn export(job: &Job<'_>) -> Export {
    let mut export = Export::default();
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
            (Some(place), Existing::Keep) => exporter.note(address, file_of(place), Fate::Kept),
            (Some(place), Existing::Update) => exporter.update(address, resource, place),
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

/// The objects that can be referred to by name when all is written. The others are noted down.
fn declared(job: &Job<'_>, export: &mut Export) -> BTreeSet<Address> {
    let mut declared: BTreeSet<_> = job.places.keys().cloned().collect();
    let style = Style {
        names: Names {
            ids: job.ids,
            is_declared: &|_| true,
        },
        extent: job.extent,
        pages: String::new(),
        variables: &RefCell::default(),
    };
    for (address, resource) in job.resources {
        match document(address, resource, &style) {
            Ok(_) => drop(declared.insert(address.clone())),
            Err(_) if declared.contains(address) => {}
            Err(unsayable) => export
                .left_out
                .push((address.clone(), unsayable.to_string())),
        }
    }
    declared
}

struct Exporter<'a> {
    job: &'a Job<'a>,
    is_declared: &'a dyn Fn(&Address) -> bool,
    variables: RefCell<BTreeSet<String>>,
    export: Export,
}

impl Exporter<'_> {
    fn create(&mut self, address: &Address, resource: &Resource) {
        let Some(kind) = Kind::of(address) else {
            return;
        };
        let directory = self.job.root.join(folder(kind));
        let written = self.first_free(&directory, &Map::new(), &|style| {
            document(address, resource, style).ok()
        });
        let Some(document) = written else {
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
        self.keep(document, &directory, &path);
        self.note(address, path, Fate::New);
    }

    fn update(&mut self, address: &Address, resource: &Resource, place: &Place) {
        let path = file_of(place);
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        let text = self.text(&path).unwrap_or_default();
        // The place counts in the text as it was read; what came before may have changed since.
        let found = edit::document_at(place.source.text(), place.start())
            .and_then(|number| Some((number, edit::value(&text, number)?)));
        let Some((number, Json::Object(existing))) = found else {
            return;
        };
        let written = self.first_free(&directory, &existing, &|style| {
            Some(updated(&existing, address, resource, style))
        });
        let Some(document) = written else {
            return;
        };
        let wanted = Json::Object(document.members.clone());
        let Ok(after) = edit::update(&text, number, &wanted) else {
            let why = "its document is written in a way that no edit can keep; write it as a map of fields".to_owned();
            self.export.left_out.push((address.clone(), why));
            return self.note(address, path, Fate::Kept);
        };
        let has_changed = after != text;
        if has_changed {
            self.export.files.insert(path.clone(), after);
        }
        let more = self.keep(document, &directory, &path);
        let fate = if has_changed || more {
            Fate::Updated
        } else {
            Fate::Kept
        };
        self.note(address, path, fate);
    }

    /// The document, with its texts in files that are not taken by something else.
    fn first_free(
        &self,
        directory: &Path,
        existing: &Map<String, Json>,
        write: &dyn Fn(&Style<'_>) -> Option<Document>,
    ) -> Option<Document> {
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
            let style = Style {
                names: Names {
                    ids: self.job.ids,
                    is_declared: self.is_declared,
                },
                extent: self.job.extent,
                pages: format!("{}pages/{numbered}", "../".repeat(up)),
                variables: &variables,
            };
            let document = write(&style);
            let is_taken = |(path, text): (&String, &String)| {
                let there = self.text(&below(directory, path));
                !own.contains(path) && there.is_some_and(|there| there != *text)
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

    /// Notes the texts and the variables of a document; says whether a text is new.
    fn keep(&mut self, document: Document, directory: &Path, path: &Path) -> bool {
        let mut is_new = false;
        for (name, text) in document.contents {
            let path = below(directory, &name);
            let there = self.text(&path);
            if there
                .as_ref()
                .is_some_and(|there| is_same_json(there, &text))
            {
                continue;
            }
            is_new = true;
            let json = serde_json::from_str(&text).ok();
            let edited = there.zip(json);
            let edited = edited.and_then(|(there, json)| edit::update(&there, 0, &json).ok());
            self.export.files.insert(path, edited.unwrap_or(text));
        }
        let variables = document.variables.into_iter();
        self.export
            .variables
            .extend(variables.map(|name| (name, path.to_owned())));
        is_new
    }

    fn note(&mut self, address: &Address, path: PathBuf, fate: Fate) {
        self.export.documents.push(Exported {
            address: address.clone(),
            path,
            fate,
        });
    }

    /// The text of a file as it is to be by now.
    fn text(&self, path: &Path) -> Option<String> {
        self.export
            .files
            .get(path)
            .cloned()
            .or_else(|| (self.job.read)(path))
    }
}

fn file_of(place: &Place) -> PathBuf {
    PathBuf::from(place.source.name())
}

/// The paths that a document names.
fn existing_paths(json: &Json) -> BTreeSet<String> {
    match json {
        Json::String(text) => BTreeSet::from([text.clone()]),
        Json::Array(items) => items.iter().flat_map(existing_paths).collect(),
        Json::Object(map) => map.values().flat_map(existing_paths).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => BTreeSet::new(),
    }
}

/// A path from a directory, without the steps up that lead back down.
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
