//! What an emulated tenant holds: its objects, applications, clock, and the file that keeps them.
//! Never validates a request and never makes an answer.

pub(crate) mod application;
pub(crate) mod built_in;
pub(crate) mod clock;
pub(crate) mod collection;
pub(crate) mod ids;
pub(crate) mod keys;
pub(crate) mod object;
pub(crate) mod references;
pub(crate) mod store;
pub(crate) mod tenant_type;
