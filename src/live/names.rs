//! What files refer to by id, named as the listings name it, so that both sides say the same thing in the same words.

use super::index::Index;
use super::parts::{steps, targets};
use crate::kinds::shape::{Record, Shape};
use crate::kinds::{Kind, wire};
use crate::model::{Fields, Item, Items, Name, Resource, Resources, Value};

/// The declared objects with every id that has a name turned into it.
pub(super) fn named(declared: &Resources, index: &Index) -> Resources {
    declared
        .iter()
        .map(|(address, resource)| {
            let named = Kind::of(address).map(|kind| named_in(kind, resource, index));
            (address.clone(), named.unwrap_or_else(|| resource.clone()))
        })
        .collect()
}

fn named_in(kind: &Kind, resource: &Resource, index: &Index) -> Resource {
    let Resource {
        fields,
        links,
        slots,
        items,
    } = resource;
    let record = kind.record();
    let fields = named_fields(record, fields, index);
    let steps: Vec<_> = kind
        .slots
        .iter()
        .flat_map(|slots| steps(record, slots.field))
        .collect();
    let kinds_of = |step: &str| {
        let known = steps.iter().find(|(name, _)| name == step);
        known.map(|(_, kinds)| kinds.as_slice()).unwrap_or_default()
    };
    let list = |(field, items): (&Name, &Items)| {
        let list = kind.lists.iter().find(|list| list.field == field);
        let record = record.part(field);
        let kinds = list.map_or_else(Vec::new, |list| targets(record, list.key));
        let item = |item: &Item| Item {
            key: index.named(&item.key, &kinds),
            fields: named_fields(record, &item.fields, index),
            ..item.clone()
        };
        let items = Items {
            discipline: items.discipline,
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
                let members = members.iter().map(|member| index.named(member, &kinds));
                (field.clone(), members.collect())
            })
            .collect(),
        slots: slots
            .iter()
            .map(|(step, target)| {
                let target = target.as_ref();
                let named = target.map(|target| index.named(target, kinds_of(step)));
                (step.clone(), named)
            })
            .collect(),
        items: items.iter().map(list).collect(),
    }
}

fn named_fields(record: &Record, fields: &Fields, index: &Index) -> Fields {
    let field = |(name, value): (&Name, &Value)| {
        let shape = record.field(name).map(|field| &field.shape);
        let value = shape.map_or_else(|| value.clone(), |shape| named_value(shape, value, index));
        (name.clone(), value)
    };
    fields.iter().map(field).collect()
}

fn named_value(shape: &Shape, value: &Value, index: &Index) -> Value {
    match (shape, value) {
        (Shape::Reference(target), Value::Reference(reference)) => {
            Value::Reference(index.named(reference, &target.kinds))
        }
        (Shape::List { of, is_set, .. }, Value::List(values)) => {
            let values = values.iter().map(|value| named_value(of, value, index));
            wire::list(values.collect(), *is_set)
        }
        (Shape::Record(record), Value::Map(fields)) => {
            Value::Map(named_fields(record, fields, index))
        }
        _ => value.clone(),
    }
}
