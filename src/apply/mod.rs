//! Plan → requests → report. The only place that changes a tenant, and it decides nothing.
//!
//! Steps run one after the other, in the order of the plan. A step whose object or whose target failed before is
//! skipped; all others go on.

mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

pub use secrets::{MissingSecret, Secrets, read as read_secret};

use crate::graph::{
    Answer, Call, ErrorKind, GraphError, Method as GraphMethod, Writer, encode_segment,
};
use crate::model::{Address, ObjectId, Reference, SecretSource};
use crate::plan::{Action, Fill, Filled, Method, Plan, Request, Resolve, Step, Work};
use crate::report::{Failure, FailureKind, Outcome, Report};

/// What an observer is told while a plan runs. Steps go by their index.
pub enum Event<'a> {
    /// A step starts.
    Starts(usize, &'a Step),
    /// A step has ended.
    Ends(usize, &'a Step, &'a Outcome),
}

/// Runs a plan.
pub async fn apply(
    writer: &Writer,
    plan: &Plan,
    secrets: &Secrets,
    observer: &mut dyn FnMut(Event<'_>),
) -> Report {
    let mut run = Run {
        writer,
        secrets,
        ids: plan.ids.clone(),
        made: plan
            .steps
            .iter()
            .filter(|step| step.action == Action::Create)
            .map(|step| step.address.clone())
            .collect(),
        broken: BTreeMap::new(),
    };
    let mut report = Report::default();
    for (index, step) in plan.steps.iter().enumerate() {
        observer(Event::Starts(index, step));
        let outcome = match run.obstacle(step) {
            Some(because) => Outcome::Skipped(because),
            None => match run.step(step).await {
                Ok(()) => Outcome::Done,
                Err(failure) => Outcome::Failed(failure),
            },
        };
        if outcome != Outcome::Done {
            run.broken.entry(step.address.clone()).or_insert(index);
        }
        observer(Event::Ends(index, step, &outcome));
        report.outcomes.push(outcome);
    }
    report
}

struct Run<'a> {
    writer: &'a Writer,
    secrets: &'a Secrets,
    ids: BTreeMap<Address, ObjectId>,
    /// The objects that this plan makes: until then they have no id.
    made: BTreeSet<Address>,
    /// The objects of which a step was not done, and the first such step.
    broken: BTreeMap<Address, usize>,
}

impl Run<'_> {
    /// The failed step that this one depends on.
    fn obstacle(&self, step: &Step) -> Option<usize> {
        let own = self.broken.get(&step.address);
        let requests = step.work.possible();
        let targets = requests
            .iter()
            .flat_map(|request| request.references())
            .filter_map(|reference| match reference {
                Reference::Address(address) => Some(address),
                Reference::Id(_) => None,
            });
        let mut missing =
            targets.filter(|target| self.made.contains(target) && !self.ids.contains_key(target));
        own.or_else(|| missing.find_map(|target| self.broken.get(target)))
            .copied()
    }

    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        match &step.work {
            Work::One(request) => {
                let answer = self.send(request).await?;
                match step.action {
                    Action::Create => {
                        self.ids.insert(step.address.clone(), id_of(&answer, step)?);
                    }
                    Action::Delete => {
                        self.ids.remove(&step.address);
                    }
                    _ => {}
                }
                Ok(())
            }
            Work::Fill(fill) => self.fill(fill).await,
        }
    }

    /// Makes a list of a new object exactly so: what Graph has put into it is changed or deleted, the rest is made.
    async fn fill(&self, fill: &Fill) -> Result<(), Failure> {
        let mut unwanted = self.read_ids(&fill.read).await?;
        for part in &fill.parts {
            let id = ObjectId::new(self.id(&part.key)?);
            let is_there = unwanted.remove(&id);
            self.send(if is_there { &part.update } else { &part.create })
                .await?;
        }
        for id in unwanted {
            let path = fill.list.clone().id(&Reference::Id(id));
            self.send(&Request::bare(Method::Delete, fill.read.version, path))
                .await?;
        }
        if let Some(order) = &fill.order {
            self.send(order).await?;
        }
        Ok(())
    }

    async fn read_ids(&self, read: &Request) -> Result<BTreeSet<ObjectId>, Failure> {
        let Filled { path, .. } = read.fill(self)?;
        let parts = self
            .writer
            .reader()
            .list(read.version.into(), &path)
            .await
            .map_err(failure)?;
        Ok(parts
            .iter()
            .filter_map(|part| part["id"].as_str())
            .map(ObjectId::new)
            .collect())
    }

    async fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let Filled { path, body } = request.fill(self)?;
        let method = match request.method {
            Method::Post => GraphMethod::Post,
            Method::Patch => GraphMethod::Patch,
            Method::Put => GraphMethod::Put,
            Method::Delete => GraphMethod::Delete,
            Method::Get => return Err(other("a plan reads by lists only")),
        };
        let call = Call {
            method,
            version: request.version.into(),
            path,
            body,
        };
        let sent = self.writer.send(call).await;
        // Graph may quote what it was sent.
        sent.map_err(|error| failure(self.secrets.all().fold(error, GraphError::without)))
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
            .map(str::to_owned)
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
fn id_of(answer: &Answer, step: &Step) -> Result<ObjectId, Failure> {
    match answer.body.get("id").and_then(Json::as_str) {
        Some(id) => Ok(ObjectId::new(id)),
        None => Err(other(format!(
            "Graph made {} and did not say its id; run the command again",
            step.address
        ))),
    }
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
        ErrorKind::SignIn | ErrorKind::Permission => FailureKind::Refused,
        ErrorKind::Throttled | ErrorKind::Unreachable | ErrorKind::Server => {
            FailureKind::Unavailable
        }
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::BadRequest => FailureKind::Other,
        ErrorKind::BadAnswer | ErrorKind::Other => FailureKind::Other,
    };
    let unknown = error.outcome_unknown().then_some(
        "nobody knows whether it took effect; run the command again: it looks first and makes nothing twice",
    );
    Failure {
        message: error.to_string(),
        hint: unknown.or(error.hint()).map(str::to_owned),
        kind,
    }
}
