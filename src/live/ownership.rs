//! Ownership: which live objects entraflow manages. Nothing else decides on it.
//! Never reads or deletes anything.

use std::collections::{BTreeMap, BTreeSet};

use glob::{MatchOptions, Pattern};

use super::index::Index;
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Ownership, Resources};

/// The rules for live objects that no file declares as present.
#[derive(Clone, Debug, Default)]
pub struct OwnershipRules {
    /// Objects that a file declares as absent.
    pub absent: BTreeSet<Address>,
    /// Objects that may be deleted although other objects have their name, or although no document can express them: each
    /// by kind and id.
    pub deletable: BTreeSet<Address>,
    /// Objects that may be replaced.
    pub replaceable: BTreeSet<Address>,
    /// The rules for all objects of a kind.
    pub kinds: BTreeMap<String, KindOwnershipRules>,
}

/// The rules for all objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct KindOwnershipRules {
    /// Whether undeclared objects are deleted.
    pub prune: bool,
    /// Names of objects that entraflow ignores.
    pub ignore: Vec<Pattern>,
    /// Names of objects that are never deleted or replaced.
    pub protect: Vec<Pattern>,
}

impl OwnershipRules {
    /// Whether the object of this kind with this id may be deleted in particular.
    pub fn may_delete(&self, kind: &str, id: &ObjectId) -> bool {
        self.deletable.contains(&Address::new(kind, id.as_str()))
    }

    /// The kinds of which an object may be deleted.
    pub(super) fn deletable_kinds(&self) -> BTreeSet<&str> {
        let named = self
            .absent
            .iter()
            .chain(&self.deletable)
            .chain(&self.replaceable)
            .map(Address::kind);
        let pruned = self
            .kinds
            .iter()
            .filter(|(_, rules)| rules.prune)
            .map(|(kind, _)| kind.as_str());
        named.chain(pruned).collect()
    }
}

/// The sets of live objects that no file declares as present.
#[derive(Debug, Default)]
pub(super) struct Undeclared {
    /// The objects to delete.
    pub(super) to_delete: BTreeSet<Address>,
    /// The objects that remain unchanged.
    pub(super) unmanaged: BTreeSet<Address>,
    /// The ignore rules without a match: the kind and the index in its list.
    pub(super) unused_ignore_rules: Vec<(String, usize)>,
}

impl KindOwnershipRules {
    /// The first `ignore` rule that matches the object, by index.
    fn ignore_rule(&self, address: &Address) -> Option<usize> {
        self.ignore.iter().position(|rule| matches(rule, address))
    }
}

/// Whether a pattern matches the name of an object, case-insensitively.
pub fn matches(pattern: &Pattern, address: &Address) -> bool {
    matches_text(pattern, address.name())
}

/// Whether a pattern matches a text, case-insensitively.
pub fn matches_text(pattern: &Pattern, text: &str) -> bool {
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: false,
        require_literal_leading_dot: false,
    };
    pattern.matches_with(text, options)
}

/// Unmanaged kinds are never ours, and permanent objects always exist, so they are never reported as undeclared.
fn can_be_ours(address: &Address) -> bool {
    Kind::of(address).is_some_and(|kind| !kind.is_permanent(address.name()))
}

/// Who decides about a live object that is known as this.
pub(super) fn ownership(
    address: &Address,
    known_as: &Address,
    rules: &OwnershipRules,
    declared: &Resources,
) -> Ownership {
    let rules_of_kind = rules.kinds.get(address.kind());
    if declared.contains_key(address) {
        Ownership::Managed
    } else if rules.absent.contains(address) {
        Ownership::Absent
    } else if declared.contains_key(known_as) || rules.absent.contains(known_as) {
        Ownership::Ambiguous
    } else if !can_be_ours(address) {
        Ownership::Unmanaged
    } else if rules_of_kind.is_some_and(|rules| rules.ignore_rule(known_as).is_some()) {
        Ownership::Ignored
    } else if rules_of_kind.is_some_and(|rules| rules.prune) {
        Ownership::Pruned
    } else {
        Ownership::Unmanaged
    }
}

