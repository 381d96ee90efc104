//! The types of sign-in identifiers.
//! Holds no logic.

use crate::emulator::metadata::builders::{concrete, property, string};
use crate::emulator::metadata::types::{PropertyType, Type};

/// The sign-in identifiers. A body may name the base type, as the page of the update does; its updates require both
/// properties.
pub(crate) static TYPES: &[Type] = &[
    concrete(
        "signInIdentifierBase",
        None,
        &[
            string("name").required().not_null(),
            property("isEnabled", PropertyType::Boolean).not_null(),
        ],
    ),
    concrete("emailSignInIdentifier", Some("signInIdentifierBase"), &[]),
    concrete("upnSignInIdentifier", Some("signInIdentifierBase"), &[]),
    concrete(
        "usernameSignInIdentifier",
        Some("signInIdentifierBase"),
        &[],
    ),
    // The pages write `validationRegex`; the names of properties are compared without regard to case.
    concrete(
        "customUsernameSignInIdentifier",
        Some("signInIdentifierBase"),
        &[string("validationRegEx")],
    ),
];
