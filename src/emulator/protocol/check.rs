//! Validates request bodies against their types, and returns them in the metadata's spelling.
//! Knows no type by name and stores no object.

use serde_json::{Value, json};

use crate::emulator::metadata::lookup;
use crate::emulator::metadata::tables::TABLES;
use crate::emulator::metadata::types::{Mutability, Property, PropertyType, Type};
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::state::object::{Object, string_of};

/// Whether a body creates or updates an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Update,
    /// An update that must give every required property.
    CompleteUpdate,
}

/// What a body may hold besides the properties of its type in v1.0.
pub(crate) struct Rules<'a> {
    pub(crate) version: ApiVersion,
    /// Whether an object of the tenant has a property of this name: a seed may hold what a newer service has, and a client sends
    /// it back.
    pub(crate) is_stored: &'a dyn Fn(&str) -> bool,
}

impl Rules<'_> {
    /// Whether a property is taken as it is, because neither the type nor one that derives from it defines it.
    fn is_undefined(&self, of: &'static Type, name: &str) -> bool {
        if of.property(name).is_some() {
            return false;
        }
        let mut types = TABLES.into_iter().flatten();
        let is_defined = types.any(|other| other.is_a(of.name) && other.property(name).is_some());
        !is_defined && (self.is_stored)(name)
    }
}

/// Checks a body against the declared type.
///
/// Property names and enum values are compared without regard to case (one page sends `Name`) and come out in the
/// metadata's spelling; annotations are dropped, except that `@odata.type` is kept where the declared type is abstract
/// and `@odata.id` is kept on references.
pub(crate) fn body(
    declared: &str,
    body: &Value,
    purpose: Purpose,
    rules: &Rules<'_>,
) -> Result<Object, GraphError> {
    let declared = known(declared)?;
    let body = body
        .as_object()
        .ok_or_else(|| unreadable(declared, "a JSON object"))?;
    let actual = actual_type(declared, body, purpose)?;
    let mut checked = Object::new();
    for (name, value) in body {
        if let Some(bound) = name.strip_suffix("@odata.bind") {
            let property = find(actual, bound, rules.version)?;
            checked.insert(property.name.to_owned(), bound_links(property, value)?);
            continue;
        }
        if name.contains('@') {
            continue;
        }
        if rules.is_undefined(actual, name) {
            checked.insert(name.clone(), value.clone());
            continue;
        }
        let property = find(actual, name, rules.version)?;
        writable(actual, property, purpose)?;
        checked.insert(
            property.name.to_owned(),
            self::value(actual, property, value, rules)?,
        );
    }
    if purpose != Purpose::Update {
        let missing = actual.all_properties().into_iter().find(|property| {
            property.required && checked.get(property.name).is_none_or(Value::is_null)
        });
        if let Some(property) = missing {
            return Err(GraphError::bad_request(format!(
                "The property '{}' is required but was not given.",
                property.name
            )));
        }
    }
    if declared.is_abstract && actual.name != declared.name {
        checked.insert("@odata.type".to_owned(), actual.odata_type().into());
    }
    Ok(checked)
}

/// The type that a body names.
fn actual_type(
    declared: &'static Type,
    body: &Object,
    purpose: Purpose,
) -> Result<&'static Type, GraphError> {
    let Some(named) = body.get("@odata.type") else {
        // The caller resolves an update of an abstract type, because it knows the stored object.
        return match declared.is_abstract && purpose == Purpose::Create {
            true => Err(GraphError::bad_request(format!(
                "The annotation '@odata.type' is required: 'microsoft.graph.{}' is abstract.",
                declared.name
            ))),
            false => Ok(declared),
        };
    };
    let named = named.as_str().unwrap_or_default();
    lookup::named(named)
        .filter(|found| found.is_a(declared.name) && !found.is_abstract)
        .ok_or_else(|| {
            GraphError::bad_request(format!(
                "The type '{named}' is not a type derived from 'microsoft.graph.{}'.",
                declared.name
            ))
        })
}

/// Refuses an update that names another type than the object has.
pub(crate) fn same_type(stored: &Object, changes: &Object) -> Result<(), GraphError> {
    let (is, named) = (
        string_of(stored, "@odata.type"),
        string_of(changes, "@odata.type"),
    );
    match is == named {
        true => Ok(()),
        false => Err(GraphError::bad_request(format!(
            "The object is a '{is}' and cannot become a '{named}'."
        ))),
    }
}

