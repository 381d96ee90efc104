//! `userFlowAttribute`: a custom attribute that user flows can collect.
//!
//! Graph pages: identityUserFlowAttribute, identityuserflowattribute-post, -update. Graph builds the id
//! (`extension_{app}_{name}`), which must not be computed; only `description` can be changed. The built-in ids are
//! those of the External ID page on user attributes; B2C examples capitalise them.

use schemars::JsonSchema;

use super::authentication_flows_policy::SELF_SERVICE_SIGN_UP;
use super::directory_roles::USER_FLOW_ATTRIBUTE_ADMINISTRATOR;
use super::spec_types::{Clearable, NonEmptyString};
use super::{
    AuditActivities, BuiltIn, CloudName, Collection, Kind, Permissions, TenantType, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "userFlowAttribute",
    summary: "A custom attribute that user flows can collect. Built-in attributes can be referred to, but not declared.",
    page: "identityuserflowattribute",
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    collection: Collection {
        built_in: BuiltIn {
            property: "userFlowAttributeType",
            values: &["builtIn", "required"],
            ids: &[
                "city",
                "country",
                "displayName",
                "email",
                "givenName",
                "jobTitle",
                "postalCode",
                "state",
                "streetAddress",
                "surname",
            ],
        },
        feature: Some(&SELF_SERVICE_SIGN_UP),
        ..Collection::v1("/identity/userFlowAttributes")
    },
    permissions: Permissions::new(
        "IdentityUserFlow.Read.All",
        "IdentityUserFlow.ReadWrite.All",
    )
    .administered_by(&[USER_FLOW_ATTRIBUTE_ADMINISTRATOR]),
    spec: schema_of::<UserFlowAttribute>,
    clouds: &[CloudName::Global, CloudName::China],
    create_only: &["displayName", "dataType"],
    audit: AuditActivities {
        create: &["Create user attribute"],
        update: &["Update user attribute"],
        delete: &["Delete user attribute"],
    },
    ..Kind::PLAIN
};

/// A custom attribute that user flows can collect.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFlowAttribute {
    /// The id of the live attribute. Required only if two live attributes share a display name.
    pub id: Option<NonEmptyString>,
    /// The display name, by which user flows refer to the attribute. It cannot be changed after create.
    pub display_name: NonEmptyString,
    /// The data type. It cannot be changed after create.
    pub data_type: DataType,
    /// The description.
    pub description: Option<Clearable<String>>,
}

/// The data type of an attribute.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DataType {
    /// A string.
    String,
    /// A boolean.
    Boolean,
    /// An integer.
    Int64,
    /// A list of strings; in Graph's metadata, but not on the page for creating.
    StringCollection,
    /// A date and time; in Graph's metadata, but not on the page for creating.
    DateTime,
}
