//! Which live objects are ours. Nothing else decides on ownership.

use std::collections::{BTreeMap, BTreeSet};

use glob::{MatchOptions, Pattern};

use super::index::Index;
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Resources};

/// What the user wants to become of live objects that no file declares as present.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Objects that a file declares as absent.
    pub absent: BTreeSet<Address>,
    /// Objects that may be made anew.
    pub replaceable: BTreeSet<Address>,
    /// What holds for all objects of a kind.
    pub kinds: BTreeMap<String, KindRules>,
}

/// What holds for all objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct KindRules {
    /// Whether objects that no file declares are deleted.
    pub prune: bool,
    /// Names of objects that are nobody's business here.
    pub ignore: Vec<Pattern>,
    /// Names of objects that are never deleted or made anew.
    pub protect: Vec<Pattern>,
}

impl Rules {
    /// The kinds of which an object may go.
    pub(super) fn going(&self) -> BTreeSet<&str> {
        let named = self
            .absent
            .iter()
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

/// What is to become of live objects that no file declares as present.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    /// The objects to delete.
    pub(super) doomed: BTreeSet<Address>,
    /// The objects that are left alone.
    pub(super) unmanaged: BTreeSet<Address>,
    /// The rules to ignore something that found nothing to ignore: the kind and the place in its list.
    pub(super) unused: Vec<(String, usize)>,
}

/// Whether a rule speaks of an object; names are compared without regard to case.
pub fn matches(pattern: &Pattern, address: &Address) -> bool {
    matches_text(pattern, address.name())
}

/// Whether a rule speaks of a name, whatever it names.
pub fn matches_text(pattern: &Pattern, text: &str) -> bool {
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: false,
        require_literal_leading_dot: false,
    };
    pattern.matches_with(text, options)
}

/// Other people's objects are nobody's business, and what is always there is no surprise.
fn can_be_ours(address: &Address) -> bool {
    Kind::of(address).is_some_and(|kind| !kind.is_always_there())
}

/// Decides on every listed object. Several objects of one name are never deleted: nobody can say which is meant.
pub(super) fn decide(
    index: &Index,
    ids: &BTreeMap<Address, ObjectId>,
    rules: &Rules,
    declared: &Resources,
) -> Ownership {
    let mut owned = Ownership::default();
    let mut used = BTreeSet::new();
    for address in index
        .addresses()
        .filter(|address| !declared.contains_key(address) && can_be_ours(address))
    {
        let kind = rules.kinds.get(address.kind());
        let ignored =
            kind.and_then(|kind| kind.ignore.iter().position(|rule| matches(rule, address)));
        if let Some(rule) = ignored {
            used.insert((address.kind().to_owned(), rule));
            continue;
        }
        let is_unwanted = rules.absent.contains(address) || kind.is_some_and(|kind| kind.prune);
        match is_unwanted && ids.contains_key(address) {
            true => owned.doomed.insert(address.clone()),
            false => owned.unmanaged.insert(address.clone()),
        };
    }
    for (kind, rules) in &rules.kinds {
        let all = (0..rules.ignore.len()).map(|rule| (kind.clone(), rule));
        owned.unused.extend(all.filter(|rule| !used.contains(rule)));
    }
    owned
}
