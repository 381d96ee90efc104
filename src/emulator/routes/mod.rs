//! Which method on which path is answered by which handler, with which permission, in which type of tenant.
//! Never answers a request itself.

pub(crate) mod audited;
pub(crate) mod catalogue;
pub(crate) mod matching;
pub(crate) mod path;
pub(crate) mod route;
pub(crate) mod table;
pub(crate) mod tenant_types;
