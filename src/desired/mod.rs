//! Files → the desired state, with every problem of every file in one run.
//!
//! Touches the file system and nothing else; secrets are named here and read when they are sent.

mod assemble;
mod auth;
mod check;
mod document;
pub mod files;
pub mod format;
mod gather;
mod hide;
mod include;
mod merge;
mod names;
mod outside;
pub(crate) mod parallel;
mod patch;
mod places;
mod tenant;
mod tenants;
mod together;
mod values;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Presence, Resource, Resources, SecretSource, Value};
use crate::problem::{Place, Problem, Severity};
pub use auth::{Auth, AuthSpec, AuthWay};
use document::Reader;
use gather::{Gathered, directory_of};
use names::Names;
pub use tenant::{
    DriftRule, Manage, TENANT, TENANT_SUMMARY, Tenant, TenantSpec, record as tenant_record,
};
pub use tenants::{TenantFiles, tenants};
pub use together::shared;
use values::Sources;
pub use values::{escaped, unescaped};
use yaml::Node;

/// What the files say.
#[derive(Debug)]
pub struct Desired {
    /// The tenant that they are about.
    pub tenant: Tenant,
    /// The objects declared as present. Reports look at them, too, when all else is done.
    pub resources: Arc<Resources>,
    /// The objects declared as absent.
    pub absent: BTreeSet<Address>,
    /// The ids of live objects that declared objects are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
    /// Where each object is declared.
    pub places: BTreeMap<Address, Place>,
    /// Where each secret is named.
    pub secrets: Vec<(SecretSource, Place)>,
    /// Where objects are named that no file can declare.
    pub foreign: Vec<(Address, Place)>,
    /// The documents of the objects declared as present, as they are written.
    pub documents: BTreeMap<Address, Arc<Node>>,
    /// What the user should know although it stops nothing.
    pub warnings: Vec<Problem>,
}

/// Documents as they come out of includes, values and patches.
#[derive(Debug)]
pub struct Documents {
    /// The trees, the tenant's first.
    pub nodes: Vec<Arc<Node>>,
    sources: Sources,
}

impl Documents {
    /// Where the values come from that stand at a place of a document.
    pub fn sources(&self, place: &Place) -> &[Place] {
        self.sources.get(place).map_or(&[], Vec::as_slice)
    }
}

impl Desired {
    /// The variables that hold secrets.
    pub fn variables(&self) -> BTreeSet<String> {
        let variables = self.secrets.iter().filter_map(|(source, _)| match source {
            SecretSource::Env { env, .. } => Some(env.clone()),
            SecretSource::File { .. } | SecretSource::Clear(_) => None,
        });
        variables.collect()
    }
}

/// How many documents are worth a thread.
const SHARE: usize = 100;

/// A document of a known kind.
struct Document {
    kind: &'static Kind,
    node: Arc<Node>,
    /// The value of `kind:`, which stands for the whole document in messages.
    place: Place,
}

/// Files that say nothing that can be relied on.
#[derive(Debug)]
pub struct Rejected {
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// The tenant that they are about, where its document is in order.
    pub tenant: Option<Box<Tenant>>,
}

/// Reads all files below the paths. `today` decides whether rules have expired.
pub fn load(paths: &[PathBuf], today: Date) -> Result<Desired, Rejected> {
    load_documents(paths, today).map(|(desired, _)| desired)
}

/// Reads all files below the paths, and gives also the documents themselves.
pub fn load_documents(paths: &[PathBuf], today: Date) -> Result<(Desired, Documents), Rejected> {
    let mut problems = Vec::new();
    let Gathered {
        tenants,
        documents,
        roots,
        sources,
    } = gather::gather(paths, &mut problems);
    let mut tenant = read_tenant(&tenants, today, &mut problems);
    let loaded = read_documents(&documents, &roots, &mut problems);
    problems.extend(together::shared(
        &loaded.resources,
        &BTreeMap::new(),
        &loaded.documents,
    ));
    problems.extend(together::too_many(&loaded.resources, &loaded.places));
    if let Some(tenant) = &tenant {
        let kinds = || {
            documents
                .iter()
                .map(|document| (document.kind, &document.place))
        };
        problems.extend(check::kinds_fit(tenant, kinds()));
        problems.extend(check::kinds_offered(tenant, kinds()));
    }
    let mut problems: Vec<_> = problems
        .into_iter()
        .map(|problem| with_sources(problem, &sources))
        .collect();
    problems.sort();
    problems.dedup();
    let is_rejected = problems.iter().any(is_error);
    let Some(tenant) = tenant.take_if(|_| !is_rejected) else {
        return Err(Rejected {
            problems,
            tenant: tenant.map(Box::new),
        });
    };
    let Loaded {
        resources,
        absent,
        pins,
        places,
        secrets,
        foreign,
        documents: by_address,
    } = loaded;
    let desired = Desired {
        tenant,
        resources: Arc::new(resources),
        absent,
        pins,
        places,
        secrets,
        foreign,
        documents: by_address,
        warnings: problems,
    };
    let documents = documents.into_iter().map(|document| document.node);
    let tenants = tenants.into_iter().map(Arc::new);
    let nodes = tenants.chain(documents).collect();
    Ok((desired, Documents { nodes, sources }))
}

