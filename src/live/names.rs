//! What files refer to by id, named as the listings name it, so that both sides say the same thing in the same words.

use super::index::Index;
use super::parts::{steps, targets};
use crate::kinds::Kind;
use crate::model::{Item, Items, Resource, Resources, Value};

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
    let field = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Reference(target) => {
                Value::Reference(index.named(target, &targets(record, name)))
            }
            value => value.clone(),
        };
        (name.clone(), value)
    };
    let steps: Vec<_> = kind
        .slots
        .iter()
        .flat_map(|slots| steps(record, slots.field))
        .collect();
    let kinds_of = |step: &str| {
        let known = steps.iter().find(|(name, _)| name == step);
        known.map(|(_, kinds)| kinds.as_slice()).unwrap_or_default()
    };
    let list = |(field, items): (&String, &Items)| {
        let list = kind.lists.iter().find(|list| list.field == field);
        let record = record.inner(field).cloned().unwrap_or_default();
        let kinds = list.map_or_else(Vec::new, |list| targets(&record, list.key));
        let item = |item: &Item| Item {
            key: index.named(&item.key, &kinds),
            ..item.clone()
        };
        let items = Items {
            discipline: items.discipline,
            items: items.items.iter().map(item).collect(),
        };
        (field.clone(), items)
    };
    Resource {
        fields: fields.iter().map(field).collect(),
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
