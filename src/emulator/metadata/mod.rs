//! The types of the emulated API, as data.
//! Never looks at a request or an answer.

pub(crate) mod builders;
pub(crate) mod lookup;
pub(crate) mod tables;
pub(crate) mod types;
