//! The tenants below paths that may contain several, each in a separate directory.
//!
//! Reads only as much as is needed to recognise a tenant document; `load` reads the rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::{self, canonical};
use super::include::included_paths;
use super::read::read_files;
use crate::desired::tenant::{TENANT, is_tenant};
use crate::desired::yaml::Node;

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
    /// The `cloud` and `tenantId` in the tenant document itself, in lowercase: two documents with the same are one
    /// tenant of Entra. `None` if they are not written there literally, and for the emulator, where each directory
    /// may have a separate tenant.
    pub identity: Option<(String, String)>,
}

/// A tenant document that may be a tenant.
struct Candidate {
    file: PathBuf,
    /// The directories and files that it includes.
    includes: Vec<PathBuf>,
    tenant: TenantFiles,
}

/// The tenants below the paths, sorted by path. Excludes tenant documents that another one includes, and those in a
/// directory below another tenant's: such a document is a mistake, which loading the outer tenant reports.
///
/// Includes tenant documents that cannot be read, because their problems have to be reported.
pub fn tenants(paths: &[PathBuf]) -> Vec<TenantFiles> {
    let candidates: Vec<_> = paths.iter().flat_map(|path| candidates(path)).collect();
    let mut includers: BTreeMap<&Path, Vec<&Candidate>> = BTreeMap::new();
    for candidate in &candidates {
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

impl Candidate {
    fn includes(&self, file: &Path) -> bool {
        self.file != file && self.includes.iter().any(|path| file.starts_with(path))
    }
}

fn candidates(root: &Path) -> Vec<Candidate> {
    // Loading reports paths that do not exist.
    let found = files::find(&[root.to_owned()], &mut Vec::new());
    let mut directories: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in found {
        let siblings = directories.entry(file.parent().map(Path::to_owned));
        siblings.or_default().push(file);
    }
    let found = directories
        .into_values()
        .flat_map(|files| in_directory(root, files));
    found.collect()
}

/// The tenant documents among the files of a directory. If one is in `tenant.yaml`, the other files are not read.
fn in_directory(root: &Path, files: Vec<PathBuf>) -> Vec<Candidate> {
    let is_named_tenant = |file: &PathBuf| file.file_stem().is_some_and(|stem| stem == TENANT);
    let (tenant_files, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_named_tenant);
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
    if !looks_like_tenant(file) {
        return None;
    }
    let mut problems = Vec::new();
    let nodes = read_files(&[file.to_owned()], &mut problems);
    let tenant = nodes.into_iter().find(is_tenant);
    (tenant.is_some() || !problems.is_empty()).then(|| candidate(root, file, tenant.as_ref()))
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
    let is_literal = |(cloud, id): &(String, String)| cloud != "emulator" && !id.contains("${");
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
        let tenants = tenants(&paths).into_iter();
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
}
