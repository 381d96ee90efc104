//! For each question that a tenant can answer, how its answer is seen.
//! Pure functions of observations: `probe` makes them.

pub(super) mod events_flows;
pub(super) mod objects;
pub(super) mod protocol;
pub(super) mod user_flows;

/// Why a question of a flow is open.
const NO_FLOW: &str = "no flow of the tenant shows it";
