//! What an emulated tenant holds: its objects, applications and clock, and the file that stores them.
//! Never validates a request and never creates a response.

pub(crate) mod application;
pub(crate) mod audit_log;
pub(crate) mod built_in;
pub(crate) mod clock;
pub(crate) mod collection;
pub(crate) mod data_file;
pub(crate) mod ids;
pub(crate) mod keys;
pub(crate) mod object;
pub(crate) mod person;
pub(crate) mod references;
pub(crate) mod saved;
pub(crate) mod state_error;
pub(crate) mod store;
pub(crate) mod tenant_type;
