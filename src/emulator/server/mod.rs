//! The running emulator: socket, sign-in, faults, throttling, and the path of a request to its handler and back.
//! Never decides what a resource holds or what its responses contain.

pub(crate) mod assertion;
pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod control;
pub(crate) mod delivery;
pub(crate) mod directory_roles;
pub(crate) mod discovery;
pub(crate) mod execution;
pub(crate) mod faults;
pub(crate) mod form;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod identity_platform;
pub(crate) mod log;
pub(crate) mod oauth_error;
pub(crate) mod service;
pub(crate) mod sign_ins;
pub(crate) mod socket;
pub(crate) mod staleness;
pub(crate) mod tenants;
pub(crate) mod throttle;
pub(crate) mod tls;
pub(crate) mod token;
pub(crate) mod user_metadata;
