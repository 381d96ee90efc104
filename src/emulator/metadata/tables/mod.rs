//! The table of types, written from the metadata and the reference pages, not from our client.
//! Holds no logic. If pages describe a property differently, a comment gives the reason for the choice.

mod directory;
mod event_listeners;
mod events_flows;
mod extensions;
mod providers;
mod sign_in_identifiers;
mod user_flows;

use crate::emulator::metadata::types::Type;

/// Every type, by the file that holds it.
pub(crate) static TABLES: [&[Type]; 7] = [
    user_flows::TYPES,
    providers::TYPES,
    events_flows::TYPES,
    event_listeners::TYPES,
    extensions::TYPES,
    directory::TYPES,
    sign_in_identifiers::TYPES,
];

// `unknownFutureValue`, which most enums of the metadata have, is omitted everywhere: requests never send it.
