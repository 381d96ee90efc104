//! What entraflow knows about each kind of Graph object: one file a kind, as data.
//!
//! A kind never acts. Everything that is done with it is a loop over these values, so a new kind is a new
//! file, its two lines here, an example and a scenario.

pub mod shape;
pub mod wire;
pub mod words;

pub mod api_connector;
pub mod apple_identity_provider;
pub mod application;
pub mod authentication_event_listener;
pub mod authentication_events_flow;
pub mod authentication_flows_policy;
pub mod b2c_user_flow;
pub mod b2x_user_flow;
pub mod custom_authentication_extension;
pub mod flow_parts;
mod journey;
pub mod oidc_identity_provider;
pub mod open_id_connect_identity_provider;
pub mod pattern;
mod providers;
pub mod social_identity_provider;
pub mod spec;
mod text_rule;
pub mod user_flow;
pub mod user_flow_attribute;
pub mod user_flow_listener;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use schemars::Schema;

use crate::model::{Address, FieldPath, Fields, Turn, Version};
pub use journey::{Joins, Meets, Questions, Stage, Waypoint};
use shape::Record;
pub use spec::schema_of;
pub use vocabulary::*;

/// Every kind. What a kind refers to stands before it: objects are made in this order.
pub static KINDS: [&Kind; 14] = [
    &api_connector::KIND,
    &user_flow_attribute::KIND,
    &social_identity_provider::KIND,
    &apple_identity_provider::KIND,
    &open_id_connect_identity_provider::KIND,
    &oidc_identity_provider::KIND,
    &custom_authentication_extension::KIND,
    &b2x_user_flow::KIND,
    &b2c_user_flow::KIND,
    &user_flow::KIND,
    &user_flow_listener::KIND,
    &authentication_events_flow::KIND,
    &authentication_event_listener::KIND,
    &authentication_flows_policy::KIND,
];

/// The kinds that files refer to by name and cannot declare. Which of their objects there are is looked up, name by name.
pub static FOREIGN: [&Kind; 1] = [&application::FOREIGN];

/// A kind of Graph object.
pub struct Kind {
    /// The word after `kind:` in a file.
    pub name: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// The tenants that have such objects.
    pub tenants: &'static [TenantType],
    /// The clouds that document it, in the version that is used. The emulator has every kind.
    pub clouds: &'static [CloudName],
    /// Where Graph keeps them.
    pub collection: Collection,
    /// How an object gets its name, and its name an id.
    pub naming: Naming,
    /// The property of a live object by which others refer to it.
    pub id: &'static str,
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
    /// The application permissions that do not write it, and allow more than to read it.
    pub read_also: &'static [&'static str],
    /// Why not to use the kind, and what to use instead.
    pub deprecated: Option<&'static str>,
    /// Values that the service is known to refuse.
    pub refused: &'static [Refused],
    /// The property of a live object with the id of the one that it belongs to. Those that have one come, change and go
    /// with it, so they are nobody else's business.
    pub owner: Option<&'static str>,
    /// How many such objects a tenant may have, if there is a documented limit.
    pub max_objects: Option<usize>,
    /// What objects of the kind need beside them.
    pub needs: Option<Needs>,
    /// What of it a person meets on the way through a flow.
    pub journey: &'static [Waypoint],
    /// How an object belongs to the way of a flow; `None` where it is the flow, or on nobody's way.
    pub joins: Option<Joins>,
    /// What Graph can be asked about an object of the kind.
    pub validation: Option<Validation>,
    /// What must fit together in a document and no schema can say.
    pub check: Option<fn(&Fields) -> Vec<Finding>>,
    /// The page of the Graph reference that the facts rest on.
    pub page: &'static str,
    /// The schema of a document, without `kind`.
    pub spec: fn() -> Schema,
}

/// The compiled schemas, each made on first use.
static RECORDS: LazyLock<BTreeMap<&str, OnceLock<Record>>> = LazyLock::new(|| {
    Kind::all()
        .map(|kind| (kind.name, OnceLock::new()))
        .collect()
});

impl Kind {
    /// A kind of which there is nothing special to say: each kind says what differs.
    const PLAIN: Self = Self {
        name: "",
        summary: "",
        tenants: &[],
        clouds: CloudName::EVERYWHERE,
        collection: Collection {
            version: Version::V1,
            path: "",
            query: "",
            odata_type: None,
        },
        naming: Naming::Field("displayName"),
        id: "id",
        built_in: BuiltIn::NONE,
        create_only: &[],
        links: &[],
        certificates: None,
        slots: &[],
        lists: &[],
        permissions: Permissions {
            read: "",
            write: "",
        },
        read_also: &[],
        deprecated: None,
        refused: &[],
        owner: None,
        max_objects: None,
        needs: None,
        journey: &[],
        joins: None,
        validation: None,
        check: None,
        page: "",
        spec: schema_of::<()>,
    };

    /// The kind of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.name == name)
    }

    /// All kinds, those of other people's objects first.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FOREIGN.into_iter().chain(KINDS)
    }

    /// The kind of this name that a file may refer to, whether it can be declared or not.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|kind| kind.name == name)
    }

    /// Whether a cloud has such objects.
    pub fn is_offered(&self, cloud: CloudName) -> bool {
        cloud == CloudName::Emulator || self.clouds.contains(&cloud)
    }

    /// Whether a tenant has such objects.
    pub fn is_at(&self, home: Home) -> bool {
        self.tenants.contains(&home.tenant) && self.is_offered(home.cloud)
    }

    /// Whether its objects are other people's business, and can only be referred to.
    pub fn is_foreign(&self) -> bool {
        FOREIGN.iter().any(|kind| kind.name == self.name)
    }

    /// The kind of this address. Addresses are made from documents and listings of known kinds only.
    pub fn of(address: &Address) -> Option<&'static Self> {
        Self::find(address.kind())
    }

    /// What a document of this kind may hold.
    pub fn record(&self) -> &'static Record {
        RECORDS[self.name].get_or_init(|| Record::compile(&(self.spec)()))
    }

    /// The field of the document that names its object; `None` where there can be only one.
    pub fn name_field(&self) -> Option<&'static str> {
        match self.naming {
            Naming::Prefixed(_) => Some("id"),
            Naming::Field(field) | Naming::Derived { field, .. } => Some(field),
            Naming::Only(_) | Naming::Always(_) => None,
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
            Naming::Only(id) | Naming::Always(id) => (*id).to_owned(),
        }
    }

    /// The kind that a field refers to.
    fn target(&self, field: &str) -> Option<&'static Self> {
        let targets = self.record().field(field)?.shape.targets();
        targets.first().and_then(|name| Self::named(name))
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
            .filter(|field| is_asked(field.name));
        fields.flat_map(|field| field.shape.all_targets()).collect()
    }

    /// Whether something may turn out to be wrong with a field of it only when the tenant has been read.
    pub fn is_asked_for_places(&self) -> bool {
        self.validation.is_some() || self.links.iter().any(|link| link.exclusive)
    }

    /// Whether there is always exactly one such object.
    pub fn is_always_there(&self) -> bool {
        matches!(self.naming, Naming::Always(_))
    }

    /// Whether people go through its objects, from a start to a token.
    pub fn is_flow(&self) -> bool {
        !self.journey.is_empty() && self.joins.is_none()
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
                let before = FOREIGN
                    .iter()
                    .chain(&KINDS[..rank])
                    .any(|earlier| earlier.name == target);
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
