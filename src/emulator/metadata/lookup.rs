//! Finds types by name, and properties with those that a type inherits.
//! Holds no type itself: `tables` does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::emulator::metadata::tables::TABLES;
use crate::emulator::metadata::types::{Property, PropertyType, Type};

impl Type {
    /// The property of this name, compared without regard to case, own ones before inherited ones.
    pub(crate) fn property(&'static self, name: &str) -> Option<&'static Property> {
        let own = self
            .properties
            .iter()
            .find(|property| property.name.eq_ignore_ascii_case(name));
        own.or_else(|| self.base.and_then(named)?.property(name))
    }

    /// Every property, inherited ones last and without those that the type redefines.
    pub(crate) fn all_properties(&'static self) -> Vec<&'static Property> {
        let mut all: Vec<_> = self.properties.iter().collect();
        for inherited in self
            .base
            .and_then(named)
            .map(Type::all_properties)
            .unwrap_or_default()
        {
            if all.iter().all(|own| own.name != inherited.name) {
                all.push(inherited);
            }
        }
        all
    }

    /// Whether this type is `ancestor` or derives from it.
    pub(crate) fn is_a(&'static self, ancestor: &str) -> bool {
        self.name == ancestor
            || self
                .base
                .and_then(named)
                .is_some_and(|base| base.is_a(ancestor))
    }
}

/// Whether any type has a property of this name.
pub fn is_property(name: &str) -> bool {
    properties().any(|property| property.name == name)
}

/// Whether a text is a value of the enumeration of any property of this name, in any case.
pub fn is_enumeration_value(property: &str, text: &str) -> bool {
    let named = properties().filter(|known| known.name == property);
    named.into_iter().any(|known| match known.property_type {
        PropertyType::Enum(values) => values.iter().any(|value| value.eq_ignore_ascii_case(text)),
        _ => false,
    })
}

/// Whether every property of this name is an enumeration.
pub(crate) fn is_enumeration(property: &str) -> bool {
    ENUMERATIONS.contains_key(property)
}

/// The value of an enumeration in the spelling of the metadata, where every property of this name is an enumeration.
pub(crate) fn enumeration_value(property: &str, text: &str) -> Option<&'static str> {
    let values = ENUMERATIONS.get(property)?.iter().copied();
    values
        .into_iter()
        .find(|value| value.eq_ignore_ascii_case(text))
}

/// The values of the properties that are enumerations in every type that has them, by name.
static ENUMERATIONS: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut enumerations: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for property in properties() {
        match property.property_type {
            PropertyType::Enum(values) => {
                enumerations
                    .entry(property.name)
                    .or_default()
                    .extend(values);
            }
            _ => drop(others.insert(property.name)),
        }
    }
    enumerations.retain(|name, _| !others.contains(name));
    enumerations
});

fn properties() -> impl Iterator<Item = &'static Property> {
    let types = TABLES.into_iter().flatten();
    types.flat_map(|known| known.properties)
}

/// The type that an `@odata.type` or a cast segment names: with or without `#`, in any case, with the short namespace
/// of the SDKs or the long one of the draft pages.
pub(crate) fn named(name: &str) -> Option<&'static Type> {
    let lower = name.trim_start_matches('#').to_ascii_lowercase();
    let bare = [
        "microsoft.graph.",
        "graph.",
        "microsoft.cpim.api.datamodels.",
    ]
    .iter()
    .find_map(|namespace| lower.strip_prefix(namespace))
    .unwrap_or(&lower);
    // Names that the pages use and the metadata does not.
    let bare = match bare {
        "builtinuserflowattribute" => "identityBuiltInUserFlowAttribute",
        "customuserflowattribute" => "identityCustomUserFlowAttribute",
        "invokeuserflowaction" => "invokeUserFlowListener",
        other => other,
    };
    TABLES
        .into_iter()
        .flatten()
        .find(|candidate| candidate.name.eq_ignore_ascii_case(bare))
}
