//! The context of a request: the tenant's name and type, the URL, the version of the API, options.
//! Never changes while the emulator runs, except for the clock.

use crate::emulator::state::clock::Clock;
use crate::emulator::state::tenant_type::TenantType;

/// The version of the API that a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    V1,
    Beta,
}

impl ApiVersion {
    /// The first path segment.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

/// An emulated tenant and how to answer for it.
pub(crate) struct TenantContext {
    /// Tenant id or domain.
    pub(crate) name: String,
    pub(crate) tenant_type: TenantType,
    /// Of the emulator, without a slash at the end.
    pub(crate) url: String,
    /// Most items that a page of a collection holds; `None` leaves it to the assumptions.
    pub(crate) page_size: Option<usize>,
    pub(crate) clock: Clock,
}
