//! What plans and drift share: the tenant is read, and what differs from the files is found.

use std::collections::BTreeMap;

use super::bounds::{self, Leave};
use super::rotation::{self, Choice, Rotation};
use super::stop::Stop;
use crate::certificate::expiring;
use crate::desired::{self, Desired};
use crate::diff::{Change, add_rotated_secrets, diff};
use crate::graph::Reader;
use crate::live::{self, Live, Rules, Scope};
use crate::model::Address;

/// A tenant beside its files.
pub(super) struct Compared {
    pub(super) rules: Rules,
    pub(super) live: Live,
    pub(super) rotation: Rotation,
    pub(super) changes: BTreeMap<Address, Change>,
    /// What the user should know of the tenant although it stops nothing.
    pub(super) warnings: Vec<String>,
}

/// Reads what the files talk about and compares it.
pub(super) async fn compare(
    desired: &Desired,
    leave: &Leave,
    choice: &Choice,
    reader: &Reader,
) -> Result<Compared, Stop> {
    let rules = bounds::rules(desired, leave)?;
    let live = live::read(reader, &scope(desired, &rules)).await;
    let live = live.map_err(|error| Stop::reading(error, desired))?;
    bounds::unused(desired, &live)?;
    let shared = desired::shared(&live.declared, &live.ids, &desired.documents);
    if !shared.is_empty() {
        return Err(Stop::problems(shared));
    }
    let rotation = rotation::rotation(desired, &live, choice)?;
    let mut changes = diff(&live.declared, &live.resources, &live.to_delete);
    add_rotated_secrets(&mut changes, &live.declared, &rotation.rotated);
    let warnings = [
        expiring(&live.certificates, jiff::Timestamp::now()),
        bounds::unmet(&live.missing_prerequisites),
        bounds::crowded(desired, &live),
    ];
    Ok(Compared {
        warnings: warnings.concat(),
        rules,
        live,
        rotation,
        changes,
    })
}

/// What is read for these files.
pub(super) fn scope<'a>(desired: &'a Desired, rules: &'a Rules) -> Scope<'a> {
    Scope {
        resources: &desired.resources,
        pins: &desired.pins,
        rules,
        environment: desired.tenant.home(),
        check_prerequisites: true,
    }
}
