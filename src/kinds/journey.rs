//! The words with which a kind says where on the way through a flow a person meets what its fields hold.
//!
//! Plain data. Which objects make up the way of one flow, and how it is drawn, is for `picture` to say.

/// The stretches of the way through a flow, in the order in which a person comes to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Where people come from.
    Start,
    /// Who they can sign up or in with: one of several.
    Provider,
    /// While a provider lets them in.
    SigningIn,
    /// Where the ways part of those who have an account and those who do not.
    Fork,
    /// After a provider has let somebody in who has no account.
    AfterProvider,
    /// Before a page asks.
    BeforePage,
    /// What they are asked for.
    Page,
    /// Before the account is made or changed.
    BeforeAccount,
    /// The account is made or changed.
    Account,
    /// Before the token is issued.
    BeforeToken,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Start,
        Self::Provider,
        Self::SigningIn,
        Self::Fork,
        Self::AfterProvider,
        Self::BeforePage,
        Self::Page,
        Self::BeforeAccount,
        Self::Account,
        Self::BeforeToken,
    ];

    /// Whether a person comes to one of what is there, and not to one after the other.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Start | Self::Provider)
    }

    /// Whether only those come here for whom an account is made or changed.
    pub fn is_for_accounts(self) -> bool {
        (Self::Fork..=Self::Account).contains(&self)
    }
}

/// Something that a person meets on the way.
pub struct Waypoint {
    /// Where.
    pub stage: Stage,
    /// What it is, in words.
    pub says: &'static str,
    /// What of the object is met there.
    pub meets: Meets,
    /// A field and its values; with any other value it is not met.
    pub when: Option<(&'static str, &'static [&'static str])>,
}

/// What of an object is met. A field inside another is named with a dot between the two.
pub enum Meets {
    /// The words only.
    Words,
    /// Each thing that a field names, by itself.
    Each(&'static str),
    /// What a field holds, all at once; also where it holds nothing.
    All(&'static str),
    /// A page that asks.
    Page(Questions),
}

/// What a page asks, in order.
pub struct Questions {
    /// The list of views that the page is made of, and the field with the heading of each; `None` where it has only one.
    pub views: Option<(&'static str, &'static str)>,
    /// The list of questions: of the object, or of each view.
    pub list: &'static str,
    /// The field of a question that has its label.
    pub label: &'static str,
    /// The field that says whether an answer is needed, and the value with which it is not.
    pub optional: (&'static str, bool),
    /// The field that, with `true`, keeps a question from being seen.
    pub hidden: Option<&'static str>,
    /// The list of what is asked for where the object says nothing of a page.
    pub otherwise: Option<&'static str>,
}

/// How an object belongs to the way of a flow that it is no part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joins {
    /// The field refers to the flow.
    Flow(&'static str),
    /// The field and that of the same name of the flow have something in common.
    Common(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::shape::{Record, Shape};
    use crate::kinds::{KINDS, Kind};

    fn list(record: &Record, way: &str) -> Record {
        let inner = way.split('.').try_fold(record.clone(), |record, name| {
            assert!(record.field(name).is_some(), "there is no field {name}");
            record.inner(name).cloned()
        });
        inner.unwrap_or_else(|| panic!("{way} holds no records"))
    }

    fn has(kind: &Kind, way: &str) {
        let (outer, last) = way.rsplit_once('.').unwrap_or(("", way));
        let record = match outer {
            "" => kind.record().clone(),
            outer => list(kind.record(), outer),
        };
        let name = kind.name;
        assert!(record.field(last).is_some(), "{name} has no field {way}");
    }

    #[test]
    fn every_field_on_the_way_is_in_the_shape() {
        for kind in KINDS {
            for waypoint in kind.journey {
                match &waypoint.meets {
                    Meets::Words => {}
                    Meets::Each(way) | Meets::All(way) => has(kind, way),
                    Meets::Page(questions) => {
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
                            .for_each(|way| has(kind, way));
                    }
                }
            }
            match kind.joins {
                Some(Joins::Flow(field) | Joins::Common(field)) => has(kind, field),
                None => {}
            }
        }
    }

    #[test]
    fn every_value_that_decides_is_one_that_the_field_can_have() {
        let conditions = KINDS.iter().flat_map(|kind| {
            let conditions = kind.journey.iter().filter_map(|waypoint| waypoint.when);
            conditions.map(move |condition| (kind, condition))
        });
        for (kind, (field, values)) in conditions {
            let shape = &kind.record().field(field).unwrap().shape;
            for value in values {
                let fits = match shape {
                    Shape::Choice(choices) => choices.iter().any(|choice| choice.word == *value),
                    Shape::Bool => ["true", "false"].contains(value),
                    _ => false,
                };
                assert!(fits, "{}.{field} is never {value}", kind.name);
            }
        }
    }

    #[test]
    fn the_kinds_that_people_go_through_are_the_flows() {
        let flows = KINDS.iter().filter(|kind| kind.is_flow());
        assert_eq!(
            flows.map(|kind| kind.name).collect::<Vec<_>>(),
            [
                "b2xUserFlow",
                "b2cUserFlow",
                "userFlow",
                "authenticationEventsFlow"
            ]
        );
    }
}
