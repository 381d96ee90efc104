//! Plans of connectors, and runs of them, for tests.

use std::time::Duration;

use serde_json::{Value, json};

use super::report::{ApplyReport, StepOutcome};
use super::{ApplyEvent, Secrets, apply};
use crate::graph::samples::{Answer, SampleGraph};
use crate::model::samples::{address, fields, reference};
use crate::model::{Method, ObjectId, Resource, Version};
use crate::plan::samples::{plan, step_of};
use crate::plan::{Action, Operation, PathTemplate, Plan, Request, Step};

/// How long the runs of tests wait for an effect.
pub(super) const WAIT: Duration = Duration::from_secs(10);

/// A step with one request.
pub(super) fn step(name: &str, action: Action, request: Request) -> Step {
    Step {
        operation: Operation::Request(Box::new(request)),
        ..step_of(&format!("apiConnector/{name}"), action, "")
    }
}

/// The path of the connectors.
pub(super) fn connectors() -> PathTemplate {
    PathTemplate(Vec::new()).literal("/identity/apiConnectors")
}

/// The path of a connector.
pub(super) fn connector(name: &str) -> PathTemplate {
    connectors().id(&reference(&format!("apiConnector/{name}")))
}

pub(super) fn post(path: PathTemplate, body: &Value) -> Request {
    Request::json(Method::Post, Version::V1, path, fields(body))
}

/// A step that creates a connector.
pub(super) fn create(name: &str) -> Step {
    let request = post(connectors(), &json!({"displayName": name}));
    step(name, Action::Create, request)
}

/// A step that changes a connector, after its create if that is part of the plan.
pub(super) fn update(name: &str) -> Step {
    let body = fields(&json!({"targetUrl": "https://a.example"}));
    let request = Request::json(Method::Patch, Version::V1, connector(name), body);
    step(name, Action::Update, request)
}

/// A step that deletes a connector.
pub(super) fn delete(name: &str) -> Step {
    let request = Request::without_body(Method::Delete, Version::V1, connector(name));
    step(name, Action::Delete, request)
}

/// A plan in which these connectors exist, with their ids.
pub(super) fn plan_with(existing: &[(&str, &str)], steps: Vec<Step>) -> Plan {
    let mut plan = plan(steps);
    for (name, id) in existing {
        let address = address(&format!("apiConnector/{name}"));
        plan.ids.insert(address, ObjectId::new(*id));
    }
    for step in &plan.steps {
        let name = step.address.name();
        let object = Resource::with_fields(&json!({ "displayName": name }));
        plan.expected.insert(step.address.clone(), object);
    }
    plan
}

/// A run of a plan, with what it sent and how long it waited.
pub(super) struct Run {
    pub(super) report: ApplyReport,
    pub(super) received: Vec<String>,
    pub(super) waited: Duration,
    /// The events: `start 1`, `end 1 done r-2`.
    pub(super) events: Vec<String>,
}

/// Runs a plan on a Graph with these answers. Stops once this many steps have ended.
pub(super) async fn run_until(
    plan: &Plan,
    secrets: &Secrets,
    ends: usize,
    answers: Vec<(&str, Answer)>,
) -> Run {
    let graph = SampleGraph::start(answers).await;
    let session = graph.session().await;
    let start = tokio::time::Instant::now();
    let ended = std::cell::Cell::new(0);
    let mut events = Vec::new();
    let mut observer = |event: ApplyEvent<'_>| match event {
        ApplyEvent::StepStarted(index, _) => events.push(format!("start {index}")),
        ApplyEvent::StepInProgress(index, _) => events.push(format!("progress {index}")),
        ApplyEvent::StepEnded(index, _, outcome, request_id) => {
            ended.set(ended.get() + 1);
            let request_id = request_id.unwrap_or("-");
            events.push(format!("end {index} {} {request_id}", text(outcome)));
        }
    };
    let continues = || ended.get() < ends;
    let writer = session.writer();
    let report = apply(&writer, plan, secrets, WAIT, &continues, &mut observer).await;
    Run {
        report,
        received: graph.received(),
        waited: start.elapsed(),
        events,
    }
}

/// Runs a plan without secrets.
pub(super) async fn run(plan: &Plan, answers: Vec<(&str, Answer)>) -> Run {
    run_until(plan, &Secrets::default(), usize::MAX, answers).await
}

impl Run {
    /// The outcomes of the steps: `done`, `skipped 0`, `failed: …`.
    pub(super) fn outcomes(&self) -> Vec<String> {
        self.report.outcomes.iter().map(text).collect()
    }
}

fn text(outcome: &StepOutcome) -> String {
    match outcome {
        StepOutcome::Done => "done".to_owned(),
        StepOutcome::Unchanged => "unchanged".to_owned(),
        StepOutcome::NotCompared(reason) => format!("not compared: {reason}"),
        StepOutcome::Failed(failure) => {
            let first_line = failure.message.lines().next().unwrap_or_default();
            format!("failed: {first_line}")
        }
        StepOutcome::Skipped(cause) => format!("skipped {cause}"),
        StepOutcome::NotStarted => "not started".to_owned(),
    }
}
