//! What a rehearsal finds.
//! Holds no words of an output: `render` does.

use crate::apply::report::Deviation;
use crate::assumptions::Choice;
use crate::model::Address;
use crate::plan::Step;

/// The result of a rehearsal.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// How many steps were applied.
    pub steps: usize,
    /// What goes wrong.
    pub findings: Vec<Finding>,
}

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is.
    pub what: WrongResult,
    /// The answers to assumptions under which it does not happen.
    pub avoided_by: Vec<Choice>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum WrongResult {
    /// A step fails.
    StepFails {
        /// Its index in the plan.
        index: usize,
        /// The step.
        step: Box<Step>,
        /// Why.
        message: String,
    },
    /// An object is not as the plan forecasts it.
    Deviation(Deviation),
    /// A plan of the result is not empty: it has this step.
    StepLeft(Box<Step>),
    /// The result cannot be compared, for this reason.
    NotCompared(String),
}

impl Rehearsal {
    /// Whether something goes wrong whatever the assumptions are.
    pub fn has_failed(&self) -> bool {
        self.findings.iter().any(Finding::is_certain)
    }
}

impl Finding {
    pub(super) fn new(what: WrongResult) -> Self {
        Self {
            what,
            avoided_by: Vec::new(),
        }
    }

    /// Whether it happens whatever the assumptions are.
    pub fn is_certain(&self) -> bool {
        self.avoided_by.is_empty()
    }

    /// The object.
    pub fn address(&self) -> Option<&Address> {
        match &self.what {
            WrongResult::StepFails { step, .. } | WrongResult::StepLeft(step) => {
                Some(&step.address)
            }
            WrongResult::Deviation(deviation) => Some(deviation.address()),
            WrongResult::NotCompared(_) => None,
        }
    }

    /// Whether both are about the same failure; its message has the id of the request.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (WrongResult::StepFails { index, .. }, WrongResult::StepFails { index: same, .. }) => {
                index == same
            }
            (one, other) => one == other,
        }
    }
}
