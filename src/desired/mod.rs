//! Files to the desired state.

pub mod files;
pub mod problem;
pub mod yaml;
