//! The nouns of entraflow: addresses, values, references, resources.
//!
//! Nothing here knows a kind of Graph object by name, a file, or HTTP.

mod address;
mod reference;
mod resource;
mod saved;
mod secret;
mod value;

pub use address::{Address, InvalidAddress};
pub use reference::{ObjectId, Reference};
pub use resource::{Discipline, Item, Items, Presence, Resource, Resources};
pub use saved::{SAVED_PLAN, is_report, is_saved_plan};
pub use secret::{Certificate, Encoding, Hidden, Secret, SecretSource};
pub use value::{FieldChange, Fields, Value, document, printable};
