//! Ownership: which live objects entraflow manages. Nothing else decides on it.
//! Never reads or deletes anything.

use std::collections::{BTreeMap, BTreeSet};

use glob::{MatchOptions, Pattern};

use super::index::Index;
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Resources};

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

/// The ownership of live objects that no file declares as present.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    /// The objects to delete.
    pub(super) to_delete: BTreeSet<Address>,
    /// The objects that remain unchanged.
    pub(super) unmanaged: BTreeSet<Address>,
    /// The ignore rules without a match: the kind and the index in its list.
    pub(super) unused_ignore_rules: Vec<(String, usize)>,
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

/// Unmanaged kinds are never ours, and singletons always exist, so they are never reported as undeclared.
fn can_be_ours(address: &Address) -> bool {
    Kind::of(address).is_some_and(|kind| !kind.is_always_there())
}

/// Decides on each listed object. An object that shares a name with others follows the rules for that name.
pub(super) fn decide(
    index: &Index,
    ids: &BTreeMap<Address, ObjectId>,
    rules: &OwnershipRules,
    declared: &Resources,
) -> Ownership {
    let mut owned = Ownership::default();
    let mut used = BTreeSet::new();
    for address in index
        .addresses()
        .filter(|address| !declared.contains_key(address) && can_be_ours(address))
    {
        let (kind, known_as) = (rules.kinds.get(address.kind()), index.known_as(address));
        let ignored =
            kind.and_then(|kind| kind.ignore.iter().position(|rule| matches(rule, known_as)));
        if let Some(rule) = ignored {
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
