//! The types of fields in a `Spec`: names, URLs, references, secrets, content.
//!
//! The types hold no data: each stands for a schema, which `Shape` compiles.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The keyword with the meaning of a schema for `Shape`.
pub(super) const MEANING: &str = "x-entraflow";
/// The keyword with the kinds that a reference can point to.
pub(super) const REFERS_TO: &str = "x-refers-to";
/// The keyword of a field that `null` clears.
pub(super) const CLEARABLE: &str = "x-clearable";
/// The keyword with the path of a field in Graph's payload, if it differs from its name: segments separated by `/`,
/// each optionally followed by `:` and the type name that Graph requires there.
pub(super) const GRAPH_PATH: &str = "x-graph";
/// The keyword of a field that decides where users, or their data, are sent.
pub(super) const DESTINATION: &str = "x-destination";
/// The keyword with the role of a field in the rules about dangers.
pub(super) const ROLE: &str = "x-role";
/// The keyword with the property that contains an id, if it is not `id`; empty if the id is the value itself.
pub(super) const ID_IN: &str = "x-id";
/// The keyword with Graph's documented default of a field.
pub(super) const GRAPH_DEFAULT: &str = "x-graph-default";
/// The keyword of a list with the field that identifies an item (Kubernetes: `listMapKey`).
pub(super) const LIST_KEY: &str = "x-list-key";
/// The keyword of a field that Graph may not show, although it has a value.
pub(super) const MAY_BE_HIDDEN: &str = "x-may-be-hidden";
/// The keyword with the version of Graph that has the field, if it is newer than that of the kind.
pub(super) const VERSION: &str = "x-version";
/// The keyword with the values of `type` for which a field is allowed.
pub(super) const ONLY_WITH: &str = "x-only-with";
/// The keyword of a field that is required for these values of `type`.
pub(super) const NEEDED: &str = "x-needed";
/// The keyword with Graph's type name of a variant, or of an object whose `type` has this value.
pub(super) const ODATA_TYPE: &str = "x-odata-type";
/// The keyword with Graph's type names of nested objects, by property, if `type` has this value.
pub(super) const INNER_TYPES: &str = "x-inner-types";
/// The keyword of a map with the properties that Graph computes, which a write must not send.
pub(super) const READ_ONLY: &str = "x-read-only";
/// The keyword with a different type name in responses.
pub(super) const READ_AS: &str = "x-odata-read";

macro_rules! spec_type {
    ($(#[doc = $doc:literal] $name:ident = $schema:tt;)*) => {$(
        #[doc = $doc]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

spec_type! {
    #[doc = "The name of a flow, without the prefix that Graph adds."]
    FlowName = { "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$", "x-entraflow": "flowName" };
    #[doc = "An absolute http or https URL."]
    Url = { "type": "string", "pattern": "^https?://[^/\\s]+", "x-entraflow": "url" };
    #[doc = "A GUID, such as the client id of an application."]
    Guid = {
        "type": "string",
        "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        "x-entraflow": "guid"
    };
    #[doc = "A language tag of RFC 5646, such as `fr` or `es-ES`."]
    LanguageTag = {
        "type": "string",
        "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        "x-entraflow": "languageTag"
    };
    #[doc = "A date, such as `2027-03-31`."]
    IsoDate = { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date", "x-entraflow": "date" };
    #[doc = "The application id URI of an endpoint, `api://{host}/{appId}`."]
    ResourceId = {
        "type": "string",
        "pattern": "^api://[^/\\s]+/[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        "x-entraflow": "resourceId"
    };
    #[doc = "A regular expression in .NET syntax."]
    Regex = { "type": "string", "x-entraflow": "regex" };
    #[doc = "The domain or GUID of a tenant."]
    TenantId = {
        "type": "string",
        "pattern": "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$|^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        "x-entraflow": "tenantId"
    };
    #[doc = "A domain name."]
    DomainName = {
        "type": "string",
        "pattern": "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
        "x-entraflow": "domain"
    };
    #[doc = "The calling code of a country or region, such as 44: at most four digits."]
    CallingCode = { "type": "integer", "minimum": 1, "maximum": 9999 };
    #[doc = "A non-empty string."]
    NonEmptyString = { "type": "string", "minLength": 1, "x-entraflow": "nonEmpty" };
    #[doc = "A reference to another object: its name, or `{ id: … }` if no file declares it."]
    ObjectRef = {
        "anyOf": [
            { "type": "string", "minLength": 1 },
            {
                "type": "object",
                "properties": {
                    "id": { "type": "string", "minLength": 1, "description": "The id of the live object." }
                },
                "required": ["id"],
                "additionalProperties": false
            }
        ],
        "x-entraflow": "reference"
    };
    #[doc = "The source of a secret: `{ env: NAME }` or `{ file: path }`."]
    SecretRef = {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "env": { "type": "string", "minLength": 1, "description": "The environment variable that contains it." },
                    "allowUnusual": { "type": "boolean", "description": "Accepts a value that looks like no secret, such as an empty one or `$(NAME)`." }
                },
                "required": ["env"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "file": { "type": "string", "minLength": 1, "description": "The path of the file, relative to this file." },
                    "allowUnusual": { "type": "boolean", "description": "Accepts a value that looks like no secret, such as an empty one or `$(NAME)`." }
                },
                "required": ["file"],
                "additionalProperties": false
            },
            { "type": "string" }
        ],
        "x-entraflow": "secret"
    };
    #[doc = "The source of a certificate with its private key (PKCS#12): `{ file: path }`, or `{ env: NAME }` in base64."]
    CertificateRef = {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "file": { "type": "string", "minLength": 1, "description": "The path of the file, relative to this file." },
                    "allowUnusual": { "type": "boolean", "description": "Accepts a value that looks like no secret, such as an empty one or `$(NAME)`." }
                },
                "required": ["file"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "env": { "type": "string", "minLength": 1, "description": "The environment variable that contains it in base64." },
                    "allowUnusual": { "type": "boolean", "description": "Accepts a value that looks like no secret, such as an empty one or `$(NAME)`." }
                },
                "required": ["env"],
                "additionalProperties": false
            },
            { "type": "string" }
        ],
        "x-entraflow": "certificate"
    };
    #[doc = "A value of any type."]
    AnyValue = { "x-entraflow": "anything" };
    #[doc = "A JSON document: `{ file: path }`, or inline."]
    JsonContent = { "type": "object", "x-entraflow": "content" };
}

/// A field that `null` clears in the tenant. (A field that is omitted is not changed.)
pub struct Clearable<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Clearable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Option::<T>::json_schema(generator);
        schema.insert(CLEARABLE.to_owned(), true.into());
        schema
    }
}
