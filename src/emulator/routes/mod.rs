//! Which method on which path is answered by which handler, with which permission, in which type of tenant.
//! Never answers a request itself.

pub(crate) mod matching;
pub(crate) mod table;
