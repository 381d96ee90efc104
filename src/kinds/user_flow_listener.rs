//! `userFlowListener`: which applications start which B2X flow.
//!
//! Graph pages: authenticationEventsPolicy, authenticationeventspolicy-post-onsignupstart, authenticationlistener-update,
//! invokeUserFlowListener; beta only, and in no SDK. The flow is read only when it is asked for. A listener has no
//! name, so it goes by that of its flow; where a flow has several, `id:` chooses.

use schemars::JsonSchema;

use super::words::{Guid, Reference, Words};
use super::{
    Collection, Joins, Kind, Meets, Naming, Permissions, Stage, TenantType, Version, Waypoint,
    schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "userFlowListener",
    summary: "Which applications start which b2x flow.",
    tenants: &[TenantType::Workforce],
    collection: Collection {
        version: Version::Beta,
        path: "/identity/events/onSignupStart",
        query: "?$expand=microsoft.graph.invokeUserFlowListener/userFlow",
        odata_type: Some("invokeUserFlowListener"),
    },
    naming: Naming::Field("userFlow"),
    create_only: &["userFlow"],
    permissions: Permissions {
        read: "Policy.ReadWrite.ApplicationConfiguration",
        write: "Policy.ReadWrite.ApplicationConfiguration",
    },
    journey: &[Waypoint {
        stage: Stage::Start,
        says: "Applications",
        meets: Meets::All("applications"),
        when: None,
    }],
    joins: Some(Joins::Flow("userFlow")),
    page: "invokeuserflowlistener",
    spec: schema_of::<UserFlowListener>,
    ..Kind::PLAIN
};

/// Which applications start which b2x flow.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFlowListener {
    /// The id of the live listener, a GUID of Graph's. Only needed where a flow has several listeners.
    pub id: Option<Words>,
    /// The flow that is started. It cannot change.
    #[schemars(extend("x-refers-to" = ["b2xUserFlow"]))]
    pub user_flow: Reference,
    /// The client ids of the applications that start it.
    #[schemars(extend("x-graph" = "sourceFilter/includeApplications"))]
    pub applications: Vec<Guid>,
    /// Listeners are asked from low to high.
    #[schemars(range(min = 0))]
    pub priority: i32,
}
