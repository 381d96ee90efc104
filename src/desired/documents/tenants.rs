//! The tenants below paths that may contain several, each in a separate directory.
//!
//! Reads only as much as is needed to recognise a tenant document; `load` reads the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::slice;

use super::budget::FilesBudget;
use super::files::{self, canonical};
use super::gather::split;
use super::include::included_paths;
use super::read::{ReadFiles, read_files};
use super::recognise::{is_named_tenant, unrecognised};
use super::select::{LinkOutside, Selection, UnreadableEntry, listed, select, unread_directories};
use crate::desired::tenant::{TENANT, is_tenant};
use crate::desired::yaml::Node;
use crate::problem::Problem;

/// One of several tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantFiles {
    /// Its directory, or the file that was given.
    pub path: PathBuf,
    /// The file of its tenant document.
    pub document: PathBuf,
    /// The path relative to the given one, with `/` as separator: the same on every machine.
    pub key: String,
    /// The `name` in the tenant document itself, ignoring includes.
    pub name: Option<String>,
    /// The `cloud` and `tenantId` in the tenant document itself, in lowercase; `None` if they are not written there
    /// literally.
    pub identity: Option<(String, String)>,
}

/// A tenant document that may be a tenant.
struct Candidate {
    file: PathBuf,
    /// The directories and files that it includes.
    includes: Vec<PathBuf>,
    tenant: TenantFiles,
}

/// The tenants below paths, and what else lies there.
#[derive(Default)]
pub struct Tenants {
    /// The tenants, sorted by path.
    pub found: Vec<TenantFiles>,
    /// What is in no tenant's directory and is left out: errors for what may hold a tenant, notes for the rest. A single
    /// tenant is loaded from all the paths, which reports the same.
    pub left_out: Vec<Problem>,
}

/// The tenants below the paths. Excludes tenant documents that another one includes, and those in a directory below
/// another tenant's: such a document is a mistake, which loading the outer tenant reports.
///
/// Includes tenant documents that cannot be read, because their problems have to be reported.
pub fn tenants(paths: &[PathBuf]) -> Tenants {
    let mut problems = Vec::new();
    let selected = paths.iter().map(|path| {
        // Loading reports paths that do not exist.
        (path, select(slice::from_ref(path), &mut problems))
    });
    let selected: Vec<_> = selected.collect();
    let candidates = selected
        .iter()
        .flat_map(|(root, selected)| candidates(root, selected));
    let candidates: Vec<_> = candidates.collect();
    let found = outermost(&candidates);
    let left_out = match found.as_slice() {
        [] | [_] => Vec::new(),
        found => left_out(
            found,
            &candidates,
            selected.iter().map(|(_, selected)| selected),
        ),
    };
    Tenants { found, left_out }
}

/// The candidates that are tenants.
fn outermost(candidates: &[Candidate]) -> Vec<TenantFiles> {
    let mut includers: BTreeMap<&Path, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates {
        for path in &candidate.includes {
            includers.entry(path).or_default().push(candidate);
        }
    }
    let is_included = |candidate: &Candidate| {
        let above = candidate.file.ancestors();
        let mut others = above.filter_map(|path| includers.get(path)).flatten();
        others.any(|other| other.file != candidate.file && !candidate.includes(&other.file))
    };
    let own = candidates
        .iter()
        .filter(|candidate| !is_included(candidate));
    let by_path: BTreeMap<_, _> = own
        .map(|candidate| (canonical(&candidate.tenant.path), &candidate.tenant))
        .collect();
    let is_below_another = |path: &Path| {
        let mut above = path.ancestors().skip(1);
        above.any(|above| by_path.contains_key(above))
    };
    let outermost = by_path.iter().filter(|(path, _)| !is_below_another(path));
    let mut tenants: Vec<_> = outermost.map(|(_, tenant)| (*tenant).clone()).collect();
    tenants.sort_by(|one, other| one.path.cmp(&other.path));
    tenants
}

