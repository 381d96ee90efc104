//! The documents of a tenant: those of its files and includes, with values inserted and patches applied.
//!
//! Determines their kinds only; `objects` checks the fields.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::document::ObjectDocument;
use super::files::{canonical, directory_of};
use super::include::{self, FileSet};
use super::patch;
use super::recognise::{self, Prune, Unrecognised};
use super::unread::UnreadFiles;
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
    /// The files that could not be read completely.
    pub(in crate::desired) unread: UnreadFiles,
    /// The spans at which values were inserted.
    pub(in crate::desired) sources: Sources,
}

/// Reads the files below the paths, and their includes.
pub(in crate::desired) fn gather(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Gathered {
    let mut files = FileSet::default();
    files.read(paths, problems);
    let mut tenants = files.tenants(problems);
    let mut unread = UnreadFiles::of(problems);
    problems.extend(files.left_out());
    let mut values = take_values(&mut tenants, problems);
    let FileSet {
        documents: nodes,
        empty,
        named,
        mut roots,
        ..
    } = files;
    let (mut nodes, mut unrecognised) = split(nodes, &named);
    for node in nodes.iter_mut().filter(|node| node.get("kind").is_some()) {
        values.interpolate_node(node, problems);
    }
    let named = named_contents(&nodes);
    let is_content = |name: &str| !named.is_empty() && named.contains(&canonical(Path::new(name)));
    let files: BTreeSet<_> = nodes.iter().map(|node| node.span.source.name()).collect();
    let content_files = files.into_iter().filter(|name| is_content(name));
    let content_files: BTreeSet<_> = content_files.map(str::to_owned).collect();
    unread.retain(|name| !content_files.contains(name));
    let is_content_span = |span: &Span| content_files.contains(span.source.name());
    problems.retain(|problem| !problem.span.as_ref().is_some_and(is_content_span));
    nodes.retain(|node| !is_content_span(&node.span));
    let prune = Prune::of(&tenants);
    recognise::check_empty(&empty, prune, problems);
    unrecognised.retain(|name, _| !is_content(name));
    problems.extend(
        unrecognised
            .iter()
            .filter_map(|(name, what)| what.problem(name, prune)),
    );
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
        unread,
        sources: values.into_sources(),
    }
}

/// Reads the tenant document of a file with its includes, and ignores its other documents.
pub(in crate::desired) fn gather_tenant(file: &Path, problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut files = FileSet::default();
    files.read(&[file.to_owned()], problems);
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

/// The documents, and by their names the files that hold none. A file that the user gave by name is meant to hold some.
pub(super) fn split(
    nodes: Vec<Node>,
    named: &BTreeSet<PathBuf>,
) -> (Vec<Node>, BTreeMap<String, Unrecognised>) {
    let is_named = |node: &Node| named.contains(Path::new(node.span.source.name()));
    let mut recognised = BTreeSet::new();
    let mut unrecognised = BTreeMap::new();
    for node in &nodes {
        let name = node.span.source.name();
        match recognise::unrecognised(node).filter(|_| !is_named(node)) {
            Some(what) => drop(unrecognised.entry(name.to_owned()).or_insert(what)),
            None => drop(recognised.insert(name.to_owned())),
        }
    }
    unrecognised.retain(|name, _| !recognised.contains(name));
    let is_document = |node: &Node| !unrecognised.contains_key(node.span.source.name());
    let nodes = nodes.into_iter().filter(is_document).collect();
    (nodes, unrecognised)
}

/// The files that documents refer to as content: they are not documents.
fn named_contents(nodes: &[Node]) -> BTreeSet<PathBuf> {
    fn collect(node: &Node, found: &mut BTreeSet<PathBuf>) {
        match &node.value {
            NodeValue::Map(entries) => {
                if let [entry] = entries.as_slice()
                    && entry.key == "file"
                    && let Some(path) = entry.value.as_str()
                {
                    found.insert(canonical(&directory_of(&entry.value.span).join(path)));
                }
                entries
                    .iter()
                    .for_each(|entry| collect(&entry.value, found));
            }
            NodeValue::List(nodes) => nodes.iter().for_each(|node| collect(node, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for node in nodes.iter().filter(|node| node.get("kind").is_some()) {
        collect(node, &mut found);
    }
    found
}
