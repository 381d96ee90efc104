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
            encoding: Encoding::Text,
            allow_unusual: false,
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

fn items(semantics: ListSemantics) -> impl Strategy<Value = Items> {
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
        Items { semantics, items }
    })
}

fn resource() -> impl Strategy<Value = Resource> {
    (
        fields(),
        named("l[12]", btree_set(reference(), 0..3), 0..2),
        named("s[12]", option::of(reference()), 0..2),
        option::of(items(ListSemantics::Ordered)),
        option::of(items(ListSemantics::Keyed)),
    )
        .prop_map(|(fields, links, single_refs, sequence, keyed)| {
            let sequence = sequence.map(|items| ("sequence".into(), items));
            let keyed = keyed.map(|items| ("keyed".into(), items));
            let items = sequence.into_iter().chain(keyed).collect();
            Resource {
                fields,
                links,
                single_refs,
                items,
            }
        })
}

proptest! {
    /// A flattened difference is empty if and only if the difference is.
    #[test]
    fn flatten_keeps_every_difference(a in resource(), b in resource()) {
        let difference = compare(&a, &b);
        prop_assert_eq!(flatten(&difference).is_empty(), difference.is_empty());
    }

    #[test]
    fn resource_equals_itself(resource in resource()) {
        prop_assert_eq!(compare(&resource, &resource), Difference::default());
    }

    #[test]
    fn overlaid_resource_equals_desired(desired in resource(), live in resource()) {
        prop_assert_eq!(compare(&desired, &live.merged_with(&desired)), Difference::default());
    }

    #[test]
    fn live_restricted_to_desired_shape_equals_live(desired in resource(), live in resource()) {
        prop_assert_eq!(compare(&live.restricted_to(&desired), &live), Difference::default());
    }

    #[test]
    fn restriction_of_equal_resource_equals_desired(desired in resource(), live in resource()) {
        let live = live.merged_with(&desired);
        prop_assert_eq!(compare(&desired, &live.restricted_to(&desired)), Difference::default());
    }

    #[test]
    fn undeclared_fields_never_differ(live in resource()) {
        prop_assert_eq!(compare(&Resource::default(), &live), Difference::default());
    }
}

#[test]
fn missing_object_is_created_and_equal_one_unchanged() {
    let (existing, missing) = (
        Address::new("thing", "existing"),
        Address::new("thing", "missing"),
    );
    let resource = Resource {
        fields: Fields::from_iter([("p".into(), Value::Text("a".into()))]),
        ..Resource::default()
    };
    let desired = Resources::from([
        (existing.clone(), resource.clone()),
        (missing.clone(), resource.clone()),
    ]);
    let live = Resources::from([(existing, resource)]);
    let expected = BTreeMap::from([(missing, Change::Create)]);
    assert_eq!(diff(&desired, &live, &BTreeSet::new()), expected);
}

#[test]
fn masked_secret_equals_any_secret() {
    let with = |secret| Resource {
        fields: Fields::from_iter([("password".into(), Value::Secret(secret))]),
        ..Resource::default()
    };
    let desired = Secret::From(SecretSource::Env {
        env: "P".into(),
        encoding: Encoding::Text,
        allow_unusual: false,
    });
    assert!(compare(&with(desired), &with(Secret::Masked)).is_empty());
}
