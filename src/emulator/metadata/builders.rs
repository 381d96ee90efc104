//! Constructors in which the tables of types are written.
//! Holds no type itself: `tables` does.

use crate::emulator::metadata::types::{Mutability, Property, PropertyType, Type};

pub(crate) const fn property(name: &'static str, kind: PropertyType) -> Property {
    Property {
        name,
        kind,
        access: Mutability::Always,
        required: false,
        nullable: true,
        secret: false,
        beta: false,
        shown_early: false,
        pascal: false,
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
            access: Mutability::OnCreate,
            ..self
        }
    }
    pub(crate) const fn read_only(self) -> Self {
        Self {
            access: Mutability::Never,
            ..self
        }
    }
    pub(crate) const fn not_null(self) -> Self {
        Self {
            nullable: false,
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
    /// Of a beta property: v1.0 shows it, too.
    pub(crate) const fn shown_early(self) -> Self {
        Self {
            shown_early: true,
            ..self
        }
    }
    pub(crate) const fn pascal(self) -> Self {
        Self {
            pascal: true,
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
