//! Input of the `list` output.

use crate::model::{Address, ObjectId, Ownership};
use crate::plan::TargetTenant;
use crate::problem::Span;
use crate::render::reports::ReadStats;

/// The objects of a tenant.
pub struct ListReport<'a> {
    /// The tenant.
    pub target: &'a TargetTenant,
    /// The objects, grouped by kind.
    pub objects: Vec<ListedObject>,
    /// The kinds that could not be listed, each with the reason.
    pub unread: Vec<(&'static str, String)>,
    /// Why there may be fewer objects than expected.
    pub notes: Vec<String>,
    /// How the tenant was read.
    pub reading: ReadStats,
}

/// An object of a tenant.
pub struct ListedObject {
    /// Its kind and name.
    pub name: Address,
    /// Its id.
    pub id: ObjectId,
    /// Who decides about it; `None` if no files were read.
    pub ownership: Option<Ownership>,
    /// The location of its declaration, or of that of its name.
    pub span: Option<Span>,
}
