//! `--only`: the changes that a run is about are those of the selected objects, and those that they need.
//!
//! What is left out stays as it is in the tenant, also where `prune` would delete it. A change is never left out because of
//! what it is, and nothing is deleted because something needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rotation::Rotation;
use super::{EngineError, ObjectFilter};
use crate::desired::Desired;
use crate::diff::{Change, Difference};
use crate::kinds::Kind;
use crate::live::{Live, OwnershipRules};
use crate::model::{Address, Presence, Reference, Resource, Resources};
use crate::plan::Selection;
use crate::problem::did_you_mean;

/// How many of the objects that are left out a warning lists.
const SHOWN: usize = 5;

/// What is compared, to be narrowed down to a selection.
pub(super) struct Compared<'a> {
    pub(super) rules: &'a mut OwnershipRules,
    pub(super) declared: &'a mut Arc<Resources>,
    pub(super) live: &'a mut Live,
    pub(super) rotation: &'a mut Rotation,
    pub(super) changes: &'a mut BTreeMap<Address, Change>,
}

/// Narrows down what is compared to the selected objects and what they need.
pub(super) fn select(
    only: &[ObjectFilter],
    desired: &Desired,
    compared: Compared<'_>,
) -> Result<Selection, EngineError> {
    if only.is_empty() {
        return Ok(Selection::default());
    }
    let Compared {
        rules,
        declared,
        live,
        rotation,
        changes,
    } = compared;
    reject_unmatched(only, desired, live)?;
    let shared_names = live.shared_names.clone();
    let is_selected = |address: &Address| {
        let known_as = shared_names.get(address).unwrap_or(address);
        only.iter().any(|only| only.matches(known_as))
    };
    let kept = with_needs(changes, declared, live, &is_selected);
    let left_out: BTreeSet<_> = changes
        .keys()
        .filter(|it| !kept.contains(it))
        .cloned()
        .collect();
    changes.retain(|address, _| kept.contains(address));
    let referred: BTreeSet<_> = kept
        .iter()
        .filter_map(|address| declared.get(address))
        .flat_map(Resource::references)
        .filter_map(Reference::address)
        .cloned()
        .collect();
    // Without their declarations, these objects keep their live state wherever the plan touches them.
    Arc::make_mut(declared).retain(|address, _| !left_out.contains(address));
    rules
        .replaceable
        .retain(|address| !left_out.contains(address));
    live.to_delete.retain(|address| !left_out.contains(address));
    live.unmanaged.retain(is_selected);
    live.namesakes
        .retain(|name, _| is_selected(name) || referred.contains(name));
    live.renames.unused.retain(|name, _| is_selected(name));
    live.renames
        .conflicting
        .retain(|name, _| is_selected(name) || referred.contains(name));
    let is_shown = |address: &Address| is_selected(address) || kept.contains(address);
    live.unread.retain(|part| is_shown(&part.address));
    rotation.retain(&is_shown);
    Ok(Selection {
        only: only.iter().map(|only| only.written().to_owned()).collect(),
        left_out,
    })
}

/// What a selection leaves out, in a sentence.
pub(super) fn warning(selection: &Selection) -> Option<String> {
    let Selection { only, left_out } = selection;
    let named: Vec<_> = left_out
        .iter()
        .take(SHOWN)
        .map(Address::to_string)
        .collect();
    let more = match left_out.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let objects = match left_out.len() {
        1 => "1 object".to_owned(),
        count => format!("{count} objects"),
    };
    let only: Vec<_> = only.iter().map(|only| format!("`--only {only}`")).collect();
    (!left_out.is_empty()).then(|| {
        format!(
            "{} leaves out the changes of {objects}: {}{more}",
            only.join(" with "),
            named.join(", ")
        )
    })
}

/// Refuses a filter that matches no object of the files or of the tenant.
fn reject_unmatched(
    only: &[ObjectFilter],
    desired: &Desired,
    live: &Live,
) -> Result<(), EngineError> {
    let known: Vec<&Address> = desired
        .resources
        .keys()
        .chain(&desired.absent)
        .chain(live.ids.keys())
        .chain(&live.unmanaged)
        .chain(live.shared_names.values())
        .collect();
    let matches_none = |only: &&ObjectFilter| !known.iter().any(|address| only.matches(address));
    let Some(only) = only.iter().find(matches_none) else {
        return Ok(());
    };
    let names: Vec<_> = known.iter().map(ToString::to_string).collect();
    let nearest = did_you_mean(only.written(), names.iter().map(String::as_str));
    Err(EngineError::NothingSelected {
        only: only.written().to_owned(),
        nearest: nearest.map(str::to_owned),
    })
}

