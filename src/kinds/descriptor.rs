//! The types with which a kind is described: its collection, its naming, its links and lists.
//!
//! Plain data, without behaviour; the readers of a field implement it. No type exists for a single kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{ListSemantics, Value, Version};

/// The type of a tenant, which determines the kinds that are available.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum TenantType {
    /// Microsoft Entra ID, for employees and their guests.
    Workforce,
    /// Azure AD B2C.
    B2c,
    /// Microsoft Entra External ID.
    External,
}

impl TenantType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Workforce, Self::B2c, Self::External];

    /// The word in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workforce => "workforce",
            Self::B2c => "b2c",
            Self::External => "external",
        }
    }
}

/// The cloud of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CloudName {
    /// entraflow's local emulator of Microsoft Graph; no request leaves the machine.
    Emulator,
    /// The global cloud.
    Global,
    /// Microsoft cloud for the US government (L4, GCC High).
    UsGovernment,
    /// Microsoft cloud for the US Department of Defense (L5).
    #[serde(rename = "usGovernmentDoD")]
    UsGovernmentDod,
    /// Microsoft cloud in China, operated by 21Vianet.
    China,
}

impl CloudName {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Emulator,
        Self::Global,
        Self::UsGovernment,
        Self::UsGovernmentDod,
        Self::China,
    ];

    /// All clouds of Microsoft.
    pub const EVERYWHERE: &'static [Self] = &[
        Self::Global,
        Self::UsGovernment,
        Self::UsGovernmentDod,
        Self::China,
    ];

    /// The word in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emulator => "emulator",
            Self::Global => "global",
            Self::UsGovernment => "usGovernment",
            Self::UsGovernmentDod => "usGovernmentDoD",
            Self::China => "china",
        }
    }
}

/// The collection in which objects are listed and created.
pub struct Collection {
    /// The version in which the kind is documented.
    pub version: Version,
    /// The path below the version.
    pub path: &'static str,
    /// The query that a listing requires.
    pub query: &'static str,
    /// The type name that identifies the kind in a mixed collection; sent with each write.
    pub odata_type: Option<&'static str>,
}

/// How the name and the id of an object are formed.
pub enum Naming {
    /// `id` contains the name; Graph adds one of these prefixes.
    Prefixed(&'static [&'static str]),
    /// A field contains the name; Graph assigns the id. `id:` selects one of several live objects with the same name.
    Field(&'static str),
    /// One object per value of a field; the id is the value plus a suffix, with exceptions.
    Derived {
        /// The field.
        field: &'static str,
        /// The suffix of the id.
        suffix: &'static str,
        /// The exceptions: values and their ids.
        except: &'static [(&'static str, &'static str)],
    },
    /// At most one object, with this id.
    Only(&'static str),
    /// A singleton with this name: it is read and updated, never created or deleted.
    Always(&'static str),
}

/// The built-in members of a collection, which cannot be created or deleted.
pub struct BuiltIn {
    /// The property that identifies them.
    pub property: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
    /// The known ids, for checking references offline.
    pub ids: &'static [&'static str],
}

impl BuiltIn {
    /// For collections without built-in members.
    pub const NONE: Self = Self {
        property: "",
        values: &[],
        ids: &[],
    };
}

/// A link: a set of references, changed one member at a time.
pub struct Link {
    /// The field in the file.
    pub field: &'static str,
    /// The version in which the path is documented.
    pub version: Version,
    /// The path below the object.
    pub path: &'static str,
    /// How members are added and removed.
    pub member: Member,
    /// Whether the create request contains the members, at the path of the field.
    pub at_creation: bool,
    /// Whether Graph returns 400 instead of an empty list.
    pub empty_is_refused: bool,
    /// Whether an object can be a member of one set only.
    pub exclusive: bool,
    /// Whether a listing of the objects contains the members, so that no extra request is needed.
    pub is_listed: bool,
}

impl Link {
    /// The defaults, from which each link differs.
    pub const PLAIN: Self = Self {
        field: "",
        version: Version::V1,
        path: "",
        member: Member::Ref,
        at_creation: false,
        empty_is_refused: false,
        exclusive: false,
        is_listed: false,
    };

    /// The properties on the path from the object to the members in a listing, without the type casts of the request
    /// path.
    pub fn listing_path(&self) -> impl Iterator<Item = &'static str> {
        let steps = self.path.split('/');
        steps.filter(|step| !step.starts_with("microsoft.graph."))
    }

    /// The property that identifies a member.
    pub fn key(&self) -> &'static str {
        match self.member {
            Member::Ref => "id",
            Member::Object(key) => key,
        }
    }
}

