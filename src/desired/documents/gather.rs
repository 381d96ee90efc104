//! The documents of a tenant: those of its files and includes, with values inserted and patches applied.
//!
//! Determines their kinds only; `objects` checks the fields.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::document::ObjectDocument;
use super::files::{self, canonical, directory_of};
use super::include::{self, FileSet};
use super::patch;
use super::values::{self, Sources, Values};
use crate::desired::yaml::{Node, NodeValue};
use crate::problem::{Problem, Span};

/// The documents of a tenant.
pub(in crate::desired) struct Gathered {
    /// The tenant documents, of which there should be one, without `include` and `values`.
    pub(in crate::desired) tenants: Vec<Node>,
    /// All other documents.
    pub(in crate::desired) documents: Vec<ObjectDocument>,
    /// The directories that content files may be in.
    pub(in crate::desired) roots: Vec<PathBuf>,
    /// The spans at which values were inserted.
    pub(in crate::desired) sources: Sources,
}

/// Reads the files below the paths, and their includes.
pub(in crate::desired) fn gather(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Gathered {
    let mut files = FileSet::default();
    let found = files::find(paths, problems);
    files.read(found, problems);
    let mut tenants = files.tenants(problems);
    let mut values = take_values(&mut tenants, problems);
    let FileSet {
        documents: mut nodes,
        mut roots,
        ..
    } = files;
    for node in nodes.iter_mut().filter(|node| node.get("kind").is_some()) {
        values.interpolate_node(node, problems);
    }
    let content_files = content_files(&nodes);
    let is_content = |span: &Span| content_files.contains(span.source.name());
    problems.retain(|problem| !problem.span.as_ref().is_some_and(is_content));
    nodes.retain(|node| !is_content(&node.span));
    let documents = nodes
        .into_iter()
        .filter_map(|node| ObjectDocument::of(node, problems))
        .collect();
    let documents = patch::apply(documents, problems);
    problems.extend(values.unused());
    let root = match tenants.first() {
        Some(tenant) => directory_of(&tenant.span),
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

/// Reads the tenant document of a file with its includes, and ignores its other documents.
pub(in crate::desired) fn gather_tenant(file: &Path, problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut files = FileSet::default();
    files.read(vec![file.to_owned()], problems);
    let mut tenants = files.tenants(problems);
    take_values(&mut tenants, problems);
    tenants
}

/// Removes the values from the tenant documents, and inserts them into the other fields.
fn take_values(tenants: &mut [Node], problems: &mut Vec<Problem>) -> Values {
    let mut values = Values::of(tenants.first(), problems);
    for tenant in tenants {
        include::remove_entry(tenant, values::FIELD);
        values.interpolate_node(tenant, problems);
    }
    values
}

/// The files that documents refer to as content, by the names under which they were read: they are not documents.
fn content_files(nodes: &[Node]) -> BTreeSet<String> {
    fn named(node: &Node, found: &mut BTreeSet<PathBuf>) {
        match &node.value {
            NodeValue::Map(entries) => {
                if let [entry] = entries.as_slice()
                    && entry.key == "file"
                    && let Some(path) = entry.value.as_str()
                {
                    found.insert(canonical(&directory_of(&entry.value.span).join(path)));
                }
                entries.iter().for_each(|entry| named(&entry.value, found));
            }
            NodeValue::List(nodes) => nodes.iter().for_each(|node| named(node, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for node in nodes.iter().filter(|node| node.get("kind").is_some()) {
        named(node, &mut found);
    }
    let files: BTreeSet<_> = nodes.iter().map(|node| node.span.source.name()).collect();
    let is_named = |file: &&str| !found.is_empty() && found.contains(&canonical(Path::new(file)));
    files
        .into_iter()
        .filter(is_named)
        .map(str::to_owned)
        .collect()
}
