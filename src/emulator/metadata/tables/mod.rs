//! The table of types, written from the metadata and the reference pages, not from our client.
//! Holds no logic. A property that several pages describe differently carries the reason beside it.

mod directory;
mod event_listeners;
mod events_flows;
mod extensions;
mod providers;
mod user_flows;

use crate::emulator::metadata::types::{Access, Kind, Property, Type};

/// Every type, by the file that holds it.
pub(crate) static TABLES: [&[Type]; 6] = [
    user_flows::TYPES,
    providers::TYPES,
    events_flows::TYPES,
    event_listeners::TYPES,
    extensions::TYPES,
    directory::TYPES,
];

const fn property(name: &'static str, kind: Kind) -> Property {
    Property {
        name,
        kind,
        access: Access::Always,
        required: false,
        nullable: true,
        secret: false,
        beta: false,
        shown_early: false,
        pascal: false,
    }
}

const fn string(name: &'static str) -> Property {
    property(name, Kind::String)
}

impl Property {
    const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }
    const fn create_only(self) -> Self {
        Self {
            access: Access::OnCreate,
            ..self
        }
    }
    const fn read_only(self) -> Self {
        Self {
            access: Access::Never,
            ..self
        }
    }
    const fn not_null(self) -> Self {
        Self {
            nullable: false,
            ..self
        }
    }
    const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }
    const fn beta(self) -> Self {
        Self { beta: true, ..self }
    }
    /// Of a beta property: v1.0 shows it, too.
    const fn shown_early(self) -> Self {
        Self {
            shown_early: true,
            ..self
        }
    }
    const fn pascal(self) -> Self {
        Self {
            pascal: true,
            ..self
        }
    }
}

const fn concrete(
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

const fn abstract_type(name: &'static str, properties: &'static [Property]) -> Type {
    Type {
        name,
        base: None,
        is_abstract: true,
        properties,
    }
}

const fn derived_abstract(
    name: &'static str,
    base: &'static str,
    properties: &'static [Property],
) -> Type {
    Type {
        base: Some(base),
        ..abstract_type(name, properties)
    }
}

// `unknownFutureValue` is in the metadata of most enums; the service has no use for it, so it is not listed anywhere.
