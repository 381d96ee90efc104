use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::model::strategies::named;
use crate::model::{Encoding, ObjectId, SecretSource};

fn reference() -> impl Strategy<Value = Reference> {
    prop_oneof![
        "[a-c]".prop_map(|name| Reference::Address(Address::new("thing", name))),
        "[x-z]".prop_map(|id| Reference::Id(ObjectId::new(id))),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (0..3).prop_map(|n: i32| Value::Number(n.into())),
        "[a-b]{0,2}".prop_map(Value::Text),
        reference().prop_map(Value::Reference),
        Just(Value::Secret(Secret::From(SecretSource::Env {
            env: "PASSWORD".into(),
            encoding: Encoding::Text
        }))),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::List),
            named("(type|[p-r])", inner, 0..3).prop_map(Value::Map),
        ]
    })
}

fn fields() -> impl Strategy<Value = Fields> {
    named("[p-r]", value(), 0..3)
}

fn items(discipline: Discipline) -> impl Strategy<Value = Items> {
    let contents = named("[s-t]", option::of("[a-b]{0,2}"), 0..2);
    let item = (reference(), fields(), contents).prop_map(|(key, fields, contents)| Item {
        key,
        presence: Presence::Present,
        fields,
        contents,
    });
    vec(item, 0..4).prop_map(move |mut items| {
        let mut seen = BTreeSet::new();
        items.retain(|item| seen.insert(item.key.clone()));
        Items { discipline, items }
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    (
        fields(),
        named("l[12]", btree_set(reference(), 0..3), 0..2),
        named("s[12]", option::of(reference()), 0..2),
        option::of(items(Discipline::Sequence)),
        option::of(items(Discipline::Keyed)),
    )
        .prop_map(|(fields, links, slots, sequence, keyed)| {
            let sequence = sequence.map(|items| ("sequence".into(), items));
            let keyed = keyed.map(|items| ("keyed".into(), items));
            let items = sequence.into_iter().chain(keyed).collect();
            Resource {
                fields,
                links,
                slots,
                items,
            }
        })
}

proptest! {
    /// A flat difference is empty where the whole one is, and only there.
    #[test]
    fn no_difference_is_lost_when_it_is_told_flat(a in resource(), b in resource()) {
        let difference = compare(&a, &b);
        prop_assert_eq!(flat(&difference).is_empty(), difference.is_empty());
    }

    #[test]
    fn nothing_differs_from_itself(resource in resource()) {
        prop_assert_eq!(compare(&resource, &resource), Difference::default());
    }

    #[test]
    fn what_was_laid_over_no_longer_differs(wanted in resource(), had in resource()) {
        prop_assert_eq!(compare(&wanted, &had.merged_with(&wanted)), Difference::default());
    }

    #[test]
    fn what_was_told_as_it_is_does_not_differ(wanted in resource(), had in resource()) {
        prop_assert_eq!(compare(&had.restricted_to(&wanted), &had), Difference::default());
    }

    #[test]
    fn what_does_not_differ_is_told_as_it_was(wanted in resource(), had in resource()) {
        let had = had.merged_with(&wanted);
        prop_assert_eq!(compare(&wanted, &had.restricted_to(&wanted)), Difference::default());
    }

    #[test]
    fn what_is_not_declared_never_differs(had in resource()) {
        prop_assert_eq!(compare(&Resource::default(), &had), Difference::default());
    }
}

#[test]
fn a_missing_object_is_created_and_an_equal_one_is_no_change() {
    let (here, gone) = (Address::new("thing", "here"), Address::new("thing", "gone"));
    let resource = Resource {
        fields: Fields::from_iter([("p".into(), Value::Text("a".into()))]),
        ..Resource::default()
    };
    let desired = Resources::from([
        (here.clone(), resource.clone()),
        (gone.clone(), resource.clone()),
    ]);
    let live = Resources::from([(here, resource.clone())]);
    let expected = BTreeMap::from([(gone, Change::Create(resource))]);
    assert_eq!(diff(&desired, &live, &BTreeSet::new()), expected);
}

#[test]
fn a_masked_secret_may_be_the_wanted_one() {
    let with = |secret| Resource {
        fields: Fields::from_iter([("password".into(), Value::Secret(secret))]),
        ..Resource::default()
    };
    let wanted = Secret::From(SecretSource::Env {
        env: "P".into(),
        encoding: Encoding::Text,
    });
    assert!(compare(&with(wanted), &with(Secret::Masked)).is_empty());
}
