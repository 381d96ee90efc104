//! entraflow: plan and apply for the identity user flows of Microsoft Entra.

pub mod desired;
pub mod kinds;
pub mod model;
pub mod emulator;
pub mod graph;
