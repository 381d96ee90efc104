//! Input of the `probe` output.

use crate::plan::TargetTenant;
use crate::probe::{ProbeReport, Settled};

/// What a tenant answered to a probe.
pub struct ProbeResult<'a> {
    /// The tenant.
    pub target: &'a TargetTenant,
    /// What it says about each assumption.
    pub settled: &'a [Settled],
    /// The report without words of the tenant.
    pub report: &'a ProbeReport,
    /// The number of requests.
    pub requests: u64,
    /// The number of them that changed the tenant.
    pub writes: u64,
}
