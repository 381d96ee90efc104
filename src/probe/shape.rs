//! The shape of JSON: names of properties, types, nulls and values of enumerations, without a text of the tenant.
//! Concludes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::emulator::{is_enumeration_value, is_property};

/// The shape of one or more values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The types of the values that are neither objects nor lists, and values of enumerations.
    scalars: BTreeSet<String>,
    /// The properties of the objects.
    object: Option<BTreeMap<String, Shape>>,
    /// The elements of the lists.
    list: Option<Box<Shape>>,
}

/// The longest name of a property that can be one of Graph.
const LONGEST_NAME: usize = 60;

/// In place of a name that may be one of the tenant.
const OTHER: &str = "(other)";

impl Shape {
    /// Adds a value of a property.
    pub(super) fn add(&mut self, property: &str, value: &Value) {
        match value {
            Value::Null => self.scalar("null"),
            Value::Bool(_) => self.scalar("boolean"),
            Value::Number(_) => self.scalar("number"),
            Value::String(text) => {
                let scalar = scalar(property, text);
                self.scalars.insert(scalar);
            }
            Value::Array(list) => {
                let elements = self.list.get_or_insert_default();
                list.iter().for_each(|value| elements.add(property, value));
            }
            Value::Object(object) => {
                let properties = self.object.get_or_insert_default();
                for (name, value) in object {
                    let shape = properties.entry(shown_name(name).to_owned()).or_default();
                    shape.add(name, value);
                }
            }
        }
    }

    fn scalar(&mut self, name: &str) {
        self.scalars.insert(name.to_owned());
    }

    /// The shape as JSON: an object by its properties, a list by its elements, anything else by the names of its types.
    pub(super) fn to_json(&self) -> Value {
        let mut forms = Vec::new();
        if !self.scalars.is_empty() {
            let scalars: Vec<_> = self.scalars.iter().map(String::as_str).collect();
            forms.push(Value::from(scalars.join(" | ")));
        }
        if let Some(properties) = &self.object {
            let properties = properties.iter();
            let properties = properties.map(|(name, shape)| (name.clone(), shape.to_json()));
            forms.push(Value::Object(properties.collect::<Map<_, _>>()));
        }
        if let Some(elements) = &self.list {
            forms.push(Value::Array(match elements.to_json() {
                Value::Null => Vec::new(),
                elements => vec![elements],
            }));
        }
        match forms.len() {
            0 | 1 => forms.pop().unwrap_or_default(),
            _ => serde_json::json!({ "(one of)": forms }),
        }
    }

    /// The properties at any depth that the emulator's metadata does not have.
    pub(super) fn unknown_properties(&self) -> BTreeSet<String> {
        let properties = self.object.iter().flatten();
        let own = properties.clone().map(|(name, _)| name);
        let own = own.filter(|name| !name.contains('@') && !is_known(name));
        let nested = properties
            .map(|(_, shape)| shape)
            .chain(self.list.as_deref());
        let nested = nested.flat_map(Self::unknown_properties);
        own.cloned().chain(nested).collect()
    }
}

/// The names of the protocol are of no type.
fn is_known(name: &str) -> bool {
    let of_protocol = [
        "value",
        "error",
        "code",
        "message",
        "innerError",
        "date",
        "details",
        "target",
    ];
    is_property(name) || of_protocol.contains(&name) || name == OTHER
}

/// The name of a property, unless it may be a word of the tenant: Graph's begin with a small letter and have no other signs
/// than letters, digits and those of OData.
fn shown_name(name: &str) -> &str {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'.');
    let begins = name
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'@');
    match is_property(name) || begins && name.len() <= LONGEST_NAME && name.bytes().all(is_part) {
        true => name,
        false => OTHER,
    }
}

/// What a text is, or the text itself if it is a value of an enumeration or a type of Graph.
fn scalar(property: &str, text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_type = property == "@odata.type"
        && lower
            .trim_start_matches('#')
            .starts_with("microsoft.graph.");
    let is_word = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"#.".contains(&byte))
    };
    match text {
        "" => "empty string".to_owned(),
        text if is_type && is_word(text) || is_enumeration_value(property, text) => {
            format!("`{text}`")
        }
        text if uuid::Uuid::parse_str(text).is_ok() => "GUID".to_owned(),
        text if text.parse::<jiff::Timestamp>().is_ok() => "time".to_owned(),
        _ if lower.starts_with("http://") || lower.starts_with("https://") => "URL".to_owned(),
        _ => "string".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shape(value: &Value) -> Shape {
        let mut shape = Shape::default();
        shape.add("", value);
        shape
    }

    #[test]
    fn shape_has_types_and_enumeration_values_and_no_text() {
        let value = json!({
            "@odata.type": "#microsoft.graph.b2xIdentityUserFlow",
            "id": "B2X_1_Partners",
            "userFlowType": "signUpOrSignIn",
            "userFlowTypeVersion": 1,
            "identityProviders": [{"id": "Google-OAUTH"}, {"id": null}],
            "Contoso Name": 1,
        });
        let expected = json!({
            "@odata.type": "`#microsoft.graph.b2xIdentityUserFlow`",
            "id": "string",
            "userFlowType": "`signUpOrSignIn`",
            "userFlowTypeVersion": "number",
            "identityProviders": [{"id": "null | string"}],
            "(other)": "number",
        });
        assert_eq!(shape(&value).to_json(), expected);
    }

    #[test]
    fn type_of_a_foreign_namespace_is_no_word_of_graph() {
        let value =
            json!({"@odata.type": "#microsoft.graph.Contoso Secret", "userFlowType": "contoso"});
        let expected = json!({"@odata.type": "string", "userFlowType": "string"});
        assert_eq!(shape(&value).to_json(), expected);
    }

    #[test]
    fn unknown_properties_are_named_at_any_depth() {
        let value = json!({"value": [{"id": "a", "newThing": {"newerThing": 1}}]});
        let unknown = shape(&value).unknown_properties();
        assert_eq!(
            unknown.into_iter().collect::<Vec<_>>(),
            ["newThing", "newerThing"]
        );
    }
}
