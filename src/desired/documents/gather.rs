//! Which documents there are: those of the files and of what they include, with values in place, patched.
//!
//! Finds their kinds and looks no further: what a document may hold is checked on top.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::document::Document;
use super::files::{self, canonical, directory_of};
use super::include::{self, Files};
use super::patch;
use super::values::{self, Sources, Values};
use crate::desired::yaml::{Node, Value as Written};
use crate::problem::{Place, Problem};

/// The documents of a tenant.
pub(in crate::desired) struct Gathered {
    /// The tenant documents, of which there should be one: without `include` and `values`.
    pub(in crate::desired) tenants: Vec<Node>,
    /// All others.
    pub(in crate::desired) documents: Vec<Document>,
    /// The directories that contents may lie below.
    pub(in crate::desired) roots: Vec<PathBuf>,
    /// Where values were put into the documents.
    pub(in crate::desired) sources: Sources,
}

/// Reads the files below the paths and all that they include.
pub(in crate::desired) fn gather(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Gathered {
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
        .filter_map(|node| Document::of(node, problems))
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
pub(in crate::desired) fn gather_tenant(file: &Path, problems: &mut Vec<Problem>) -> Vec<Node> {
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
