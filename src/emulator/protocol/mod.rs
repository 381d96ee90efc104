//! Graph's protocol: requests, query options, validation of bodies, the shape of responses and errors.
//! Knows no kind of object.

pub(crate) mod assumed;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod context;
pub(crate) mod filter;
pub(crate) mod query;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod view;
