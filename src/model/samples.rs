//! Short forms of objects and references for tests.

use serde_json::Value as Json;

use super::{
    Address, Fields, Item, Items, ListSemantics, Name, Named, ObjectId, Presence, Reference,
    Resource, Value,
};

/// The address in `kind/name`.
pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A reference by name if the text is `kind/name`, else by id.
pub fn reference(text: &str) -> Reference {
    match text.contains('/') {
        true => Reference::Address(address(text)),
        false => Reference::Id(ObjectId::new(text)),
    }
}

/// The fields of a JSON object.
pub fn fields(json: &Json) -> Fields {
    match Value::from_json(json) {
        Value::Map(fields) => fields,
        _ => Fields::new(),
    }
}

/// An item with these fields.
pub fn item(key: &str, json: &Json) -> Item {
    Item {
        key: reference(key),
        presence: Presence::Present,
        fields: fields(json),
        contents: Named::new(),
    }
}

impl Resource {
    /// An object with these fields only.
    pub fn with_fields(json: &Json) -> Self {
        Self {
            fields: fields(json),
            ..Self::default()
        }
    }

    /// The same object with this set of members.
    #[must_use]
    pub fn and_link(mut self, field: &'static str, members: &[&str]) -> Self {
        let members = members.iter().map(|member| reference(member));
        self.links.insert(Name::from(field), members.collect());
        self
    }

    /// The same object with this single reference.
    #[must_use]
    pub fn and_single_ref(mut self, step: &'static str, target: Option<&str>) -> Self {
        let target = target.map(reference);
        self.single_refs.insert(Name::from(step), target);
        self
    }

    /// The same object with this field that refers to another object.
    #[must_use]
    pub fn and_field_ref(mut self, field: &'static str, target: &str) -> Self {
        let target = Value::Reference(reference(target));
        self.fields.insert(Name::from(field), target);
        self
    }

    /// The same object with this list.
    #[must_use]
    pub fn and_list(
        mut self,
        field: &'static str,
        semantics: ListSemantics,
        items: Vec<Item>,
    ) -> Self {
        let items = Items { semantics, items };
        self.items.insert(Name::from(field), items);
        self
    }
}
