//! How the fields of a kind appear in the diagram of a user flow.
//!
//! Plain data. `picture` selects the objects of a flow and draws them.

/// How objects of a kind appear in the diagram of a user flow.
pub struct Diagram {
    /// The nodes.
    pub nodes: &'static [DiagramNode],
    /// The relation to a user flow; `None` if the object is the flow, or does not appear in diagrams.
    pub flow_relation: Option<FlowRelation>,
}

impl Diagram {
    /// For kinds that do not appear in diagrams.
    pub const NONE: Self = Self {
        nodes: &[],
        flow_relation: None,
    };
}

/// The stages of a user flow, in the order in which a user passes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JourneyStage {
    /// The applications that start the flow.
    Start,
    /// The flow itself, of which no kind declares a node.
    Flow,
    /// The choice of an identity provider.
    Provider,
    /// A password is submitted.
    Password,
    /// A one-time passcode is sent.
    Passcode,
    /// During sign-in with an identity provider.
    SigningIn,
    /// The fork between users with and without an account.
    Fork,
    /// After sign-in with an identity provider, without an account.
    AfterProvider,
    /// Before the attribute collection page.
    BeforePage,
    /// The attribute collection page.
    Page,
    /// Before the account is created or updated.
    BeforeAccount,
    /// The account is created or updated.
    Account,
    /// Before the token is issued.
    BeforeToken,
    /// The token, of which no kind declares a node.
    Token,
}

impl JourneyStage {
    /// All of them, in order.
    pub const ALL: [Self; 14] = [
        Self::Start,
        Self::Flow,
        Self::Provider,
        Self::Password,
        Self::Passcode,
        Self::SigningIn,
        Self::Fork,
        Self::AfterProvider,
        Self::BeforePage,
        Self::Page,
        Self::BeforeAccount,
        Self::Account,
        Self::BeforeToken,
        Self::Token,
    ];

    /// Whether a user passes one of the nodes of this stage instead of all of them in sequence.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Start | Self::Provider)
    }

    /// The built-in identity providers whose users pass this stage; none if the users of all providers pass it.
    pub fn providers(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["EmailPassword-OAUTH"],
            // A passcode also verifies the address of a new account with a password.
            Self::Passcode => &["EmailOtpSignup-OAUTH", "EmailPassword-OAUTH"],
            Self::Start
            | Self::Flow
            | Self::Provider
            | Self::SigningIn
            | Self::Fork
            | Self::AfterProvider
            | Self::BeforePage
            | Self::Page
            | Self::BeforeAccount
            | Self::Account
            | Self::BeforeToken
            | Self::Token => &[],
        }
    }

    /// Whether only users pass whose account is created or updated.
    pub fn is_for_accounts(self) -> bool {
        (Self::Fork..=Self::Account).contains(&self)
    }
}

/// A node of the diagram.
pub struct DiagramNode {
    /// The stage.
    pub stage: JourneyStage,
    /// The label.
    pub label: &'static str,
    /// The content, from fields of the object.
    pub content: NodeContent,
    /// The condition: a field and its values. With any other value there is no node.
    pub when: Option<(&'static str, &'static [&'static str])>,
}

/// The content of a node. A nested field is written with a dot.
pub enum NodeContent {
    /// The label only.
    LabelOnly,
    /// One node for each object that a field refers to.
    Each(&'static str),
    /// One node with everything that a field contains, even if it is empty.
    All(&'static str),
    /// An attribute collection page.
    Page(PageInputs),
}

/// The inputs of an attribute collection page, in order.
pub struct PageInputs {
    /// The list of views of the page, and the field with the title of each; `None` if the page has a single view.
    pub views: Option<(&'static str, &'static str)>,
    /// The list of inputs, in the object or in each view.
    pub list: &'static str,
    /// The field of an input with its label.
    pub label: &'static str,
    /// The field that makes an input optional, and its value for optional.
    pub optional: (&'static str, bool),
    /// The field that hides an input if `true`.
    pub hidden: Option<&'static str>,
    /// The list of attributes to use if the object declares no page.
    pub otherwise: Option<&'static str>,
}

/// How an object relates to a user flow that it is not part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowRelation {
    /// This field refers to the flow.
    Flow(&'static str),
    /// This field and the flow's field of the same name have a common member.
    Common(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::KINDS;
    use crate::kinds::field_checks::{assert_field, assert_values};
    use crate::kinds::shape::Record;

    fn list(record: &Record, path: &str) -> Record {
        let inner = path.split('.').try_fold(record.clone(), |record, name| {
            assert!(record.field(name).is_some(), "there is no field {name}");
            record.inner(name).cloned()
        });
        inner.unwrap_or_else(|| panic!("{path} holds no records"))
    }

    #[test]
    fn journey_names_fields_of_the_shape_only() {
        for kind in KINDS {
            for pathpoint in kind.diagram.nodes {
                match &pathpoint.content {
                    NodeContent::LabelOnly => {}
                    NodeContent::Each(path) | NodeContent::All(path) => assert_field(kind, path),
                    NodeContent::Page(questions) => {
                        let mut record = kind.record().clone();
                        if let Some((views, title)) = questions.views {
                            record = list(&record, views);
                            assert!(record.field(title).is_some(), "{title}");
                        }
                        let question = list(&record, questions.list);
                        let fields = [questions.label, questions.optional.0];
                        for field in fields.into_iter().chain(questions.hidden) {
                            assert!(question.field(field).is_some(), "{field}");
                        }
                        questions
                            .otherwise
                            .into_iter()
                            .for_each(|path| assert_field(kind, path));
                    }
                }
            }
            match kind.diagram.flow_relation {
                Some(FlowRelation::Flow(field) | FlowRelation::Common(field)) => {
                    assert_field(kind, field)
                }
                None => {}
            }
        }
    }

    #[test]
    fn journey_conditions_use_values_that_the_field_can_have() {
        let conditions = KINDS.iter().flat_map(|kind| {
            let conditions = kind
                .diagram
                .nodes
                .iter()
                .filter_map(|pathpoint| pathpoint.when);
            conditions.map(move |condition| (kind, condition))
        });
        for (kind, (field, values)) in conditions {
            assert_values(kind, field, values);
        }
    }

    #[test]
    fn kinds_with_nodes_and_no_relation_to_a_flow_are_the_flows() {
        for kind in KINDS {
            assert_eq!(kind.is_flow(), kind.name.ends_with("Flow"), "{}", kind.name);
        }
    }
}
