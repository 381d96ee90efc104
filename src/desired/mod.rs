//! Files → the desired state, with all problems of all files in one run.
//!
//! Reads files and nothing else; secrets are recorded by their source and read when they are sent.

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
use crate::problem::{Problem, ProblemLevel, Span};
pub use documents::FACTS;
pub use documents::document::RENAMED_FROM;
use documents::files::directory_of;
use documents::gather::{self, Gathered};
pub use documents::tenants::{TenantFiles, Tenants, tenants};
use documents::values::Sources;
pub use objects::cross_checks::shared;
use objects::declarations::Declarations;
use objects::reader::DocumentReader;
use objects::{LoadedObjects, check, cross_checks};
pub use template::{escape, unescape};
pub use tenant::auth::{Auth, AuthSpec, SignInMethod};
pub use tenant::{
    DriftRule, Manage, TENANT, TENANT_SUMMARY, Tenant, TenantSpec, record as tenant_record,
};
use yaml::Node;

/// The files of a tenant and their texts.
pub mod files {
    pub use super::documents::files::read;
    pub use super::documents::select::{find, is_ignored};
}

/// The desired state.
#[derive(Debug)]
pub struct Desired {
    /// The tenant.
    pub tenant: Tenant,
    /// The objects declared as present. Shared, because reports use them after everything else is done.
    pub resources: Arc<Resources>,
    /// The objects declared as absent.
    pub absent: BTreeSet<Address>,
    /// The ids of live objects that declared objects are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
    /// The former names that declared objects may still have in the tenant.
    pub renames: BTreeMap<Address, Address>,
    /// The span of each declaration.
    pub spans: BTreeMap<Address, Span>,
    /// The sources of secrets, with their spans.
    pub secrets: Vec<(SecretSource, Span)>,
    /// References to foreign objects, which files cannot declare, with their spans.
    pub foreign: Vec<(Address, Span)>,
    /// The documents of the objects declared as present, as parsed.
    pub documents: BTreeMap<Address, Arc<Node>>,
    /// Warnings and notes.
    pub warnings: Vec<Problem>,
}

/// The documents after includes, values and patches.
#[derive(Debug)]
pub struct Documents {
    /// The trees, the tenant's first.
    pub nodes: Vec<Arc<Node>>,
    sources: Sources,
}

impl Documents {
    /// The spans of the values that were inserted at a span of a document.
    pub fn sources(&self, span: &Span) -> &[Span] {
        self.sources.get(span).map_or(&[], Vec::as_slice)
    }
}

impl Desired {
    /// The environment variables that hold secrets.
    pub fn variables(&self) -> BTreeSet<String> {
        let variables = self.secrets.iter().filter_map(|(source, _)| match source {
            SecretSource::Env { env, .. } => Some(env.clone()),
            SecretSource::File { .. } | SecretSource::PlainText(_) => None,
        });
        variables.collect()
    }
}

/// The files have errors.
#[derive(Debug)]
pub struct Rejected {
    /// The problems, warnings included.
    pub problems: Vec<Problem>,
    /// The tenant, if its document has no errors.
    pub tenant: Option<Box<Tenant>>,
}

/// Reads all files below the paths. `today` decides whether rules have expired.
pub fn load(paths: &[PathBuf], today: Date) -> Result<Desired, Rejected> {
    load_documents(paths, today).map(|(desired, _)| desired)
}

/// Reads all files below the paths, and returns the documents as well.
pub fn load_documents(paths: &[PathBuf], today: Date) -> Result<(Desired, Documents), Rejected> {
    let mut problems = Vec::new();
    let Gathered {
        tenants,
        documents,
        roots,
        unread,
        sources,
    } = gather::gather(paths, &mut problems);
    let mut tenant = read_tenant(&tenants, today, &mut problems);
    let loaded = objects::read(&documents, &roots, unread, &mut problems);
    problems.extend(cross_checks::shared(
        &loaded.resources,
        &BTreeMap::new(),
        &loaded.documents,
    ));
    problems.extend(cross_checks::too_many(&loaded.resources, &loaded.spans));
    problems.extend(cross_checks::renames(&loaded));
    let mut wrong_type = None;
    if let Some(tenant) = &tenant {
        let kinds = || {
            documents
                .iter()
                .map(|document| (document.kind, &document.span))
        };
        match check::wrong_type(tenant, kinds()) {
            Some(problem) => wrong_type = Some(problem),
            None => problems.extend(check::check_tenant_type(tenant, kinds())),
        }
        problems.extend(check::check_cloud(tenant, kinds()));
    }
    let mut problems: Vec<_> = problems
        .into_iter()
        .map(|problem| with_sources(problem, &sources))
        .collect();
    problems.sort();
    problems.dedup();
    // It explains many of the others.
    problems.splice(..0, wrong_type);
    let is_rejected = problems.iter().any(is_error);
    let Some(tenant) = tenant.take_if(|_| !is_rejected) else {
        return Err(Rejected {
            problems,
            tenant: tenant.map(Box::new),
        });
    };
    let desired = with_objects(tenant, loaded, problems);
    let documents = documents.into_iter().map(|document| document.node);
    let tenants = tenants.into_iter().map(Arc::new);
    let nodes = tenants.chain(documents).collect();
    Ok((desired, Documents { nodes, sources }))
}

