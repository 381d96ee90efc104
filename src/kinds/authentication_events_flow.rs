//! `authenticationEventsFlow`: a user flow of External ID.
//!
//! Graph pages: authenticationEventsFlow, identitycontainer-post-authenticationeventsflows,
//! identitycontainer-list-authenticationeventsflows, authenticationeventsflow-update,
//! externalUsersSelfServiceSignUpEventsFlow and the pages of its parts. A flow is made with its providers, attributes and
//! applications, and Graph shows none of them in its answer; in listings it shows them all, unasked. `PATCH` wants the
//! type of each handler and replaces the views of the page as a whole, so each input is sent with all that it has. What
//! is asked for can be patched only where it was set before: attributes are linked first, which puts them on the page.
//! Reading the attributes of a flow without any answers 400. `priority` is in no table of what can change.

use schemars::JsonSchema;

use super::words::{Clearable, Reference, Regex, Words};
use super::{
    CloudName, Collection, Finding, Kind, Link, Meets, Member, Permissions, Questions, Stage,
    TenantType, Waypoint, schema_of,
};
use crate::model::{self, Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "authenticationEventsFlow",
    summary: "A user flow of External ID: how people sign up and in to applications.",
    tenants: &[TenantType::External],
    clouds: &[CloudName::Global],
    collection: Collection {
        path: "/identity/authenticationEventsFlows",
        odata_type: Some("externalUsersSelfServiceSignUpEventsFlow"),
        ..Kind::PLAIN.collection
    },
    create_only: &["priority"],
    links: &[
        Link {
            field: "identityProviders",
            path: "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/\
                   microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders",
            at_creation: true,
            is_listed: true,
            ..Link::PLAIN
        },
        Link {
            field: "attributes",
            path: "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAttributeCollection/\
                   microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes",
            at_creation: true,
            is_listed: true,
            empty_is_refused: true,
            ..Link::PLAIN
        },
        Link {
            field: "applications",
            path: "conditions/applications/includeApplications",
            member: Member::Object("appId"),
            at_creation: true,
            is_listed: true,
            exclusive: true,
            ..Link::PLAIN
        },
    ],
    permissions: Permissions {
        read: "EventListener.Read.All",
        write: "EventListener.ReadWrite.All",
    },
    journey: &[
        Waypoint {
            stage: Stage::Start,
            says: "Applications",
            meets: Meets::All("applications"),
            when: None,
        },
        Waypoint {
            stage: Stage::Provider,
            says: "identity provider",
            meets: Meets::Each("identityProviders"),
            when: None,
        },
        Waypoint {
            stage: Stage::Fork,
            says: "Has an account?",
            meets: Meets::Words,
            when: SIGN_UP,
        },
        Waypoint {
            stage: Stage::BeforePage,
            says: "extension, before the page",
            meets: Meets::Each("onAttributeCollectionStart"),
            when: None,
        },
        Waypoint {
            stage: Stage::Page,
            says: "The page asks for",
            meets: Meets::Page(Questions {
                views: Some(("attributeCollectionPage.views", "title")),
                list: "inputs",
                label: "label",
                optional: ("required", false),
                hidden: Some("hidden"),
                otherwise: Some("attributes"),
            }),
            when: None,
        },
        Waypoint {
            stage: Stage::BeforeAccount,
            says: "extension, after the page",
            meets: Meets::Each("onAttributeCollectionSubmit"),
            when: None,
        },
        Waypoint {
            stage: Stage::Account,
            says: "The account is made",
            meets: Meets::All("userTypeToCreate"),
            when: SIGN_UP,
        },
    ],
    check: Some(page),
    page: "externalusersselfservicesignupeventsflow",
    spec: schema_of::<AuthenticationEventsFlow>,
    ..Kind::PLAIN
};

/// Otherwise only those come through who have an account.
const SIGN_UP: Option<(&str, &[&str])> = Some(("isSignUpAllowed", &["true"]));

