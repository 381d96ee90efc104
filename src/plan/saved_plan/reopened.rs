//! A saved plan as a plan to show: what it does not hold is empty. Never applied: apply makes the plan again.

use std::collections::BTreeMap;

use super::SavedPlan;
use crate::model::Resources;
use crate::plan::{
    Action, ObjectAction, Plan, SecretState, SecretToCompare, Selection, TargetTenant,
    object_actions,
};

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
            dangers: self.remarks.dangers.clone(),
            objections: Vec::new(),
            discarded_state: Resources::new(),
            discarded_json: BTreeMap::new(),
            changed_state: Resources::new(),
            unmanaged: self.remarks.unmanaged.clone(),
            warnings: self.remarks.warnings.clone(),
            notes: self.remarks.notes.clone(),
            secrets_to_compare: self.secrets_to_compare(),
            rotated_since: BTreeMap::new(),
            left_out: Vec::new(),
            selection: Selection {
                only: self.input.only.clone(),
                left_out: self.remarks.not_selected.clone(),
            },
        }
    }

    /// The secrets that steps compare. Why the plan could not is not saved.
    fn secrets_to_compare(&self) -> Vec<SecretToCompare> {
        let steps = self.steps.iter();
        let steps = steps.filter(|step| step.action == Action::Compare);
        let secrets = steps.flat_map(|step| {
            let state = SecretState::Unreadable("the plan could not compare it".to_owned());
            step.changes.iter().map(move |change| SecretToCompare {
                address: step.address.clone(),
                field: change.path.to_string(),
                state: state.clone(),
            })
        });
        secrets.collect()
    }
}