/// Decides on each listed object. An object that shares a name with others follows the rules for that name.
pub(super) fn decide(
    index: &Index,
    ids: &BTreeMap<Address, ObjectId>,
    rules: &OwnershipRules,
    declared: &Resources,
) -> Undeclared {
    let mut owned = Undeclared::default();
    let mut used = BTreeSet::new();
    for address in index
        .addresses()
        .filter(|address| !declared.contains_key(address) && can_be_ours(address))
    {
        let (kind, known_as) = (rules.kinds.get(address.kind()), index.known_as(address));
        if let Some(rule) = kind.and_then(|kind| kind.ignore_rule(known_as)) {
            used.insert((address.kind().to_owned(), rule));
            continue;
        }
        // Of several objects that files mean by one name, it is not the one.
        let is_named = declared.contains_key(known_as) || rules.absent.contains(known_as);
        let is_surplus = is_named && rules.deletable.contains(address);
        let is_unwanted =
            rules.absent.contains(address) || is_surplus || kind.is_some_and(|kind| kind.prune);
        match is_unwanted && ids.contains_key(address) {
            true => owned.to_delete.insert(address.clone()),
            false => owned.unmanaged.insert(address.clone()),
        };
    }
    for (kind, rules) in &rules.kinds {
        let all = (0..rules.ignore.len()).map(|rule| (kind.clone(), rule));
        owned
            .unused_ignore_rules
            .extend(all.filter(|rule| !used.contains(rule)));
    }
    owned
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::live::samples::{index, listing};
    use crate::model::Resource;
    use crate::model::samples::address;

    /// Connectors with these names, two of them twins.
    fn connectors() -> Index {
        index(&[listing(
            "apiConnector",
            json!([
                { "id": "1", "displayName": "Alone" },
                { "id": "2", "displayName": "Twin" },
                { "id": "3", "displayName": "Twin" },
                { "id": "4", "displayName": "Declared" },
            ]),
        )])
    }

    fn decided(rules: &OwnershipRules) -> (Vec<String>, Vec<String>, Vec<(String, usize)>) {
        let index = connectors();
        let declared = Resources::from([(address("apiConnector/declared"), Resource::default())]);
        let ids = index.ids(&BTreeMap::new());
        let Undeclared {
            to_delete,
            unmanaged,
            unused_ignore_rules,
        } = decide(&index, &ids, rules, &declared);
        let names = |addresses: BTreeSet<Address>| {
            let names = addresses.iter().map(|address| address.name().to_owned());
            names.collect::<Vec<_>>()
        };
        (names(to_delete), names(unmanaged), unused_ignore_rules)
    }

    fn kind_rules(prune: bool, ignore: &[&str]) -> OwnershipRules {
        let pattern = |text: &&str| Pattern::new(text).unwrap();
        let rules = KindOwnershipRules {
            prune,
            ignore: ignore.iter().map(pattern).collect(),
            protect: Vec::new(),
        };
        OwnershipRules {
            kinds: BTreeMap::from([("apiConnector".to_owned(), rules)]),
            ..OwnershipRules::default()
        }
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn undeclared_objects_stay_without_rules() {
        let (to_delete, unmanaged, unused) = decided(&OwnershipRules::default());
        assert_eq!(to_delete, [""; 0]);
        assert_eq!(unmanaged, owned(&["Alone", "Twin"]));
        assert_eq!(unused, []);
    }

    #[test]
    fn prune_deletes_undeclared_objects_but_never_twins() {
        let (to_delete, unmanaged, _) = decided(&kind_rules(true, &[]));
        assert_eq!(to_delete, owned(&["Alone"]));
        assert_eq!(unmanaged, owned(&["Twin"]));
    }

    #[test]
    fn absent_objects_are_deleted_but_never_twins() {
        let rules = OwnershipRules {
            absent: BTreeSet::from([address("apiConnector/alone"), address("apiConnector/twin")]),
            ..OwnershipRules::default()
        };
        let (to_delete, unmanaged, _) = decided(&rules);
        assert_eq!(to_delete, owned(&["Alone"]));
        assert_eq!(unmanaged, owned(&["Twin"]));
    }

    #[test]
    fn ignored_objects_are_neither_deleted_nor_reported_and_unused_rules_are() {
        let rules = kind_rules(true, &["nothing*", "ALONE", "declared"]);
        let (to_delete, unmanaged, unused) = decided(&rules);
        assert_eq!(to_delete, [""; 0]);
        assert_eq!(unmanaged, owned(&["Twin"]));
        let unused_rule = |index| ("apiConnector".to_owned(), index);
        assert_eq!(unused, [unused_rule(0), unused_rule(2)]);
    }

    #[test]
    fn singletons_and_foreign_objects_are_never_ours() {
        assert!(can_be_ours(&address("apiConnector/a")));
        assert!(!can_be_ours(&address(
            "authenticationFlowsPolicy/authenticationFlowsPolicy"
        )));
        assert!(!can_be_ours(&address("application/a")));
        assert!(!can_be_ours(&address("unknown/a")));
    }

    #[test]
    fn deletable_kinds_are_those_of_absent_replaceable_and_pruned_objects() {
        let kinds = [("pruned", true), ("kept", false)].map(|(kind, prune)| {
            let rules = KindOwnershipRules {
                prune,
                ..KindOwnershipRules::default()
            };
            (kind.to_owned(), rules)
        });
        let rules = OwnershipRules {
            absent: BTreeSet::from([address("absent/a")]),
            replaceable: BTreeSet::from([address("replaceable/a")]),
            deletable: BTreeSet::new(),
            kinds: BTreeMap::from(kinds),
        };
        let expected = BTreeSet::from(["absent", "pruned", "replaceable"]);
        assert_eq!(rules.deletable_kinds(), expected);
    }

    #[test]
    fn patterns_match_names_whatever_their_case_slashes_and_dots() {
        let does = |pattern: &str, name: &str| {
            let pattern = Pattern::new(pattern).unwrap();
            matches(&pattern, &Address::new("apiConnector", name))
        };
        assert!(does("legacy*", "Legacy connector"));
        assert!(does("*end", "a/b end"));
        assert!(does("*", ".hidden"));
        assert!(does("a?c", "ABC"));
        assert!(!does("legacy", "legacy2"));
    }
}
