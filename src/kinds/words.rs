//! The words that the `Spec` of a kind is written with: names, addresses, references, secrets, contents.
//!
//! Each is a type without data: what counts is the schema that it stands for. `Shape` reads the schemas.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The keyword that tells `Shape` what a schema stands for.
pub(super) const MEANS: &str = "x-entraflow";
/// The keyword with the kinds that a reference may point to.
pub(super) const REFERS_TO: &str = "x-refers-to";
/// The keyword of a field that `null` clears.
pub(super) const CLEARABLE: &str = "x-clearable";
/// The keyword with the way to a field in Graph's own payload, where it differs: steps with `/` between them, and after a
/// step, with `:` before it, the name of the type that Graph wants to be told there.
pub(super) const IN_GRAPH: &str = "x-graph";
/// The keyword of a field that decides where people, or what is known of them, are sent.
pub(super) const DESTINATION: &str = "x-destination";
/// The keyword with the property that holds an id where Graph wants another one than `id`; empty where the id stands by
/// itself.
pub(super) const ID_IN: &str = "x-id";
/// What Graph takes where a field is not given, if it is documented.
pub(super) const GRAPH_DEFAULT: &str = "x-graph-default";
/// The keyword of a field that only objects with one of these values of `type` have.
pub(super) const ONLY_WITH: &str = "x-only-with";
/// The keyword of a field that such objects must have.
pub(super) const NEEDED: &str = "x-needed";
/// The keyword with Graph's type name of a variant, or of an object whose `type` is this word.
pub(super) const ODATA_TYPE: &str = "x-odata-type";
/// The keyword with Graph's type names of what is inside an object whose `type` is this word, by property.
pub(super) const INNER_TYPES: &str = "x-inner-types";
/// The keyword with the other type name that Graph answers with.
pub(super) const READ_AS: &str = "x-odata-read";

macro_rules! word {
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

word! {
    #[doc = "The bare name of a flow, without the prefix that Graph puts before it."]
    FlowName = { "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$", "x-entraflow": "flowName" };
    #[doc = "An absolute http or https address."]
    Url = { "type": "string", "pattern": "^https?://[^/\\s]+", "x-entraflow": "url" };
    #[doc = "A GUID, such as the client id of an application."]
    Guid = {
        "type": "string",
        "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        "x-entraflow": "guid"
    };
    #[doc = "A language tag of RFC 5646, `fr` or `es-ES`."]
    LanguageTag = {
        "type": "string",
        "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        "x-entraflow": "languageTag"
    };
    #[doc = "A day, `2027-03-31`."]
    Day = { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date", "x-entraflow": "day" };
    #[doc = "The identifier of the application that guards an endpoint, `api://{host}/{appId}`."]
    ResourceId = {
        "type": "string",
        "pattern": "^api://[^/\\s]+/[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        "x-entraflow": "resourceId"
    };
    #[doc = "A regular expression of .NET."]
    Regex = { "type": "string", "x-entraflow": "regex" };
    #[doc = "A text of at least one character."]
    Words = { "type": "string", "minLength": 1, "x-entraflow": "words" };
    #[doc = "Another object: its name, or `{ id: … }` for one that no file declares."]
    Reference = {
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
    #[doc = "Where a secret text is kept: `{ env: NAME }` or `{ file: path }`."]
    Secret = {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "env": { "type": "string", "minLength": 1, "description": "The environment variable that holds it." }
                },
                "required": ["env"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "file": { "type": "string", "minLength": 1, "description": "The path of the file, counted from this one." }
                },
                "required": ["file"],
                "additionalProperties": false
            },
            { "type": "string" }
        ],
        "x-entraflow": "secret"
    };
    #[doc = "Where a certificate with its key (PKCS#12) is kept: `{ file: path }`, or `{ env: NAME }` with base64."]
    Certificate = {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "file": { "type": "string", "minLength": 1, "description": "The path of the file, counted from this one." }
                },
                "required": ["file"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "env": { "type": "string", "minLength": 1, "description": "The environment variable that holds it in base64." }
                },
                "required": ["env"],
                "additionalProperties": false
            },
            { "type": "string" }
        ],
        "x-entraflow": "certificate"
    };
    #[doc = "A value of any type."]
    Anything = { "x-entraflow": "anything" };
    #[doc = "A JSON document: `{ file: path }`, or the document itself."]
    Content = { "type": "object", "x-entraflow": "content" };
}

/// A value that `null` clears in the tenant. (A field that is left out is left alone.)
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
