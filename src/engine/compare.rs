//! The tenant is read, and what differs from the files is found: what plans and drift checks share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::inexpressible::{Inexpressible, inexpressible};
use super::rotation::{self, Rotation};
use super::selection::{self, Compared};
use super::{EngineError, Overrides, certificate, incomplete, policy, renames, unlisted, unread};
use crate::dangers::{self, Danger};
use crate::desired::{self, Desired};
use crate::diff::{Change, add_secrets, diff};
use crate::graph::Reader;
use crate::live::{self, Live, OrderReads, OwnershipRules, Scope};
use crate::model::{Address, Resources};
use crate::plan::{LeftOut, Selection};

/// A tenant compared with its files.
pub struct Comparison {
    /// The policy for objects that no file declares as present.
    pub rules: OwnershipRules,
    /// The declared objects as they are compared with the live ones.
    pub declared: Arc<Resources>,
    /// The live state.
    pub live: Live,
    /// The secrets of live objects that differ from those applied last.
    pub rotation: Rotation,
    /// The changes that would bring the tenant to the desired state.
    pub changes: BTreeMap<Address, Change>,
    /// Warnings about the tenant.
    pub warnings: Vec<String>,
    /// Remarks on what is right and may be meant otherwise.
    pub notes: Vec<String>,
    /// The declared parts of objects that Graph refuses to read.
    pub left_out: Vec<LeftOut>,
    /// What the run is about.
    pub selection: Selection,
    /// What no document can express of the objects that may be deleted, unless the command line allows their deletion.
    pub(super) inexpressible: Inexpressible,
}

impl Comparison {
    /// The live state of the changed objects that `is_included` selects, as far as they are declared.
    pub fn live_as_declared(&self, is_included: &dyn Fn(&Address) -> bool) -> Resources {
        let changes = self.known_changes().into_iter();
        let updated = changes.filter(|(address, change)| {
            matches!(change, Change::Update(_)) && is_included(address)
        });
        let as_declared = updated.filter_map(|(address, _)| {
            let declared = self.declared.get(&address)?;
            let live = self.live.resources.get(&address)?;
            Some((address, live.restricted_to(declared)))
        });
        as_declared.collect()
    }

    /// The dangers of what the tenant has in place of what the files declare, for these live objects.
    pub fn dangers(&self, live_as_declared: &Resources) -> Vec<Danger> {
        let (none, unnamed) = (BTreeSet::new(), BTreeMap::new());
        let changes = dangers::Changes {
            before: &self.declared,
            after: live_as_declared,
            deleted: &none,
            replaced: &none,
            renamed: &unnamed,
        };
        changes.dangers()
    }

    /// The changes without those that are unknown, because Graph does not list a kind yet.
    pub fn known_changes(&self) -> BTreeMap<Address, Change> {
        let known = |(address, change): (&Address, &Change)| {
            let known = unlisted::known(address, change, &self.live.unlisted)?;
            Some((address.clone(), known))
        };
        self.changes.iter().filter_map(known).collect()
    }
}

/// Reads the objects that the files name and compares them.
///
/// # Errors
///
/// The tenant cannot be read or matched with the files, or the files and the overrides contradict it.
pub async fn compare(
    desired: &Desired,
    overrides: &Overrides,
    reader: &Reader,
) -> Result<Comparison, EngineError> {
    let rules = policy::rules(desired, overrides)?;
    let live = live::read(reader, &scope(desired, &rules)).await?;
    compare_with(desired, overrides, rules, live)
}

pub(super) fn compare_with(
    desired: &Desired,
    overrides: &Overrides,
    mut rules: OwnershipRules,
    mut live: Live,
) -> Result<Comparison, EngineError> {
    let problems = unlisted::problems(desired, &live);
    if !problems.is_empty() {
        return Err(EngineError::Files(problems));
    }
    policy::reject_unused_ignores(desired, &live)?;
    let mut declared = live.declared(&desired.resources);
    let shared = desired::shared(&declared, &live.ids, &desired.documents);
    if !shared.is_empty() {
        return Err(EngineError::Files(shared));
    }
    let mut inexpressible = inexpressible(&live);
    // Documents restore the others; several objects of one name cannot be declared at once.
    let shared = &live.shared_names;
    live.listed
        .retain(|address, _| inexpressible.contains_key(address) || shared.contains_key(address));
    inexpressible.retain(|address, _| {
        let id = live.ids.get(address);
        !id.is_some_and(|id| rules.may_delete(address.kind(), id))
    });
    let kept = policy::keep_inexpressible(&mut live, &rules, &inexpressible);
    let mut rotation = rotation::rotation(desired, &live, &overrides.secrets)?;
    let mut changes = diff(&declared, &live.resources, &live.to_delete);
    add_secrets(&mut changes, &declared, &rotation::fields(&rotation.to_set));
    renames::add_names(&mut changes, &live.renames);
    let compared = Compared {
        rules: &mut rules,
        declared: &mut declared,
        live: &mut live,
        rotation: &mut rotation,
        changes: &mut changes,
    };
    let selection = selection::select(&overrides.only, desired, compared)?;
    let problems = incomplete::problems(desired, &changes);
    if !problems.is_empty() {
        return Err(EngineError::Files(problems));
    }
    let warnings = [
        std::mem::take(&mut rotation.warnings),
        warnings(desired, &rules, &live),
        kept,
        selection::warning(&selection).into_iter().collect(),
        renames::misspelt(&desired.resources, &live),
    ];
    Ok(Comparison {
        warnings: warnings.concat(),
        notes: renames::notes(&changes, desired, &live),
        left_out: unread::left_out(&live.unread),
        selection,
        rules,
        declared,
        live,
        rotation,
        changes,
        inexpressible,
    })
}

/// What the tenant and the files give reason to warn of, whatever the changes are.
fn warnings(desired: &Desired, rules: &OwnershipRules, live: &Live) -> Vec<String> {
    let warnings = [
        certificate::expiring(&live.certificates, jiff::Timestamp::now()),
        policy::missing_prerequisites(&live.missing_prerequisites),
        policy::too_many_objects(desired, live),
        policy::unused_protection(desired, rules, live),
        policy::lookalikes(desired, live),
        policy::missing_journal(desired, live).into_iter().collect(),
        unlisted::unlisted_note(&live.unlisted)
            .into_iter()
            .collect(),
        unread::warnings(&live.unread),
    ];
    warnings.concat()
}

/// What is read for these files.
pub fn scope<'a>(desired: &'a Desired, rules: &'a OwnershipRules) -> Scope<'a> {
    Scope {
        resources: &desired.resources,
        pins: &desired.pins,
        renames: &desired.renames,
        rules,
        environment: desired.tenant.environment(),
        check_prerequisites: true,
        orders: OrderReads::Several,
    }
}