/// The selected changes, and those without which Graph would refuse them.
fn with_needs(
    changes: &BTreeMap<Address, Change>,
    declared: &Resources,
    live: &Live,
    is_selected: &dyn Fn(&Address) -> bool,
) -> BTreeSet<Address> {
    let mut kept: BTreeSet<_> = changes
        .keys()
        .filter(|it| is_selected(it))
        .cloned()
        .collect();
    let mut pending: Vec<_> = kept.iter().cloned().collect();
    while let Some(address) = pending.pop() {
        if changes.get(&address) == Some(&Change::Delete) {
            continue;
        }
        let Some(object) = declared.get(&address) else {
            continue;
        };
        let created = created_references(object, changes);
        let features = features(&address, object, live);
        let released = releases(&address, object, changes);
        for need in created.chain(features).chain(released) {
            if changes.contains_key(&need) && kept.insert(need.clone()) {
                pending.push(need);
            }
        }
    }
    kept
}

/// The objects to create that an object refers to.
fn created_references<'a>(
    object: &'a Resource,
    changes: &'a BTreeMap<Address, Change>,
) -> impl Iterator<Item = Address> + 'a {
    let references = object.references().into_iter();
    let named = references.filter_map(Reference::address);
    let created = named.filter(|address| changes.get(address) == Some(&Change::Create));
    created.cloned()
}

/// The singletons that switch on the features without which Graph lists neither the object nor what it refers to.
fn features(address: &Address, object: &Resource, live: &Live) -> Vec<Address> {
    let references = object.references().into_iter();
    let named = references.filter_map(Reference::address);
    let kinds = named.chain([address]).map(Address::kind);
    let unlisted = kinds.filter(|kind| live.unlisted.contains(kind));
    let features = unlisted.filter_map(|kind| Kind::find(kind)?.collection.feature);
    let singletons = features.filter_map(|feature| Kind::find(feature.kind));
    singletons
        .map(|kind| Address::new(kind.name, kind.name_from("")))
        .collect()
}

