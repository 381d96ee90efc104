//! What entraflow knows about each kind of Graph object: one file per kind, as data.
//!
//! A kind has no behaviour. Everything else loops over these values, so a new kind is a new file, its two lines here,
//! an example and a scenario.

pub mod shape;
pub mod spec_types;
pub mod wire;

pub mod api_connector;
pub mod apple_identity_provider;
pub mod application;
pub mod authentication_event_listener;
pub mod authentication_events_flow;
pub mod authentication_flows_policy;
pub mod b2c_authentication_methods_policy;
pub mod b2c_user_flow;
pub mod b2x_user_flow;
pub mod completion;
mod constraints;
mod conversion;
pub mod custom_authentication_extension;
mod descriptor;
pub(crate) mod directory_roles;
mod field_role;
pub mod flow_parts;
mod journey;
pub mod oidc_identity_provider;
pub mod open_id_connect_identity_provider;
mod parts;
mod providers;
pub mod regex_check;
pub mod sign_in_identifier;
pub mod social_identity_provider;
pub mod spec;
mod text_rule;
pub mod unmodelled;
pub mod user_flow;
pub mod user_flow_attribute;
pub mod user_flow_listener;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use schemars::Schema;

use crate::model::{Address, FieldPath, PathSegment, Resource, Value};
pub use constraints::*;
pub use conversion::*;
pub use descriptor::*;
pub use field_role::FieldRole;
pub use journey::{Diagram, DiagramNode, FlowRelation, JourneyStage, NodeContent, PageInputs};
pub use parts::*;
use shape::Record;
pub use spec::schema_of;

/// All kinds. A kind comes after those that it refers to, because objects are created in this order.
pub static KINDS: [&Kind; 16] = [
    &api_connector::KIND,
    &user_flow_attribute::KIND,
    &social_identity_provider::KIND,
    &apple_identity_provider::KIND,
    &open_id_connect_identity_provider::KIND,
    &oidc_identity_provider::KIND,
    &custom_authentication_extension::KIND,
    &sign_in_identifier::KIND,
    &b2x_user_flow::KIND,
    &b2c_user_flow::KIND,
    &user_flow::KIND,
    &user_flow_listener::KIND,
    &authentication_events_flow::KIND,
    &authentication_event_listener::KIND,
    &authentication_flows_policy::KIND,
    &b2c_authentication_methods_policy::KIND,
];

/// Kinds that files can refer to by name but not declare. Their objects are looked up by name.
pub static FOREIGN: [&Kind; 1] = [&application::FOREIGN];

/// A kind of Graph object. A plain kind states the fields up to `spec`, and those of the next three whose default does
/// not fit. The rest is for kinds with parts, constraints, a place in the diagram of a flow, or a conversion.
pub struct Kind {
    /// The value of `kind:` in a file.
    pub name: &'static str,
    /// A one-line summary.
    pub summary: &'static str,
    /// The page of the Graph reference for the kind.
    pub page: &'static str,
    /// The types of tenants that have such objects.
    pub tenants: &'static [TenantType],
    /// The collection in Graph.
    pub collection: Collection,
    /// The application permissions for reading and writing.
    pub permissions: Permissions,
    /// The schema of a document, without `kind`.
    pub spec: fn() -> Schema,

    /// The clouds for which Graph documents it, in the version that is used. The emulator has every kind.
    pub clouds: &'static [CloudName],
    /// How the name and id of an object are formed.
    pub naming: Naming,
    /// Fields that Graph accepts only on create.
    pub create_only: &'static [&'static str],

    /// What is read and written apart from the object.
    pub parts: Parts,
    /// The constraints that the schema does not express.
    pub constraints: Constraints,
    /// The diagram of a user flow.
    pub diagram: Diagram,
    /// Where people sign in through a user flow; `None` if the objects are no user flows.
    pub sign_in: Option<SignIn>,
    /// The conversion from Azure AD B2C to External ID.
    pub conversion: ConversionRules,
    /// What the directory audit log calls changes of its objects.
    pub audit: AuditActivities,
}

/// The compiled schemas, each compiled on first use.
static RECORDS: LazyLock<BTreeMap<&str, OnceLock<Record>>> = LazyLock::new(|| {
    Kind::all()
        .map(|kind| (kind.name, OnceLock::new()))
        .collect()
});