fn known(name: &str) -> Result<&'static Type, GraphError> {
    lookup::named(name)
        .ok_or_else(|| GraphError::bad_request(format!("The type '{name}' is not known.")))
}

fn find(
    of: &'static Type,
    name: &str,
    version: ApiVersion,
) -> Result<&'static Property, GraphError> {
    of.property(name).filter(|property| !property.beta || version == ApiVersion::Beta).ok_or_else(|| {
        GraphError::bad_request(format!(
            "The property '{name}' does not exist on type 'microsoft.graph.{}'. Make sure to only use property names that are defined by the type.",
            of.name
        ))
    })
}

fn writable(of: &Type, property: &Property, purpose: Purpose) -> Result<(), GraphError> {
    let allowed = match purpose {
        Purpose::Create => property.mutability != Mutability::Never,
        Purpose::Update | Purpose::CompleteUpdate => property.mutability == Mutability::Always,
    };
    allowed.then_some(()).ok_or_else(|| {
        GraphError::bad_request(format!(
            "The property '{}' of 'microsoft.graph.{}' cannot be written by this request.",
            property.name, of.name
        ))
    })
}

/// The links of `@odata.bind`: an address, or a list of which, as reported from the field, only the first counts.
fn bound_links(property: &Property, value: &Value) -> Result<Value, GraphError> {
    let link = |address: &Value| match address.is_string() {
        true => Ok(json!({"@odata.id": address})),
        false => Err(type_mismatch(property, "the address of an object")),
    };
    match (&property.property_type, value) {
        (PropertyType::Reference(_), address) => link(address),
        (PropertyType::References(_), Value::Array(addresses)) => {
            addresses.iter().take(1).map(link).collect()
        }
        _ => Err(type_mismatch(property, "a navigation property")),
    }
}

fn value(
    of: &'static Type,
    property: &'static Property,
    value: &Value,
    rules: &Rules<'_>,
) -> Result<Value, GraphError> {
    if value.is_null() {
        return match property.nullable {
            true => Ok(Value::Null),
            false => Err(type_mismatch(property, "a value that is not null")),
        };
    }
    let fits = |fits: bool, expected: &str| {
        fits.then(|| value.clone())
            .ok_or_else(|| type_mismatch(property, expected))
    };
    match property.property_type {
        PropertyType::String if property.secret && is_mask(value) => {
            Err(GraphError::bad_request(format!(
                // No page says what the service does with a mask that is written back.
                "The property '{}' holds only asterisks, which is how a secret is masked, not a secret.",
                property.name
            )))
        }
        PropertyType::String => fits(value.is_string(), "Edm.String"),
        PropertyType::Boolean => fits(value.is_boolean(), "Edm.Boolean"),
        PropertyType::Single => fits(value.is_number(), "Edm.Single"),
        PropertyType::Int32 => fits(is_int32(value), "Edm.Int32"),
        PropertyType::Int32s => fits(
            items(value).is_some_and(|items| items.iter().all(is_int32)),
            "Collection(Edm.Int32)",
        ),
        PropertyType::Int64 => fits(value.is_i64(), "Edm.Int64"),
        PropertyType::Strings => fits(
            items(value).is_some_and(|items| items.iter().all(Value::is_string)),
            "Collection(Edm.String)",
        ),
        PropertyType::Enum(members) => {
            let given = value
                .as_str()
                .ok_or_else(|| type_mismatch(property, "an enum member as Edm.String"))?;
            members.iter().find(|member| member.eq_ignore_ascii_case(given)).map(|member| Value::from(*member)).ok_or_else(|| {
                GraphError::bad_request(format!("The value '{given}' is not valid for property '{}' of 'microsoft.graph.{}'.", property.name, of.name))
            })
        }
        PropertyType::Complex(inner) => {
            body(inner, value, Purpose::Create, rules).map(Value::Object)
        }
        PropertyType::Complexes(inner) => items(value)
            .ok_or_else(|| type_mismatch(property, "a collection"))?
            .iter()
            .map(|item| body(inner, item, Purpose::Create, rules).map(Value::Object))
            .collect(),
        PropertyType::Reference(target) => reference(target, value, rules),
        PropertyType::References(target) => items(value)
            .ok_or_else(|| type_mismatch(property, "a collection"))?
            .iter()
            .map(|item| reference(target, item, rules))
            .collect(),
    }
}

