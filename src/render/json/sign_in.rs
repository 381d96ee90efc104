//! JSON output of `check-sign-in`.

use schemars::JsonSchema;
use serde::Serialize;

use super::common::{LocationView, ReadRequestsView, ReportHeader, TenantView};
use crate::render::reports::{RunReport, SignInResult};
use crate::sign_in_check::{SignInEntry, SignInReport};

/// The output of `entraflow check-sign-in --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    #[serde(flatten)]
    header: ReportHeader,
    /// The tenant.
    tenant: TenantView,
    /// Whether no flow fails.
    success: bool,
    /// The flows of the files by address, each with an entry for each domain.
    sign_in: Vec<SignInEntryView>,
    /// The requests to read the tenant. Those for metadata are not among them.
    requests: ReadRequestsView,
}

/// What the metadata of a flow at one domain says.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignInEntryView {
    /// The flow, as kind/name.
    address: String,
    /// The address of the metadata; absent if nothing was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// works, notChecked, or missing in the tenant; or, of the address of the metadata, refused, redirected to another host,
    /// differs, or noAnswer.
    outcome: String,
    /// What was found.
    messages: Vec<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The location of the flow in the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationView>,
}

pub(super) fn view(run: &RunReport, result: &SignInResult) -> SignInView {
    let SignInResult {
        target,
        report,
        reading,
    } = result;
    SignInView {
        header: ReportHeader::of("signIn", run),
        tenant: TenantView::from(target),
        success: report.is_success(),
        sign_in: entries(run, report),
        requests: ReadRequestsView::from(*reading),
    }
}

pub(super) fn entries(run: &RunReport, report: &SignInReport) -> Vec<SignInEntryView> {
    let entry = |entry: &SignInEntry| {
        let SignInEntry { flow, url, outcome } = entry;
        SignInEntryView {
            address: flow.to_string(),
            url: url.clone(),
            outcome: outcome.as_str().to_owned(),
            messages: outcome.messages(),
            help: outcome.help().map(str::to_owned),
            location: run.declared_at(flow).map(LocationView::from),
        }
    };
    report.entries.iter().map(entry).collect()
}
