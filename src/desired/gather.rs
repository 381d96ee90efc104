//! Which documents there are: those of the files and of what they include, with values in place, patched.
//!
//! Finds their kinds and looks no further: what a document may hold is checked on top.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::include::{self, Files};
use super::parallel;
use super::values::{self, Sources, Values};
use super::yaml::{Node, Value as Written};
use super::{Document, TENANT, document, files, hide, patch, yaml};
use crate::kinds::{KINDS, Kind};
use crate::model::SavedFile;
use crate::problem::{Place, Problem, did_you_mean};

/// How many files are worth a thread.
const SHARE: usize = 16;

/// The documents of a tenant.
pub(super) struct Gathered {
    /// The tenant documents, of which there should be one: without `include` and `values`.
    pub(super) tenants: Vec<Node>,
    /// All others.
    pub(super) documents: Vec<Document>,
    /// The directories that contents may lie below.
    pub(super) roots: Vec<PathBuf>,
    /// Where values were put into the documents.
    pub(super) sources: Sources,
}

/// Reads the files below the paths and all that they include.
pub(super) fn gather(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Gathered {
    let mut files = Files::default();
    let found = files::find(paths, problems);
    files.read(found, problems);
    let mut tenants = files.tenants(problems);
    let mut values = take_values(&mut tenants, problems);
    let Files {
        documents: mut nodes,
        mut roots,
        ..
    } = files;
    for node in nodes.iter_mut().filter(|node| node.get("kind").is_some()) {
        values.put_into(node, problems);
    }
    let contents = contents(&nodes);
    let is_content = |place: &Place| contents.contains(place.source.name());
    problems.retain(|problem| !problem.place.as_ref().is_some_and(is_content));
    nodes.retain(|node| !is_content(&node.place));
    let documents = nodes
        .into_iter()
        .filter_map(|node| with_kind(node, problems))
        .collect();
    let documents = patch::apply(documents, problems);
    problems.extend(values.unused());
    let root = match tenants.first() {
        Some(tenant) => directory_of(&tenant.place),
        None => paths.first().cloned().unwrap_or_default(),
    };
    roots.insert(0, root);
    Gathered {
        tenants,
        documents,
        roots,
        sources: values.into_sources(),
    }
}

/// Reads the tenant document in a file with what it includes, and nothing else that stands there.
pub(super) fn gather_tenant(file: &Path, problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut files = Files::default();
    files.read(vec![file.to_owned()], problems);
    let mut tenants = files.tenants(problems);
    take_values(&mut tenants, problems);
    tenants
}

/// Takes the values out of the tenant documents and puts them into what is left.
fn take_values(tenants: &mut [Node], problems: &mut Vec<Problem>) -> Values {
    let mut values = Values::of(tenants.first(), problems);
    for tenant in tenants {
        include::without(tenant, values::FIELD);
        values.put_into(tenant, problems);
    }
    values
}

/// The documents of these files, with their secrets hidden.
pub(super) fn read_files(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (read, found) in parallel::each(paths, SHARE, |path| read_file(path)) {
        nodes.extend(read);
        problems.extend(found);
    }
    hide::in_documents(&nodes);
    nodes
}

/// The documents of a file, and what is wrong with it. Where not all can be read, all that may be secret is hidden.
fn read_file(path: &Path) -> (Vec<Node>, Vec<Problem>) {
    let mut problems = Vec::new();
    let nodes = match files::read(path) {
        Ok(source) if SavedFile::of(source.text()).is_some() => Vec::new(),
        Ok(source) => yaml::parse(&source, &mut problems),
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    let mut unreadable = problems.iter().filter_map(|problem| problem.place.as_ref());
    if let Some(place) = unreadable.next() {
        hide::in_text(&place.source);
    }
    (nodes, problems)
}

/// The files, by the names that they were read under, that documents name as contents: they are no documents
/// themselves.
fn contents(nodes: &[Node]) -> BTreeSet<String> {
    fn named(node: &Node, found: &mut BTreeSet<PathBuf>) {
        match &node.value {
            Written::Map(entries) => {
                if let [entry] = entries.as_slice()
                    && entry.key == "file"
                    && let Some(path) = entry.value.as_str()
                {
                    found.insert(canonical(&directory_of(&entry.value.place).join(path)));
                }
                entries.iter().for_each(|entry| named(&entry.value, found));
            }
            Written::List(nodes) => nodes.iter().for_each(|node| named(node, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for node in nodes.iter().filter(|node| node.get("kind").is_some()) {
        named(node, &mut found);
    }
    let files: BTreeSet<_> = nodes.iter().map(|node| node.place.source.name()).collect();
    let is_named = |file: &&str| !found.is_empty() && found.contains(&canonical(Path::new(file)));
    files
        .into_iter()
        .filter(is_named)
        .map(str::to_owned)
        .collect()
}

/// The one true path of a file that is there.
pub(super) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The directory of the file of a place: what is written there counts paths from it.
pub(super) fn directory_of(place: &Place) -> PathBuf {
    Path::new(place.source.name())
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// Whether this is a tenant document.
pub(super) fn is_tenant(node: &Node) -> bool {
    node.get("kind").and_then(Node::as_str) == Some(TENANT)
}

/// The document with its kind, or a problem.
fn with_kind(node: Node, problems: &mut Vec<Problem>) -> Option<Document> {
    let words = || KINDS.iter().map(|kind| kind.name).chain([TENANT]);
    let listed = || words().collect::<Vec<_>>().join(", ");
    let is_broken = |node: &Node| matches!(node.value, Written::Broken);
    if is_broken(&node) || node.get("kind").is_some_and(is_broken) {
        return None;
    }
    if !matches!(node.value, Written::Map(_)) {
        let problem = Problem::error(format!(
            "expected a document, a map with `kind:`, found {}",
            node.kind_name()
        ))
        .at(node.place);
        problems.push(problem);
        return None;
    }
    let Some(written) = node.get("kind") else {
        let problem = Problem::error("`kind` is missing")
            .at(document::head(&node))
            .help(format!(
                "every document says what it is about with `kind:` and one of {}",
                listed()
            ));
        problems.push(problem);
        return None;
    };
    let place = written.place.clone();
    if let Some(kind) = written.as_str().and_then(Kind::find) {
        let node = Arc::new(node);
        return Some(Document { kind, node, place });
    }
    let nearest = written
        .as_str()
        .and_then(|word| did_you_mean(word, words()));
    let problem = Problem::error(format!("there is no kind `{}`", place.text())).at(place.clone());
    problems.push(match nearest {
        Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
        None => problem.help(format!("the kinds are {}", listed())),
    });
    None
}
