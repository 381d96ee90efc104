//! Plan → requests → report. The only place that changes a tenant, and it decides nothing.
//!
//! Steps run in the trips and in the order of the plan. A step whose object or whose target failed before is skipped;
//! all others go on.

pub mod backoff;
mod fill;
mod once;
pub mod report;
mod secrets;
mod trip;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use secrets::{MissingSecret, Secrets, read as read_secret};

use crate::graph::{Attempt, ErrorKind, GraphError, Writer, encode_segment};
use crate::model::{Address, ObjectId, Reference, SecretSource};
use crate::plan::{Action, Plan, Resolve, Step, Work};
use once::{Made, Sought};
use report::{Failure, FailureKind, Outcome, Report};

/// What an observer is told while a plan runs. Steps go by their index.
pub enum Event<'a> {
    /// A step starts; others that travel with it start before it ends.
    Starts(usize, &'a Step),
    /// A step has ended, with the request of this id, if it made one.
    Ends(usize, &'a Step, &'a Outcome, Option<&'a str>),
}

/// Who is told.
pub type Observer<'a> = dyn FnMut(Event<'_>) + 'a;

/// Runs a plan, as long as `goes_on` says so before a trip. What should be there and is not is looked for as long as
/// `patience`: Graph may show it later.
pub async fn apply(
    writer: &Writer,
    plan: &Plan,
    secrets: &Secrets,
    patience: Duration,
    goes_on: &dyn Fn() -> bool,
    observer: &mut Observer<'_>,
) -> Report {
    writer.redact(secrets.all());
    let mut run = Run {
        writer,
        secrets,
        patience,
        plan,
        request_id: None,
        ids: plan.ids.clone(),
        made: plan
            .steps
            .iter()
            .filter(|step| step.action == Action::Create)
            .map(|step| step.address.clone())
            .collect(),
        young: BTreeSet::new(),
        broken: BTreeMap::new(),
    };
    let mut outcomes = Vec::with_capacity(plan.steps.len());
    for trip in plan.trips() {
        let is_over = outcomes.iter().any(Outcome::is_out_of_patience);
        outcomes.extend(match goes_on() && !is_over {
            true => run.trip(&trip, observer).await,
            false => run.leave(&trip, observer),
        });
    }
    Report {
        outcomes,
        ..Report::default()
    }
}

struct Run<'a> {
    writer: &'a Writer,
    secrets: &'a Secrets,
    patience: Duration,
    plan: &'a Plan,
    /// Graph's id of the last request of the step.
    request_id: Option<String>,
    ids: BTreeMap<Address, ObjectId>,
    /// The objects that this plan makes: until then they have no id.
    made: BTreeSet<Address>,
    /// The objects that this run has made, which Graph may not show everywhere yet.
    young: BTreeSet<Address>,
    /// The objects of which a step was not done, and the first such step.
    broken: BTreeMap<Address, usize>,
}

impl Run<'_> {
    /// Does a step, or what is left of it after a first attempt.
    async fn step(&mut self, step: &Step, tried: Option<Attempt>) -> Result<(), Failure> {
        match &step.work {
            Work::One(request) if step.action == Action::Create => {
                let sought = Sought::Object(&step.address);
                match self.make(request, sought, tried).await? {
                    Made::Told(id) | Made::Found(id) => {
                        self.ids.insert(step.address.clone(), id);
                        self.young.insert(step.address.clone());
                    }
                    Made::Unnamed => return Err(nameless(&step.address)),
                }
            }
            Work::One(request) => {
                self.do_once(request, tried).await?;
                if step.action == Action::Delete {
                    self.ids.remove(&step.address);
                }
            }
            Work::Fill(fill) => self.fill(fill).await?,
        }
        Ok(())
    }
}

impl Resolve for Run<'_> {
    type Error = Failure;

    fn id(&self, reference: &Reference) -> Result<String, Failure> {
        match reference {
            Reference::Id(id) => Ok(id.as_str().to_owned()),
            Reference::Address(address) => match self.ids.get(address) {
                Some(id) => Ok(id.as_str().to_owned()),
                None => Err(other(format!("{address} has no id in the tenant"))),
            },
        }
    }

    fn secret(&self, source: &SecretSource) -> Result<String, Failure> {
        let value = self.secrets.get(source);
        value
            .map(|secret| secret.expose().to_owned())
            .ok_or_else(|| other("a secret was not read before the run"))
    }

    fn segment(&self, raw: &str) -> String {
        encode_segment(raw)
    }

    fn root(&self) -> &str {
        self.writer.root()
    }
}

/// The id of a new object is in the body; `Location` is not to be relied on.
fn nameless(address: &Address) -> Failure {
    other(format!(
        "Graph made {address} and did not say its id; run the command again"
    ))
}

fn other(message: impl Into<String>) -> Failure {
    Failure {
        message: message.into(),
        hint: None,
        kind: FailureKind::Other,
    }
}

/// A failed request as the report tells it.
pub fn failure(error: GraphError) -> Failure {
    let kind = match error.kind() {
        _ if error.exceeded_wait_limit() => FailureKind::Busy,
        ErrorKind::SignIn | ErrorKind::Permission => FailureKind::Refused,
        ErrorKind::Throttled => FailureKind::Busy,
        ErrorKind::Unreachable | ErrorKind::Tls | ErrorKind::Server => FailureKind::Unavailable,
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::BadRequest => FailureKind::Other,
        ErrorKind::InvalidResponse | ErrorKind::NotInSnapshot | ErrorKind::Other => {
            FailureKind::Other
        }
    };
    let unknown = error
        .outcome_unknown()
        .then_some("run the command again: it looks first and makes nothing twice");
    Failure {
        message: error.to_string(),
        hint: unknown.or(error.hint()).map(str::to_owned),
        kind,
    }
}
