//! entraflow: plan and apply for the identity user flows of Microsoft Entra.

pub mod apply;
pub mod cli;
pub mod desired;
pub mod diff;
pub mod emulator;
pub mod exit;
pub mod graph;
pub mod kinds;
pub mod live;
pub mod model;
pub mod plan;
pub mod render;
pub mod report;
pub mod schema;
pub mod verify;
