//! Compares what a tenant answered with the table of assumptions.
//! Sends nothing.

use crate::assumptions::{Answer, Assumption, Finding, Observations, SettledBy, table};

/// What a tenant says about one assumption.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The row.
    pub row: &'static Assumption,
    /// What the tenant says.
    pub outcome: Outcome,
}

/// What a tenant says about an assumption.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It gives the answer that is assumed.
    Confirmed(&'static Answer),
    /// It gives another answer of the table.
    Contradicted(&'static Answer),
    /// It gives none of the answers.
    Unlike(String),
    /// Nothing of it shows an answer, and why.
    NotSeen(&'static str),
}

impl Outcome {
    /// The answer of the tenant, if it is one of the table.
    pub fn answer(&self) -> Option<&'static Answer> {
        match self {
            Self::Confirmed(answer) | Self::Contradicted(answer) => Some(answer),
            Self::Unlike(_) | Self::NotSeen(_) => None,
        }
    }
}

/// What the observations say about each row.
pub fn settle(seen: &Observations) -> Vec<Settled> {
    let outcome = |row: &'static Assumption| match row.settled_by {
        SettledBy::Nothing(why) => Outcome::NotSeen(why),
        SettledBy::Reading(observe) | SettledBy::Writing(observe) => match observe(seen) {
            Finding::Answer(0) => Outcome::Confirmed(&row.answers[0]),
            Finding::Answer(index) => Outcome::Contradicted(&row.answers[index]),
            Finding::Unlike(what) => Outcome::Unlike(what),
            Finding::NotSeen(why) => Outcome::NotSeen(why),
        },
    };
    let settled = table().map(|row| Settled {
        row,
        outcome: outcome(row),
    });
    settled.collect()
}
