//! A saved plan as a plan to show: what it does not hold is empty. Never applied: apply makes the plan again.

use std::collections::{BTreeMap, BTreeSet};

use super::SavedPlan;
use crate::model::Resources;
use crate::plan::{ObjectAction, Plan, Selection, TargetTenant, object_actions};

impl SavedPlan {
    /// The plan as far as it is saved.
    pub fn to_plan(&self, target: TargetTenant) -> Plan {
        let actions = object_actions(&self.steps);
        let resources = self.input.resources.iter();
        let expected = resources.filter(|(address, _)| actions.contains_key(address));
        let deleted = actions
            .iter()
            .filter(|(_, action)| **action == ObjectAction::Delete)
            .map(|(address, _)| (*address).clone());
        Plan {
            target,
            expected: expected
                .map(|(address, object)| (address.clone(), object.clone()))
                .collect(),
            deleted: deleted.collect(),
            steps: self.steps.clone(),
            ids: self.ids.clone(),
            objections: Vec::new(),
            discarded_state: Resources::new(),
            discarded_json: BTreeMap::new(),
            unmanaged: BTreeSet::new(),
            warnings: Vec::new(),
            unknown_secrets: BTreeSet::new(),
            left_out: Vec::new(),
            selection: Selection {
                only: self.input.only.clone(),
                left_out: BTreeSet::new(),
            },
        }
    }
}
