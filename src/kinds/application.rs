//! `application`: an application that is registered in the tenant. Flows and listeners refer to it; entraflow only
//! reads it.
//!
//! Graph pages: application, application-list. Other objects refer to an application by `appId`, its client id, not
//! by `id`. A display name is not unique.

use schemars::JsonSchema;

use super::spec_types::{Guid, NonEmptyString};
use super::{Collection, Kind, Permissions, TenantType, schema_of};

pub(crate) static FOREIGN: Kind = Kind {
    name: "application",
    summary: "An application that is registered in the tenant.",
    page: "application",
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    collection: Collection {
        query: "&$select=appId,displayName",
        id: "appId",
        ..Collection::v1("/applications")
    },
    permissions: Permissions {
        alternative_read: &["Application.ReadWrite.OwnedBy", "Directory.Read.All"],
        ..Permissions::new("Application.Read.All", "Application.ReadWrite.All")
    },
    spec: schema_of::<Application>,
    ..Kind::PLAIN
};

/// An application that is registered in the tenant.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Application {
    /// The application (client) id.
    pub app_id: Guid,
    /// The display name.
    pub display_name: NonEmptyString,
}
