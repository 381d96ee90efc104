//! `authenticationEventsFlow`: a user flow of External ID.
//!
//! Graph pages: authenticationEventsFlow, identitycontainer-post-authenticationeventsflows,
//! identitycontainer-list-authenticationeventsflows, authenticationeventsflow-update,
//! externalUsersSelfServiceSignUpEventsFlow and the pages of its parts. Create accepts identity providers, attributes
//! and applications, and its response contains none of them; a listing contains them all. `PATCH` requires the type
//! of each handler and replaces the views of the page as a whole, so each input is sent completely. The attributes of
//! the page can be patched only if they are linked, so attributes are linked first, which adds them to the page. A
//! GET of the attributes of a flow without any returns 400. The update page does not list `priority`.

use schemars::JsonSchema;

use super::directory_roles::USER_FLOW_ADMINISTRATOR;
use super::spec_types::{Clearable, NonEmptyString, ObjectRef, Regex};
use super::{
    AtCreation, AuditActivities, CloudName, Collection, Constraints, CreateNeed, Diagram,
    DiagramNode, JourneyStage, Kind, Link, Member, NodeContent, PageInputs, Parts, Permissions,
    SignIn, TenantType, Violation, schema_of,
};
use crate::model::{self, Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "authenticationEventsFlow",
    summary: "A user flow of External ID: sign-up and sign-in of external users.",
    page: "externalusersselfservicesignupeventsflow",
    tenants: &[TenantType::External],
    collection: Collection {
        odata_type: Some("externalUsersSelfServiceSignUpEventsFlow"),
        ..Collection::v1("/identity/authenticationEventsFlows")
    },
    permissions: Permissions::new("EventListener.Read.All", "EventListener.ReadWrite.All")
        .administered_by(&[USER_FLOW_ADMINISTRATOR]),
    spec: schema_of::<AuthenticationEventsFlow>,
    clouds: &[CloudName::Global],
    create_only: &["priority"],
    parts: Parts {
        links: &[
            Link {
                field: "identityProviders",
                path: "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/\
                   microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders",
                at_creation: AtCreation::Kept,
                is_listed: true,
                ..Link::PLAIN
            },
            Link {
                field: "attributes",
                path: "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAttributeCollection/\
                   microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes",
                at_creation: AtCreation::Kept,
                is_listed: true,
                empty_is_refused: true,
                ..Link::PLAIN
            },
            Link {
                field: "applications",
                path: "conditions/applications/includeApplications",
                member: Member::Object("appId"),
                at_creation: AtCreation::Kept,
                is_listed: true,
                exclusive: true,
                ..Link::PLAIN
            },
        ],
        ..Parts::NONE
    },
    constraints: Constraints {
        check: Some(page),
        create_needs: &[CreateNeed::with("attributes", "attributeCollectionPage")],
        ..Constraints::NONE
    },
    diagram: Diagram {
        nodes: &[
            DiagramNode {
                stage: JourneyStage::Start,
                label: "Applications",
                content: NodeContent::All("applications"),
                when: None,
            },
            DiagramNode {
                stage: JourneyStage::Provider,
                label: "identity provider",
                content: NodeContent::Each("identityProviders"),
                when: None,
            },
            DiagramNode {
                stage: JourneyStage::Fork,
                label: "Has an account?",
                content: NodeContent::LabelOnly,
                when: SIGN_UP,
            },
            DiagramNode {
                stage: JourneyStage::BeforePage,
                label: "extension, before the page",
                content: NodeContent::Each("onAttributeCollectionStart"),
                when: None,
            },
            DiagramNode {
                stage: JourneyStage::Page,
                label: "The page asks for",
                content: NodeContent::Page(PageInputs {
                    views: Some(("attributeCollectionPage.views", "title")),
                    list: "inputs",
                    label: "label",
                    optional: ("required", false),
                    hidden: Some("hidden"),
                    otherwise: Some("attributes"),
                }),
                when: None,
            },
            DiagramNode {
                stage: JourneyStage::BeforeAccount,
                label: "extension, after the page",
                content: NodeContent::Each("onAttributeCollectionSubmit"),
                when: None,
            },
            DiagramNode {
                stage: JourneyStage::Account,
                label: "The account is created",
                content: NodeContent::All("userTypeToCreate"),
                when: SIGN_UP,
            },
        ],
        ..Diagram::NONE
    },
    sign_in: Some(SignIn::AtTenant {
        applications: "applications",
    }),
    audit: AuditActivities {
        create: &["Create authenticationEventsFlow"],
        update: &["Update authenticationEventsFlow"],
        delete: &["Delete authenticationEventsFlow"],
    },
    ..Kind::PLAIN
};

/// Without sign-up, only users with an account pass.
const SIGN_UP: Option<(&str, &[&str])> = Some(("isSignUpAllowed", &["true"]));

/// Every attribute on the page must be collected by the flow.
fn page(fields: &Fields) -> Vec<Violation> {
    let list = |fields: &Fields, name: &str| match fields.get(name) {
        Some(Value::List(values)) => values.clone(),
        _ => Vec::new(),
    };
    let inner = |value: &Value, name: &str| match value {
        Value::Map(fields) => list(fields, name),
        _ => Vec::new(),
    };
    let Some(page) = fields.get("attributeCollectionPage") else {
        return Vec::new();
    };
    let collected = list(fields, "attributes");
    let mut findings = Vec::new();
    for (view_index, view) in inner(page, "views").iter().enumerate() {
        for (index, input) in inner(view, "inputs").iter().enumerate() {
            let Value::Map(input) = input else { continue };
            let Some(Value::Reference(attribute)) = input.get("attribute") else {
                continue;
            };
            if !collected.contains(&Value::Reference(attribute.clone())) {
                findings.push(uncollected(attribute, view_index, index));
            }
        }
    }
    findings
}

