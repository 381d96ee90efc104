//! Which documents the files hold: files found and read, includes followed, values inserted, patches applied.
//! Asks each document for its kind, name and presence only; `objects` reads the other fields.

pub(super) mod document;
pub mod files;
pub(super) mod gather;
mod include;
pub(super) mod merge;
pub(super) mod patch;
mod read;
mod redact;
pub(super) mod tenants;
pub(super) mod values;
