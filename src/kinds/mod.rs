//! What entraflow knows about each kind of Graph object: one file a kind, as data.
//!
//! A kind never acts. Everything that is done with it is a loop over these values, so a new kind is a new
//! file, its two lines here, an example and a scenario.

pub mod shape;
pub mod wire;
pub mod words;

pub mod api_connector;
pub mod apple_identity_provider;
pub mod b2c_user_flow;
pub mod b2x_user_flow;
pub mod flow_parts;
pub mod open_id_connect_identity_provider;
mod providers;
pub mod social_identity_provider;
pub mod spec;
pub mod user_flow;
pub mod user_flow_attribute;
pub mod user_flow_listener;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::model::{Address, Discipline, FieldPath, Turn, Value};
use shape::Record;
pub use spec::schema_of;

/// Every kind. What a kind refers to stands before it: objects are made in this order.
pub static KINDS: [&Kind; 9] = [
    &api_connector::KIND,
    &user_flow_attribute::KIND,
    &social_identity_provider::KIND,
    &apple_identity_provider::KIND,
    &open_id_connect_identity_provider::KIND,
    &b2x_user_flow::KIND,
    &b2c_user_flow::KIND,
    &user_flow::KIND,
    &user_flow_listener::KIND,
];

/// A kind of Graph object.
pub struct Kind {
    /// The word after `kind:` in a file.
    pub name: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// The tenants that have such objects.
    pub tenants: &'static [TenantType],
    /// Where Graph keeps them.
    pub collection: Collection,
    /// How an object gets its name, and its name an id.
    pub naming: Naming,
    /// The objects of the collection that Microsoft owns.
    pub built_in: BuiltIn,
    /// Fields that cannot change after an object was made.
    pub create_only: &'static [&'static str],
    /// Sets of other objects.
    pub links: &'static [Link],
    /// Where Graph lists the certificates that an object was given.
    pub certificates: Option<&'static str>,
    /// Places for one other object each.
    pub slots: &'static [Slots],
    /// Contained lists.
    pub lists: &'static [List],
    /// The application permissions that reading and writing need at least.
    pub permissions: Permissions,
    /// Why not to use the kind, and what to use instead.
    pub deprecated: Option<&'static str>,
    /// Values that the service is known to refuse.
    pub refused: &'static [Refused],
    /// The page of the Graph reference that the facts rest on.
    pub page: &'static str,
    /// The schema of a document, without `kind`.
    pub spec: fn() -> Schema,
    /// The compiled schema; made on first use.
    pub compiled: OnceLock<Record>,
}

/// What kind of tenant this is; it decides which kinds exist there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum TenantType {
    /// Microsoft Entra ID for the own staff and their guests.
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

/// A version of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// For production.
    #[serde(rename = "v1.0")]
    V1,
    /// May change under our feet.
    #[serde(rename = "beta")]
    Beta,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        })
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

/// A set of other objects, changed one `$ref` at a time.
pub struct Link {
    /// The field in the file.
    pub field: &'static str,
    /// The version in which the path is documented.
    pub version: Version,
    /// The path below the object.
    pub path: &'static str,
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
    /// What reading has to ask for.
    pub query: &'static str,
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

impl Kind {
    /// The kind of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.name == name)
    }

