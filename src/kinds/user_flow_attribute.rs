//! `userFlowAttribute`: something that a flow can ask a person for, beyond what Microsoft built in.
//!
//! Graph pages: identityUserFlowAttribute, identityuserflowattribute-post, -update. Graph makes the id
//! (`extension_{app}_{name}`) and it must not be computed; only `description` can change. The built-in ids are
//! those of the External ID page on user attributes; B2C examples spell them with a capital.

use schemars::JsonSchema;

use super::words::{Clearable, Words};
use super::{
    BuiltIn, CloudName, Collection, Kind, Naming, Permissions, TenantType, Version, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "userFlowAttribute",
    summary: "A custom attribute that user flows can collect. Built-in ones are referred to, never declared.",
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    clouds: &[CloudName::Global, CloudName::China],
    collection: Collection {
        version: Version::V1,
        path: "/identity/userFlowAttributes",
        query: "",
        odata_type: None,
    },
    naming: Naming::Field("displayName"),
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
    create_only: &["displayName", "dataType"],
    permissions: Permissions {
        read: "IdentityUserFlow.Read.All",
        write: "IdentityUserFlow.ReadWrite.All",
    },
    page: "identityuserflowattribute",
    spec: schema_of::<UserFlowAttribute>,
    ..Kind::PLAIN
};

/// A custom attribute that user flows can collect.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFlowAttribute {
    /// The id of the live attribute, as Graph made it. Only needed where two live attributes share a display name.
    pub id: Option<Words>,
    /// The name, which flows refer to. It cannot change.
    pub display_name: Words,
    /// What values the attribute takes. It cannot change.
    pub data_type: DataType,
    /// What the person who signs up is told about it.
    pub description: Option<Clearable<String>>,
}

/// What values an attribute takes.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DataType {
    /// A text.
    String,
    /// True or false.
    Boolean,
    /// A whole number.
    Int64,
    /// Several texts; on no page for creating, but in the type.
    StringCollection,
    /// A point in time; on no page for creating, but in the type.
    DateTime,
}
