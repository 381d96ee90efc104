//! Objections to the create or delete of an object that every tenant has.
//! Knows no kind: each says which of its objects are permanent.

use std::collections::{BTreeMap, BTreeSet};

use super::Objection;
use crate::diff::Change;
use crate::kinds::Kind;
use crate::model::Address;

/// Objects that every tenant has, and that the plan would create or delete.
pub(super) fn objections<'a>(
    changes: &'a BTreeMap<Address, Change>,
    deleted: &'a BTreeSet<Address>,
) -> impl Iterator<Item = Objection> + 'a {
    let created = changes.iter();
    let created = created.filter(|(_, change)| matches!(change, Change::Create));
    let created = created.map(|(address, _)| (address, "the tenant does not list it"));
    let deleted = deleted
        .iter()
        .map(|address| (address, "it cannot be deleted"));
    let is_permanent =
        |address: &Address| Kind::of(address).is_some_and(|kind| kind.is_permanent(address.name()));
    let found = created.chain(deleted);
    let found = found.filter(move |(address, _)| is_permanent(address));
    found.map(|(address, what)| Objection {
        address: Some(address.clone()),
        message: format!("each tenant has it, but {what}"),
        help: "correct `type` in the tenant document, or remove the document".to_owned(),
    })
}
