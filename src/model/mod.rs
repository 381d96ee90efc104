//! The nouns of entraflow: addresses, values, references, resources.
//!
//! Names no kind of Graph object, reads no file and sends no request.

mod address;
mod audit;
mod namesakes;
mod ownership;
mod path;
mod placeholder;
mod reference;
mod request;
mod resource;
#[cfg(test)]
pub mod samples;
mod saved;
mod secret;
mod severity;
#[cfg(test)]
pub mod strategies;
mod value;

pub use address::{Address, InvalidAddress};
pub use audit::{Actor, AuditEntries, AuditEntry};
pub use namesakes::Namesakes;
pub use ownership::Ownership;
pub use path::{FieldPath, PathSegment};
pub use placeholder::Placeholder;
pub use reference::{ObjectId, Reference};
pub use request::{BatchMode, Method, Version};
pub use resource::{Item, Items, ListSemantics, Presence, Resource, Resources};
pub use saved::{SAVED_PLAN, SAVED_REQUEST, SNAPSHOT, SavedFile};
pub use secret::{Certificate, Encoding, RedactedText, Secret, SecretSource};
pub use severity::Severity;
pub use value::{
    FieldChange, Fields, Name, Named, Value, canonical_number, completes_command, document, named,
    printable, printable_json, shown_name,
};