    /// The kind of this address. Addresses are made from documents and listings of known kinds only.
    pub fn of(address: &Address) -> Option<&'static Self> {
        Self::find(address.kind())
    }

    /// What a document of this kind may hold.
    pub fn record(&self) -> &Record {
        self.compiled
            .get_or_init(|| Record::compile(&(self.spec)()))
    }

    /// The field of the document that names its object; `None` where there can be only one.
    pub fn name_field(&self) -> Option<&'static str> {
        match self.naming {
            Naming::Prefixed(_) => Some("id"),
            Naming::Field(field) | Naming::Derived { field, .. } => Some(field),
            Naming::Only(_) => None,
        }
    }

    /// The name of the object whose naming field holds this.
    pub fn name_from(&self, value: &str) -> String {
        match &self.naming {
            Naming::Prefixed(prefixes) => {
                let bare = prefixes
                    .iter()
                    .find_map(|prefix| without_prefix(value, prefix));
                bare.unwrap_or(value).to_owned()
            }
            // What goes by the name of another object goes by its bare name, though an id may stand there.
            Naming::Field(field) => match self.target(field) {
                Some(target) if matches!(target.naming, Naming::Prefixed(_)) => {
                    target.name_from(value)
                }
                _ => value.to_owned(),
            },
            Naming::Derived { suffix, except, .. } => {
                let other = except.iter().find(|(of, _)| of.eq_ignore_ascii_case(value));
                other.map_or_else(|| format!("{value}{suffix}"), |(_, id)| (*id).to_owned())
            }
            Naming::Only(id) => (*id).to_owned(),
        }
    }

    /// The kind that a field refers to.
    fn target(&self, field: &str) -> Option<&'static Self> {
        let targets = self.record().field(field)?.shape.targets();
        targets.first().and_then(|name| Self::find(name))
    }

    /// Whether a field stands for what hangs on the object and is read by itself.
    pub fn is_part(&self, field: &str) -> bool {
        self.links.iter().any(|link| link.field == field)
            || self.slots.iter().any(|slots| slots.field == field)
            || self.lists.iter().any(|list| list.field == field)
    }

    /// Whether a way leads into a field that decides where people, or what is known of them, are sent.
    pub fn is_destination(&self, path: &FieldPath) -> bool {
        let mut record = Some(self.record());
        for turn in path.turns() {
            let Turn::Field(name) = turn else { continue };
            let Some(field) = record.and_then(|record| record.field(name)) else {
                return false;
            };
            if field.destination {
                return true;
            }
            record = record.and_then(|record| record.inner(name));
        }
        false
    }

    /// The field that holds a step.
    pub fn slots_of(&self, step: &str) -> Option<&'static str> {
        let has_step = |slots: &&Slots| {
            let steps = self.record().inner(slots.field);
            steps.is_some_and(|steps| steps.field(step).is_some())
        };
        self.slots.iter().find(has_step).map(|slots| slots.field)
    }

    /// The kinds that objects of this kind may point to.
    pub fn targets(&self) -> BTreeSet<&str> {
        self.targets_of(&|_| true)
    }

    /// The kinds that some fields of this kind may point to.
    pub fn targets_of(&self, is_asked: &dyn Fn(&str) -> bool) -> BTreeSet<&str> {
        let fields = self
            .record()
            .fields
            .iter()
            .filter(|field| is_asked(&field.name));
        fields.flat_map(|field| field.shape.all_targets()).collect()
    }

    /// Whether `id:` in a document chooses among live objects of one name.
    pub fn is_pinned_by_id(&self) -> bool {
        matches!(self.naming, Naming::Field(_))
    }
}

/// The rest of a text that starts with a prefix in any case.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kind_refers_to_stands_before_it() {
        for (rank, kind) in KINDS.iter().enumerate() {
            for target in kind.targets() {
                let before = KINDS[..rank].iter().any(|earlier| earlier.name == target);
                assert!(
                    before,
                    "{} refers to {target}, which does not stand before it",
                    kind.name
                );
            }
        }
    }

    #[test]
    fn every_field_that_a_descriptor_names_is_in_the_shape() {
        for kind in KINDS {
            let has = |field: &str| {
                assert!(
                    kind.record().field(field).is_some(),
                    "{} has no field {field}",
                    kind.name
                );
            };
            kind.name_field().into_iter().for_each(has);
            kind.create_only.iter().copied().for_each(has);
            kind.links.iter().for_each(|link| has(link.field));
            kind.slots.iter().for_each(|slots| has(slots.field));
            kind.lists.iter().for_each(|list| has(list.field));
            let switches = kind.lists.iter().filter_map(|list| list.switch);
            switches.for_each(has);
            kind.refused.iter().for_each(|refused| has(refused.field));
            if kind.is_pinned_by_id() {
                has("id");
            }
        }
    }

    #[test]
    fn what_decides_where_people_are_sent_is_known_by_its_field() {
        let is_destination =
            |kind: &str, path: &FieldPath| Kind::find(kind).unwrap().is_destination(path);
        let path = FieldPath::of_fields;
        assert!(is_destination("apiConnector", &path("targetUrl")));
        assert!(!is_destination("apiConnector", &path("displayName")));
        assert!(is_destination(
            "b2xUserFlow",
            &path("identityProviders").item("Facebook-OAUTH")
        ));
        let step = path("apiConnectorConfiguration.postAttributeCollection");
        assert!(is_destination("b2xUserFlow", &step));
        let label = path("userAttributeAssignments")
            .item("city")
            .field("displayName");
        assert!(!is_destination("b2xUserFlow", &label));
    }

    #[test]
    fn every_field_of_every_kind_has_a_description() {
        for kind in KINDS {
            for field in &kind.record().fields {
                assert!(
                    !field.doc.is_empty(),
                    "{}.{} is not described",
                    kind.name,
                    field.name
                );
            }
        }
    }

    #[test]
    fn names_follow_from_the_naming_field() {
        let name = |kind: &str, value: &str| Kind::find(kind).unwrap().name_from(value);
        assert_eq!(name("b2xUserFlow", "B2X_1_Partner"), "Partner");
        assert_eq!(name("b2xUserFlow", "b2x_1_Partner"), "Partner");
        assert_eq!(name("b2xUserFlow", "Partner"), "Partner");
        assert_eq!(name("socialIdentityProvider", "Facebook"), "Facebook-OAUTH");
        assert_eq!(name("socialIdentityProvider", "Microsoft"), "MSA-OIDC");
        assert_eq!(name("apiConnector", "Validate"), "Validate");
        assert_eq!(name("userFlowListener", "B2X_1_Partner"), "Partner");
    }
}
