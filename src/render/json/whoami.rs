//! JSON output of `whoami`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::common::{FORMAT_VERSION, TenantView, write};
use crate::render::reports::{
    OptionalPermission, RequiredPermission, RequiredRole, TokenIdentity, WhoamiReport,
};

/// The output of `entraflow whoami --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoamiView<'a> {
    /// The kind of output: `whoami`. Marks the file, so that it is not read as a document.
    entraflow_report: &'static str,
    /// The version of this format: 1.
    format: u32,
    /// The tenant.
    tenant: TenantView,
    /// The sign-in method, in words; absent with `--offline`, which does not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_method: Option<&'a str>,
    /// The identity in the token; absent if the token is opaque, or without a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a TokenIdentity>,
    /// The permissions that the files require.
    required_permissions: &'a [RequiredPermission],
    /// The permissions without which a command works, but shows less.
    optional_permissions: &'a [OptionalPermission],
    /// The directory roles that the files require of a person; empty if an application signed in.
    required_roles: &'a [RequiredRole],
    /// Whether the token grants all required permissions; absent if the token is opaque, or without a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    sufficient: Option<bool>,
    /// How to get the missing permissions, or all of them without a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'a str>,
}

pub(in crate::render) fn whoami(out: &mut dyn Write, report: &WhoamiReport<'_>) -> io::Result<()> {
    write(out, &view(report))
}

fn view<'a>(report: &'a WhoamiReport<'_>) -> WhoamiView<'a> {
    let WhoamiReport {
        target,
        sign_in_method,
        identity,
        required_permissions,
        optional_permissions,
        required_roles,
        consent,
        now: _,
    } = report;
    WhoamiView {
        entraflow_report: "whoami",
        format: FORMAT_VERSION,
        tenant: TenantView::from(*target),
        sign_in_method: *sign_in_method,
        identity: identity.as_ref(),
        required_permissions,
        optional_permissions,
        required_roles,
        sufficient: required_permissions
            .iter()
            .map(|required| required.granted)
            .try_fold(true, |all, granted| Some(all && granted?)),
        consent: consent.as_deref(),
    }
}
