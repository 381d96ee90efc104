//! Files → the desired state, with every problem of every file in one run.
//!
//! Touches the file system and nothing else; secrets are named here and read when they are sent.

mod assemble;
mod auth;
mod check;
mod document;
pub mod files;
mod hide;
mod names;
pub mod problem;
mod tenant;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::kinds::{KINDS, Kind};
use crate::model::{Address, ObjectId, Presence, Resources, SecretSource, Value, is_saved_plan};
pub use auth::{Auth, AuthSpec, AuthWay};
use document::Reader;
use names::Names;
use problem::{Place, Problem, Severity, did_you_mean};
pub use tenant::{
    CloudName, Manage, TENANT, TENANT_SUMMARY, Tenant, TenantSpec, record as tenant_record,
};
use yaml::{Node, Value as Written};

/// What the files say.
#[derive(Debug)]
pub struct Desired {
    /// The tenant that they are about.
    pub tenant: Tenant,
    /// The objects declared as present.
    pub resources: Resources,
    /// The objects declared as absent.
    pub absent: BTreeSet<Address>,
    /// The ids of live objects that declared objects are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
    /// Where each object is declared.
    pub places: BTreeMap<Address, Place>,
    /// Where each secret is named.
    pub secrets: Vec<(SecretSource, Place)>,
    /// What the user should know although it stops nothing.
    pub warnings: Vec<Problem>,
}

/// A document of a known kind.
struct Document {
    kind: &'static Kind,
    node: Node,
    /// The value of `kind:`, which stands for the whole document in messages.
    place: Place,
}

/// Reads all files below the paths. `today` decides whether rules have expired.
pub fn load(paths: &[PathBuf], today: Date) -> Result<Desired, Vec<Problem>> {
    let mut problems = Vec::new();
    let nodes = read_all(paths, &mut problems);
    let contents = contents(&nodes);
    let is_content = |place: &Place| contents.contains(place.source.name());
    problems.retain(|problem| !problem.place.as_ref().is_some_and(is_content));
    let nodes = nodes
        .into_iter()
        .filter(|node| !is_content(&node.place))
        .collect();
    let (tenants, documents) = sort(nodes, &mut problems);
    let tenant = read_tenant(&tenants, today, &mut problems);
    let root = match &tenant {
        Some(tenant) => tenant.directory.clone(),
        None => paths.first().cloned().unwrap_or_default(),
    };
    let mut desired = read_documents(&documents, root, &mut problems);
    if let Some(tenant) = &tenant {
        problems.extend(check::kinds_fit(
            tenant,
            documents
                .iter()
                .map(|document| (document.kind, &document.place)),
        ));
    }
    problems.sort();
    problems.dedup();
    match tenant {
        Some(tenant)
            if problems
                .iter()
                .all(|problem| problem.severity == Severity::Warning) =>
        {
            let Loaded {
                resources,
                absent,
                pins,
                places,
                secrets,
            } = std::mem::take(&mut desired);
            Ok(Desired {
                tenant,
                resources,
                absent,
                pins,
                places,
                secrets,
                warnings: problems,
            })
        }
        _ => Err(problems),
    }
}

/// Reads the tenant document in a file, and nothing else that stands there.
pub fn load_tenant(file: &Path, today: Date) -> Result<Tenant, Vec<Problem>> {
    let mut problems = Vec::new();
    let source = files::read(file).map_err(|problem| vec![problem])?;
    let mut nodes = yaml::parse(&source, &mut problems);
    nodes.retain(|node| node.get("kind").and_then(Node::as_str) == Some(TENANT));
    let tenant = read_tenant(&nodes, today, &mut problems);
    let is_error = |problem: &Problem| problem.severity == Severity::Error;
    match tenant {
        Some(tenant) if !problems.iter().any(is_error) => Ok(tenant),
        _ => Err(problems),
    }
}

#[derive(Default)]
struct Loaded {
    resources: Resources,
    absent: BTreeSet<Address>,
    pins: BTreeMap<Address, ObjectId>,
    places: BTreeMap<Address, Place>,
    secrets: Vec<(SecretSource, Place)>,
}

