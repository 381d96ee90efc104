//! Listings and saved responses for tests.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::index::Index;
use super::{OrderReads, OwnershipRules, Scope};
use crate::graph::{ReadRequest, Reader, SavedResponses};
use crate::kinds::{CloudName, Environment, Kind, TenantType};
use crate::model::{Address, ObjectId, Resources, Version};

/// The members of the collection of a kind, as Graph lists them.
pub(super) fn listing(kind: &str, members: Json) -> (&'static str, Vec<Json>) {
    let path = Kind::named(kind).unwrap().collection.path;
    (path, members.as_array().cloned().unwrap_or_default())
}

/// An index of listings without pins.
pub(super) fn index(listings: &[(&'static str, Vec<Json>)]) -> Index {
    Index::new(
        &listings.iter().cloned().collect(),
        &BTreeMap::new(),
        &|_, _| true,
    )
}

pub(super) const fn environment(tenant: TenantType) -> Environment {
    Environment {
        tenant,
        cloud: CloudName::Emulator,
    }
}

/// What every test of a scope does without.
pub(super) struct ScopeParts {
    pub(super) pins: BTreeMap<Address, ObjectId>,
    pub(super) renames: BTreeMap<Address, Address>,
    pub(super) rules: OwnershipRules,
    pub(super) environment: Environment,
    pub(super) check_prerequisites: bool,
}

impl ScopeParts {
    /// No pins, no rules and no prerequisites, in a tenant of this type.
    pub(super) fn of(tenant: TenantType) -> Self {
        Self {
            pins: BTreeMap::new(),
            renames: BTreeMap::new(),
            rules: OwnershipRules::default(),
            environment: environment(tenant),
            check_prerequisites: false,
        }
    }

    pub(super) fn scope<'a>(&'a self, resources: &'a Resources) -> Scope<'a> {
        Scope {
            resources,
            pins: &self.pins,
            renames: &self.renames,
            rules: &self.rules,
            environment: self.environment,
            check_prerequisites: self.check_prerequisites,
            orders: OrderReads::Several,
        }
    }
}

/// A reader that answers these paths, each with its version, `v1.0/identity/apiConnectors`, and nothing else. An array
/// is the `value` of a list.
pub(super) fn reader(answers: &[(&str, Json)]) -> Reader {
    let mut responses = SavedResponses::default();
    for (path, body) in answers {
        let (version, path) = match path.strip_prefix("beta") {
            Some(path) => (Version::Beta, path),
            None => (Version::V1, path.trim_start_matches("v1.0")),
        };
        let get = ReadRequest {
            version,
            path: path.to_owned(),
        };
        let body = match body {
            Json::Array(entries) => json!({ "value": entries }),
            body => body.clone(),
        };
        responses.insert(&get, Some(&body));
    }
    Reader::from_snapshot(responses)
}

/// A request as `version/path`.
pub(super) fn shown(get: &ReadRequest) -> String {
    format!("{}{}", get.version, get.path)
}
