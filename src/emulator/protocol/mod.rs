//! Graph's protocol: requests, query options, the check of bodies, the shape of answers and errors.
//! Knows no kind of object.

pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod filter;
pub(crate) mod view;
