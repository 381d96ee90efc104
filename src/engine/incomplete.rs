//! Declared objects that Graph would refuse to create, because their documents leave out what a create needs.
//! Never reports an object that exists: what a file leaves out stays as it is.

use std::collections::BTreeMap;

use crate::desired::Desired;
use crate::desired::yaml::Node;
use crate::diff::Change;
use crate::kinds::Kind;
use crate::model::Address;
use crate::problem::Problem;

/// A problem for each field that is missing in the document of an object to create.
pub(super) fn problems(desired: &Desired, changes: &BTreeMap<Address, Change>) -> Vec<Problem> {
    let created = changes.iter();
    let created = created.filter(|(_, change)| matches!(change, Change::Create));
    let problems = created.filter_map(|(address, _)| {
        let (kind, document) = (Kind::of(address)?, desired.documents.get(address)?);
        let is_given =
            |field: &str| (document.get(field)).is_some_and(|given| !given.is_empty_list());
        let of_type = document.get("type").and_then(Node::as_str);
        let missing = kind.missing_on_create(of_type, is_given);
        Some(missing.map(|need| {
            let with = need.with.and_then(|with| document.get(with));
            Problem::error(need.message(kind))
                .at(with.unwrap_or(document).head_span())
                .help(need.help())
        }))
    });
    problems.flatten().collect()
}
