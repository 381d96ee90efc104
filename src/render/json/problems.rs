//! JSON output of runs that did not get beyond the files.

use schemars::JsonSchema;
use serde::Serialize;

use super::common::ReportHeader;
use crate::render::reports::{RunReport, TenantSummary};

/// The output of `entraflow validate --format json`, and of every other command that did not get further.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemsView {
    #[serde(flatten)]
    header: ReportHeader,
    /// Whether the files are valid.
    success: bool,
    /// The tenant, if its document was readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<NamedTenantView>,
    /// The number of declared objects; 0 if the files are invalid.
    objects: usize,
}

/// A tenant as its document names it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NamedTenantView {
    /// Its name in the files.
    name: String,
    /// Its domain or GUID.
    tenant_id: String,
}

pub(super) fn view(run: &RunReport) -> ProblemsView {
    let tenant = run.tenant.as_ref().map(
        |TenantSummary {
             name,
             tenant_id,
             span: _,
         }| NamedTenantView {
            name: name.clone(),
            tenant_id: tenant_id.clone(),
        },
    );
    ProblemsView {
        header: ReportHeader::of("problems", run),
        success: !run.is_incomplete(),
        tenant,
        objects: run.declared.len(),
    }
}
