//! `include:` in a tenant document: the files of other directories that belong to the tenant, too.
//!
//! An included tenant document provides the fields that the including one omits: shared values, limits and rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::budget::FilesBudget;
use super::files::{self, canonical, directory_of};
use super::merge::merge;
use super::read::{ReadFiles, read_files};
use super::select::{LinkOutside, Selection, UnreadableEntry, select, unread_directories};
use crate::desired::tenant::{is_tenant, record};
use crate::desired::yaml::{Node, NodeValue};
use crate::problem::{Problem, Span};

/// The field of the tenant document.
pub(super) const FIELD: &str = "include";

/// The files read so far.
#[derive(Default)]
pub(super) struct FileSet {
    /// The tenant documents, by file.
    tenants: BTreeMap<PathBuf, Vec<Node>>,
    seen: BTreeSet<PathBuf>,
    /// The files that some tenant document includes.
    included: BTreeSet<PathBuf>,
    budget: FilesBudget,
    /// All other documents.
    pub(super) documents: Vec<Node>,
    /// The names of the files without a value, each with a problem.
    pub(super) empty: BTreeSet<String>,
    /// The names of the files that were given by name.
    pub(super) named: BTreeSet<PathBuf>,
    /// The directories that were searched, without links.
    searched: BTreeSet<PathBuf>,
    unread: BTreeSet<PathBuf>,
    outside: Vec<LinkOutside>,
    /// The directories that content files may be in, except the tenant document's own.
    pub(super) roots: Vec<PathBuf>,
}

/// A tenant document on the include chain, and the span of its `include` entry.
struct IncludeFrame {
    file: PathBuf,
    span: Span,
}

impl FileSet {
    /// Reads the files below paths that were not read before. Returns the canonical paths of all.
    pub(super) fn read(&mut self, paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
        let Selection {
            files,
            named,
            unread,
            ignored: _,
            outside,
            unreadable,
        } = select(paths, problems);
        problems.extend(unreadable.iter().map(UnreadableEntry::problem));
        let directories = paths.iter().filter(|path| path.is_dir());
        self.searched
            .extend(directories.map(|path| canonical(path)));
        self.named.extend(named);
        self.unread.extend(unread);
        self.outside.extend(outside);
        let all: Vec<_> = files.iter().map(|path| canonical(path)).collect();
        let new = files.into_iter().zip(&all);
        let new = new.filter(|(_, file)| self.seen.insert((*file).clone()));
        let new: Vec<_> = new.map(|(path, _)| path).collect();
        let ReadFiles { nodes, empty } = read_files(&new, &mut self.budget, problems);
        self.empty.extend(empty);
        for node in nodes {
            match is_tenant(&node) {
                true => {
                    let file = canonical(Path::new(node.span.source.name()));
                    self.tenants.entry(file).or_default().push(node);
                }
                false => self.documents.push(node),
            }
        }
        all
    }

    /// Reports what was left out: directories of other programs, and links to files that were not read otherwise.
    pub(super) fn left_out(&self) -> impl Iterator<Item = Problem> {
        let is_read = |link: &&LinkOutside| {
            let mut above = link.target.ancestors();
            self.seen.contains(&link.target) || above.any(|path| self.searched.contains(path))
        };
        let outside = self.outside.iter().filter(move |link| !is_read(link));
        let outside = outside.map(LinkOutside::problem);
        outside.chain(unread_directories(&self.unread))
    }

    /// The tenant documents that no other one includes, each merged over those that it includes.
    pub(super) fn tenants(&mut self, problems: &mut Vec<Problem>) -> Vec<Node> {
        let given: Vec<_> = self.tenants.keys().cloned().collect();
        let mut expanded = Vec::new();
        for file in given {
            for tenant in self.tenants.get(&file).cloned().unwrap_or_default() {
                let tenant = self.expand(&file, tenant, &mut Vec::new(), problems);
                expanded.push((file.clone(), tenant));
            }
        }
        let mut tenants: Vec<_> = expanded
            .into_iter()
            .filter(|(file, _)| !self.included.contains(file))
            .map(|(_, tenant)| tenant)
            .collect();
        tenants.sort_by(|one, other| one.span.cmp(&other.span));
        tenants
    }

