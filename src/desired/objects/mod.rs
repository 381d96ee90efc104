//! Documents → the objects that they declare, in normal form, with every problem of every document.
//! Reads no YAML and no tenant; of the file system only the files that documents name as content.

mod assemble;
pub(super) mod check;
pub(super) mod cross_checks;
pub(super) mod declarations;
mod external_refs;
pub(super) mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::documents::document::{self, Document};
use super::documents::patch;
use super::parallel;
use super::yaml::Node;
use crate::model::{Address, ObjectId, Presence, Resource, Resources, SecretSource};
use crate::problem::{Place, Problem};
use declarations::Names;
use reader::Reader;

/// The fewest documents for which another thread is started: checking fewer takes less time than the start.
const DOCUMENTS_PER_THREAD: usize = 100;

#[derive(Default)]
pub(super) struct Loaded {
    pub(super) resources: Resources,
    pub(super) absent: BTreeSet<Address>,
    pub(super) pins: BTreeMap<Address, ObjectId>,
    pub(super) places: BTreeMap<Address, Place>,
    pub(super) secrets: Vec<(SecretSource, Place)>,
    pub(super) foreign: Vec<(Address, Place)>,
    pub(super) documents: BTreeMap<Address, Arc<Node>>,
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

pub(super) fn read(
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
    let read = parallel::each(&declared, DOCUMENTS_PER_THREAD, read);
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
        let address = document::address(document.kind, &document.node, &document.place, problems);
        let presence = document::presence(document.kind, &document.node, problems);
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