/// What the page asks for has to be collected.
fn page(fields: &Fields) -> Vec<Finding> {
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

fn uncollected(attribute: &model::Reference, view: usize, input: usize) -> Finding {
    let name = attribute.name();
    Finding {
        path: format!("attributeCollectionPage.views[{view}].inputs[{input}].attribute"),
        message: format!("the page asks for `{name}`, which the flow does not collect"),
        help: format!("add `{name}` to `attributes`, or take the input out"),
    }
}

/// A user flow of External ID: how people sign up and in to applications.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationEventsFlow {
    /// The id of the live flow, a GUID of Graph's. Only needed to rename a flow.
    pub id: Option<Words>,
    /// The name. No two flows of a tenant share one.
    pub display_name: Words,
    /// What the flow is for, in words.
    pub description: Option<Clearable<String>>,
    /// Which flow comes first where several could; 500 where nothing is said. It cannot change.
    pub priority: Option<i32>,
    /// The applications that people sign up and in to: each by its display name or its client id (`appId`). An
    /// application can be in one flow only.
    #[schemars(extend(
        "x-refers-to" = ["application"],
        "x-id" = "appId",
        "x-graph" = "conditions/applications/includeApplications"
    ))]
    pub applications: Option<Vec<Reference>>,
    /// Whether people can sign up; otherwise those who have an account can sign in.
    #[schemars(extend(
        "x-graph" = "onInteractiveAuthFlowStart:onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp/isSignUpAllowed"
    ))]
    pub is_sign_up_allowed: bool,
    /// Who people can sign up and in with: by id, or by display name for OpenID Connect providers. At least one.
    #[schemars(length(min = 1), extend(
        "x-refers-to" = ["socialIdentityProvider", "appleIdentityProvider", "oidcIdentityProvider"],
        "x-destination" = true,
        "x-graph" = "onAuthenticationMethodLoadStart:onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders"
    ))]
    pub identity_providers: Vec<Reference>,
    /// What people are asked for when they sign up: built-in attributes by id, custom ones by display name.
    #[schemars(extend(
        "x-refers-to" = ["userFlowAttribute"],
        "x-graph" = "onAttributeCollection:onAttributeCollectionExternalUsersSelfServiceSignUp/attributes"
    ))]
    pub attributes: Option<Vec<Reference>>,
    /// The page that asks.
    #[schemars(extend(
        "x-graph" = "onAttributeCollection:onAttributeCollectionExternalUsersSelfServiceSignUp/attributeCollectionPage"
    ))]
    pub attribute_collection_page: Option<Page>,
    /// The extension that is called before the page is shown.
    #[schemars(extend(
        "x-refers-to" = ["customAuthenticationExtension"],
        "x-destination" = true,
        "x-graph" = "onAttributeCollectionStart:onAttributeCollectionStartCustomExtensionHandler/customExtension"
    ))]
    pub on_attribute_collection_start: Option<Clearable<Reference>>,
    /// The extension that is called after the page was sent.
    #[schemars(extend(
        "x-refers-to" = ["customAuthenticationExtension"],
        "x-destination" = true,
        "x-graph" = "onAttributeCollectionSubmit:onAttributeCollectionSubmitCustomExtensionHandler/customExtension"
    ))]
    pub on_attribute_collection_submit: Option<Clearable<Reference>>,
    /// What people become who sign up.
    #[schemars(extend(
        "x-graph" = "onUserCreateStart:onUserCreateStartExternalUsersSelfServiceSignUp/userTypeToCreate"
    ))]
    pub user_type_to_create: Option<UserType>,
}

/// What people become who sign up.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UserType {
    /// Members of the tenant.
    Member,
    /// Guests.
    Guest,
}

/// The page that asks for attributes.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page {
    /// What the page shows, in order. The list is the whole list, and Graph replaces it as a whole.
    pub views: Vec<View>,
}

/// A stretch of a page.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct View {
    /// The heading.
    #[schemars(extend("default" = null))]
    pub title: Option<Clearable<String>>,
    /// What stands below it.
    #[schemars(extend("default" = null))]
    pub description: Option<Clearable<String>>,
    /// What is asked for, in order.
    pub inputs: Vec<Input>,
}

/// A question.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The attribute; it must be among those that the flow collects.
    #[schemars(extend("x-refers-to" = ["userFlowAttribute"], "x-id" = ""))]
    pub attribute: Reference,
    /// The label on the page.
    pub label: Words,
    /// The control on the page.
    pub input_type: InputType,
    /// What is there at first.
    #[schemars(extend("default" = null))]
    pub default_value: Option<Clearable<String>>,
    /// Whether people do not see it.
    #[schemars(extend("default" = false))]
    pub hidden: Option<bool>,
    /// Whether people can change it.
    #[schemars(extend("default" = true))]
    pub editable: Option<bool>,
    /// Whether the value is stored with the account.
    #[schemars(extend("default" = true))]
    pub write_to_directory: Option<bool>,
    /// Whether it must be filled in.
    #[schemars(extend("default" = false))]
    pub required: Option<bool>,
    /// What a value has to look like, a regular expression of .NET.
    #[schemars(extend("default" = "^.*"))]
    pub validation_reg_ex: Option<Regex>,
    /// What can be chosen; for `radioSingleSelect` and `checkboxMultiSelect`.
    #[schemars(extend("default" = []))]
    pub options: Option<Vec<Choice>>,
}

/// A control on a page.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum InputType {
    /// A line of text.
    Text,
    /// One of some round buttons.
    RadioSingleSelect,
    /// Any of some boxes.
    CheckboxMultiSelect,
    /// One box.
    Boolean,
}

/// What can be chosen.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// The text on the page.
    pub label: Words,
    /// The value that is stored.
    pub value: Words,
}