/// The objects of the same kind that release a member of an exclusive set, which Graph would refuse in two sets.
fn releases(
    address: &Address,
    object: &Resource,
    changes: &BTreeMap<Address, Change>,
) -> Vec<Address> {
    let links = Kind::of(address).map_or(&[][..], |kind| kind.parts.links);
    let exclusive = links.iter().filter(|link| link.exclusive);
    let claimed = exclusive.filter_map(|link| Some((link.field, object.links.get(link.field)?)));
    let claimed: Vec<_> = claimed.collect();
    let releases = |difference: &Difference| {
        let mut removed = difference.links.iter();
        removed.any(|change| {
            let is_claimed = |(field, members): &(&str, &BTreeSet<Reference>)| {
                change.field == *field && members.contains(&change.target)
            };
            change.presence == Presence::Absent && claimed.iter().any(is_claimed)
        })
    };
    let releasing = changes.iter().filter(|(other, change)| {
        other.kind() == address.kind()
            && matches!(change, Change::Update(difference) if releases(difference))
    });
    releasing.map(|(other, _)| other.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::LinkChange;
    use crate::model::samples::address;

    const FLOWS: &str = "authenticationEventsFlow";

    fn update() -> Change {
        Change::Update(Difference::default())
    }

    /// The changes that a selection of one object keeps.
    fn kept(changes: &[(&str, Change)], declared: &Resources, live: &Live) -> Vec<String> {
        let changes = changes.iter().cloned();
        let changes = changes.map(|(name, change)| (address(name), change));
        let changes: BTreeMap<_, _> = changes.collect();
        let is_selected = |it: &Address| it.name() == "selected";
        let kept = with_needs(&changes, declared, live, &is_selected);
        kept.iter().map(ToString::to_string).collect()
    }

    fn declared<const N: usize>(objects: [(&str, Resource); N]) -> Resources {
        let objects = objects.into_iter();
        objects
            .map(|(name, object)| (address(name), object))
            .collect()
    }

    fn object() -> Resource {
        Resource::with_fields(&json!({}))
    }

    #[test]
    fn objects_to_create_are_needed_through_others_and_updates_are_not() {
        let flow = object().and_link("identityProviders", &["socialIdentityProvider/a"]);
        let flow = flow.and_link("others", &["socialIdentityProvider/b"]);
        let provider = object().and_link("deeper", &["apiConnector/c"]);
        let resources = declared([
            ("b2xUserFlow/selected", flow),
            ("socialIdentityProvider/a", provider),
            ("socialIdentityProvider/b", object()),
            ("apiConnector/c", object()),
            ("apiConnector/d", object()),
        ]);
        let changes = [
            ("b2xUserFlow/selected", update()),
            ("socialIdentityProvider/a", Change::Create),
            ("socialIdentityProvider/b", update()),
            ("apiConnector/c", Change::Create),
            ("apiConnector/d", Change::Create),
        ];
        let expected = [
            "apiConnector/c",
            "b2xUserFlow/selected",
            "socialIdentityProvider/a",
        ];
        assert_eq!(kept(&changes, &resources, &Live::default()), expected);
    }

    #[test]
    fn nothing_is_deleted_because_a_selected_object_needs_it() {
        let changes = [
            ("b2xUserFlow/selected", Change::Delete),
            ("apiConnector/a", Change::Delete),
        ];
        let flow = object().and_link("x", &["apiConnector/a"]);
        let resources = declared([("b2xUserFlow/selected", flow)]);
        let kept = kept(&changes, &resources, &Live::default());
        assert_eq!(kept, ["b2xUserFlow/selected"]);
    }

    #[test]
    fn feature_without_which_a_kind_is_not_listed_is_switched_on() {
        let policy = "authenticationFlowsPolicy/authenticationFlowsPolicy";
        let live = Live {
            unlisted: ["apiConnector"].into(),
            ..Live::default()
        };
        let changes = [
            ("apiConnector/selected", Change::Create),
            (policy, update()),
        ];
        let resources = declared([("apiConnector/selected", object()), (policy, object())]);
        assert_eq!(
            kept(&changes, &resources, &live),
            ["apiConnector/selected", policy]
        );
        let listed = kept(&changes, &resources, &Live::default());
        assert_eq!(listed, ["apiConnector/selected"]);
    }

    #[test]
    fn object_that_releases_a_member_of_an_exclusive_set_is_needed() {
        let removed = |member: &str| {
            Change::Update(Difference {
                links: vec![LinkChange {
                    field: "applications".to_owned(),
                    target: Reference::Address(address(member)),
                    presence: Presence::Absent,
                }],
                ..Difference::default()
            })
        };
        let names = [
            format!("{FLOWS}/other"),
            format!("{FLOWS}/releasing"),
            format!("{FLOWS}/selected"),
        ];
        let flow = object().and_link("applications", &["application/shop"]);
        let resources = declared([(&*names[2], flow)]);
        let changes = [
            (&*names[0], removed("application/till")),
            (&*names[1], removed("application/shop")),
            (&*names[2], update()),
        ];
        assert_eq!(
            kept(&changes, &resources, &Live::default()),
            names[1..].to_vec()
        );
    }

    #[test]
    fn warning_lists_what_is_left_out() {
        let left_out = |count: usize| {
            let selection = Selection {
                only: vec!["apiConnector".to_owned(), "userFlow/a".to_owned()],
                left_out: (1..=count)
                    .map(|number| address(&format!("b2xUserFlow/{number}")))
                    .collect(),
            };
            warning(&selection)
        };
        assert_eq!(left_out(0), None);
        let start = "`--only apiConnector` with `--only userFlow/a` leaves out the changes of";
        assert_eq!(
            left_out(1),
            Some(format!("{start} 1 object: b2xUserFlow/1"))
        );
        let names = "b2xUserFlow/1, b2xUserFlow/2, b2xUserFlow/3, b2xUserFlow/4, b2xUserFlow/5";
        let six = left_out(7);
        assert_eq!(six, Some(format!("{start} 7 objects: {names} and 2 more")));
    }
}