/// What is in no tenant's directory.
fn left_out<'a>(
    found: &[TenantFiles],
    candidates: &[Candidate],
    selected: impl Iterator<Item = &'a Selection>,
) -> Vec<Problem> {
    let named: BTreeSet<&Path> = found.iter().map(|tenant| tenant.path.as_path()).collect();
    let own: BTreeSet<_> = found.iter().map(|tenant| canonical(&tenant.path)).collect();
    let included = candidates.iter().flat_map(|candidate| &candidate.includes);
    let read: BTreeSet<&Path> = own.iter().chain(included).map(PathBuf::as_path).collect();
    let is_read = |path: &Path| path.ancestors().any(|above| read.contains(above));
    let is_named = |path: &Path| path.ancestors().any(|above| named.contains(above));
    let is_stray = |path: &&PathBuf| !is_named(path) && !is_read(&located(path));
    let (mut strays, mut unread, mut ignored) = <(Vec<_>, BTreeSet<_>, Vec<_>)>::default();
    let mut problems = Vec::new();
    for selected in selected {
        let unreadable = selected.unreadable.iter();
        let unreadable = unreadable.filter(|entry| is_stray(&&entry.path));
        problems.extend(unreadable.map(UnreadableEntry::problem));
        let outside = selected.outside.iter();
        let outside = outside.filter(|link| is_stray(&&link.link) && !is_read(&link.target));
        problems.extend(outside.map(LinkOutside::problem_among_tenants));
        strays.extend(selected.files.iter().filter(is_stray).cloned());
        unread.extend(selected.unread.iter().filter(is_stray).cloned());
        ignored.extend(selected.ignored.iter().filter(is_stray));
    }
    problems.extend(in_no_tenant(&strays));
    problems.extend(unread_directories(&unread));
    if !ignored.is_empty() {
        let ignored = listed(ignored.into_iter());
        problems.push(Problem::note(format!(
            "left out by .entraflowignore: {ignored}"
        )));
    }
    problems
}

/// The path without links in its directory; the entry itself may be a link.
fn located(path: &Path) -> PathBuf {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = canonical(parent.unwrap_or(Path::new(".")));
    path.file_name()
        .map_or(parent.clone(), |name| parent.join(name))
}

/// Reports files that are in no tenant's directory: with documents, and without.
fn in_no_tenant(files: &[PathBuf]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let ReadFiles { nodes, empty: _ } =
        read_files(files, &mut FilesBudget::default(), &mut problems);
    // Syntax errors do not matter here: a tenant document with one is found all the same.
    problems.retain(|problem| problem.span.is_none());
    let (documents, _) = split(nodes, &BTreeSet::new());
    let with: BTreeSet<_> = documents
        .iter()
        .map(|node| node.span.source.name())
        .collect();
    let has_documents = |file: &&PathBuf| with.contains(&*file.to_string_lossy());
    let (with, without): (Vec<_>, Vec<_>) = files.iter().partition(has_documents);
    if !with.is_empty() {
        let message = format!(
            "the documents of {} belong to no tenant",
            listed(with.into_iter())
        );
        problems.push(Problem::warning(message).help(
            "move them below the directory of a tenant, or name them in `include` of tenant documents",
        ));
    }
    if !without.is_empty() {
        let message = format!(
            "in no tenant's directory, and without a document: {}",
            listed(without.into_iter())
        );
        problems.push(Problem::note(message));
    }
    problems
}

impl Candidate {
    fn includes(&self, file: &Path) -> bool {
        self.file != file && self.includes.iter().any(|path| file.starts_with(path))
    }
}

fn candidates(root: &Path, selected: &Selection) -> Vec<Candidate> {
    let mut directories: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in &selected.files {
        let siblings = directories.entry(file.parent().map(Path::to_owned));
        siblings.or_default().push(file.clone());
    }
    let found = directories
        .into_values()
        .flat_map(|files| in_directory(root, files));
    found.collect()
}

/// The tenant documents among the files of a directory. If one is in `tenant.yaml`, the other files are not read.
fn in_directory(root: &Path, files: Vec<PathBuf>) -> Vec<Candidate> {
    let (tenant_files, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| is_named_tenant(file));
    let read = |files: Vec<PathBuf>| {
        let candidates = files.into_iter().filter_map(|file| read(root, &file));
        candidates.collect::<Vec<_>>()
    };
    let tenant_files = read(tenant_files);
    match tenant_files.is_empty() {
        true => read(others),
        false => tenant_files,
    }
}

