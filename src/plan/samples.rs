//! Plans and steps as short texts for tests.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Limits, Operation, PlaceholderResolver, Plan, Request, Step, TargetTenant};
use crate::kinds::{CloudName, TenantType};
use crate::model::{Reference, SecretSource};

/// Resolves a reference to its name in braces, and a secret to `***`.
struct Names;

impl PlaceholderResolver for Names {
    type Error = std::convert::Infallible;

    fn id(&self, reference: &Reference) -> Result<String, Self::Error> {
        Ok(match reference {
            Reference::Address(address) => format!("{{{}}}", address.name()),
            Reference::Id(id) => id.as_str().to_owned(),
        })
    }

    fn secret(&self, _: &SecretSource) -> Result<String, Self::Error> {
        Ok("***".to_owned())
    }

    fn encode_segment(&self, raw: &str) -> String {
        raw.to_owned()
    }

    fn root(&self) -> &str {
        ""
    }
}

/// A request as `METHOD /version/path body (optional properties)`.
pub(super) fn request(request: &Request) -> String {
    let Ok(resolved) = request.resolve(&Names);
    let (method, version) = (request.method, request.version);
    let body = resolved.body.map(|body| format!(" {body}"));
    let path = resolved.path;
    let optional = match request.optional.is_empty() {
        true => String::new(),
        false => format!(" ({})", request.optional.join(", ")),
    };
    format!(
        "{method} /{version}{path}{}{optional}",
        body.unwrap_or_default()
    )
}

/// A step as `action kind/name part: requests`.
pub(super) fn step(step: &Step) -> String {
    let (action, address, part) = (step.action.as_str(), &step.address, &step.part);
    let requests = step.operation.all_requests();
    let requests: Vec<_> = requests.into_iter().map(request).collect();
    format!("{action} {address} {part}: {}", requests.join(" | "))
}

/// A step with this action on a part of an object, whose request has no meaning.
pub(crate) fn step_of(address: &str, action: Action, part: &str) -> Step {
    Step {
        address: address.parse().unwrap(),
        action,
        part: part.to_owned(),
        changes: Vec::new(),
        content: None,
        notes: Vec::new(),
        operation: Operation::Request(Box::new(Request::without_body(
            crate::model::Method::Delete,
            crate::model::Version::V1,
            super::PathTemplate(Vec::new()),
        ))),
    }
}

/// A plan with these steps and nothing else.
pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        target: target(),
        steps,
        dangers: Vec::new(),
        objections: Vec::new(),
        expected: BTreeMap::new(),
        changed_state: BTreeMap::new(),
        discarded_state: BTreeMap::new(),
        discarded_json: BTreeMap::new(),
        deleted: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        secrets_to_compare: Vec::new(),
        rotated_since: BTreeMap::new(),
        left_out: Vec::new(),
        selection: Default::default(),
        ids: BTreeMap::new(),
    }
}

pub(super) fn target() -> TargetTenant {
    TargetTenant {
        name: "contoso".to_owned(),
        tenant_id: "contoso.onmicrosoft.com".to_owned(),
        tenant_type: TenantType::Workforce,
        cloud_name: CloudName::Emulator,
        cloud: "a test".to_owned(),
    }
}

/// Limits that permit everything.
pub(super) fn no_limits() -> Limits {
    Limits {
        max_deletes: usize::MAX,
        max_changes_percent: 100,
        protected: BTreeSet::new(),
        replaceable: BTreeSet::new(),
        inexpressible: BTreeMap::new(),
        surplus: BTreeSet::new(),
        dangers: super::DangerLimits::default(),
    }
}
