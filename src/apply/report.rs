//! What became of each step of a plan, and whether the tenant now is as it should be.
//!
//! Filled by `apply` and `verify`, printed by `render`; it decides nothing.

use crate::diff::Difference;
use crate::model::Address;

/// What became of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What became of each step, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// What the tenant has after the run, where it was read back.
    pub verified: Verified,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Graph said yes.
    Done,
    /// It came to nothing, or nobody knows.
    Failed(Failure),
    /// It was not tried, because the step with this index failed.
    Skipped(usize),
    /// It was not tried, because somebody wanted the run to end, or Graph was busy past the waiting limit.
    NotBegun,
}

impl Outcome {
    /// Whether the step has waited for a busy Graph as long as a run may wait.
    pub fn is_out_of_patience(&self) -> bool {
        match self {
            Self::Failed(failure) => failure.kind == FailureKind::Busy,
            Self::Done | Self::Skipped(_) | Self::NotBegun => false,
        }
    }
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub message: String,
    /// The likely cure.
    pub hint: Option<String>,
    /// The sort of failure, for the exit code.
    pub kind: FailureKind,
}

/// The sort of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Sign-in or permission was refused.
    Refused,
    /// Graph was busy past the waiting limit: nothing else is worth a try.
    Busy,
    /// Graph could not be reached, or failed.
    Unavailable,
    /// Anything else.
    Other,
}

/// What reading back showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verified {
    /// Nothing was read back: no step was done.
    #[default]
    Not,
    /// Every object that was touched is as it should be.
    Same,
    /// These objects are not.
    Differs(Vec<Deviation>),
    /// Reading back failed.
    Unknown(Failure),
}

/// An object that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Deviation {
    /// It should be there and is not.
    Missing(Address),
    /// It should be gone and is not.
    StillThere(Address),
    /// It differs from what was asked.
    Differs(Address, Difference),
}

impl Deviation {
    /// The object.
    pub fn address(&self) -> &Address {
        match self {
            Self::Missing(address) | Self::StillThere(address) | Self::Differs(address, _) => {
                address
            }
        }
    }
}

impl Report {
    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| **outcome == Outcome::Done)
            .count()
    }

    /// The first failure, if any step failed.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Failed(failure) => Some(failure),
            Outcome::Done | Outcome::Skipped(_) | Outcome::NotBegun => None,
        })
    }

    /// Whether the run ended because Graph was busy past the waiting limit.
    pub fn ran_out_of_patience(&self) -> bool {
        self.outcomes.iter().any(Outcome::is_out_of_patience)
    }

    /// Whether everything was done and the tenant is as it should be.
    pub fn is_success(&self) -> bool {
        let nothing_to_do = self.outcomes.is_empty() && self.verified == Verified::Not;
        nothing_to_do || self.done() == self.outcomes.len() && self.verified == Verified::Same
    }
}