/// Reads the tenant document in a file with what it includes, and nothing else that stands there.
pub fn load_tenant(file: &Path, today: Date) -> Result<Tenant, Vec<Problem>> {
    let mut problems = Vec::new();
    let tenants = gather::gather_tenant(file, &mut problems);
    let tenant = read_tenant(&tenants, today, &mut problems);
    tenant
        .filter(|_| !problems.iter().any(is_error))
        .ok_or(problems)
}

fn is_error(problem: &Problem) -> bool {
    problem.severity == Severity::Error
}

/// The problem, and where the values come from that it is about.
fn with_sources(problem: Problem, sources: &Sources) -> Problem {
    let values = problem.place.as_ref().and_then(|place| sources.get(place));
    let values = values.into_iter().flatten();
    values.fold(problem, |problem, value| {
        problem.related(value, "the value")
    })
}

#[derive(Default)]
struct Loaded {
    resources: Resources,
    absent: BTreeSet<Address>,
    pins: BTreeMap<Address, ObjectId>,
    places: BTreeMap<Address, Place>,
    secrets: Vec<(SecretSource, Place)>,
    foreign: Vec<(Address, Place)>,
    documents: BTreeMap<Address, Arc<Node>>,
}

fn read_tenant(tenants: &[Node], today: Date, problems: &mut Vec<Problem>) -> Option<Tenant> {
    let Some((node, others)) = tenants.split_first() else {
        // What could not be read may have been it.
        if problems.iter().any(is_error) {
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
            .help("put each into a directory of its own, or keep one of them");
        problems.push(problem);
    }
    let directory = directory_of(&node.place);
    let (names, mut secrets, mut foreign) = (Names::default(), Vec::new(), Vec::new());
    let mut reader = Reader {
        names: &names,
        problems,
        secrets: &mut secrets,
        foreign: &mut foreign,
        roots: &[],
    };
    let fields = reader.record(tenant_record(), node, &place, &["kind"]);
    let manage = tenant::manage(node, today, reader.problems);
    let tenant = Tenant::from_fields(&fields, directory, place)?;
    refuse_clear(&secrets, problems);
    let auth = match fields.get("auth") {
        Some(Value::Map(fields)) => Auth::from_fields(fields, secrets),
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

/// A document and the object that it is about, where that can be told.
struct Declared<'a> {
    document: &'a Document,
    address: Option<Address>,
    presence: Presence,
}

/// What a document says of its object.
struct Read {
    resource: Resource,
    problems: Vec<Problem>,
    secrets: Vec<(SecretSource, Place)>,
    foreign: Vec<(Address, Place)>,
}

fn read_documents(
    documents: &[Document],
    roots: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Loaded {
    let (names, declared) = declare(documents, problems);
    let read = |declared: &Declared<'_>| match (&declared.address, declared.presence) {
        // What else the document says is of no account any more.
        (Some(_), Presence::Absent) => None,
        _ => Some(read_document(declared.document, &names, roots)),
    };
    let read = parallel::each(&declared, SHARE, read);
    let mut loaded = Loaded::default();
    for (declared, read) in declared.into_iter().zip(read) {
        let Declared {
            document: Document { kind, node, place },
            address,
            presence: _,
        } = declared;
        if let Some(address) = &address {
            loaded.places.insert(address.clone(), place.clone());
            if kind.is_pinned_by_id()
                && let Some(id) = node.get("id").and_then(Node::as_str)
            {
                loaded.pins.insert(address.clone(), ObjectId::new(id));
            }
        }
        let Some(read) = read else {
            loaded.absent.extend(address);
            continue;
        };
        problems.extend(read.problems);
        loaded.secrets.extend(read.secrets);
        loaded.foreign.extend(read.foreign);
        if let Some(address) = address {
            loaded.documents.insert(address.clone(), Arc::clone(node));
            loaded.resources.insert(address, read.resource);
        }
    }
    loaded
}

/// Finds out which names there are to refer to.
fn declare<'a>(
    documents: &'a [Document],
    problems: &mut Vec<Problem>,
) -> (Names, Vec<Declared<'a>>) {
    let mut names = Names::default();
    let mut declared = Vec::with_capacity(documents.len());
    for document in documents {
        let address = check::address(document.kind, &document.node, &document.place, problems);
        let presence = check::presence(document.kind, &document.node, problems);
        if let Some((address, place)) = &address
            && let Some(earlier) = names.declare(address.clone(), presence, place.clone())
        {
            let problem = Problem::error(format!("{address} is declared twice"))
                .at(place.clone())
                .related(earlier, "declared here before")
                .help("keep one of the two, or let one change the other with `patch: true`");
            problems.push(problem);
        }
        declared.push(Declared {
            document,
            address: address.map(|(address, _)| address),
            presence,
        });
    }
    (names, declared)
}

/// Reads a document, whatever is wrong with others.
fn read_document(document: &Document, names: &Names, roots: &[PathBuf]) -> Read {
    let Document { kind, node, place } = document;
    let (mut problems, mut secrets, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    let mut reader = Reader {
        names,
        problems: &mut problems,
        secrets: &mut secrets,
        foreign: &mut foreign,
        roots,
    };
    let passed = ["kind", "ensure", patch::FIELD];
    let fields = reader.record(kind.record(), node, place, &passed);
    problems.extend(check::in_document(kind, node, &fields, place));
    Read {
        resource: assemble::assemble(kind, fields),
        problems,
        secrets,
        foreign,
    }
}
