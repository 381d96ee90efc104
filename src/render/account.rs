//! What a run came to, as far as it came: the one value that every report is made from.
//!
//! Commands fill it stage by stage, so that there is something to report however the run ends.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Cost, Reading};
use crate::apply::report::Report;
use crate::desired::{Desired, Tenant};
use crate::drift::Drift;
use crate::model::{Address, Resources};
use crate::plan::Plan;
use crate::problem::{Place, Problem, Severity};

/// What a run came to.
pub struct Account {
    /// The command, as it is typed.
    pub command: &'static str,
    /// The paths that were given.
    pub paths: Vec<PathBuf>,
    /// The tenant, where its document could be read.
    pub tenant: Option<Subject>,
    /// The objects that the files declare, with their places where those are known.
    pub declared: BTreeMap<Address, Option<Place>>,
    /// What they are to be like.
    pub resources: Arc<Resources>,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
    /// What was planned.
    pub planned: Option<Priced>,
    /// What became of the plan.
    pub applied: Option<Applied>,
    /// How the tenant differs from the files, where that was the question.
    pub drifted: Option<Drifted>,
    /// Why the run ended before its end; `None` also where the problems say it all.
    pub stopped: Option<Stopped>,
}

/// The tenant that a run is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name in the files.
    pub name: String,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// Where its document starts.
    pub place: Place,
}

/// A plan and its price.
pub struct Priced {
    /// The plan.
    pub plan: Plan,
    /// What it costs.
    pub cost: Cost,
}

/// What became of a plan.
pub struct Applied {
    /// Step by step, and what was read back.
    pub report: Report,
    /// The requests that were made in all.
    pub requests: u64,
}

/// How a tenant differs from its files.
pub struct Drifted {
    /// The differences.
    pub drift: Drift,
    /// How the tenant was read.
    pub reading: Reading,
}

/// Why a run ended before its end.
pub struct Stopped {
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: Vec<String>,
}

impl Account {
    /// A run of this command that has not begun.
    pub fn new(command: &'static str, paths: &[PathBuf]) -> Self {
        Self {
            command,
            paths: paths.to_owned(),
            tenant: None,
            declared: BTreeMap::new(),
            resources: Arc::default(),
            problems: Vec::new(),
            planned: None,
            applied: None,
            drifted: None,
            stopped: None,
        }
    }

    /// Takes down what the files say.
    pub fn read(&mut self, desired: &Desired) {
        let declared = desired.resources.keys().chain(&desired.absent);
        self.tenant = Some(Subject::of(&desired.tenant));
        self.declared = declared
            .map(|address| (address.clone(), desired.places.get(address).cloned()))
            .collect();
        self.resources = Arc::clone(&desired.resources);
        self.problems.clone_from(&desired.warnings);
    }

    /// Where an object is declared, or else where its tenant is.
    pub(super) fn place(&self, address: &Address) -> Option<&Place> {
        let tenant = self.tenant.as_ref().map(|tenant| &tenant.place);
        self.declared_at(address).or(tenant)
    }

    /// Where an object is declared.
    pub(super) fn declared_at(&self, address: &Address) -> Option<&Place> {
        self.declared.get(address).and_then(Option::as_ref)
    }

    /// What tells runs for one tenant from those for others: the tenant, or the paths where it could not be read.
    pub(super) fn key(&self) -> String {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        match &self.tenant {
            Some(tenant) => tenant.tenant_id.clone(),
            None => paths.collect::<Vec<_>>().join(" "),
        }
    }

    /// Whether the run came to its end and was about files only.
    pub(super) fn is_in_order(&self) -> bool {
        self.planned.is_none() && self.drifted.is_none() && !self.is_stopped()
    }

    /// Whether the run ended before its end.
    pub(super) fn is_stopped(&self) -> bool {
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        self.stopped.is_some() || self.problems.iter().any(is_error)
    }
}

impl Subject {
    /// What a tenant document says of itself.
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            tenant_id: tenant.tenant_id.clone(),
            place: tenant.place.clone(),
        }
    }
}
