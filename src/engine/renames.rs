//! `renamedFrom` of documents: the name as a change, the objections, and what has no effect.
//! Whether Graph accepts another name is data of the kind; `plan` refuses or replaces what it accepts only on create.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::Desired;
use crate::diff::{Change, Difference, compare};
use crate::kinds::{Kind, Naming};
use crate::live::{Live, RenameConflict, Renames};
use crate::model::{Address, FieldChange, Fields, Resource, Resources, Value};
use crate::plan::Objection;
use crate::problem::did_you_mean;

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

/// Warnings about former names that are perhaps misspelt: the tenant has no object of either name.
pub(super) fn misspelt(declared: &Resources, live: &Live) -> Vec<String> {
    let warning = |(new, old): (&Address, &Address)| {
        let nearest = nearest(new, old, declared, live)?;
        Some(format!(
            "`renamedFrom: {}` of {new} has no effect: the tenant has no such {}; did you mean `{nearest}`?",
            old.name(),
            old.kind()
        ))
    };
    live.renames.unused.iter().filter_map(warning).collect()
}

/// Notes on former names, and on objects that perhaps have one.
pub(super) fn notes(
    changes: &BTreeMap<Address, Change>,
    desired: &Desired,
    live: &Live,
) -> Vec<String> {
    let Desired {
        resources, absent, ..
    } = desired;
    [
        unused(resources, live),
        hints(changes, resources, absent, live),
    ]
    .concat()
}

/// Notes on former names that no object has any more.
fn unused(declared: &Resources, live: &Live) -> Vec<String> {
    let unused = live.renames.unused.iter();
    let unused = unused.filter(|(new, old)| nearest(new, old, declared, live).is_none());
    let note = |(new, old): (&Address, &Address)| {
        let (kind, name) = (old.kind(), old.name());
        format!(
            "`renamedFrom` of {new} has no effect: the tenant has no {kind} `{name}`; remove it once no tenant has it"
        )
    };
    unused.map(note).collect()
}

/// The name of an undeclared object that was perhaps meant by a former name.
fn nearest<'a>(
    new: &Address,
    old: &Address,
    declared: &Resources,
    live: &'a Live,
) -> Option<&'a str> {
    if live.ids.contains_key(new) {
        return None;
    }
    let known = live.ids.keys().chain(&live.unmanaged);
    let undeclared =
        known.filter(|address| address.kind() == old.kind() && !declared.contains_key(*address));
    did_you_mean(old.name(), undeclared.map(Address::name))
}

/// Notes on objects that are perhaps the new names of others: the one object of its kind that the tenant lacks, beside the
/// one that no file declares any more.
fn hints(
    changes: &BTreeMap<Address, Change>,
    declared: &Resources,
    absent: &BTreeSet<Address>,
    live: &Live,
) -> Vec<String> {
    let changes: Vec<_> = changes.iter().collect();
    let kinds = changes.chunk_by(|(one, _), (next, _)| one.kind() == next.kind());
    let hint = |of_kind: &[(&Address, &Change)]| {
        let with = |change: Change| {
            let having = of_kind.iter().filter(move |(_, of)| **of == change);
            having.map(|(address, _)| *address).collect::<Vec<_>>()
        };
        let (created, deleted) = (with(Change::Create), with(Change::Delete));
        let [new] = created.as_slice() else {
            return None;
        };
        let is_known = !live.unlisted.contains(new.kind()) && !live.renames.is_stated(new);
        let declared = declared.get(*new).filter(|_| is_known)?;
        let unmanaged = live.only_unmanaged.iter();
        let mut unmanaged = unmanaged.filter(|(address, _)| address.kind() == new.kind());
        let (old, becomes) = match (deleted.as_slice(), unmanaged.next()) {
            ([old], _) => {
                let found = &live.resources.get(*old)?.fields;
                let is_pruned = !absent.contains(*old);
                let is_hinted = is_pruned || is_similar(declared, found, new);
                is_hinted.then_some((*old, "is to be deleted"))?
            }
            ([], Some((old, found))) => {
                is_similar(declared, found, new).then_some((old, "is in no file"))?
            }
            _ => return None,
        };
        Some(format!(
            "the tenant has no {new}, and {old} {becomes}: if it is the same object with a new name, add \
             `renamedFrom: {}` to the document",
            old.name()
        ))
    };
    kinds.filter_map(hint).collect()
}

