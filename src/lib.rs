//! entraflow: plan and apply for the identity user flows of Microsoft Entra.

pub mod desired;
pub mod diff;
pub mod emulator;
pub mod graph;
pub mod kinds;
pub mod model;
pub mod plan;