fn read(root: &Path, file: &Path) -> Option<Candidate> {
    let is_named_tenant = is_named_tenant(file);
    if !is_named_tenant && !looks_like_tenant(file) {
        return None;
    }
    let mut problems = Vec::new();
    let ReadFiles { nodes, empty: _ } = read_files(
        &[file.to_owned()],
        &mut FilesBudget::default(),
        &mut problems,
    );
    let tenant = nodes.iter().find(|node| is_tenant(node));
    // A file that should hold the tenant document and holds none is a mistake, which loading reports.
    let is_mistake = || is_named_tenant && nodes.iter().all(|node| unrecognised(node).is_some());
    let is_candidate = tenant.is_some() || !problems.is_empty() || is_mistake();
    is_candidate.then(|| candidate(root, file, tenant))
}

fn candidate(root: &Path, file: &Path, document: Option<&Node>) -> Candidate {
    let path = match root.is_dir() {
        true => match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        },
        false => file.to_owned(),
    };
    let includes = document.map(|node| included_paths(node, &mut Vec::new()));
    let includes = includes.into_iter().flatten();
    let text = |field: &str| document.and_then(|node| node.get(field)?.as_str());
    let folded = |field: &str| text(field).map(str::to_lowercase);
    let identity = folded("cloud").zip(folded("tenantId"));
    let is_literal = |(cloud, id): &(String, String)| !cloud.contains("${") && !id.contains("${");
    Candidate {
        file: canonical(file),
        includes: includes.map(|(path, _)| canonical(&path)).collect(),
        tenant: TenantFiles {
            key: key(root, &path),
            name: text("name").map(str::to_owned),
            identity: identity.filter(is_literal),
            document: file.to_owned(),
            path,
        },
    }
}

