//! Commands that write files: an export and a conversion, each with what its output also shows.

use std::path::Path;

use crate::convert::Conversion;
use crate::export::ExportResult;
use crate::model::Address;
use crate::plan::TargetTenant;

/// An export, and what its output also shows.
pub struct ExportReport<'a> {
    /// The tenant.
    pub target: &'a TargetTenant,
    /// The export.
    pub export: &'a ExportResult,
    /// The declared objects that do not exist in the tenant.
    pub missing: &'a [Address],
    /// The parts of objects that Graph refuses to read, each with the reason.
    pub unread: Vec<String>,
    /// Number of requests.
    pub requests: u64,
    /// Number of round trips for these requests.
    pub round_trips: u64,
    /// The directory to plan with.
    pub directory: &'a Path,
}

/// A conversion, and what its output also shows.
pub struct ConversionReport<'a> {
    /// The name of the source tenant.
    pub name: &'a str,
    /// The conversion.
    pub conversion: &'a Conversion,
    /// The directory of the new tenant.
    pub directory: &'a Path,
}