fn uncollected(attribute: &model::Reference, view: usize, input: usize) -> Violation {
    let name = attribute.name();
    Violation {
        path: format!("attributeCollectionPage.views[{view}].inputs[{input}].attribute"),
        message: format!("the page asks for `{name}`, which the flow does not collect"),
        help: format!("add `{name}` to `attributes`, or remove the input"),
    }
}

/// A user flow of External ID: sign-up and sign-in of external users.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationEventsFlow {
    /// The id (a GUID) of the live flow. Never required: display names are unique, and `renamedFrom` renames a flow.
    pub id: Option<NonEmptyString>,
    /// The display name, which is unique in the tenant.
    pub display_name: NonEmptyString,
    /// The description.
    pub description: Option<Clearable<String>>,
    /// The priority if several flows apply to an application; Graph's default is 500. It cannot be changed after
    /// create.
    pub priority: Option<i32>,
    /// The applications that use the flow, each by display name or client id (`appId`). An application can be in one
    /// flow only.
    #[schemars(extend(
        "x-refers-to" = ["application"],
        "x-role" = "applications",
        "x-id" = "appId",
        "x-graph" = "conditions/applications/includeApplications"
    ))]
    pub applications: Option<Vec<ObjectRef>>,
    /// Whether users can sign up. If not, only existing users can sign in.
    #[schemars(extend(
        "x-role" = "signUp",
        "x-graph" = "onInteractiveAuthFlowStart:onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp/isSignUpAllowed"
    ))]
    pub is_sign_up_allowed: bool,
    /// The identity providers, by id, or by display name for OpenID Connect providers. At least one.
    #[schemars(length(min = 1), extend(
        "x-refers-to" = ["socialIdentityProvider", "appleIdentityProvider", "oidcIdentityProvider"],
        "x-destination" = true,
        "x-role" = "signIn",
        "x-graph" = "onAuthenticationMethodLoadStart:onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders"
    ))]
    pub identity_providers: Vec<ObjectRef>,
    /// The attributes that are collected at sign-up: built-in ones by id, custom ones by display name.
    #[schemars(extend(
        "x-refers-to" = ["userFlowAttribute"],
        "x-graph" = "onAttributeCollection:onAttributeCollectionExternalUsersSelfServiceSignUp/attributes"
    ))]
    pub attributes: Option<Vec<ObjectRef>>,
    /// The attribute collection page.
    #[schemars(extend(
        "x-graph" = "onAttributeCollection:onAttributeCollectionExternalUsersSelfServiceSignUp/attributeCollectionPage"
    ))]
    pub attribute_collection_page: Option<AttributeCollectionPage>,
    /// The custom extension that is called before the attribute collection page is shown.
    #[schemars(extend(
        "x-refers-to" = ["customAuthenticationExtension"],
        "x-destination" = true,
        "x-graph" = "onAttributeCollectionStart:onAttributeCollectionStartCustomExtensionHandler/customExtension"
    ))]
    pub on_attribute_collection_start: Option<Clearable<ObjectRef>>,
    /// The custom extension that is called after the attribute collection page is submitted.
    #[schemars(extend(
        "x-refers-to" = ["customAuthenticationExtension"],
        "x-destination" = true,
        "x-graph" = "onAttributeCollectionSubmit:onAttributeCollectionSubmitCustomExtensionHandler/customExtension"
    ))]
    pub on_attribute_collection_submit: Option<Clearable<ObjectRef>>,
    /// The user type of accounts that sign-up creates.
    #[schemars(extend(
        "x-graph" = "onUserCreateStart:onUserCreateStartExternalUsersSelfServiceSignUp/userTypeToCreate"
    ))]
    pub user_type_to_create: Option<UserType>,
}

/// The user type of accounts that sign-up creates.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UserType {
    /// Member.
    Member,
    /// Guest.
    Guest,
}

/// The attribute collection page.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeCollectionPage {
    /// The views of the page, in order. The list replaces the whole list in the tenant.
    pub views: Vec<PageView>,
}

/// A view: a section of a page.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageView {
    /// The title.
    pub title: Option<Clearable<String>>,
    /// The description below the title.
    pub description: Option<Clearable<String>>,
    /// The inputs, in order.
    #[schemars(extend("x-list-key" = "attribute"))]
    pub inputs: Vec<PageInput>,
}

/// An input for an attribute.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageInput {
    /// The attribute, which must also be in `attributes`.
    #[schemars(extend("x-refers-to" = ["userFlowAttribute"], "x-id" = ""))]
    pub attribute: ObjectRef,
    /// The label.
    pub label: NonEmptyString,
    /// The input type.
    pub input_type: PageInputType,
    /// The default value.
    pub default_value: Option<Clearable<String>>,
    /// Whether the input is hidden.
    pub hidden: Option<bool>,
    /// Whether users can edit the value.
    pub editable: Option<bool>,
    /// Whether the value is stored in the directory.
    pub write_to_directory: Option<bool>,
    /// Whether a value is required.
    #[schemars(extend("x-role" = "required"))]
    pub required: Option<bool>,
    /// The regular expression that a value must match, in .NET syntax.
    pub validation_reg_ex: Option<Regex>,
    /// The options of `radioSingleSelect` and `checkboxMultiSelect`.
    pub options: Option<Vec<PageInputOption>>,
}

/// The type of an input.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PageInputType {
    /// A text field.
    Text,
    /// Radio buttons.
    RadioSingleSelect,
    /// Several check boxes.
    CheckboxMultiSelect,
    /// One check box.
    Boolean,
}

/// An option.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageInputOption {
    /// The label.
    pub label: NonEmptyString,
    /// The stored value.
    pub value: NonEmptyString,
}
