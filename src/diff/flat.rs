//! A difference as one list, for readers that know nothing but fields.

use super::{Difference, ItemAction, ItemChange, ListChange};
use crate::model::{FieldChange, Presence, Reference, Value};

/// A difference as a list of fields, each with the way to it from its object: members of sets, steps and parts of lists
/// are told like fields.
pub fn flat(difference: &Difference) -> Vec<FieldChange> {
    let Difference {
        fields,
        links,
        slots,
        lists,
    } = difference;
    let mut flat = fields.clone();
    flat.extend(links.iter().map(|link| {
        let target = Some(Value::Reference(link.target.clone()));
        let (before, after) = match link.presence {
            Presence::Present => (None, target),
            Presence::Absent => (target, None),
        };
        FieldChange {
            path: link.field.clone(),
            before,
            after,
        }
    }));
    let reference = |side: &Option<Reference>| side.clone().map(Value::Reference);
    flat.extend(slots.iter().map(|slot| FieldChange {
        path: slot.step.clone(),
        before: reference(&slot.before),
        after: reference(&slot.after),
    }));
    flat.extend(lists.iter().flat_map(flat_list));
    flat
}

fn flat_list(list: &ListChange) -> Vec<FieldChange> {
    let ListChange {
        field,
        items,
        order,
    } = list;
    let mut flat = Vec::new();
    for item in items {
        let ItemChange {
            key,
            action,
            fields,
            contents,
        } = item;
        let part = format!("{field}[{}]", key.name());
        let whole = Some(Value::Reference(key.clone()));
        let sides = match action {
            ItemAction::Create => Some((None, whole)),
            ItemAction::Delete => Some((whole, None)),
            ItemAction::Update => None,
        };
        flat.extend(sides.map(|(before, after)| FieldChange {
            path: part.clone(),
            before,
            after,
        }));
        flat.extend(fields.iter().map(|change| FieldChange {
            path: format!("{part}.{}", change.path),
            ..change.clone()
        }));
        let text = |side: &Option<String>| side.clone().map(Value::Text);
        flat.extend(contents.iter().map(|content| FieldChange {
            path: format!("{part}.{}", content.name),
            before: text(&content.before),
            after: text(&content.after),
        }));
    }
    let keys = |keys: &[Reference]| {
        Some(Value::List(
            keys.iter().cloned().map(Value::Reference).collect(),
        ))
    };
    flat.extend(order.iter().map(|order| FieldChange {
        path: field.clone(),
        before: keys(&order.before),
        after: keys(&order.after),
    }));
    flat
}
