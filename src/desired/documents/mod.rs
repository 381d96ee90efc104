//! Which documents the files hold: files found and read, includes followed, values inserted, patches applied.
//! Asks each document for its kind, name and presence only; `objects` reads the other fields.

pub(super) mod budget;
pub(super) mod document;
pub(super) mod files;
pub(super) mod gather;
mod ignore_file;
mod include;
pub(super) mod merge;
pub(super) mod patch;
mod read;
pub(super) mod recognise;
mod redact;
pub(super) mod select;
pub(super) mod tenants;
pub(super) mod unread;
pub(super) mod values;
mod walk;

pub use walk::FACTS;
