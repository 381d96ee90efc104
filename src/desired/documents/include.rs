//! `include:` in a tenant document: the files of other directories belong to the tenant, too.
//!
//! A tenant document that is included says what the including one leaves out: shared values, limits and rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::{self, canonical, directory_of};
use super::merge::merge;
use super::read::read_files;
use crate::desired::tenant::{is_tenant, record};
use crate::desired::yaml::{Node, Value as Written};
use crate::problem::{Place, Problem};

/// The field of the tenant document.
pub(super) const FIELD: &str = "include";

/// Everything that was read so far.
#[derive(Default)]
pub(super) struct Files {
    /// The tenant documents, by file.
    tenants: BTreeMap<PathBuf, Vec<Node>>,
    seen: BTreeSet<PathBuf>,
    /// The files that a tenant document includes.
    included: BTreeSet<PathBuf>,
    /// All other documents.
    pub(super) documents: Vec<Node>,
    /// The directories that contents may lie below, beside that of the tenant document.
    pub(super) roots: Vec<PathBuf>,
}

/// A tenant document on the way from the first to the one that is looked at.
struct Link {
    file: PathBuf,
    place: Place,
}

impl Files {
    /// Reads files that were not read before. Gives them all by their one true path.
    pub(super) fn read(
        &mut self,
        found: Vec<PathBuf>,
        problems: &mut Vec<Problem>,
    ) -> Vec<PathBuf> {
        let all: Vec<_> = found.iter().map(|path| canonical(path)).collect();
        let new = found.into_iter().zip(&all);
        let new = new.filter(|(_, file)| self.seen.insert((*file).clone()));
        let new: Vec<_> = new.map(|(path, _)| path).collect();
        for node in read_files(&new, problems) {
            match is_tenant(&node) {
                true => {
                    let file = canonical(Path::new(node.place.source.name()));
                    self.tenants.entry(file).or_default().push(node);
                }
                false => self.documents.push(node),
            }
        }
        all
    }

    /// The tenant documents that no other one includes, each over those that it includes.
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
        tenants.sort_by(|one, other| one.place.cmp(&other.place));
        tenants
    }

    fn expand(
        &mut self,
        file: &Path,
        mut tenant: Node,
        chain: &mut Vec<Link>,
        problems: &mut Vec<Problem>,
    ) -> Node {
        let paths = included_paths(&tenant, problems);
        without(&mut tenant, FIELD);
        let mut lower: Option<Node> = None;
        for (path, place) in paths {
            chain.push(Link {
                file: file.to_owned(),
                place: place.clone(),
            });
            for included in self.include(&path, &place, chain, problems) {
                lower = Some(match lower {
                    Some(lower) => over(lower, included),
                    None => included,
                });
            }
            chain.pop();
        }
        match lower {
            Some(lower) => over(lower, tenant),
            None => tenant,
        }
    }

    /// The tenant documents that a path brings, complete.
    fn include(
        &mut self,
        path: &Path,
        place: &Place,
        chain: &mut Vec<Link>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Node> {
        let mut own = Vec::new();
        let found = files::find(&[path.to_owned()], &mut own);
        problems.extend(own.into_iter().map(|problem| problem.at(place)));
        self.roots.push(match path.is_dir() {
            true => path.to_owned(),
            false => path.parent().map(Path::to_owned).unwrap_or_default(),
        });
        let mut tenants = Vec::new();
        for file in self.read(found, problems) {
            let Some(nodes) = self.tenants.get(&file).cloned() else {
                continue;
            };
            if let Some(link) = chain.iter().find(|link| link.file == file) {
                problems.push(cycle(place, link));
                continue;
            }
            self.included.insert(file.clone());
            for node in nodes {
                tenants.push(self.expand(&file, node, chain, problems));
            }
        }
        problems.extend(second(&tenants, place));
        tenants
    }
}

pub(super) fn included_paths(tenant: &Node, problems: &mut Vec<Problem>) -> Vec<(PathBuf, Place)> {
    let Some(include) = tenant.get(FIELD) else {
        return Vec::new();
    };
    let help = "write `include: [../base]`: paths count from this file";
    let nodes = match &include.value {
        Written::List(nodes) => nodes.as_slice(),
        Written::Broken => return Vec::new(),
        _ => {
            let found = include.kind_name();
            let problem = Problem::error(format!("expected a list of paths, found {found}"));
            problems.push(problem.at(&include.place).help(help));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for node in nodes {
        match node.as_str().filter(|path| !path.is_empty()) {
            Some(path) => paths.push((
                tidy(&directory_of(&node.place).join(path)),
                node.place.clone(),
            )),
            None => {
                let problem =
                    Problem::error(format!("expected a path, found {}", node.kind_name()));
                problems.push(problem.at(&node.place).help(help));
            }
        }
    }
    paths
}

/// `tenants/base` rather than `tenants/dev/../base`, where that is the same directory.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir if tidy.file_name().is_some() => drop(tidy.pop()),
            part => tidy.push(part),
        }
    }
    let is_same = canonical(&tidy) == canonical(path);
    if is_same { tidy } else { path.to_owned() }
}

/// A tenant document with what another one says beside it.
fn over(mut lower: Node, upper: Node) -> Node {
    if let (Written::Map(below), Written::Map(above)) = (&mut lower.value, upper.value) {
        merge(record(), below, above, &mut |_, _| {});
    }
    Node {
        place: upper.place,
        ..lower
    }
}

/// Takes an entry out of a map.
pub(super) fn without(node: &mut Node, key: &str) {
    if let Written::Map(entries) = &mut node.value {
        entries.retain(|entry| entry.key != key);
    }
}

fn cycle(place: &Place, link: &Link) -> Problem {
    let problem = Problem::error("this includes the file that it is included from").at(place);
    let problem = match link.place == *place {
        true => problem,
        false => problem.related(link.place.clone(), "which includes this one"),
    };
    problem.help("keep what tenants share in a directory of its own, beside theirs")
}

fn second(tenants: &[Node], include: &Place) -> Option<Problem> {
    let [first, second, ..] = tenants else {
        return None;
    };
    let problem = Problem::error("a second tenant document").at(second.head_place());
    Some(
        problem
            .related(first.head_place(), "the first one")
            .related(include.clone(), "both are included here")
            .help("include a directory with one tenant document, or with none"),
    )
}