    fn expand(
        &mut self,
        file: &Path,
        mut tenant: Node,
        chain: &mut Vec<IncludeFrame>,
        problems: &mut Vec<Problem>,
    ) -> Node {
        let paths = included_paths(&tenant, problems);
        remove_entry(&mut tenant, FIELD);
        let mut lower: Option<Node> = None;
        for (path, span) in paths {
            chain.push(IncludeFrame {
                file: file.to_owned(),
                span: span.clone(),
            });
            for included in self.include(&path, &span, chain, problems) {
                lower = Some(match lower {
                    Some(lower) => merged(lower, included),
                    None => included,
                });
            }
            chain.pop();
        }
        match lower {
            Some(lower) => merged(lower, tenant),
            None => tenant,
        }
    }

    /// The tenant documents at an included path, with their own includes merged.
    fn include(
        &mut self,
        path: &Path,
        span: &Span,
        chain: &mut Vec<IncludeFrame>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Node> {
        let mut own = Vec::new();
        let files = match files::check_regular(path) {
            Ok(()) => self.read(&[path.to_owned()], &mut own),
            Err(problem) => {
                own.push(problem);
                Vec::new()
            }
        };
        problems.extend(own.into_iter().map(|problem| match problem.span {
            Some(_) => problem,
            None => problem.at(span),
        }));
        self.roots.push(match path.is_dir() {
            true => path.to_owned(),
            false => path.parent().map(Path::to_owned).unwrap_or_default(),
        });
        let mut tenants = Vec::new();
        for file in files {
            let Some(nodes) = self.tenants.get(&file).cloned() else {
                continue;
            };
            if let Some(frame) = chain.iter().find(|frame| frame.file == file) {
                problems.push(cycle(span, frame));
                continue;
            }
            self.included.insert(file.clone());
            for node in nodes {
                tenants.push(self.expand(&file, node, chain, problems));
            }
        }
        problems.extend(second_tenant(&tenants, span));
        tenants
    }
}

pub(super) fn included_paths(tenant: &Node, problems: &mut Vec<Problem>) -> Vec<(PathBuf, Span)> {
    let Some(include) = tenant.get(FIELD) else {
        return Vec::new();
    };
    let help = "write `include: [../base]`; paths are relative to this file";
    let nodes = match &include.value {
        NodeValue::List(nodes) => nodes.as_slice(),
        NodeValue::Broken => return Vec::new(),
        _ => {
            let found = include.kind_name();
            let problem = Problem::error(format!("expected a list of paths, found {found}"));
            problems.push(problem.at(&include.span).help(help));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for node in nodes {
        match node.as_str().filter(|path| !path.is_empty()) {
            Some(path) => paths.push((
                normalized(&directory_of(&node.span).join(path)),
                node.span.clone(),
            )),
            None => {
                let problem =
                    Problem::error(format!("expected a path, found {}", node.kind_name()));
                problems.push(problem.at(&node.span).help(help));
            }
        }
    }
    paths
}

/// `tenants/base` instead of `tenants/dev/../base`, if both are the same directory.
fn normalized(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir if normalized.file_name().is_some() => {
                normalized.pop();
            }
            part => normalized.push(part),
        }
    }
    let is_same = canonical(&normalized) == canonical(path);
    if is_same { normalized } else { path.to_owned() }
}

/// A tenant document merged over an included one.
fn merged(mut lower: Node, upper: Node) -> Node {
    if let (NodeValue::Map(below), NodeValue::Map(above)) = (&mut lower.value, upper.value) {
        merge(record(), below, above, &mut |_, _| {});
    }
    Node {
        span: upper.span,
        ..lower
    }
}

/// Removes an entry from a map.
pub(super) fn remove_entry(node: &mut Node, key: &str) {
    if let NodeValue::Map(entries) = &mut node.value {
        entries.retain(|entry| entry.key != key);
    }
}

fn cycle(span: &Span, frame: &IncludeFrame) -> Problem {
    let problem = Problem::error("circular include").at(span);
    let problem = match frame.span == *span {
        true => problem,
        false => problem.related(frame.span.clone(), "which is included here"),
    };
    problem.help("move the shared documents to a separate directory next to those of the tenants")
}

fn second_tenant(tenants: &[Node], include: &Span) -> Option<Problem> {
    let [first, second, ..] = tenants else {
        return None;
    };
    let problem = Problem::error("second tenant document").at(second.head_span());
    Some(
        problem
            .related(first.head_span(), "first tenant document")
            .related(include.clone(), "both are included here")
            .help("include a directory with at most one tenant document"),
    )
}