/// An inline reference: `{"id": …}` or `{"@odata.id": …}`. Other properties have to exist in the target's type, in either
/// version: clients send back objects as they read them.
fn reference(target: &str, value: &Value, rules: &Rules<'_>) -> Result<Value, GraphError> {
    let target = known(target)?;
    let given = value
        .as_object()
        .ok_or_else(|| unreadable(target, "a reference"))?;
    let stated = given.get("@odata.type").and_then(Value::as_str);
    let stated = stated.and_then(lookup::named);
    let actual = stated.filter(|it| it.is_a(target.name)).unwrap_or(target);
    let mut link = Object::new();
    for (name, value) in given {
        if name == "@odata.id" || name.eq_ignore_ascii_case("id") {
            let text = value
                .as_str()
                .ok_or_else(|| unreadable(target, "an id as Edm.String"))?;
            link.insert(name.to_ascii_lowercase(), text.into());
        } else if !name.contains('@') && !rules.is_undefined(actual, name) {
            find(actual, name, ApiVersion::Beta)?;
        }
    }
    match link.is_empty() {
        true => Err(unreadable(target, "a reference with an 'id'")),
        false => Ok(Value::Object(link)),
    }
}

/// Whether a value is a masked secret: asterisks.
pub(crate) fn is_mask(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte == b'*'))
}

fn is_int32(value: &Value) -> bool {
    value
        .as_i64()
        .is_some_and(|number| i32::try_from(number).is_ok())
}

fn items(value: &Value) -> Option<&Vec<Value>> {
    value.as_array()
}

fn type_mismatch(property: &Property, expected: &str) -> GraphError {
    GraphError::bad_request(format!(
        "Cannot convert the value of property '{}': {expected} was expected.",
        property.name
    ))
}

fn unreadable(of: &Type, expected: &str) -> GraphError {
    GraphError::bad_request(format!(
        "Cannot read the value given for 'microsoft.graph.{}': {expected} was expected.",
        of.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: Rules<'static> = Rules {
        version: ApiVersion::V1,
        is_stored: &|name| name == "newer",
    };

    #[test]
    fn undefined_property_is_taken_if_an_object_of_the_tenant_has_it() {
        let of = "userAttributeValuesItem";
        let given = json!({"name": "Small", "newer": {"a": [1]}});
        let checked = body(of, &given, Purpose::Update, &V1).map_err(|_| ());
        assert_eq!(checked.map(Value::Object), Ok(given));
        let other = json!({"name": "Small", "other": 1});
        assert!(body(of, &other, Purpose::Update, &V1).is_err());
    }

    #[test]
    fn bind_links_the_first_of_a_list() {
        let of = "onAttributeCollectionExternalUsersSelfServiceSignUp";
        let addresses = json!([
            "https://graph/attributes('email')",
            "https://graph/attributes('city')"
        ]);
        let given = json!({"attributes@odata.bind": addresses, "attributeCollectionPage": {}});
        let checked = body(of, &given, Purpose::Create, &V1).map_err(|_| ());
        let expected = json!([{"@odata.id": "https://graph/attributes('email')"}]);
        assert_eq!(
            checked.map(|checked| checked["attributes"].clone()),
            Ok(expected)
        );
        let wrong = json!({"attributeCollectionPage@odata.bind": "https://graph"});
        assert!(body(of, &wrong, Purpose::Create, &V1).is_err());
    }

    #[test]
    fn complete_update_requires_the_properties_that_a_create_requires() {
        let of = "userAttributeValuesItem";
        let check = |value: &Value, purpose| body(of, value, purpose, &V1);
        let (all, part) = (
            json!({"name": "Small", "value": "S", "isDefault": true}),
            json!({"name": "Small"}),
        );
        for purpose in [Purpose::Create, Purpose::CompleteUpdate] {
            assert!(check(&all, purpose).is_ok());
            assert!(check(&part, purpose).is_err());
        }
        assert!(check(&part, Purpose::Update).is_ok());
    }
}