/// Whether all declared values but one, apart from the name, are as in the tenant, and at least two: one alone is too often
/// the same.
fn is_similar(declared: &Resource, found: &Fields, new: &Address) -> bool {
    let name = Kind::of(new).and_then(Kind::name_field);
    let fields = |fields: &Fields| {
        let mut fields = fields.clone();
        fields.retain(|field, _| Some(&**field) != name);
        Resource {
            fields,
            ..Resource::default()
        }
    };
    let declared = fields(&declared.fields);
    let differing = |found: &Resource| compare(&declared, found).fields.len();
    let (all, different) = (differing(&Resource::default()), differing(&fields(found)));
    different <= 1 && all >= different + 2
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ObjectId;
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

    /// A comparison of connectors: the declared ones, with the former name of the first, and those of the tenant.
    struct Connectors {
        declared: Resources,
        live: Live,
    }

    fn connector(url: &str) -> Resource {
        Resource::with_fields(
            &json!({ "displayName": "any", "targetUrl": url, "a": "1", "b": "1" }),
        )
    }

    impl Connectors {
        fn of(declared: &[&str], renamed_from: Option<&str>, unmanaged: &[&str]) -> Self {
            let of_name = |name: &&str| Address::new("apiConnector", *name);
            let mut live = Live {
                unmanaged: unmanaged.iter().map(of_name).collect(),
                ..Live::default()
            };
            let first = of_name(&declared[0]);
            let renamed = renamed_from.map(|old| (first, of_name(&old)));
            live.renames.unused.extend(renamed);
            let declared = declared.iter();
            Self {
                declared: declared
                    .map(|name| (of_name(name), connector("x")))
                    .collect(),
                live,
            }
        }

        /// The only unmanaged connector has these fields.
        fn with_only(mut self, name: &str, url: &str) -> Self {
            let only = Address::new("apiConnector", name);
            self.live.only_unmanaged.insert(only, connector(url).fields);
            self
        }

        fn hints(&self, changes: &[(&str, Change)], absent: &[&str]) -> Vec<String> {
            let absent = absent
                .iter()
                .map(|name| Address::new("apiConnector", *name))
                .collect();
            let changes = changes.iter();
            let changes =
                changes.map(|(name, change)| (Address::new("apiConnector", *name), change.clone()));
            hints(&changes.collect(), &self.declared, &absent, &self.live)
        }
    }

    #[test]
    fn unused_former_name_is_noted() {
        let Connectors { declared, live } = Connectors::of(&["New"], Some("Old"), &[]);
        assert_eq!(
            unused(&declared, &live),
            [
                "`renamedFrom` of apiConnector/New has no effect: the tenant has no apiConnector `Old`; remove it once no \
                 tenant has it"
            ]
        );
        assert!(misspelt(&declared, &live).is_empty());
    }

    #[test]
    fn misspelt_former_name_is_warned_of_unless_the_tenant_has_the_new_one() {
        let of = |unmanaged| Connectors::of(&["New"], Some("Validat"), unmanaged);
        let Connectors { declared, mut live } = of(&["Validate"]);
        assert_eq!(
            misspelt(&declared, &live),
            [
                "`renamedFrom: Validat` of apiConnector/New has no effect: the tenant has no such apiConnector; did you mean \
                 `Validate`?"
            ]
        );
        assert!(unused(&declared, &live).is_empty());
        live.ids
            .insert(address("apiConnector/New"), ObjectId::new("1"));
        assert!(misspelt(&declared, &live).is_empty());
        assert_eq!(unused(&declared, &live).len(), 1);
    }

    #[test]
    fn new_object_beside_the_only_undeclared_one_is_perhaps_its_new_name() {
        let connectors = Connectors::of(&["New"], None, &["Old"]);
        let created = [("New", Change::Create)];
        assert!(connectors.hints(&created, &[]).is_empty());
        let connectors = connectors.with_only("Old", "y");
        assert_eq!(
            connectors.hints(&created, &[]),
            [
                "the tenant has no apiConnector/New, and apiConnector/Old is in no file: if it is the same object with a new \
                 name, add `renamedFrom: Old` to the document"
            ]
        );
        let both = [("New", Change::Create), ("Other", Change::Create)];
        assert!(connectors.hints(&both, &[]).is_empty());
        let renamed = Connectors::of(&["New"], Some("Old"), &["Old"]).with_only("Old", "x");
        assert!(renamed.hints(&created, &[]).is_empty());
    }

    #[test]
    fn new_object_is_perhaps_the_one_that_is_deleted() {
        let old = address("apiConnector/Old");
        let mut connectors = Connectors::of(&["New"], None, &[]);
        let other = Resource::with_fields(&json!({ "targetUrl": "y", "a": "2" }));
        connectors.live.resources.insert(old.clone(), other);
        let changes = [("New", Change::Create), ("Old", Change::Delete)];
        let hint = "the tenant has no apiConnector/New, and apiConnector/Old is to be deleted: if it is the same object with \
                    a new name, add `renamedFrom: Old` to the document";
        assert_eq!(connectors.hints(&changes, &[]), [hint]);
        // Someone who declares it as absent knows of it, unless both are nearly the same.
        assert!(connectors.hints(&changes, &["Old"]).is_empty());
        connectors.live.resources.insert(old, connector("x"));
        assert_eq!(connectors.hints(&changes, &["Old"]), [hint]);
    }
}
