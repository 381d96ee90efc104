//! The fields of a document → the resource with its links, single references and lists, as the kind describes them.

use crate::kinds::{Kind, List};
use crate::model::{Fields, Item, Items, Named, ObjectId, Presence, Reference, Resource, Value};

/// Moves checked fields into the parts of a resource.
pub(super) fn assemble(kind: &Kind, mut fields: Fields) -> Resource {
    let mut resource = Resource {
        links: Named::with_capacity(kind.parts.links.len()),
        single_refs: Named::with_capacity(kind.parts.single_refs.len()),
        items: Named::with_capacity(kind.parts.lists.len()),
        ..Resource::default()
    };
    for link in kind.parts.links {
        if let Some(Value::List(members)) = fields.remove(link.field) {
            let members = members.into_iter().filter_map(reference).collect();
            resource.links.insert(link.field.into(), members);
        }
    }
    for single_refs in kind.parts.single_refs {
        if let Some(Value::Map(steps)) = fields.remove(single_refs.field) {
            let steps = steps
                .into_iter()
                .map(|(step, target)| (step, reference(target)));
            resource.single_refs.extend(steps);
        }
    }
    for list in kind.parts.lists {
        if let Some(Value::List(items)) = fields.remove(list.field) {
            let mut found = Items {
                semantics: list.semantics,
                items: Vec::with_capacity(items.len()),
            };
            let items = items.into_iter();
            found
                .items
                .extend(items.filter_map(|value| item(list, value)));
            resource.items.insert(list.field.into(), found);
        }
    }
    // The address contains the name, and `LoadedObjects::pins` the id.
    fields.remove("id");
    // Copied, so that the removed fields leave no unused capacity: there are very many objects.
    resource.fields = Fields::with_capacity(fields.len());
    resource.fields.extend(fields);
    resource
}

fn reference(value: Value) -> Option<Reference> {
    match value {
        Value::Reference(reference) => Some(reference),
        Value::Text(id) => Some(Reference::Id(ObjectId::new(id))),
        _ => None,
    }
}

fn item(list: &List, value: Value) -> Option<Item> {
    let Value::Map(mut fields) = value else {
        return None;
    };
    let key = reference(fields.remove(list.key)?)?;
    let presence = match fields.remove("ensure").as_ref().and_then(Value::as_text) {
        Some("absent") => Presence::Absent,
        _ => Presence::Present,
    };
    let contents = match list
        .contents
        .as_ref()
        .and_then(|contents| fields.remove(contents.field))
    {
        Some(Value::Map(contents)) => {
            let is_some = |text: &&str| {
                list.contents
                    .as_ref()
                    .is_some_and(|contents| contents.empty != *text)
            };
            let text = |value: &Value| value.as_text().filter(is_some).map(str::to_owned);
            contents
                .into_iter()
                .map(|(name, value)| (name, text(&value)))
                .collect()
        }
        _ => Named::new(),
    };
    Some(Item {
        key,
        presence,
        fields,
        contents,
    })
}
