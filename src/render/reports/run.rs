//! The result of a run as far as it got: the one value that every report is made from.
//!
//! Commands fill it stage by stage, so that a report exists however the run ends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::apply::report::ApplyReport;
use crate::desired::{Desired, Tenant};
use crate::drift::DriftReport;
use crate::model::{Address, Resources};
use crate::plan::{Plan, TargetTenant};
use crate::problem::{Problem, ProblemLevel, Span};
use crate::rehearsal::Rehearsal;
use crate::sign_in_check::SignInReport;

/// Where a report comes from.
#[derive(Clone, Debug)]
pub struct RunOrigin {
    /// When the run started.
    pub time: Timestamp,
    /// The version of entraflow.
    pub version: &'static str,
    /// The commit of the files, if known.
    pub commit: Option<String>,
    /// The command line.
    pub command_line: String,
}

/// The result of a run.
pub struct RunReport {
    /// The command, as typed.
    pub command: &'static str,
    /// The paths on the command line.
    pub paths: Vec<PathBuf>,
    /// Where the report comes from, if it says so.
    pub origin: Option<RunOrigin>,
    /// The tenant, if its document was readable.
    pub tenant: Option<TenantSummary>,
    /// The declared objects, each with its location if known.
    pub declared: BTreeMap<Address, Option<Span>>,
    /// The desired state of the declared objects.
    pub resources: Arc<Resources>,
    /// Problems in the files.
    pub problems: Vec<Problem>,
    /// The plan.
    pub planned: Option<PlanWithCost>,
    /// The result of rehearsing the plan.
    pub rehearsed: Option<Rehearsal>,
    /// The result of applying the plan.
    pub applied: Option<ApplyResult>,
    /// What the JUnit report says of objects that an apply will change.
    pub pending: PendingTests,
    /// The differences between tenant and files, if the command asked for them.
    pub drifted: Option<DriftResult>,
    /// Whether people can sign in through the flows, if the command asked for it.
    pub sign_in: Option<SignInResult>,
    /// Why the run did not complete; `None` also if the problems explain it.
    pub error: Option<RunError>,
}

/// What a JUnit report says of the objects that an apply will change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PendingTests {
    /// Their tests pass: a plan is no failure.
    #[default]
    #[value(name = "pending=pass")]
    Pass,
    /// Their tests fail.
    #[value(name = "pending=fail")]
    Fail,
}

/// The tenant of a run.
#[derive(Clone, Debug)]
pub struct TenantSummary {
    /// Its name in the files.
    pub name: String,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// The start of its document.
    pub span: Span,
}

/// A plan with its request count.
pub struct PlanWithCost {
    /// The plan.
    pub plan: Plan,
    /// The request count.
    pub cost: RequestEstimate,
}

/// The requests to Graph that a plan took and will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestEstimate {
    /// How the tenant was read.
    pub reading: ReadStats,
    /// Requests with which `apply` will read back the changed objects.
    pub verify: usize,
    /// Round trips for these requests.
    pub verify_round_trips: usize,
}

/// How the tenant was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadStats {
    /// Through Graph.
    Graph {
        /// Number of requests.
        requests: u64,
        /// Number of round trips for these requests.
        round_trips: u64,
    },
    /// Not at all: a saved plan is shown.
    SavedPlan {
        /// When the plan was made, if the file says it.
        made: Option<Timestamp>,
    },
    /// From a snapshot.
    Snapshot {
        /// When the snapshot was taken.
        taken: Timestamp,
        /// When it was read.
        now: Timestamp,
    },
}

/// The result of applying a plan.
pub struct ApplyResult {
    /// The outcome of each step, and the verification.
    pub report: ApplyReport,
    /// All requests of the run.
    pub requests: u64,
    /// How it is continued if it is incomplete.
    pub resume: Resume,
}

/// How an incomplete apply is continued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// With the same command.
    #[default]
    SameCommand,
    /// With another plan: a saved one is stale once a step of it is done.
    NewPlan,
}

/// The differences between a tenant and its files.
pub struct DriftResult {
    /// The differences.
    pub drift: DriftReport,
    /// How the tenant was read.
    pub reading: ReadStats,
}

/// Whether people can sign in through the flows of a tenant.
pub struct SignInResult {
    /// The tenant.
    pub target: TargetTenant,
    /// The findings.
    pub report: SignInReport,
    /// How the tenant was read.
    pub reading: ReadStats,
}

/// Why a run did not complete.
pub struct RunError {
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: Vec<String>,
}

impl RunReport {
    /// The report of a run of this command that has not started yet.
    pub fn new(command: &'static str, paths: &[PathBuf]) -> Self {
        Self {
            command,
            paths: paths.to_owned(),
            origin: None,
            pending: PendingTests::Pass,
            tenant: None,
            declared: BTreeMap::new(),
            resources: Arc::default(),
            problems: Vec::new(),
            planned: None,
            rehearsed: None,
            applied: None,
            drifted: None,
            sign_in: None,
            error: None,
        }
    }

    /// Records the desired state.
    pub fn record_desired(&mut self, desired: &Desired) {
        let declared = desired.resources.keys().chain(&desired.absent);
        self.tenant = Some(TenantSummary::of(&desired.tenant));
        self.declared = declared
            .map(|address| (address.clone(), desired.spans.get(address).cloned()))
            .collect();
        self.resources = Arc::clone(&desired.resources);
        self.problems.clone_from(&desired.warnings);
    }

    /// Drops objects that the run says nothing about.
    pub fn leave_out(&mut self, objects: &BTreeSet<Address>) {
        self.declared
            .retain(|address, _| !objects.contains(address));
    }

    /// The location of an object, or else of its tenant.
    pub(in crate::render) fn object_or_tenant_place(&self, address: &Address) -> Option<&Span> {
        let tenant = self.tenant.as_ref().map(|tenant| &tenant.span);
        self.declared_at(address).or(tenant)
    }

    /// The location of an object.
    pub(in crate::render) fn declared_at(&self, address: &Address) -> Option<&Span> {
        self.declared.get(address).and_then(Option::as_ref)
    }

    /// Distinguishes runs for one tenant from those for others: the tenant id, or the paths if it is unknown.
    pub(in crate::render) fn key(&self) -> String {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        match &self.tenant {
            Some(tenant) => tenant.tenant_id.clone(),
            None => paths.collect::<Vec<_>>().join(" "),
        }
    }

    /// Whether the run completed and only checked files.
    pub(in crate::render) fn is_valid_files_only(&self) -> bool {
        let is_done = self.planned.is_some() || self.drifted.is_some() || self.sign_in.is_some();
        !is_done && !self.is_incomplete()
    }

    /// Whether the run did not complete.
    pub(in crate::render) fn is_incomplete(&self) -> bool {
        let is_error = |problem: &Problem| problem.level == ProblemLevel::Error;
        self.error.is_some() || self.problems.iter().any(is_error)
    }
}

impl TenantSummary {
    /// The summary of a tenant document.
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            tenant_id: tenant.tenant_id.clone(),
            span: tenant.span.clone(),
        }
    }
}
