//! `renamedFrom` of documents: the name as a change, the objections, and what has no effect.
//! Whether Graph accepts another name is data of the kind; `plan` refuses or replaces what it accepts only on create.

use std::collections::BTreeMap;

use crate::diff::{Change, Difference};
use crate::kinds::{Kind, Naming};
use crate::live::{RenameConflict, Renames};
use crate::model::{Address, FieldChange, Value};
use crate::plan::Objection;

/// Adds the changes of names that are no fields of the objects: Graph builds their ids from them.
pub(super) fn add_names(changes: &mut BTreeMap<Address, Change>, renames: &Renames) {
    let named_by_id = |address: &Address| {
        let kind = Kind::of(address)?;
        let is_id = matches!(kind.naming, Naming::Prefixed(_));
        kind.name_field().filter(|_| is_id)
    };
    for (new, old) in &renames.applied {
        let Some(field) = named_by_id(new) else {
            continue;
        };
        let change = changes.entry(new.clone());
        let change = change.or_insert_with(|| Change::Update(Difference::default()));
        if let Change::Update(difference) = change {
            let text = |address: &Address| Some(Value::Text(address.name().to_owned()));
            difference.fields.push(FieldChange {
                path: field.to_owned(),
                before: text(old),
                after: text(new),
            });
        }
    }
}

/// The objections to former names that do not select one object.
pub(super) fn objections(renames: &Renames) -> Vec<Objection> {
    let objection = |(new, conflict): (&Address, &RenameConflict)| {
        let (message, help) = match conflict {
            RenameConflict::BothExist(old) => (
                format!("the tenant has it and also {old}, from which `renamedFrom` would rename it"),
                "remove `renamedFrom`, and delete the other object with `ensure: absent` if nothing needs it".to_owned(),
            ),
            RenameConflict::Several(old) => (
                format!("the tenant has several objects {old}, of which `renamedFrom` can mean any"),
                "choose one with `id:` in place of `renamedFrom`; `entraflow list` shows their ids".to_owned(),
            ),
        };
        Objection {
            address: Some(new.clone()),
            message,
            help,
        }
    };
    renames.conflicting.iter().map(objection).collect()
}

/// That a former name has no effect.
pub(super) fn unused(renames: &Renames) -> Vec<String> {
    let note = |(new, old): (&Address, &Address)| {
        let (kind, name) = (old.kind(), old.name());
        format!(
            "`renamedFrom` of {new} has no effect: the tenant has no {kind} `{name}`; remove it once no tenant has it"
        )
    };
    renames.unused.iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;

    fn applied(new: &str, old: &str) -> Renames {
        Renames {
            applied: BTreeMap::from([(address(new), address(old))]),
            ..Renames::default()
        }
    }

    fn added(new: &str, old: &str) -> Vec<String> {
        let mut changes = BTreeMap::new();
        add_names(&mut changes, &applied(new, old));
        let fields = changes.values().flat_map(|change| match change {
            Change::Update(difference) => difference.fields.clone(),
            Change::Create | Change::Delete => Vec::new(),
        });
        fields.map(|change| change.path).collect()
    }

    #[test]
    fn name_in_the_id_is_a_change_and_one_in_a_field_differs_by_itself() {
        assert_eq!(added("b2xUserFlow/New", "b2xUserFlow/Old"), ["id"]);
        let none: Vec<String> = Vec::new();
        assert_eq!(added("apiConnector/New", "apiConnector/Old"), none);
    }

    #[test]
    fn name_in_the_id_is_accepted_only_on_create() {
        for kind in crate::kinds::KINDS {
            let is_in_id = matches!(kind.naming, Naming::Prefixed(_));
            assert_eq!(is_in_id, kind.create_only.contains(&"id"), "{}", kind.name);
        }
    }

    #[test]
    fn unused_former_name_is_noted() {
        let renames = Renames {
            unused: BTreeMap::from([(address("apiConnector/New"), address("apiConnector/Old"))]),
            ..Renames::default()
        };
        assert_eq!(
            unused(&renames),
            [
                "`renamedFrom` of apiConnector/New has no effect: the tenant has no apiConnector `Old`; remove it once no \
                 tenant has it"
            ]
        );
    }
}
