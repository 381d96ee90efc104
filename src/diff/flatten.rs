//! A difference as one list of field changes, for consumers that know only fields.
//! Never drops a change.

use super::{Difference, ItemAction, ItemChange, ListChange};
use crate::model::{FieldChange, Presence, Reference, Value};

/// A difference as a list of field changes, each with its path from the object: members of sets, single references and
/// items of lists become fields.
pub fn flatten(difference: &Difference) -> Vec<FieldChange> {
    let Difference {
        fields,
        links,
        single_refs,
        lists,
    } = difference;
    let mut changes = fields.clone();
    changes.extend(links.iter().map(|link| {
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
    changes.extend(single_refs.iter().map(|slot| FieldChange {
        path: slot.field.clone(),
        before: reference(&slot.before),
        after: reference(&slot.after),
    }));
    changes.extend(lists.iter().flat_map(flatten_list));
    changes
}

fn flatten_list(list: &ListChange) -> Vec<FieldChange> {
    let ListChange {
        field,
        items,
        order,
    } = list;
    let mut changes = Vec::new();
    for item in items {
        let ItemChange {
            key,
            action,
            fields,
            contents,
        } = item;
        let path = format!("{field}[{}]", key.name());
        let item = Some(Value::Reference(key.clone()));
        let ends = match action {
            ItemAction::Create => Some((None, item)),
            ItemAction::Delete => Some((item, None)),
            ItemAction::Update => None,
        };
        changes.extend(ends.map(|(before, after)| FieldChange {
            path: path.clone(),
            before,
            after,
        }));
        changes.extend(fields.iter().map(|change| FieldChange {
            path: format!("{path}.{}", change.path),
            ..change.clone()
        }));
        let text = |side: &Option<String>| side.clone().map(Value::Text);
        changes.extend(contents.iter().map(|content| FieldChange {
            path: format!("{path}.{}", content.name),
            before: text(&content.before),
            after: text(&content.after),
        }));
    }
    let keys = |keys: &[Reference]| {
        Some(Value::List(
            keys.iter().cloned().map(Value::Reference).collect(),
        ))
    };
    changes.extend(order.iter().map(|order| FieldChange {
        path: field.clone(),
        before: keys(&order.before),
        after: keys(&order.after),
    }));
    changes
}
