//! What is not known about Microsoft Graph: one row for each question, with the answers that are possible.
//! Never decides what the client does: the emulator serves each answer, and the client has to be right under all of them.
//!
//! A row is one entry of `protocol`, `objects`, `user_flows`, `events_flows` or `sign_in`. It declares a type whose variants are the
//! answers, so that a handler of the emulator compares with a variant. The first answer is the default.
//! `docs/assumptions.md` and the matrix in `tests/it/assumptions.rs` are made from the table.

mod events_flows;
mod objects;
mod observation;
mod observers;
mod protocol;
mod sign_in;
mod table;
mod user_flows;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use events_flows::*;
pub use objects::*;
pub use observation::{Finding, Observation, Observations, PROBE_NAME, Purpose};
pub use protocol::*;
pub use sign_in::*;
pub use user_flows::*;

/// A row of the table.
#[derive(Debug)]
pub struct Assumption {
    /// In kebab-case, as `--assume` takes it.
    pub name: &'static str,
    /// What is not known.
    pub question: &'static str,
    /// The possible answers; the first one is the default.
    pub answers: &'static [Answer],
    /// Why the default is the default.
    pub why: &'static str,
    /// What entraflow does, whichever answer is true.
    pub client: &'static str,
    /// Where the answers come from, as titles of public pages, issues and recorded responses.
    pub sources: &'static [&'static str],
    /// What can settle the question in a tenant.
    pub settled_by: SettledBy,
}

/// A possible answer.
#[derive(Debug)]
pub struct Answer {
    /// In kebab-case.
    pub name: &'static str,
    /// What Graph does then.
    pub effect: &'static str,
}

/// What can settle a question in a tenant.
#[derive(Clone, Copy, Debug)]
pub enum SettledBy {
    /// Requests that read.
    Reading(Observer),
    /// Requests that change objects which exist for that purpose.
    Writing(Observer),
    /// Nothing that a client should do, and why.
    Nothing(&'static str),
}

/// Finds the index of the answer that a tenant gave.
pub type Observer = fn(&Observations) -> Finding<usize>;

impl SettledBy {
    /// The name in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading(_) => "reading",
            Self::Writing(_) => "writing",
            Self::Nothing(_) => "cannot be",
        }
    }
}

/// A question of the table, as the type of its answers.
pub trait Question: Copy + PartialEq + 'static {
    /// The row of the table.
    const ROW: &'static Assumption;
    /// The answers, in the order of the row.
    const ANSWERS: &'static [Self];
}

/// The index of an answer in its row.
fn index_of<Q: Question>(answer: Q) -> usize {
    let position = Q::ANSWERS.iter().position(|known| *known == answer);
    position.unwrap_or_default()
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Requests and responses of every kind.
    Protocol,
    /// Connectors, attributes, providers, extensions, listeners.
    Objects,
    /// User flows of workforce and Azure AD B2C tenants.
    UserFlows,
    /// User flows of External ID.
    EventsFlows,
    /// Addresses at which people sign in.
    SignIn,
}

/// All rows, by topic.
pub const TOPICS: [(Topic, &[&Assumption]); 5] = [
    (Topic::Protocol, protocol::ROWS),
    (Topic::Objects, objects::ROWS),
    (Topic::UserFlows, user_flows::ROWS),
    (Topic::EventsFlows, events_flows::ROWS),
    (Topic::SignIn, sign_in::ROWS),
];

/// All rows.
pub fn table() -> impl Iterator<Item = &'static Assumption> {
    TOPICS.iter().flat_map(|(_, rows)| rows.iter().copied())
}

/// One answer to each question: the default, unless another one was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions(BTreeMap<&'static str, usize>);

impl Assumptions {
    /// The answer to a question.
    pub fn answer<Q: Question>(&self) -> Q {
        Q::ANSWERS[self.index(Q::ROW)]
    }

    /// Whether this is the answer to its question.
    pub fn has<Q: Question>(&self, answer: Q) -> bool {
        self.answer::<Q>() == answer
    }

    /// The same with another answer to one question.
    #[must_use]
    pub fn with<Q: Question>(mut self, answer: Q) -> Self {
        self.0.insert(Q::ROW.name, index_of(answer));
        self
    }

    /// The same with this answer to a question to which none was chosen.
    #[must_use]
    pub fn or<Q: Question>(mut self, answer: Q) -> Self {
        self.0.entry(Q::ROW.name).or_insert(index_of(answer));
        self
    }

