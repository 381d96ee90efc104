//! The report of an apply: the outcome of each step, and the result of the verification.
//!
//! Filled by `apply` and `verify`, printed by `render`. Never decides anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Difference;
use crate::model::{Address, Name, Namesakes, ObjectId};

/// The report of an apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplyReport {
    /// The outcome of each step, in the order of the plan.
    pub outcomes: Vec<StepOutcome>,
    /// The steps that read what the verification would read, and found exactly what they expect, by index.
    pub verified_steps: BTreeSet<usize>,
    /// The ids of the objects that it created.
    pub created: BTreeMap<Address, ObjectId>,
    /// The properties that Graph refused in creates.
    pub refused_at_creation: RefusedProperties,
    /// The result of the verification.
    pub verified: Verification,
}

/// The properties that Graph refused in creates, by kind. The objects were created without, and the references linked afterwards.
pub type RefusedProperties = BTreeMap<String, BTreeSet<Name>>;

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// Graph accepted all requests.
    Done,
    /// Nothing was sent: the secrets are the ones last applied.
    Unchanged,
    /// Nothing was sent: the secrets could not be read, for this reason.
    NotCompared(String),
    /// It failed, or its outcome is unknown.
    Failed(ApplyFailure),
    /// It was not run, because the step with this index failed.
    Skipped(usize),
    /// It was not run, because the run was interrupted or Graph throttled it beyond the waiting limit.
    NotStarted,
}

impl StepOutcome {
    /// Whether the step failed because Graph throttled it beyond the waiting limit.
    pub fn exceeded_wait_limit(&self) -> bool {
        match self {
            Self::Failed(failure) => failure.kind == FailureKind::Busy,
            Self::Done | Self::Unchanged | Self::NotCompared(_) => false,
            Self::Skipped(_) | Self::NotStarted => false,
        }
    }

    /// Whether nothing is left to do for the step.
    pub fn is_success(&self) -> bool {
        match self {
            Self::Done | Self::Unchanged | Self::NotCompared(_) => true,
            Self::Failed(_) | Self::Skipped(_) | Self::NotStarted => false,
        }
    }

    fn failure(&self) -> Option<&ApplyFailure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Done | Self::Unchanged | Self::NotCompared(_) => None,
            Self::Skipped(_) | Self::NotStarted => None,
        }
    }
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyFailure {
    /// The error message.
    pub message: String,
    /// A hint on how to fix it.
    pub hint: Option<String>,
    /// The kind of failure, for the exit code.
    pub kind: FailureKind,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Graph refused the sign-in or a permission.
    Refused,
    /// Graph throttled beyond the waiting limit: further requests are futile.
    Busy,
    /// Graph was unreachable, or failed.
    Unavailable,
    /// The plan does not fit the tenant.
    Stale,
    /// Anything else.
    Other,
}

/// The result of the verification.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verification {
    /// It did not run: no step was done.
    #[default]
    NotRun,
    /// Every changed object has its expected state.
    Matches,
    /// These objects deviate.
    Differs(Vec<Deviation>),
    /// Reading the tenant failed.
    Failed(ApplyFailure),
}

/// An object that deviates from its expected state.
#[derive(Clone, Debug, PartialEq)]
pub enum Deviation {
    /// It is missing.
    Missing(Address),
    /// It was not deleted.
    NotDeleted(Address),
    /// It differs from its expected state.
    Differs(Address, Difference),
    /// Other live objects have its name.
    Ambiguous(Address, Namesakes),
}

impl Deviation {
    /// Whether only the user can settle it.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Ambiguous(..))
    }

    /// The object.
    pub fn address(&self) -> &Address {
        match self {
            Self::Missing(address)
            | Self::NotDeleted(address)
            | Self::Differs(address, _)
            | Self::Ambiguous(address, _) => address,
        }
    }
}

