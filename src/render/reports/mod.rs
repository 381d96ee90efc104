//! The values that `render` writes, as far as `plan`, `apply` and `drift` do not already have one.
//!
//! Plain values; they contain no text of an output.

mod files;
mod probe;
mod run;
mod whoami;

pub use files::{ConversionReport, ExportReport};
pub use probe::ProbeResult;
pub use run::{
    ApplyResult, DriftResult, PendingTests, PlanWithCost, ReadStats, RequestEstimate, RunError,
    RunOrigin, RunReport, TenantSummary,
};
pub use whoami::{RequiredPermission, RequiredRole, TokenIdentity, WhoamiReport};