fn read_all(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for path in files::find(paths, problems) {
        let known = problems.len();
        match files::read(&path) {
            Ok(source) if is_saved_plan(source.text()) => {}
            Ok(source) => nodes.extend(yaml::parse(&source, problems)),
            Err(problem) => problems.push(problem),
        }
        let unreadable = problems[known..]
            .iter()
            .filter_map(|problem| problem.place.as_ref());
        unreadable
            .take(1)
            .for_each(|place| hide::in_text(&place.source));
    }
    nodes.iter().for_each(hide::in_document);
    nodes
}

/// The files, by the names that they were read under, that documents name as contents: they are no documents
/// themselves.
fn contents(nodes: &[Node]) -> BTreeSet<String> {
    fn named(node: &Node, directory: &Path, found: &mut BTreeSet<PathBuf>) {
        match &node.value {
            Written::Map(entries) => {
                if let [entry] = entries.as_slice()
                    && entry.key == "file"
                    && let Some(path) = entry.value.as_str()
                {
                    found.insert(canonical(&directory.join(path)));
                }
                entries
                    .iter()
                    .for_each(|entry| named(&entry.value, directory, found));
            }
            Written::List(nodes) => nodes.iter().for_each(|node| named(node, directory, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for node in nodes.iter().filter(|node| node.get("kind").is_some()) {
        named(node, &directory_of(&node.place), &mut found);
    }
    let files: BTreeSet<_> = nodes.iter().map(|node| node.place.source.name()).collect();
    let is_named = |file: &&str| !found.is_empty() && found.contains(&canonical(Path::new(file)));
    files
        .into_iter()
        .filter(is_named)
        .map(str::to_owned)
        .collect()
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn directory_of(place: &Place) -> PathBuf {
    Path::new(place.source.name())
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// Tells tenant documents from the others, and both from what is no document.
fn sort(nodes: Vec<Node>, problems: &mut Vec<Problem>) -> (Vec<Node>, Vec<Document>) {
    let (mut tenants, mut documents) = (Vec::new(), Vec::new());
    for node in nodes {
        match kind_of(&node, problems) {
            Some(Found::Tenant) => tenants.push(node),
            Some(Found::Kind(kind, place)) => documents.push(Document { kind, node, place }),
            None => {}
        }
    }
    (tenants, documents)
}

enum Found {
    Tenant,
    Kind(&'static Kind, Place),
}

fn kind_of(node: &Node, problems: &mut Vec<Problem>) -> Option<Found> {
    let words = || KINDS.iter().map(|kind| kind.name).chain([TENANT]);
    let listed = || words().collect::<Vec<_>>().join(", ");
    let is_broken = |node: &Node| matches!(node.value, Written::Broken);
    if is_broken(node) || node.get("kind").is_some_and(is_broken) {
        return None;
    }
    if !matches!(node.value, Written::Map(_)) {
        let problem = Problem::error(format!(
            "expected a document, a map with `kind:`, found {}",
            node.kind_name()
        ))
        .at(node.place.clone());
        problems.push(problem);
        return None;
    }
    let Some(kind) = node.get("kind") else {
        let problem = Problem::error("`kind` is missing")
            .at(document::head(node))
            .help(format!(
                "every document says what it is about with `kind:` and one of {}",
                listed()
            ));
        problems.push(problem);
        return None;
    };
    match kind.as_str() {
        Some(TENANT) => Some(Found::Tenant),
        Some(word) if Kind::find(word).is_some() => {
            Kind::find(word).map(|found| Found::Kind(found, kind.place.clone()))
        }
        word => {
            let problem = Problem::error(format!("there is no kind `{}`", kind.place.text()))
                .at(kind.place.clone());
            let nearest = word.and_then(|word| did_you_mean(word, words()));
            problems.push(match nearest {
                Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
                None => problem.help(format!("the kinds are {}", listed())),
            });
            None
        }
    }
}

fn read_tenant(tenants: &[Node], today: Date, problems: &mut Vec<Problem>) -> Option<Tenant> {
    let Some((node, others)) = tenants.split_first() else {
        // What could not be read may have been it.
        if problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return None;
        }
        let problem = Problem::error("no document says which tenant this is about").help(
            "add tenant.yaml with `kind: tenant`, `name`, `tenantId`, `type` and `cloud`; `entraflow explain tenant` shows them",
        );
        problems.push(problem);
        return None;
    };
    let place = node
        .get("kind")
        .map_or_else(|| node.place.clone(), |kind| kind.place.clone());
    for other in others {
        let problem = Problem::error("a second tenant document")
            .at(document::head(other))
            .related(place.clone(), "the first one")
            .help("give one tenant's directory as the PATH");
        problems.push(problem);
    }
    let directory = directory_of(&node.place);
    let (names, mut secrets) = (Names::default(), Vec::new());
    let mut reader = Reader {
        names: &names,
        problems,
        secrets: &mut secrets,
        directory: directory.clone(),
        root: directory.clone(),
    };
    let fields = reader.record(tenant_record(), node, &place, &["kind"]);
    let manage = tenant::manage(node, today, reader.problems);
    let tenant = Tenant::from_fields(&fields, directory, place)?;
    refuse_clear(&secrets, problems);
    let auth = match (fields.get("auth"), node.get("auth")) {
        (Some(Value::Map(fields)), Some(node)) => Auth::from_fields(fields, document::head(node)),
        _ => None,
    };
    Some(Tenant {
        manage,
        auth,
        ..tenant
    })
}

/// What signs in never stands in a file: the warning that others get is an error here.
fn refuse_clear(secrets: &[(SecretSource, Place)], problems: &mut [Problem]) {
    let clear = |place: &Place| {
        let mut found = secrets.iter().filter(|(_, at)| at == place);
        found.any(|(source, _)| matches!(source, SecretSource::Clear(_)))
    };
    for problem in problems {
        if problem.place.as_ref().is_some_and(clear) {
            problem.severity = Severity::Error;
        }
    }
}

fn read_documents(documents: &[Document], root: PathBuf, problems: &mut Vec<Problem>) -> Loaded {
    let mut names = Names::default();
    let mut addresses = Vec::new();
    for document in documents {
        let address = check::address(document.kind, &document.node, &document.place, problems);
        let presence = check::presence(&document.node, problems);
        if let Some((address, place)) = &address
            && let Some(earlier) = names.declare(address.clone(), presence, place.clone())
        {
            let problem = Problem::error(format!("{address} is declared twice"))
                .at(place.clone())
                .related(earlier, "declared here before")
                .help("keep one of the two");
            problems.push(problem);
        }
        addresses.push((address, presence));
    }
    let mut loaded = Loaded::default();
    for (document, (address, presence)) in documents.iter().zip(addresses) {
        let Document { kind, node, place } = document;
        let pin = node
            .get("id")
            .and_then(Node::as_str)
            .filter(|_| kind.is_pinned_by_id());
        if let (Some((address, _)), Some(id)) = (&address, pin) {
            loaded.pins.insert(address.clone(), ObjectId::new(id));
        }
        if let (Some((address, _)), Presence::Absent) = (&address, presence) {
            // What else the document says is of no account any more.
            loaded.places.insert(address.clone(), place.clone());
            loaded.absent.insert(address.clone());
            continue;
        }
        let mut reader = Reader {
            names: &names,
            problems,
            secrets: &mut loaded.secrets,
            directory: directory_of(&node.place),
            root: root.clone(),
        };
        let fields = reader.record(kind.record(), node, place, &["kind", "ensure"]);
        problems.extend(check::document(kind, node, &fields, place));
        let Some((address, _)) = address else {
            continue;
        };
        loaded.places.insert(address.clone(), place.clone());
        loaded
            .resources
            .insert(address, assemble::assemble(kind, fields));
    }
    loaded
}