/// The desired state of a tenant with these objects.
fn with_objects(tenant: Tenant, loaded: LoadedObjects, warnings: Vec<Problem>) -> Desired {
    let LoadedObjects {
        resources,
        absent,
        pins,
        renames,
        spans,
        secrets,
        foreign,
        documents: by_address,
    } = loaded;
    Desired {
        tenant,
        resources: Arc::new(resources),
        absent,
        pins,
        renames,
        spans,
        secrets,
        foreign,
        documents: by_address,
        warnings,
    }
}

/// Reads the tenant document of a file with its includes, and ignores its other documents.
pub fn load_tenant(file: &Path, today: Date) -> Result<Tenant, Vec<Problem>> {
    let mut problems = Vec::new();
    let tenants = gather::gather_tenant(file, &mut problems);
    let tenant = read_tenant(&tenants, today, &mut problems);
    tenant
        .filter(|_| !problems.iter().any(is_error))
        .ok_or(problems)
}

fn is_error(problem: &Problem) -> bool {
    problem.level == ProblemLevel::Error
}

/// The problem, with the spans of the values that were inserted at its span.
fn with_sources(problem: Problem, sources: &Sources) -> Problem {
    let values = problem.span.as_ref().and_then(|span| sources.get(span));
    let values = values.into_iter().flatten();
    values.fold(problem, |problem, value| {
        problem.related(value, "the value")
    })
}

fn read_tenant(tenants: &[Node], today: Date, problems: &mut Vec<Problem>) -> Option<Tenant> {
    let Some((node, others)) = tenants.split_first() else {
        // A document with errors may be the tenant document.
        if problems.iter().any(is_error) {
            return None;
        }
        let problem = Problem::error("no tenant document found").help(
            "add tenant.yaml with `kind: tenant`, `name`, `tenantId`, `type` and `cloud`; `entraflow explain tenant` describes them",
        );
        problems.push(problem);
        return None;
    };
    let span = node
        .get("kind")
        .map_or_else(|| node.span.clone(), |kind| kind.span.clone());
    for other in others {
        let problem = Problem::error("second tenant document")
            .at(other.head_span())
            .related(span.clone(), "first tenant document")
            .help("move each tenant to a separate directory, or remove one of the documents");
        problems.push(problem);
    }
    let directory = directory_of(&node.span);
    let (declarations, mut secrets, mut foreign) =
        (Declarations::default(), Vec::new(), Vec::new());
    let mut reader = DocumentReader {
        declarations: &declarations,
        problems,
        secrets: &mut secrets,
        foreign: &mut foreign,
        roots: &[],
    };
    let fields = reader.record(tenant_record(), node, &span, &["kind"]);
    let manage = tenant::manage(node, today, reader.problems);
    let tenant = Tenant::from_fields(&fields, directory, span)?;
    reject_plain_text(&secrets, problems);
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

/// Credentials must not be in plain text: the warning for other secrets is an error here.
fn reject_plain_text(secrets: &[(SecretSource, Span)], problems: &mut [Problem]) {
    let is_plain_text = |span: &Span| {
        let mut found = secrets.iter().filter(|(_, at)| at == span);
        found.any(|(source, _)| matches!(source, SecretSource::PlainText(_)))
    };
    for problem in problems {
        if problem.span.as_ref().is_some_and(is_plain_text) {
            problem.level = ProblemLevel::Error;
        }
    }
}
