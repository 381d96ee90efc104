//! Resolves ids in declared objects to names, so that desired and live state refer to an object in the same way.
//! Never changes anything but references.

use super::index::Index;
use super::subresources::{ref_fields, targets};
use crate::kinds::shape::{Record, Shape};
use crate::kinds::{Kind, wire};
use crate::model::{Fields, Item, Items, Name, Resource, Resources, Value};

/// The declared objects that refer to a named object by its id, with the id resolved to its name.
pub(super) fn resolve_names(declared: &Resources, index: &Index) -> Resources {
    let resolved = declared.iter().filter_map(|(address, resource)| {
        let resolved = resolve_in_resource(Kind::of(address)?, resource, index);
        (resolved != *resource).then(|| (address.clone(), resolved))
    });
    resolved.collect()
}

fn resolve_in_resource(kind: &Kind, resource: &Resource, index: &Index) -> Resource {
    let Resource {
        fields,
        links,
        single_refs,
        items,
    } = resource;
    let record = kind.record();
    let fields = resolve_in_fields(record, fields, index);
    let ref_targets: Vec<_> = kind
        .parts
        .single_refs
        .iter()
        .flat_map(|single_refs| ref_fields(record, single_refs.field))
        .collect();
    let kinds_of = |field: &str| {
        let known = ref_targets.iter().find(|(name, _)| name == field);
        known.map(|(_, kinds)| kinds.as_slice()).unwrap_or_default()
    };
    let list = |(field, items): (&Name, &Items)| {
        let list = kind.parts.lists.iter().find(|list| list.field == field);
        let record = record.part(field);
        let kinds = list.map_or_else(Vec::new, |list| targets(record, list.key));
        let item = |item: &Item| Item {
            key: index.resolve_name(&item.key, &kinds),
            fields: resolve_in_fields(record, &item.fields, index),
            ..item.clone()
        };
        let items = Items {
            semantics: items.semantics,
            items: items.items.iter().map(item).collect(),
        };
        (field.clone(), items)
    };
    Resource {
        fields,
        links: links
            .iter()
            .map(|(field, members)| {
                let kinds = targets(record, field);
                let members = members
                    .iter()
                    .map(|member| index.resolve_name(member, &kinds));
                (field.clone(), members.collect())
            })
            .collect(),
        single_refs: single_refs
            .iter()
            .map(|(field, target)| {
                let target = target.as_ref();
                let resolved = target.map(|target| index.resolve_name(target, kinds_of(field)));
                (field.clone(), resolved)
            })
            .collect(),
        items: items.iter().map(list).collect(),
    }
}

fn resolve_in_fields(record: &Record, fields: &Fields, index: &Index) -> Fields {
    let field = |(name, value): (&Name, &Value)| {
        let shape = record.field(name).map(|field| &field.shape);
        let value = shape.map_or_else(
            || value.clone(),
            |shape| resolve_in_value(shape, value, index),
        );
        (name.clone(), value)
    };
    fields.iter().map(field).collect()
}

fn resolve_in_value(shape: &Shape, value: &Value, index: &Index) -> Value {
    match (shape, value) {
        (Shape::Reference(target), Value::Reference(reference)) => {
            Value::Reference(index.resolve_name(reference, &target.kinds))
        }
        (Shape::List { of, is_set, .. }, Value::List(values)) => {
            let values = values
                .iter()
                .map(|value| resolve_in_value(of, value, index));
            wire::list(values.collect(), *is_set)
        }
        (Shape::Record(record), Value::Map(fields)) => {
            Value::Map(resolve_in_fields(record, fields, index))
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::live::samples::{index, listing};
    use crate::model::ListSemantics;
    use crate::model::samples::{address, item, reference};

    fn tenant() -> Index {
        index(&[
            listing(
                "apiConnector",
                json!([{ "id": "c1", "displayName": "Check" }]),
            ),
            listing(
                "userFlowAttribute",
                json!([{ "id": "a1", "displayName": "Size" }]),
            ),
            listing("b2xUserFlow", json!([{ "id": "B2X_1_Partner" }])),
            listing(
                "openIdConnectIdentityProvider",
                json!([{
                    "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
                    "id": "p1", "displayName": "Contoso"
                }]),
            ),
        ])
    }

    fn resolved(name: &str, object: Resource) -> Resource {
        let declared = Resources::from([(address(name), object.clone())]);
        resolve_names(&declared, &tenant())
            .remove(&address(name))
            .unwrap_or(object)
    }

    #[test]
    fn ids_of_named_objects_become_names_and_other_ids_stay() {
        let ids = Resource::default()
            .and_link("identityProviders", &["p1", "unknown"])
            .and_single_ref("postFederationSignup", Some("c1"))
            .and_single_ref("postAttributeCollection", None)
            .and_list(
                "userAttributeAssignments",
                ListSemantics::Ordered,
                vec![
                    item("a1", &json!({ "displayName": "a1" })),
                    item("city", &json!({})),
                ],
            );
        let names = Resource::default()
            .and_link(
                "identityProviders",
                &["openIdConnectIdentityProvider/Contoso", "unknown"],
            )
            .and_single_ref("postFederationSignup", Some("apiConnector/Check"))
            .and_single_ref("postAttributeCollection", None)
            .and_list(
                "userAttributeAssignments",
                ListSemantics::Ordered,
                vec![
                    item("userFlowAttribute/Size", &json!({ "displayName": "a1" })),
                    item("city", &json!({})),
                ],
            );
        assert_eq!(resolved("b2cUserFlow/a", ids), names);
    }

    #[test]
    fn id_in_an_own_field_becomes_a_name() {
        let listener = |flow: &str| Resource::default().and_field_ref("userFlow", flow);
        assert_eq!(
            resolved("userFlowListener/a", listener("B2X_1_Partner")),
            listener("b2xUserFlow/Partner")
        );
    }

    #[test]
    fn id_inside_lists_and_maps_becomes_a_name() {
        let page = |attribute: &str| {
            let input = Value::Map(Fields::from_iter([(
                "attribute".into(),
                Value::Reference(reference(attribute)),
            )]));
            let map = |name: &'static str, value| {
                Value::Map(Fields::from_iter([(name.into(), Value::List(vec![value]))]))
            };
            let mut flow = Resource::default();
            let page = map("views", map("inputs", input));
            flow.fields.insert("attributeCollectionPage".into(), page);
            flow
        };
        assert_eq!(
            resolved("authenticationEventsFlow/a", page("a1")),
            page("userFlowAttribute/Size")
        );
    }

    #[test]
    fn object_of_an_unknown_kind_stays() {
        let object = Resource::default().and_field_ref("userFlow", "c1");
        assert_eq!(resolved("unknown/a", object.clone()), object);
    }
}
