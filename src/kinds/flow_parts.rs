//! The parts that B2X and B2C flows share: identity providers, API connectors, attribute assignments, languages with
//! their pages.
//!
//! Graph pages: b2xidentityuserflow-*, b2cidentityuserflow-*, identityuserflowattributeassignment-*,
//! userflowlanguageconfiguration, userflowlanguagepage.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::spec_types::{Clearable, JsonContent, LanguageTag, NonEmptyString, ObjectRef};
use super::{
    AtCreation, AuditActivities, Contents, DiagramNode, ImplicitValue, JourneyStage, Link, List,
    NodeContent, Order, PageInputs, SingleRefs, WriteMethods,
};
use crate::model::{ListSemantics, Version};

/// The identity providers. This path is documented for beta only; the older `identityProviders` of v1.0 was announced to
/// stop in March 2023. The create pages show `identityProviders` in the body, and no page says whether Graph still keeps
/// them.
pub(super) const PROVIDERS: Link = Link {
    field: "identityProviders",
    version: Version::Beta,
    path: "userFlowIdentityProviders",
    at_creation: AtCreation::Attempted,
    ..Link::PLAIN
};

/// The activities of the audit log. A language and its pages are localized resources, which the reference spells in two ways.
pub(super) const AUDIT: AuditActivities = AuditActivities {
    create: &["Create user flow"],
    update: &[
        "Update user flow",
        "Create or update localized resource",
        "Create or update a localized resource",
        "Delete localized resource",
    ],
    delete: &["Delete user flow"],
};

/// The API connectors. Graph always returns `{}` for them on the flow itself. In the create request it is reported to keep
/// `{"id": …}`, and to ignore `@odata.id`, which the pages show.
pub(super) const fn connectors(query: &'static str) -> SingleRefs {
    SingleRefs {
        field: "apiConnectorConfiguration",
        path: "apiConnectorConfiguration",
        query,
        at_creation: AtCreation::Attempted,
    }
}

/// The attribute assignments. A separate function and action read and set their order, because the order of the
/// listing is not guaranteed. An assignment has the id of its attribute, so nothing has to be expanded.
pub(super) const ASSIGNMENTS: List = List {
    field: "userAttributeAssignments",
    path: "userAttributeAssignments",
    key: "userAttribute",
    semantics: ListSemantics::Ordered,
    methods: WriteMethods::PostAndPatch,
    defaults: &[
        ("requiresVerification", ImplicitValue::False),
        ("userAttributeValues", ImplicitValue::EmptyList),
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
pub(super) const fn languages(
    methods: WriteMethods,
    removable: bool,
    limits: &'static str,
) -> List {
    List {
        field: "languages",
        path: "languages",
        key: "id",
        semantics: ListSemantics::Keyed,
        methods,
        defaults: &[],
        removable,
        order: None,
        contents: Some(Contents {
            field: "pages",
            path: "overridesPages",
            empty: "{\n  \"LocalizedStrings\": []\n}\n",
        }),
        switch: None,
        limits,
    }
}

/// The diagram node of an identity provider.
pub(super) const AT_PROVIDER: DiagramNode = DiagramNode {
    stage: JourneyStage::Provider,
    label: "identity provider",
    content: NodeContent::Each("identityProviders"),
    when: None,
};

/// The diagram node of the connector that is called after federation.
pub(super) const AFTER_FEDERATION: DiagramNode = DiagramNode {
    stage: JourneyStage::AfterProvider,
    label: "connector, after federation",
    content: NodeContent::Each("apiConnectorConfiguration.postFederationSignup"),
    when: None,
};

/// The diagram node of the attribute collection page.
pub(super) const AT_PAGE: DiagramNode = DiagramNode {
    stage: JourneyStage::Page,
    label: "The page asks for",
    content: NodeContent::Page(PageInputs {
        views: None,
        list: "userAttributeAssignments",
        label: "displayName",
        optional: ("isOptional", true),
        hidden: None,
        otherwise: None,
    }),
    when: None,
};

/// The diagram node of the connector that is called before the user is created.
pub(super) const BEFORE_CREATION: DiagramNode = DiagramNode {
    stage: JourneyStage::BeforeAccount,
    label: "connector, before the account is created",
    content: NodeContent::Each("apiConnectorConfiguration.postAttributeCollection"),
    when: None,
};

/// An attribute that the flow collects.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeAssignment {
    /// The attribute: a built-in one by id, a custom one by display name.
    #[schemars(extend("x-refers-to" = ["userFlowAttribute"]))]
    pub user_attribute: ObjectRef,
    /// The label.
    pub display_name: NonEmptyString,
    /// Whether the value is optional.
    #[schemars(extend("x-role" = "optional"))]
    pub is_optional: bool,
    /// Whether the value must be verified; Graph supports this for phone and email only.
    #[schemars(extend("x-graph-default" = false))]
    pub requires_verification: Option<bool>,
    /// The input type.
    pub user_input_type: AssignmentInputType,
    /// The options of `radioSingleSelect`, `dropdownSingleSelect` and `checkboxMultiSelect`.
    #[schemars(extend("x-graph-default" = [], "x-list-key" = "value"))]
    pub user_attribute_values: Option<Vec<AttributeValue>>,
}

/// The type of an input.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AssignmentInputType {
    /// A text field.
    TextBox,
    /// Three lists for a date.
    DateTimeDropdown,
    /// Radio buttons.
    RadioSingleSelect,
    /// A drop-down list.
    DropdownSingleSelect,
    /// An email address.
    EmailBox,
    /// Several check boxes.
    CheckboxMultiSelect,
}

/// An option.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeValue {
    /// The label.
    pub name: NonEmptyString,
    /// The stored value.
    pub value: NonEmptyString,
    /// Whether it is selected by default.
    pub is_default: bool,
}

/// A language of a flow.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LanguageSpec {
    /// The language tag.
    pub id: LanguageTag,
    /// Whether the language is available to users.
    #[schemars(extend("x-graph-default" = true))]
    pub is_enabled: Option<bool>,
    /// `absent` deletes a custom language with its pages. A language that is not listed is not changed.
    pub ensure: Option<Ensure>,
    /// The customized texts, by page: `selfasserted1_1: { file: pages/fr.json }`. `null` restores Microsoft's texts;
    /// a page that is omitted is not changed.
    pub pages: Option<BTreeMap<String, Clearable<JsonContent>>>,
}

/// Whether something must exist.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ensure {
    /// It must exist.
    Present,
    /// It must not exist.
    Absent,
}
