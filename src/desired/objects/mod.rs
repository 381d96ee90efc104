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

use super::documents::budget;
use super::documents::document::{self, ObjectDocument};
use super::documents::patch;
use super::documents::unread::UnreadFiles;
use super::parallel;
use super::yaml::Node;
use crate::model::{Address, ObjectId, Presence, Resource, Resources, SecretSource};
use crate::problem::{Problem, Span};
use declarations::Declarations;
use reader::DocumentReader;

/// The fewest documents for which another thread is started: checking fewer takes less time than the start.
const DOCUMENTS_PER_THREAD: usize = 100;

/// The values of the documents that are checked before their problems are counted: each may be wrong, and its problem takes
/// about a kilobyte of memory.
const BLOCK_VALUES: usize = 100_000;

#[derive(Default)]
pub(super) struct LoadedObjects {
    pub(super) resources: Resources,
    pub(super) absent: BTreeSet<Address>,
    pub(super) pins: BTreeMap<Address, ObjectId>,
    pub(super) renames: BTreeMap<Address, Address>,
    pub(super) spans: BTreeMap<Address, Span>,
    pub(super) secrets: Vec<(SecretSource, Span)>,
    pub(super) foreign: Vec<(Address, Span)>,
    pub(super) documents: BTreeMap<Address, Arc<Node>>,
}

/// What belongs to an object, in the order of the documents: maps of them are built at once, which compares far less than
/// inserting one by one.
#[derive(Default)]
struct ByAddress {
    resources: Vec<(Address, Resource)>,
    pins: Vec<(Address, ObjectId)>,
    spans: Vec<(Address, Span)>,
    documents: Vec<(Address, Arc<Node>)>,
}

/// A document with the address of its object, if the address is valid.
struct DeclaredObject<'a> {
    document: &'a ObjectDocument,
    address: Option<Address>,
    presence: Presence,
}

/// The result of reading one document.
struct ReadDocument {
    resource: Resource,
    problems: Vec<Problem>,
    secrets: Vec<(SecretSource, Span)>,
    foreign: Vec<(Address, Span)>,
}

/// Reads the documents. Those that are unread may declare more.
pub(super) fn read(
    documents: &[ObjectDocument],
    roots: &[PathBuf],
    unread: UnreadFiles,
    problems: &mut Vec<Problem>,
) -> LoadedObjects {
    let mut declarations = Declarations::new(unread);
    let declared = declare(documents, &mut declarations, problems);
    let read = |declared: &DeclaredObject<'_>| match (&declared.address, declared.presence) {
        // The other fields of an absent object have no effect.
        (Some(_), Presence::Absent) => None,
        _ => Some(read_document(declared.document, &declarations, roots)),
    };
    let mut loaded = LoadedObjects::default();
    let mut by_address = ByAddress::default();
    for block in blocks(&declared) {
        let read = parallel::each(block, DOCUMENTS_PER_THREAD, read);
        loaded.add(block, read, &mut by_address, problems);
        if let Err(problem) = budget::check_problems(problems) {
            problems.push(problem);
            break;
        }
    }
    LoadedObjects {
        resources: by_address.resources.into_iter().collect(),
        pins: by_address.pins.into_iter().collect(),
        spans: by_address.spans.into_iter().collect(),
        documents: by_address.documents.into_iter().collect(),
        ..loaded
    }
}

/// The documents, in blocks that begin anew once they exceed the number of values of one.
fn blocks<'a, 'd>(
    declared: &'a [DeclaredObject<'d>],
) -> impl Iterator<Item = &'a [DeclaredObject<'d>]> {
    let mut values = 0;
    declared.chunk_by(move |declared, _| {
        values += declared.document.node.value_count();
        let is_full = values > BLOCK_VALUES;
        values = if is_full { 0 } else { values };
        !is_full
    })
}

impl LoadedObjects {
    /// Adds a block of documents with the results of reading them.
    fn add(
        &mut self,
        block: &[DeclaredObject<'_>],
        read: Vec<Option<ReadDocument>>,
        by_address: &mut ByAddress,
        problems: &mut Vec<Problem>,
    ) {
        for (declared, read) in block.iter().zip(read) {
            let DeclaredObject {
                document: ObjectDocument { kind, node, span },
                address,
                presence: _,
            } = declared;
            if let Some(address) = &address {
                by_address.spans.push((address.clone(), span.clone()));
                if kind.is_pinned_by_id()
                    && let Some(id) = node.get("id").and_then(Node::as_str)
                {
                    by_address.pins.push((address.clone(), ObjectId::new(id)));
                }
            }
            let Some(read) = read else {
                self.absent.extend(address.clone());
                continue;
            };
            problems.extend(read.problems);
            self.secrets.extend(read.secrets);
            self.foreign.extend(read.foreign);
            if let Some(address) = address {
                let former = document::renamed_from(kind, node, address, problems);
                let former = former.map(|former| (address.clone(), former));
                self.renames.extend(former);
                let document = (address.clone(), Arc::clone(node));
                by_address.documents.push(document);
                by_address.resources.push((address.clone(), read.resource));
            }
        }
    }
}

/// Collects the names that references can resolve to.
fn declare<'a>(
    documents: &'a [ObjectDocument],
    declarations: &mut Declarations,
    problems: &mut Vec<Problem>,
) -> Vec<DeclaredObject<'a>> {
    let mut declared = Vec::with_capacity(documents.len());
    for document in documents {
        let address = document::address(document.kind, &document.node, &document.span, problems);
        let presence = document::presence(document.kind, &document.node, problems);
        if presence == Presence::Absent {
            problems.extend(check::deprecated(document.kind, &document.span));
        }
        if let Some((address, span)) = &address
            && let Some(earlier) = declarations.declare(address.clone(), presence, span.clone())
        {
            let problem = Problem::error(format!("{address} is declared twice"))
                .at(span.clone())
                .related(earlier, "first declared here")
                .help("remove one of them, or add `patch: true` to the one that changes the other");
            problems.push(problem);
        }
        if let Some((address, _)) = &address {
            for field in document.kind.alias_fields() {
                let alias = document.node.get(field).and_then(Node::as_str);
                alias
                    .into_iter()
                    .for_each(|alias| declarations.add_alias(alias, address));
            }
        }
        declared.push(DeclaredObject {
            document,
            address: address.map(|(address, _)| address),
            presence,
        });
    }
    declared
}

/// Reads one document, independently of errors in others.
fn read_document(
    document: &ObjectDocument,
    declarations: &Declarations,
    roots: &[PathBuf],
) -> ReadDocument {
    let ObjectDocument { kind, node, span } = document;
    let (mut problems, mut secrets, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    let mut reader = DocumentReader {
        declarations,
        problems: &mut problems,
        secrets: &mut secrets,
        foreign: &mut foreign,
        roots,
    };
    let passed = ["kind", "ensure", patch::FIELD, document::RENAMED_FROM];
    let fields = reader.record(kind.record(), node, span, &passed);
    problems.extend(check::check_document(kind, node, &fields, span));
    ReadDocument {
        resource: assemble::assemble(kind, fields),
        problems,
        secrets,
        foreign,
    }
}