impl Kind {
    /// The defaults, from which each kind differs.
    const PLAIN: Self = Self {
        name: "",
        summary: "",
        page: "",
        tenants: &[],
        collection: Collection::v1(""),
        permissions: Permissions::new("", ""),
        spec: schema_of::<()>,
        clouds: CloudName::EVERYWHERE,
        naming: Naming::Field("displayName"),
        create_only: &[],
        parts: Parts::NONE,
        constraints: Constraints::NONE,
        diagram: Diagram::NONE,
        sign_in: None,
        conversion: ConversionRules::SAME,
        audit: AuditActivities::UNKNOWN,
    };

    /// The kind of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.name == name)
    }

    /// All kinds, foreign ones first.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FOREIGN.into_iter().chain(KINDS)
    }

    /// The kind of this name, including foreign kinds.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|kind| kind.name == name)
    }

    /// Whether a cloud offers the kind.
    pub fn is_offered(&self, cloud: CloudName) -> bool {
        cloud == CloudName::Emulator || self.clouds.contains(&cloud)
    }

    /// Whether an environment offers the kind.
    pub fn is_available_in(&self, home: Environment) -> bool {
        self.tenants.contains(&home.tenant) && self.is_offered(home.cloud)
    }

    /// Whether its objects are foreign: files can refer to them, but not declare them.
    pub fn is_foreign(&self) -> bool {
        FOREIGN.iter().any(|kind| kind.name == self.name)
    }

    /// The kind of an address.
    pub fn of(address: &Address) -> Option<&'static Self> {
        Self::find(address.kind())
    }

    /// Whether Graph accepts several objects with the name of this one.
    pub fn names_may_repeat(address: &Address) -> bool {
        Self::of(address).is_some_and(|kind| kind.constraints.names_may_repeat)
    }

    /// The shape of a document of this kind.
    pub fn record(&self) -> &'static Record {
        RECORDS[self.name].get_or_init(|| Record::compile(&(self.spec)()))
    }

    /// The field of the document with the name of its object; `None` for a singleton.
    pub fn name_field(&self) -> Option<&'static str> {
        match self.naming {
            Naming::Prefixed(_) => Some("id"),
            Naming::Field(field) | Naming::Derived { field, .. } => Some(field),
            Naming::Only(_) | Naming::Always(_) => None,
        }
    }

    /// The fields whose values references may have in place of the name of an object, if it is named by its id.
    pub fn alias_fields(&self) -> Vec<&'static str> {
        match self.naming {
            Naming::Derived { field, .. } => vec![field, "displayName"],
            Naming::Only(_) => vec!["displayName"],
            Naming::Prefixed(_) | Naming::Field(_) | Naming::Always(_) => Vec::new(),
        }
    }

    /// The name of the object whose naming field has this value.
    pub fn name_from(&self, value: &str) -> String {
        match &self.naming {
            Naming::Prefixed(prefixes) => {
                let bare = prefixes
                    .iter()
                    .find_map(|prefix| without_prefix(value, prefix));
                bare.unwrap_or(value).to_owned()
            }
            // An object that is named by a reference has the bare name of the other object, although the reference
            // may be an id.
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

    /// Whether a field is a link, a single reference or a contained list, which are read separately.
    pub fn is_contained(&self, field: &str) -> bool {
        self.parts.links.iter().any(|link| link.field == field)
            || self
                .parts
                .single_refs
                .iter()
                .any(|single_refs| single_refs.field == field)
            || self.parts.lists.iter().any(|list| list.field == field)
    }

    /// Whether a path leads into a field that decides where users, or their data, are sent.
    pub fn is_destination(&self, path: &FieldPath) -> bool {
        let mut record = Some(self.record());
        for segment in path.segments() {
            let PathSegment::Field(name) = segment else {
                continue;
            };
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

    /// The field that contains a step.
    pub fn single_ref_field(&self, step: &str) -> Option<&'static str> {
        let has_step = |single_refs: &&SingleRefs| {
            let steps = self.record().inner(single_refs.field);
            steps.is_some_and(|steps| steps.field(step).is_some())
        };
        self.parts
            .single_refs
            .iter()
            .find(has_step)
            .map(|single_refs| single_refs.field)
    }

    /// The kinds that objects of this kind can refer to.
    pub fn targets(&self) -> BTreeSet<&str> {
        self.targets_of(&|_| true)
    }

    /// The kinds that some fields of this kind can refer to.
    pub fn targets_of(&self, is_selected: &dyn Fn(&str) -> bool) -> BTreeSet<&str> {
        let fields = self
            .record()
            .fields
            .iter()
            .filter(|field| is_selected(field.name));
        fields.flat_map(|field| field.shape.all_targets()).collect()
    }

    /// Whether problems of its fields may be found only after the tenant is read, so that their spans are needed
    /// then.
    pub fn needs_source_spans(&self) -> bool {
        self.constraints.validation.is_some() || self.parts.links.iter().any(|link| link.exclusive)
    }

    /// The lists of an object of which items may have texts: those that are not empty and not switched off.
    pub fn lists_with_texts(&self, object: &Resource) -> impl Iterator<Item = &'static List> {
        let is_on = |list: &&List| {
            let switch = list.switch.map(|switch| object.fields.get(switch));
            switch.is_none_or(|on| on == Some(&Value::Bool(true)))
        };
        let has_items = |list: &&List| {
            let items = object.items.get(list.field);
            items.is_some_and(|items| !items.items.is_empty())
        };
        let lists = self.parts.lists.iter();
        lists.filter(move |list| list.contents.is_some() && is_on(list) && has_items(list))
    }

    /// The optional fields that a document lacks from which Graph is to create an object.
    pub fn missing_on_create<'a>(
        &self,
        of_type: Option<&'a str>,
        is_given: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'static CreateNeed> {
        let needs = self.constraints.create_needs.iter();
        let needs = needs.filter(move |need| need.of_type.is_none_or(|word| of_type == Some(word)));
        needs.filter(move |need| need.with.is_none_or(&is_given) && !is_given(need.field))
    }

    /// Whether it is a singleton: every tenant has exactly one.
    pub fn is_always_there(&self) -> bool {
        matches!(self.naming, Naming::Always(_))
    }

    /// Whether every tenant has the object of this name, so that it is never created or deleted.
    pub fn is_permanent(&self, name: &str) -> bool {
        let mut permanent = self.collection.permanent.iter();
        self.is_always_there() || permanent.any(|other| other.eq_ignore_ascii_case(name))
    }

    /// Whether it is a user flow.
    pub fn is_flow(&self) -> bool {
        !self.diagram.nodes.is_empty() && self.diagram.flow_relation.is_none()
    }

    /// Whether `id:` in a document selects among live objects with the same name.
    pub fn is_pinned_by_id(&self) -> bool {
        matches!(self.naming, Naming::Field(_))
    }
}

