//! The values that `render` writes, as far as `plan`, `apply` and `drift` do not already have one.
//!
//! Plain values; they contain no text of an output.

mod files;
mod list;
mod probe;
mod run;
mod saved;
mod whoami;

pub use files::{ConversionReport, ExportReport};
pub use list::{ListReport, ListedObject};
pub use probe::ProbeResult;
pub use run::{
    ApplyResult, DriftResult, PendingTests, PlanWithCost, ReadStats, RequestEstimate, Resume,
    RunError, RunOrigin, RunReport, SignInResult, TenantSummary,
};
pub use saved::SavedReport;
pub(in crate::render) use saved::{
    SavedChange, SavedDeviation, SavedMessage, SavedSignIn, SavedStep, SavedTenant,
};
pub use whoami::{
    OptionalPermission, RequiredPermission, RequiredRole, TokenIdentity, WhoamiReport,
};
