//! The words that a kind is described with: where its objects are, what they are called, what hangs on them.
//!
//! Plain data. What a word means is done where it is read; no word stands for one kind only by its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Discipline, Value, Version};

/// What kind of tenant this is; it decides which kinds exist there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum TenantType {
    /// Microsoft Entra ID for your own staff and their guests.
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
    pub fn word(self) -> &'static str {
        match self {
            Self::Workforce => "workforce",
            Self::B2c => "b2c",
            Self::External => "external",
        }
    }
}

/// Where a tenant lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CloudName {
    /// The local Microsoft Graph of entraflow; nothing leaves the machine.
    Emulator,
    /// The worldwide cloud.
    Global,
    /// Microsoft cloud for the US government (L4, GCC High).
    UsGovernment,
    /// Microsoft cloud for the US Department of Defense (L5).
    #[serde(rename = "usGovernmentDoD")]
    UsGovernmentDod,
    /// Microsoft cloud in China, run by 21Vianet.
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

    /// All of Microsoft's.
    pub const EVERYWHERE: &'static [Self] = &[
        Self::Global,
        Self::UsGovernment,
        Self::UsGovernmentDod,
        Self::China,
    ];

    /// The word in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Emulator => "emulator",
            Self::Global => "global",
            Self::UsGovernment => "usGovernment",
            Self::UsGovernmentDod => "usGovernmentDoD",
            Self::China => "china",
        }
    }
}

/// Where objects are listed and created.
pub struct Collection {
    /// The version in which the kind is documented.
    pub version: Version,
    /// The path below the version.
    pub path: &'static str,
    /// What a listing has to ask for.
    pub query: &'static str,
    /// The type name that tells the members of a mixed collection apart; sent with each write.
    pub odata_type: Option<&'static str>,
}

/// How an object gets its name.
pub enum Naming {
    /// The user names it in `id`; Graph puts one of these before it.
    Prefixed(&'static [&'static str]),
    /// A field names it; Graph makes up an id. Two live objects with one name are told apart by `id:`.
    Field(&'static str),
    /// There is one for each value of a field, under the id made of value and suffix, but for these values.
    Derived {
        /// The field.
        field: &'static str,
        /// What follows the value in the id.
        suffix: &'static str,
        /// Values with another id.
        except: &'static [(&'static str, &'static str)],
    },
    /// There is one at most, under this id.
    Only(&'static str),
    /// There is always one, under this id: it is read and changed, never made or deleted.
    Always(&'static str),
}

/// The members of a collection that nobody can create or delete.
pub struct BuiltIn {
    /// The property that tells them.
    pub property: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
    /// The ids that are known, for checking references offline.
    pub ids: &'static [&'static str],
}

impl BuiltIn {
    /// For collections that hold what users made and nothing else.
    pub const NONE: Self = Self {
        property: "",
        values: &[],
        ids: &[],
    };
}

/// A set of other objects, changed one at a time.
pub struct Link {
    /// The field in the file.
    pub field: &'static str,
    /// The version in which the path is documented.
    pub version: Version,
    /// The path below the object.
    pub path: &'static str,
    /// How a member comes.
    pub member: Member,
    /// Whether the members are given when the object is made; the field says where.
    pub at_creation: bool,
    /// Whether Graph answers 400 instead of with an empty list.
    pub empty_is_refused: bool,
    /// Whether an object may be a member of one set only.
    pub exclusive: bool,
    /// Whether Graph shows the members where it lists the objects, so that nobody has to ask for them.
    pub is_listed: bool,
}

impl Link {
    /// A set of which nothing special is to be said.
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

    /// The properties on the way to the members from their object, as listings nest them: casts are in paths only.
    pub fn way(&self) -> impl Iterator<Item = &'static str> {
        let steps = self.path.split('/');
        steps.filter(|step| !step.starts_with("microsoft.graph."))
    }

    /// The property that tells the members apart.
    pub fn key(&self) -> &'static str {
        match self.member {
            Member::Ref => "id",
            Member::Object(key) => key,
        }
    }
}

/// How a member of a set comes and goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// By `POST $ref` and `DELETE {id}/$ref`.
    Ref,
    /// By `POST` of an object that holds the id in this property, and `DELETE {id}`.
    Object(&'static str),
}

/// What objects of a kind need of the one object of another kind to be of any use.
#[derive(Debug)]
pub struct Needs {
    /// The other kind.
    pub kind: &'static str,
    /// The way to its field that must be true, with dots.
    pub switch: &'static str,
    /// What is the matter otherwise.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// A question that Graph answers about an object of a kind, and that changes nothing.
pub struct Validation {
    /// The fields that it is about.
    pub fields: &'static [&'static str],
    /// The field at which what Graph finds is shown.
    pub at: &'static str,
}

/// Something wrong with a document, in the words of its kind.
pub struct Finding {
    /// The way to the field, `views[0].title`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Places for one other object each, set by `PUT {step}/$ref`.
pub struct Slots {
    /// The field in the file; its own fields are the steps.
    pub field: &'static str,
    /// The path below the object.
    pub path: &'static str,
    /// What reading has to ask for.
    pub query: &'static str,
}

/// A contained list.
pub struct List {
    /// The field in the file.
    pub field: &'static str,
    /// The path below the object.
    pub path: &'static str,
    /// The field that identifies a part.
    pub key: &'static str,
    /// What the list means.
    pub discipline: Discipline,
    /// How parts come and change.
    pub verbs: Verbs,
    /// What Graph wants to be told when a part is made, although the file may leave it out.
    pub defaults: &'static [(&'static str, Default)],
    /// Whether parts can be removed.
    pub removable: bool,
    /// How the order is read and set.
    pub order: Option<Order>,
    /// Documents that each part carries.
    pub contents: Option<Contents>,
    /// The field of the object without which, set to true, Graph takes nothing for the list.
    pub switch: Option<&'static str>,
    /// What Graph cannot do with the list, said when the files ask for it.
    pub limits: &'static str,
}

/// How the parts of a list come and change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verbs {
    /// `POST` to the list makes a part, `PATCH` on the part changes it.
    PostAndPatch,
    /// `PUT` on the part makes and changes it.
    Put,
    /// Graph documents no way.
    None,
}

/// A value that is sent when a part is made and the file does not give the field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// `false`.
    False,
    /// `[]`.
    EmptyList,
}

impl Default {
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
    /// The function that answers with the order.
    pub read: &'static str,
    /// The action that sets it.
    pub write: &'static str,
    /// The property of the action's body that holds it.
    pub wrapper: &'static str,
}

/// Documents that a part of a list carries, each a media stream.
pub struct Contents {
    /// The field in the file: a map from names to documents.
    pub field: &'static str,
    /// The path below the part.
    pub path: &'static str,
    /// What Graph shows where there is no document, as text in normal form.
    pub nothing: &'static str,
}

/// Where objects live, which says what kinds of them there are.
#[derive(Clone, Copy, Debug)]
pub struct Home {
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

/// A value that the service is known to refuse.
pub struct Refused {
    /// The field.
    pub field: &'static str,
    /// The value, as it prints.
    pub value: &'static str,
    /// What happens and what to write instead.
    pub why: &'static str,
}