/// The text after a prefix, which is compared case-insensitively.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod field_checks;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_after_those_that_they_refer_to() {
        for (rank, kind) in KINDS.iter().enumerate() {
            for target in kind.targets() {
                let before = FOREIGN
                    .iter()
                    .chain(&KINDS[..rank])
                    .any(|earlier| earlier.name == target);
                assert!(
                    before,
                    "{} refers to {target}, which does not come before it",
                    kind.name
                );
            }
        }
    }

    #[test]
    fn kinds_state_what_has_no_default() {
        for kind in Kind::all() {
            let Permissions { read, write, .. } = kind.permissions;
            let path = kind.collection.path;
            for text in [kind.summary, kind.page, path, read, write] {
                assert!(!text.is_empty(), "{} is incomplete", kind.name);
            }
            assert!(!kind.tenants.is_empty(), "{} has no tenants", kind.name);
            assert!(
                !kind.record().fields.is_empty(),
                "{} has no fields",
                kind.name
            );
        }
    }

    #[test]
    fn kinds_name_fields_of_the_shape_only() {
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
            kind.parts.links.iter().for_each(|link| has(link.field));
            kind.parts
                .single_refs
                .iter()
                .for_each(|single_refs| has(single_refs.field));
            kind.parts.lists.iter().for_each(|list| has(list.field));
            let switches = kind.parts.lists.iter().filter_map(|list| list.switch);
            switches.for_each(has);
            kind.constraints
                .rejected_values
                .iter()
                .for_each(|rejected| has(rejected.field));
            if kind.is_pinned_by_id() {
                has("id");
            }
        }
    }

    #[test]
    fn is_destination_follows_the_fields_of_a_path() {
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
    fn kinds_of_flows_say_where_people_sign_in() {
        for kind in KINDS {
            assert_eq!(kind.is_flow(), kind.sign_in.is_some(), "{}", kind.name);
            if let Some(SignIn::AtTenant { applications }) = kind.sign_in {
                let mut links = kind.parts.links.iter();
                assert!(
                    links.any(|link| link.field == applications),
                    "{}",
                    kind.name
                );
            }
        }
    }

    #[test]
    fn kinds_describe_every_field() {
        for kind in KINDS {
            for field in &kind.record().fields {
                assert!(
                    !field.doc.is_empty(),
                    "{}.{} has no description",
                    kind.name,
                    field.name
                );
            }
        }
    }

    #[test]
    fn name_from_removes_prefixes_and_adds_suffixes() {
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
