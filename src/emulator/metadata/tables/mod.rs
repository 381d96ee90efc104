//! The table of types, written from the metadata and the reference pages, not from our client.
//! Holds no logic. A property that several pages describe differently carries the reason beside it.

mod directory;
mod event_listeners;
mod events_flows;
mod extensions;
mod providers;
mod user_flows;

use crate::emulator::metadata::types::Type;

/// Every type, by the file that holds it.
pub(crate) static TABLES: [&[Type]; 6] = [
    user_flows::TYPES,
    providers::TYPES,
    events_flows::TYPES,
    event_listeners::TYPES,
    extensions::TYPES,
    directory::TYPES,
];

// `unknownFutureValue` is in the metadata of most enums; the service has no use for it, so it is not listed anywhere.