/// How members of a link are added and removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `POST $ref` and `DELETE {id}/$ref`.
    Ref,
    /// `POST` of an object with the id in this property, and `DELETE {id}`.
    Object(&'static str),
}

/// A prerequisite: a field of a singleton without which objects of a kind have no effect.
#[derive(Debug)]
pub struct Prerequisite {
    /// The kind of the singleton.
    pub kind: &'static str,
    /// The path of the field that must be true, with dots.
    pub switch: &'static str,
    /// The message if it is not.
    pub why: &'static str,
    /// The hint.
    pub help: &'static str,
}

/// A validation function of Graph for objects of a kind; it changes nothing.
pub struct Validation {
    /// The fields that it validates.
    pub fields: &'static [&'static str],
    /// The field at which its findings are shown.
    pub at: &'static str,
}

/// A problem that a check of the kind found in a document.
pub struct Violation {
    /// The path of the field, `views[0].title`.
    pub path: String,
    /// The message.
    pub message: String,
    /// The hint.
    pub help: String,
}

/// Single references to other objects, set by `PUT {step}/$ref`.
pub struct SingleRefs {
    /// The field in the file; its own fields are the steps.
    pub field: &'static str,
    /// The path below the object.
    pub path: &'static str,
    /// The query that reading requires.
    pub query: &'static str,
}

/// A contained list.
pub struct List {
    /// The field in the file.
    pub field: &'static str,
    /// The path below the object.
    pub path: &'static str,
    /// The key field of an item.
    pub key: &'static str,
    /// How the list is merged.
    pub semantics: ListSemantics,
    /// How items are created and updated.
    pub methods: WriteMethods,
    /// Fields that Graph requires to create an item, although a file may omit them.
    pub defaults: &'static [(&'static str, ImplicitValue)],
    /// Whether items can be deleted.
    pub removable: bool,
    /// How the order is read and set.
    pub order: Option<Order>,
    /// The documents of each item.
    pub contents: Option<Contents>,
    /// The field of the object that must be true before Graph accepts items.
    pub switch: Option<&'static str>,
    /// The message if a file requires an operation that Graph does not offer.
    pub limits: &'static str,
}

/// How the items of a list are created and updated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WriteMethods {
    /// `POST` to the list creates an item, `PATCH` updates it.
    PostAndPatch,
    /// `PUT` creates and updates an item.
    Put,
    /// Graph documents no method.
    None,
}

/// The value of a field that Graph requires to create an item, if the file omits it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ImplicitValue {
    /// `false`.
    False,
    /// `[]`.
    EmptyList,
}

impl ImplicitValue {
    /// The value.
    pub fn value(self) -> Value {
        match self {
            Self::False => Value::Bool(false),
            Self::EmptyList => Value::List(Vec::new()),
        }
    }
}

/// How the order of a list is read and set.
pub struct Order {
    /// The function that returns the order.
    pub read: &'static str,
    /// The action that sets it.
    pub write: &'static str,
    /// The property with the order in the action's body.
    pub wrapper: &'static str,
}

/// The documents of an item, each a media stream.
pub struct Contents {
    /// The field in the file: a map from names to documents.
    pub field: &'static str,
    /// The path below the item.
    pub path: &'static str,
    /// The document that Graph returns if there is none, as text in normal form.
    pub empty: &'static str,
}

/// The environment of a tenant, which determines the kinds that are available.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// The type of the tenant.
    pub tenant: TenantType,
    /// The cloud of the tenant.
    pub cloud: CloudName,
}

/// Application permissions, least privileged.
pub struct Permissions {
    /// To read.
    pub read: &'static str,
    /// To write.
    pub write: &'static str,
}

/// A value that Graph is known to reject.
pub struct RejectedValue {
    /// The field.
    pub field: &'static str,
    /// The value, as displayed.
    pub value: &'static str,
    /// The reason, and what to use instead.
    pub why: &'static str,
}