    /// The answer to the question of a row.
    pub fn answer_to(&self, row: &Assumption) -> &'static Answer {
        &row.answers[self.index(row)]
    }

    /// Chooses an answer.
    pub fn choose(&mut self, choice: Choice) {
        self.0.insert(choice.row.name, choice.index);
    }

    fn index(&self, row: &Assumption) -> usize {
        self.0.get(row.name).copied().unwrap_or_default()
    }
}

/// One answer to the question of one row: `NAME=ANSWER`.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    row: &'static Assumption,
    index: usize,
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        (self.row.name, self.index) == (other.row.name, other.index)
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}={}", self.row.name, self.answer().name)
    }
}

impl Choice {
    /// The choice of these names.
    pub fn named(name: &str, answer: &str) -> Result<Self, ChoiceError> {
        let row = table()
            .find(|row| row.name == name)
            .ok_or_else(|| ChoiceError::UnknownName(name.to_owned()))?;
        let mut answers = row.answers.iter();
        match answers.position(|known| known.name == answer) {
            Some(index) => Ok(Self { row, index }),
            None => Err(ChoiceError::UnknownAnswer(row, answer.to_owned())),
        }
    }

    /// Every choice that differs from a default.
    pub fn all() -> impl Iterator<Item = Self> {
        table().flat_map(|row| (1..row.answers.len()).map(move |index| Self { row, index }))
    }

    /// The row.
    pub fn row(&self) -> &'static Assumption {
        self.row
    }

    /// The chosen answer.
    pub fn answer(&self) -> &'static Answer {
        &self.row.answers[self.index]
    }
}

impl FromStr for Choice {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        let (name, answer) = text
            .split_once('=')
            .ok_or_else(|| ChoiceError::NoAnswer(text.to_owned()))?;
        Self::named(name, answer)
    }
}

/// Why a text chooses no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChoiceError {
    /// There is no `=`.
    #[error("`{0}` has no answer; an assumption is written NAME=ANSWER")]
    NoAnswer(String),
    /// No row has this name.
    #[error("unknown assumption `{0}`")]
    UnknownName(String),
    /// The row has no such answer.
    #[error("`{1}` is not an answer of {name}", name = .0.name)]
    UnknownAnswer(&'static Assumption, String),
}

impl ChoiceError {
    /// The wrong word, and the words that are possible in its place.
    pub fn candidates(&self) -> (&str, Vec<&'static str>) {
        let names = || table().map(|row| row.name).collect();
        match self {
            Self::NoAnswer(name) | Self::UnknownName(name) => (name, names()),
            Self::UnknownAnswer(row, answer) => {
                (answer, row.answers.iter().map(|known| known.name).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn first_answer_is_the_default_until_another_is_chosen() {
        let mut assumptions = Assumptions::default();
        assert_eq!(assumptions.answer::<Expand>(), Expand::Served);
        assumptions.choose("expand=refused".parse().unwrap());
        assert!(assumptions.has(Expand::Refused));
        assert_eq!(assumptions.answer_to(Expand::ROW).name, "refused");
        assert!(assumptions.with(Expand::Served).has(Expand::Served));
    }

    #[test]
    fn choice_with_a_wrong_word_has_candidates() {
        let error = |text: &str| text.parse::<Choice>().unwrap_err();
        assert_eq!(error("expand").candidates().0, "expand");
        assert_eq!(error("expands=served").candidates().0, "expands");
        let wrong = error("expand=no");
        assert_eq!(wrong.candidates(), ("no", vec!["served", "refused"]));
        assert_eq!(wrong.to_string(), "`no` is not an answer of expand");
    }

    #[test]
    fn rows_have_unique_kebab_case_names_and_answers() {
        let is_name = |name: &str| {
            let legal = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
            name.split('-')
                .all(|word| !word.is_empty() && word.chars().all(legal))
        };
        let mut names = BTreeSet::new();
        for row in table() {
            assert!(is_name(row.name) && names.insert(row.name), "{}", row.name);
            let answers: BTreeSet<_> = row.answers.iter().map(|answer| answer.name).collect();
            assert_eq!(answers.len(), row.answers.len(), "{}", row.name);
            assert!(
                answers.len() >= 2 && answers.into_iter().all(is_name),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn rows_are_whole_sentences_with_sources() {
        for row in table() {
            assert!(row.question.ends_with('?'), "{}", row.name);
            assert!(!row.sources.is_empty(), "{}", row.name);
            let effects = row.answers.iter().map(|answer| answer.effect);
            for sentence in effects.chain([row.why, row.client]) {
                assert!(sentence.ends_with('.'), "{}: {sentence}", row.name);
            }
        }
    }
}