fn key(root: &Path, path: &Path) -> String {
    let (root, path) = (canonical(root), canonical(path));
    let below = path.strip_prefix(&root).unwrap_or(&path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    match parts.is_empty() {
        true => root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        false => parts.join("/"),
    }
}

/// Whether the text contains `kind: tenant`, in any YAML or JSON style.
fn looks_like_tenant(file: &Path) -> bool {
    let Ok(source) = files::read(file) else {
        return false;
    };
    let is_quote = |c: char| c == '"' || c == '\'';
    let is_tenant = |rest: &str| {
        let value = rest.trim_start_matches(is_quote).trim_start();
        let value = value.strip_prefix(':').map(str::trim_start);
        value.is_some_and(|value| value.trim_start_matches(is_quote).starts_with(TENANT))
    };
    source.text().split("kind").skip(1).any(is_tenant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn directory(files: &[(&str, &str)]) -> TempDir {
        let directory = TempDir::new().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        directory
    }

    fn found(directory: &TempDir, paths: &[&str]) -> Vec<(String, String)> {
        let paths: Vec<_> = paths
            .iter()
            .map(|path| directory.path().join(path))
            .collect();
        let short = |path: &Path| {
            let below = path.strip_prefix(directory.path()).unwrap();
            below.display().to_string()
        };
        let tenants = tenants(&paths).found.into_iter();
        tenants
            .map(|tenant| (short(&tenant.path), tenant.key))
            .collect()
    }

    fn pair(path: &str, key: &str) -> (String, String) {
        (path.to_owned(), key.to_owned())
    }

    #[test]
    fn tenants_finds_directories_with_tenant_documents_except_included_ones() {
        let directory = directory(&[
            ("t/base/tenant.yaml", "kind: tenant\ntype: b2c\n"),
            (
                "t/eu/b/tenant.yaml",
                "kind: tenant\nname: b\ninclude: [../../base]\n",
            ),
            ("t/eu/b/flow.yaml", "kind: b2xUserFlow\nid: tenant\n"),
            (
                "t/a/tenant.json",
                "{\"kind\" : \"tenant\", \"include\": [\"../base/tenant.yaml\"]}",
            ),
        ]);
        assert_eq!(
            found(&directory, &["t"]),
            [pair("t/a", "a"), pair("t/eu/b", "eu/b")]
        );
        assert_eq!(
            found(&directory, &["t/eu/b", "t/eu"]),
            [pair("t/eu/b", "b")]
        );
        let file = "t/eu/b/tenant.yaml";
        assert_eq!(found(&directory, &[file]), [pair(file, "tenant.yaml")]);
    }

    #[test]
    fn tenants_counts_one_tenant_per_directory() {
        let directory = directory(&[
            ("t/a/tenant.yaml", "kind: tenant\n"),
            ("t/a/copy.yaml", "kind: tenant\n"),
            ("t/a/below/tenant.yaml", "kind: tenant\n"),
            ("t/b/tenant.yaml", "kind: tenant\n"),
        ]);
        assert_eq!(
            found(&directory, &["t"]),
            [pair("t/a", "a"), pair("t/b", "b")]
        );
    }

    #[test]
    fn tenants_keeps_unreadable_and_circular_tenant_documents() {
        let directory = directory(&[
            ("t/a/tenant.yaml", "kind: tenant\nname: [\n"),
            ("t/b/tenant.yaml", "kind: tenant\ninclude: [../c]\n"),
            ("t/c/tenant.yaml", "kind: tenant\ninclude: [../b]\n"),
        ]);
        let keys: Vec<_> = found(&directory, &["t"])
            .into_iter()
            .map(|(_, key)| key)
            .collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }

    /// What is left out, without help and relative to the directory.
    fn left_out_of(directory: &TempDir, paths: &[&str]) -> Vec<String> {
        let root = directory.path().canonicalize().unwrap();
        let paths: Vec<_> = paths.iter().map(|path| root.join(path)).collect();
        let prefix = format!("{}/", root.display());
        let problems = tenants(&paths).left_out.into_iter();
        problems
            .map(|problem| {
                format!(
                    "{:?}: {}",
                    problem.level,
                    problem.message.replace(&prefix, "")
                )
            })
            .collect()
    }

    #[test]
    fn tenants_lists_what_is_in_no_tenants_directory() {
        let directory = directory(&[
            ("t/a/tenant.yaml", "kind: tenant\ninclude: [../base]\n"),
            ("t/a/.git/x.yaml", ""),
            ("t/b/tenant.yaml", "kind: tenant\n"),
            ("t/base/x.yaml", "kind: apiConnector\n"),
            ("t/shared/x.yaml", "kind: apiConnector\n"),
            ("t/package.json", "{\"name\": \"a\"}"),
            ("t/README.md", ""),
            ("t/.git/x.yaml", ""),
            ("t/old/tenant.yaml", "kind: tenant\n"),
            ("t/.entraflowignore", "old/\n"),
        ]);
        assert_eq!(
            left_out_of(&directory, &["t"]),
            [
                "Warning: the documents of `t/shared/x.yaml` belong to no tenant",
                "Note: in no tenant's directory, and without a document: `t/package.json`",
                "Note: left out by their names: `t/.git`",
                "Note: left out by .entraflowignore: `t/old`",
            ]
        );
        assert!(left_out_of(&directory, &["t/a"]).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn tenants_follows_links_inside_and_reports_those_that_may_hold_a_tenant() {
        use std::os::unix::fs::symlink;

        let directory = directory(&[
            ("t/a/tenant.yaml", "kind: tenant\n"),
            ("t/.real/b/tenant.yaml", "kind: tenant\n"),
            ("elsewhere/c/tenant.yaml", "kind: tenant\n"),
        ]);
        let link = |target: &str, link: &str| symlink(target, directory.path().join(link)).unwrap();
        link(".real/b", "t/b");
        link("../elsewhere/c", "t/c");
        link("../../elsewhere/c", "t/a/c");
        link("gone", "t/d");
        assert_eq!(
            found(&directory, &["t"]),
            [pair("t/a", "a"), pair("t/b", ".real/b")]
        );
        assert_eq!(
            left_out_of(&directory, &["t"]),
            [
                "Error: cannot read `t/d`: it is a link to a path that does not exist",
                "Error: `t/c` is a link out of `t`, to `elsewhere/c`",
            ]
        );
        assert_eq!(
            left_out_of(&directory, &["t", "elsewhere"]),
            ["Error: cannot read `t/d`: it is a link to a path that does not exist"]
        );
    }

    #[test]
    fn tenants_keeps_a_file_named_tenant_that_holds_no_document() {
        let directory = directory(&[
            ("t/a/tenant.yaml", ""),
            ("t/b/tenant.yml", "# kind: tenant\n"),
            ("t/c/tenant.json", "{\"name\": \"c\"}"),
            ("t/d/tenant.yaml", "kind: apiConnector\n"),
        ]);
        let keys: Vec<_> = found(&directory, &["t"])
            .into_iter()
            .map(|(_, key)| key)
            .collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }
}
