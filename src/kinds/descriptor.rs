//! The types with which every kind is described: tenants, clouds, collection, naming, permissions.
//!
//! Plain data, without behaviour; the readers of a field implement it. No type exists for a single kind.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::directory_roles::DirectoryRole;
use crate::model::Version;

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

/// Where people sign in through a user flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Each flow has its own address, with its id in the path.
    AtFlow,
    /// All flows share the address of the tenant; the link names the applications that use a flow.
    AtTenant {
        /// The field of the link.
        applications: &'static str,
    },
    /// The flow has no address, for this reason.
    Nowhere(&'static str),
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
    /// What the body of an update contains.
    pub update: UpdateBody,
    /// The property of a live object to which other objects refer.
    pub id: &'static str,
    /// The built-in objects.
    pub built_in: BuiltIn,
    /// The names of members that every tenant has: they are updated, never created or deleted.
    pub permanent: &'static [&'static str],
    /// Whether Graph may have removed its routes: then a refusal to list it says nothing of its objects.
    pub may_be_gone: bool,
    /// The property of a live object with the id of its owner. Objects with an owner are created, changed and deleted
    /// with it, so they are not managed.
    pub owner: Option<&'static str>,
    /// The feature of the tenant without which Graph refuses to list the collection.
    pub feature: Option<&'static Feature>,
}

/// A feature of a tenant that a singleton switches on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// Its name in messages.
    pub name: &'static str,
    /// The kind of the singleton.
    pub kind: &'static str,
    /// The path of the field that must be true, with dots.
    pub switch: &'static str,
    /// The code with which Graph refuses, with status 400, what it answers only once the feature is on.
    pub refusal: &'static str,
}

impl Collection {
    /// A collection of objects of one type, documented for v1.0.
    pub const fn v1(path: &'static str) -> Self {
        Self {
            version: Version::V1,
            path,
            query: "",
            odata_type: None,
            update: UpdateBody::Changes,
            id: "id",
            built_in: BuiltIn::NONE,
            permanent: &[],
            may_be_gone: false,
            owner: None,
            feature: None,
        }
    }

    /// The same, documented for beta only.
    pub const fn beta(path: &'static str) -> Self {
        Self {
            version: Version::Beta,
            ..Self::v1(path)
        }
    }
}

/// What the body of an update contains.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum UpdateBody {
    /// The changed properties.
    Changes,
    /// All properties: the live value of those that a document omits.
    Everything,
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

/// The environment of a tenant, which determines the kinds that are available.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// The type of the tenant.
    pub tenant: TenantType,
    /// The cloud of the tenant.
    pub cloud: CloudName,
}

/// The activities by which the directory audit log names changes of objects of a kind. Microsoft's reference of activities
/// spells some in several ways.
pub struct AuditActivities {
    /// Those of creates.
    pub create: &'static [&'static str],
    /// Those of updates, also of what an object contains.
    pub update: &'static [&'static str],
    /// Those of deletes.
    pub delete: &'static [&'static str],
}

impl AuditActivities {
    /// For kinds whose activities the reference does not name.
    pub const UNKNOWN: Self = Self {
        create: &[],
        update: &[],
        delete: &[],
    };

    /// All of them, without repetitions.
    pub fn all(&self) -> BTreeSet<&'static str> {
        let Self {
            create,
            update,
            delete,
        } = self;
        [*create, *update, *delete].concat().into_iter().collect()
    }
}

/// The permissions of Graph, and the directory roles that a person needs besides.
pub struct Permissions {
    /// The least privileged permission to read.
    pub read: &'static str,
    /// The least privileged permission to write.
    pub write: &'static str,
    /// Whether the permission to write also allows reading.
    pub write_allows_reading: bool,
    /// Other permissions that allow reading, but not writing.
    pub alternative_read: &'static [&'static str],
    /// The directory roles, each of which allows a person to read and to write.
    pub administrators: &'static [DirectoryRole],
}

impl Permissions {
    /// The least privileged permissions to read and to write.
    pub const fn new(read: &'static str, write: &'static str) -> Self {
        Self {
            read,
            write,
            write_allows_reading: true,
            alternative_read: &[],
            administrators: &[],
        }
    }

    /// The same permissions, used by persons with one of these directory roles.
    pub(super) const fn administered_by(self, roles: &'static [DirectoryRole]) -> Self {
        Self {
            administrators: roles,
            ..self
        }
    }
}
