//! `userFlowListener`: the applications that start a B2X flow.
//!
//! Graph pages: authenticationEventsPolicy, authenticationeventspolicy-post-onsignupstart,
//! authenticationlistener-update, invokeUserFlowListener; beta only, and in no SDK. Graph returns the flow only if it
//! is expanded. A listener has no name, so it has the name of its flow; if a flow has several listeners, `id:`
//! selects one.

use schemars::JsonSchema;

use super::directory_roles::APPLICATION_ADMINISTRATOR;
use super::spec_types::{Guid, NonEmptyString, ObjectRef};
use super::{
    AuditActivities, Collection, Constraints, Diagram, DiagramNode, FlowRelation, JourneyStage,
    Kind, Naming, NodeContent, Permissions, TenantType, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "userFlowListener",
    summary: "The applications that start a b2x flow.",
    page: "invokeuserflowlistener",
    tenants: &[TenantType::Workforce],
    collection: Collection {
        odata_type: Some("invokeUserFlowListener"),
        query: "?$expand=microsoft.graph.invokeUserFlowListener/userFlow",
        ..Collection::beta("/identity/events/onSignupStart")
    },
    // No page names the permission to read; the permission manifest does.
    permissions: Permissions::new(
        "Policy.Read.All",
        "Policy.ReadWrite.ApplicationConfiguration",
    )
    .administered_by(&[APPLICATION_ADMINISTRATOR]),
    spec: schema_of::<UserFlowListener>,
    naming: Naming::Field("userFlow"),
    create_only: &["userFlow"],
    constraints: Constraints {
        names_may_repeat: true,
        ..Constraints::NONE
    },
    diagram: Diagram {
        nodes: &[DiagramNode {
            stage: JourneyStage::Start,
            label: "Applications",
            content: NodeContent::All("applications"),
            when: None,
        }],
        flow_relation: Some(FlowRelation::Flow("userFlow")),
    },
    audit: AuditActivities {
        create: &["Update authenticationEventsPolicy"],
        update: &["Update authenticationEventsPolicy"],
        delete: &["Update authenticationEventsPolicy"],
    },
    ..Kind::PLAIN
};

/// The applications that start a b2x flow.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFlowListener {
    /// The id (a GUID) of the live listener. Required only if a flow has several listeners.
    pub id: Option<NonEmptyString>,
    /// The flow that is started. It cannot be changed after create.
    #[schemars(extend("x-refers-to" = ["b2xUserFlow"]))]
    pub user_flow: ObjectRef,
    /// The client ids of the applications that start the flow.
    #[schemars(extend("x-graph" = "sourceFilter/includeApplications", "x-role" = "applications"))]
    pub applications: Vec<Guid>,
    /// The priority; listeners are evaluated in ascending order.
    #[schemars(range(min = 0))]
    pub priority: i32,
}
