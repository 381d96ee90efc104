//! What B2X and B2C flows share: providers, connectors, attributes in order, languages with their pages.
//!
//! Graph pages: b2xidentityuserflow-*, b2cidentityuserflow-*, identityuserflowattributeassignment-*,
//! userflowlanguageconfiguration, userflowlanguagepage.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::words::{Clearable, Content, LanguageTag, Reference, Words};
use super::{
    Contents, Default, Link, List, Meets, Order, Questions, Slots, Stage, Verbs, Version, Waypoint,
};
use crate::model::Discipline;

/// The providers, linked one by one. The path is documented on beta only; the older `identityProviders` that v1.0
/// documents was to stop answering in March 2023.
pub(super) const PROVIDERS: Link = Link {
    field: "identityProviders",
    version: Version::Beta,
    path: "userFlowIdentityProviders",
    ..Link::PLAIN
};

/// The connectors. On the flow itself Graph always shows `{}`, and links that are given inline when a flow is
/// created may silently come to nothing, so each step is set by itself.
pub(super) const fn connectors(query: &'static str) -> Slots {
    Slots {
        field: "apiConnectorConfiguration",
        path: "apiConnectorConfiguration",
        query,
    }
}

/// The attributes. Their order has its own function and action; the order of the listing is not promised. An assignment
/// has the id of its attribute, so nothing has to be expanded to know which it is.
pub(super) const ASSIGNMENTS: List = List {
    field: "userAttributeAssignments",
    path: "userAttributeAssignments",
    key: "userAttribute",
    discipline: Discipline::Sequence,
    verbs: Verbs::PostAndPatch,
    defaults: &[
        ("requiresVerification", Default::False),
        ("userAttributeValues", Default::EmptyList),
    ],
    removable: true,
    order: Some(Order {
        read: "getOrder",
        write: "setOrder",
        wrapper: "newAssignmentOrder",
    }),
    contents: None,
    switch: None,
    limits: "",
};

/// The languages, by tag.
pub(super) const fn languages(verbs: Verbs, removable: bool, limits: &'static str) -> List {
    List {
        field: "languages",
        path: "languages",
        key: "id",
        discipline: Discipline::Keyed,
        verbs,
        defaults: &[],
        removable,
        order: None,
        contents: Some(Contents {
            field: "pages",
            path: "overridesPages",
            nothing: "{\n  \"LocalizedStrings\": []\n}\n",
        }),
        switch: None,
        limits,
    }
}

/// Where a person meets a provider.
pub(super) const AT_PROVIDER: Waypoint = Waypoint {
    stage: Stage::Provider,
    says: "identity provider",
    meets: Meets::Each("identityProviders"),
    when: None,
};

/// Where a person who signs up meets the connector that is called after federation.
pub(super) const AFTER_FEDERATION: Waypoint = Waypoint {
    stage: Stage::AfterProvider,
    says: "connector, after federation",
    meets: Meets::Each("apiConnectorConfiguration.postFederationSignup"),
    when: None,
};

/// Where a person meets the page that asks for attributes.
pub(super) const AT_PAGE: Waypoint = Waypoint {
    stage: Stage::Page,
    says: "The page asks for",
    meets: Meets::Page(Questions {
        views: None,
        list: "userAttributeAssignments",
        label: "displayName",
        optional: ("isOptional", true),
        hidden: None,
        otherwise: None,
    }),
    when: None,
};

/// Where a person meets the connector that is called before the account is made.
pub(super) const BEFORE_CREATION: Waypoint = Waypoint {
    stage: Stage::BeforeAccount,
    says: "connector, before the account is made",
    meets: Meets::Each("apiConnectorConfiguration.postAttributeCollection"),
    when: None,
};

/// An attribute that the flow asks for.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assignment {
    /// The attribute: a built-in one by its id, a custom one by its display name.
    #[schemars(extend("x-refers-to" = ["userFlowAttribute"]))]
    pub user_attribute: Reference,
    /// The label on the page.
    pub display_name: Words,
    /// Whether it may be left empty.
    pub is_optional: bool,
    /// Whether the value is verified; Graph heeds it for phone and e-mail only.
    #[schemars(extend("x-graph-default" = false))]
    pub requires_verification: Option<bool>,
    /// The control on the page.
    pub user_input_type: InputType,
    /// What can be chosen; for `radioSingleSelect`, `dropdownSingleSelect` and `checkboxMultiSelect`.
    #[schemars(extend("x-graph-default" = []))]
    pub user_attribute_values: Option<Vec<AttributeValue>>,
}

/// A control on a page.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum InputType {
    /// A line of text.
    TextBox,
    /// A date from three lists.
    DateTimeDropdown,
    /// One of some round buttons.
    RadioSingleSelect,
    /// One of a list that drops down.
    DropdownSingleSelect,
    /// An e-mail address.
    EmailBox,
    /// Any of some boxes.
    CheckboxMultiSelect,
}

/// A value that can be chosen.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeValue {
    /// The text on the page.
    pub name: Words,
    /// The value that is stored.
    pub value: Words,
    /// Whether it is chosen at first.
    pub is_default: bool,
}

/// A language of the flow's pages.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Language {
    /// The language tag.
    pub id: LanguageTag,
    /// Whether people can get the pages in this language.
    #[schemars(extend("x-graph-default" = true))]
    pub is_enabled: Option<bool>,
    /// `absent` removes a custom language with its pages. (Languages that are not listed are left alone.)
    pub ensure: Option<Ensure>,
    /// Texts of pages that differ from Microsoft's, by page: `selfasserted1_1: { file: pages/fr.json }`. `null` goes
    /// back to Microsoft's texts; a page that is left out is left alone.
    pub pages: Option<BTreeMap<String, Clearable<Content>>>,
}

/// Whether something is wanted.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ensure {
    /// It is to be there.
    Present,
    /// It is to be gone.
    Absent,
}
