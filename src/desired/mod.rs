//! Files → the desired state, with every problem of every file in one run.
//!
//! Touches the file system and nothing else; secrets are named here and read when they are sent.

mod documents;
pub mod format;
mod objects;
pub(crate) mod parallel;
mod source_map;
mod template;
mod tenant;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{Address, ObjectId, Resources, SecretSource, Value};
use crate::problem::{Place, Problem, Severity};
pub use documents::files;
use documents::files::directory_of;
use documents::gather::{self, Gathered};
pub use documents::tenants::{TenantFiles, tenants};
use documents::values::Sources;
pub use objects::cross_checks::shared;
use objects::declarations::Names;
use objects::reader::Reader;
use objects::{Loaded, check, cross_checks};
pub use template::{escaped, unescaped};
pub use tenant::auth::{Auth, AuthSpec, AuthWay};
pub use tenant::{
    DriftRule, Manage, TENANT, TENANT_SUMMARY, Tenant, TenantSpec, record as tenant_record,
};
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
    let loaded = objects::read(&documents, &roots, &mut problems);
    problems.extend(cross_checks::shared(
        &loaded.resources,
        &BTreeMap::new(),
        &loaded.documents,
    ));
    problems.extend(cross_checks::too_many(&loaded.resources, &loaded.places));
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
            .at(other.head_place())
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