impl ApplyReport {
    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| **outcome == StepOutcome::Done)
            .count()
    }

    /// The first failure, if any step failed.
    pub fn first_failure(&self) -> Option<&ApplyFailure> {
        self.outcomes.iter().find_map(StepOutcome::failure)
    }

    /// Whether the run ended because the plan did not fit the tenant, and for no other reason.
    pub fn is_stale(&self) -> bool {
        let failures = self.outcomes.iter().filter_map(StepOutcome::failure);
        let mut failures = failures.map(|failure| failure.kind);
        let is_verified = matches!(self.verified, Verification::Matches | Verification::NotRun);
        let is_stale = failures.next() == Some(FailureKind::Stale);
        is_stale && is_verified && failures.all(|kind| kind == FailureKind::Stale)
    }

    /// Whether the run ended because Graph throttled it beyond the waiting limit.
    pub fn exceeded_wait_limit(&self) -> bool {
        self.outcomes.iter().any(StepOutcome::exceeded_wait_limit)
    }

    /// Whether nothing is left to do, and the verification of what was done succeeded.
    pub fn is_success(&self) -> bool {
        let is_verified = match self.verified {
            Verification::Matches => true,
            Verification::NotRun => self.done() == 0,
            Verification::Differs(_) | Verification::Failed(_) => false,
        };
        is_verified && self.outcomes.iter().all(StepOutcome::is_success)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(message: &str, kind: FailureKind) -> ApplyFailure {
        ApplyFailure {
            message: message.to_owned(),
            hint: None,
            kind,
        }
    }

    fn failed(message: &str, kind: FailureKind) -> StepOutcome {
        StepOutcome::Failed(failure(message, kind))
    }

    fn report(outcomes: Vec<StepOutcome>, verified: Verification) -> ApplyReport {
        ApplyReport {
            outcomes,
            verified,
            ..ApplyReport::default()
        }
    }

    #[test]
    fn report_counts_done_steps_and_finds_the_first_failure() {
        let outcomes = vec![
            StepOutcome::Done,
            StepOutcome::Skipped(2),
            failed("first", FailureKind::Other),
            StepOutcome::Done,
            failed("second", FailureKind::Refused),
            StepOutcome::NotStarted,
        ];
        let report = report(outcomes, Verification::NotRun);
        assert_eq!(report.done(), 2);
        let first = failure("first", FailureKind::Other);
        assert_eq!(report.first_failure(), Some(&first));
        assert_eq!(ApplyReport::default().first_failure(), None);
    }

    #[test]
    fn wait_limit_is_exceeded_by_a_busy_graph_only() {
        let exceeded = |outcome| {
            report(vec![StepOutcome::Done, outcome], Verification::NotRun).exceeded_wait_limit()
        };
        assert!(exceeded(failed("busy", FailureKind::Busy)));
        for kind in [
            FailureKind::Refused,
            FailureKind::Unavailable,
            FailureKind::Other,
        ] {
            assert!(!exceeded(failed("not busy", kind)));
        }
        assert!(!exceeded(StepOutcome::Skipped(0)));
        assert!(!exceeded(StepOutcome::NotStarted));
    }

    #[test]
    fn run_is_stale_if_nothing_else_failed() {
        let stale = || failed("there already", FailureKind::Stale);
        let is_stale = |outcomes, verified| report(outcomes, verified).is_stale();
        let skipped = vec![StepOutcome::Done, stale(), StepOutcome::Skipped(1)];
        assert!(is_stale(skipped.clone(), Verification::Matches));
        assert!(!is_stale(skipped, Verification::Differs(Vec::new())));
        let other = failed("other", FailureKind::Other);
        assert!(!is_stale(vec![stale(), other], Verification::NotRun));
        assert!(!is_stale(vec![StepOutcome::Done], Verification::Matches));
    }

    #[test]
    fn success_needs_all_steps_and_a_verification() {
        let is_success = |outcomes, verified| report(outcomes, verified).is_success();
        let done = || vec![StepOutcome::Done, StepOutcome::Done];
        assert!(is_success(done(), Verification::Matches));
        assert!(is_success(Vec::new(), Verification::NotRun));
        assert!(is_success(Vec::new(), Verification::Matches));
        assert!(!is_success(done(), Verification::NotRun));
        assert!(!is_success(done(), Verification::Differs(Vec::new())));
        let unread = Verification::Failed(failure("unread", FailureKind::Unavailable));
        assert!(!is_success(Vec::new(), unread));
        let partial = vec![StepOutcome::Done, StepOutcome::NotStarted];
        assert!(!is_success(partial, Verification::Matches));
    }

    #[test]
    fn deviation_names_its_object() {
        let address = Address::new("thing", "a");
        for deviation in [
            Deviation::Missing(address.clone()),
            Deviation::NotDeleted(address.clone()),
            Deviation::Differs(address.clone(), Difference::default()),
        ] {
            assert_eq!(deviation.address(), &address);
            assert!(!deviation.is_ambiguous());
        }
        let ambiguous = Deviation::Ambiguous(address.clone(), Namesakes::default());
        assert_eq!(ambiguous.address(), &address);
        assert!(ambiguous.is_ambiguous());
    }
}
