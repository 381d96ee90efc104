//! Constructors in which the tables of types are written.
//! Holds no type itself: `tables` does.

use crate::emulator::metadata::types::{Mutability, Property, PropertyType, Type};

pub(crate) const fn property(name: &'static str, property_type: PropertyType) -> Property {
    Property {
        name,
        property_type,
        mutability: Mutability::Always,
        required: false,
        nullable: true,
        default: None,
        secret: false,
        beta: false,
        returned_in_v1: false,
        pascal_case: false,
    }
}

pub(crate) const fn string(name: &'static str) -> Property {
    property(name, PropertyType::String)
}

impl Property {
    pub(crate) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }
    pub(crate) const fn create_only(self) -> Self {
        Self {
            mutability: Mutability::OnCreate,
            ..self
        }
    }
    pub(crate) const fn read_only(self) -> Self {
        Self {
            mutability: Mutability::Never,
            ..self
        }
    }
    pub(crate) const fn not_null(self) -> Self {
        Self {
            nullable: false,
            ..self
        }
    }
    pub(crate) const fn default(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }
    pub(crate) const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }
    pub(crate) const fn beta(self) -> Self {
        Self { beta: true, ..self }
    }
    /// For a beta property: v1.0 returns it too.
    pub(crate) const fn returned_in_v1(self) -> Self {
        Self {
            returned_in_v1: true,
            ..self
        }
    }
    pub(crate) const fn pascal_case(self) -> Self {
        Self {
            pascal_case: true,
            ..self
        }
    }
}

pub(crate) const fn concrete(
    name: &'static str,
    base: Option<&'static str>,
    properties: &'static [Property],
) -> Type {
    Type {
        name,
        base,
        is_abstract: false,
        properties,
    }
}

pub(crate) const fn abstract_type(name: &'static str, properties: &'static [Property]) -> Type {
    Type {
        name,
        base: None,
        is_abstract: true,
        properties,
    }
}

pub(crate) const fn derived_abstract(
    name: &'static str,
    base: &'static str,
    properties: &'static [Property],
) -> Type {
    Type {
        base: Some(base),
        ..abstract_type(name, properties)
    }
}
