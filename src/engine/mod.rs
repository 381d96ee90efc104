//! Plans: the desired state of the files against the live state, with policy, secrets and permissions applied.
//! Commands, tests and benches all plan through it.
//!
//! It reads through a [`Reader`] and the secrets where the user keeps them. It never writes and prints nothing.

mod certificate;
mod compare;
mod error;
pub mod extensions;
pub mod fingerprints;
mod hidden;
mod incomplete;
mod inexpressible;
mod object_filter;
mod overrides;
pub mod permissions;
mod policy;
mod renames;
mod rotation;
mod selection;
mod unlisted;
mod unread;

pub use compare::{Comparison, compare, scope};
pub use error::EngineError;
pub use object_filter::ObjectFilter;
pub use overrides::{Overrides, SecretFields, SecretSelection};
pub use policy::{drift_rules, read_rules};
pub use rotation::{readable_secrets, selected_by, sent_certificates};
pub use unlisted::unlisted_note;
pub use unread::{left_out_problems, message as unread_message};

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::report::{ApplyReport, StepOutcome};
use crate::desired::{Desired, Tenant};
use crate::graph::Reader;
use crate::kinds::Kind;
use crate::live::{Live, ReadCost};
use crate::model::Address;
use crate::plan::{self, Action, Plan, PlanInput, Step, TargetTenant};
use crate::verify::Expected;

/// The tenant of a plan; `cloud` describes what receives the requests.
pub fn target(tenant: &Tenant, cloud: impl Into<String>) -> TargetTenant {
    TargetTenant {
        name: tenant.name.clone(),
        tenant_id: tenant.tenant_id.clone(),
        tenant_type: tenant.tenant_type,
        cloud_name: tenant.cloud,
        cloud: cloud.into(),
    }
}

/// Reads the objects that the files name and plans how to bring them to the desired state.
///
/// # Errors
///
/// The tenant cannot be read or matched with the files, or the files and the overrides contradict it.
pub async fn plan(
    desired: &Desired,
    overrides: &Overrides,
    target: &TargetTenant,
    reader: &Reader,
) -> Result<Plan, EngineError> {
    let comparison = compare(desired, overrides, reader).await?;
    Ok(plan_changes(desired, overrides, target, comparison))
}

/// Plans against a live state that has been read already.
///
/// # Errors
///
/// As [`plan()`], apart from reading.
pub fn plan_from(
    desired: &Desired,
    overrides: &Overrides,
    target: &TargetTenant,
    live: Live,
) -> Result<Plan, EngineError> {
    let rules = policy::rules(desired, overrides)?;
    let comparison = compare::compare_with(desired, overrides, rules, live)?;
    Ok(plan_changes(desired, overrides, target, comparison))
}

fn plan_changes(
    desired: &Desired,
    overrides: &Overrides,
    target: &TargetTenant,
    comparison: Comparison,
) -> Plan {
    let Comparison {
        rules,
        declared,
        live,
        rotation,
        changes,
        warnings,
        notes,
        left_out,
        selection,
        inexpressible,
    } = comparison;
    let unlisted = unlisted::input(desired, &rules, &live, &selection);
    let limits = policy::limits(desired, overrides, &rules, &live, inexpressible);
    let input = PlanInput {
        desired: &declared,
        as_written: &desired.resources,
        live: live.resources,
        listed: live.listed,
        ids: live.ids,
        unmanaged: live.unmanaged,
        namesakes: live.namesakes,
        renamed: live.renames.applied.clone(),
        warnings,
        notes,
        secrets_to_compare: rotation.to_compare,
        secrets_to_set: rotation.to_set,
        rotated_since: rotation.rotated_since,
        unlisted,
        left_out,
        selection,
        objections: renames::objections(&live.renames),
    };
    let mut plan = plan::plan(target.clone(), &changes, input, &limits);
    let unused = policy::unused_allowances(&plan, &rules);
    plan.warnings.extend(unused);
    plan
}

/// The state that the tenant should have after the plan, for the objects that it touches.
pub fn expected(plan: &Plan, desired: &Desired) -> Expected {
    let deleted = plan.deleted.iter();
    Expected {
        present: plan.expected.clone(),
        deleted: deleted
            .filter_map(|address| Some((address.clone(), plan.ids.get(address)?.clone())))
            .collect(),
        created: BTreeMap::new(),
        pins: desired.pins.clone(),
        certificates: BTreeMap::new(),
    }
}

/// The expected cost of the verification, and of the steps that spare it a read.
pub fn verification_cost(plan: &Plan, desired: &Desired) -> ReadCost {
    let mut expected = self::expected(plan, desired);
    let steps = plan.steps.iter().filter(|step| step.operation.verifies());
    let versions: Vec<_> = steps
        .map(|step| {
            expected.remove_references(&step.address, &step.part);
            step.operation.version()
        })
        .collect();
    ReadCost::of(versions) + expected.cost(desired.tenant.environment())
}

/// Whether Graph accepts several objects of this name.
fn may_repeat(name: &Address) -> bool {
    Kind::of(name).is_some_and(|kind| kind.constraints.names_may_repeat)
}

/// What is left to verify after an apply: the objects of which every step is done. The others are known to differ.
pub fn unverified(plan: &Plan, desired: &Desired, report: &ApplyReport) -> Expected {
    let mut expected = self::expected(plan, desired);
    expected.created = report.created.clone();
    expected.created.retain(|address, _| may_repeat(address));
    let outcomes = || plan.steps.iter().zip(&report.outcomes);
    for (step, _) in outcomes().filter(|(_, outcome)| !outcome.is_success()) {
        expected.present.remove(&step.address);
        expected.deleted.remove(&step.address);
    }
    let done = outcomes().filter(|(_, outcome)| **outcome == StepOutcome::Done);
    let done: BTreeSet<_> = done.map(|(step, _)| &step.address).collect();
    let is_unsent = |step: &&Step| step.action == Action::Compare && !done.contains(&step.address);
    for step in plan.steps.iter().filter(is_unsent) {
        expected.present.remove(&step.address);
    }
    for (step, outcome) in plan.steps.iter().zip(&report.outcomes) {
        // Of an object that is only half done, the name is verified: others may have created one, too.
        let is_created = step.action == Action::Create && step.part.is_empty();
        if *outcome == StepOutcome::Done && is_created && may_repeat(&step.address) {
            expected.present.entry(step.address.clone()).or_default();
        }
    }
    for step in report
        .verified_steps
        .iter()
        .map(|index| &plan.steps[*index])
    {
        expected.remove_references(&step.address, &step.part);
    }
    expected
}
