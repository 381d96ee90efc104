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
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    collection: Collection {
        path: "/applications",
        query: "&$select=appId,displayName",
        ..Kind::PLAIN.collection
    },
    id: "appId",
    permissions: Permissions {
        read: "Application.Read.All",
        write: "Application.ReadWrite.All",
    },
    alternative_read_permissions: &["Application.ReadWrite.OwnedBy", "Directory.Read.All"],
    page: "application",
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
