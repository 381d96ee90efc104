//! The context of a request: the tenant's name and type, the URL, the version of the API, options.
//! Never changes while the emulator runs, except for the clock.

use crate::emulator::state::clock::Clock;
use crate::emulator::state::tenant_type::TenantType;

/// How requests with `$expand` are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expand {
    /// They are answered where it is documented.
    #[default]
    Served,
    /// They are refused, and reads of events flows omit their providers, attributes and applications.
    Refused,
}

/// How a batch is answered that creates several objects of a collection in parallel. Which of both Graph does is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParallelCreates {
    /// All are executed.
    #[default]
    Served,
    /// One is executed; the others are refused with 409 `Directory_ConcurrencyViolation`, which applications are reported
    /// to answer.
    Refused,
}

/// What becomes of identity providers and API connectors in the create request of a user flow. Which of these Graph does is
/// not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InlineLinks {
    /// The flow has them.
    #[default]
    Kept,
    /// The flow is created without them.
    Dropped,
    /// The create is refused with 400.
    Refused,
}

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
    /// Most items that a page of a collection holds.
    pub(crate) page_size: usize,
    pub(crate) expand: Expand,
    pub(crate) parallel_creates: ParallelCreates,
    pub(crate) inline_links: InlineLinks,
    pub(crate) clock: Clock,
}
