use std::path::Path;

use serde_json::json;

use crate::apply::Secrets;
use crate::apply::samples::{
    connector, connectors, create, delete, plan_with, post, run, run_until, step, update,
};
use crate::graph::samples::{contended, objects, refusal, success, throttled};
use crate::model::samples::{address, reference};
use crate::model::{Encoding, Method, Secret, SecretSource, Value, Version};
use crate::plan::{Action, Operation, PathTemplate, Request, RequestBody, Step};

const POST: &str = "POST /v1.0/identity/apiConnectors";
const LIST: &str = "GET /v1.0/identity/apiConnectors";

/// A connector with a target that no request of these tests changes.
const TARGET: &str = r#"{"targetUrl":"https://a.example"}"#;

fn patch(id: &str) -> String {
    format!("PATCH /v1.0/identity/apiConnectors/{id}")
}

fn patched(id: &str) -> String {
    format!("PATCH /identity/apiConnectors/{id} {TARGET}")
}

fn created(name: &str) -> String {
    format!(r#"POST /identity/apiConnectors {{"displayName":"{name}"}}"#)
}

/// More creates than fit into a batch.
fn many_creates() -> Vec<Step> {
    let names = (10..35).map(|number| format!("C{number}"));
    names.map(|name| create(&name)).collect()
}

/// A step that links a connector to another one.
fn link(name: &str, target: &str) -> Step {
    let body = RequestBody::Link {
        version: Version::V1,
        collection: "/identity/apiConnectors".into(),
        target: reference(&format!("apiConnector/{target}")),
    };
    let path = connector(name).literal("$ref");
    let request = Request {
        body,
        ..post(path, &json!({}))
    };
    step(name, Action::Link, request)
}

#[tokio::test(start_paused = true)]
async fn creates_travel_together_and_later_steps_use_their_ids() {
    let plan = plan_with(&[], vec![create("A"), create("B"), update("A")]);
    let run = run(
        &plan,
        vec![
            (POST, success(json!({"id": "a b"}))),
            (POST, success(json!({"id": "b"}))),
            (&patch("a%20b"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(run.outcomes(), ["done", "done", "done"]);
    let creates = format!("batch: {} | {}", created("A"), created("B"));
    let update = format!("{} {TARGET}", patch("a%20b"));
    assert_eq!(run.received, [creates, update]);
    assert_eq!(
        run.events,
        [
            "start 0",
            "start 1",
            "end 0 done r-1",
            "end 1 done r-2",
            "start 2",
            "end 2 done r"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn link_names_the_object_by_its_url() {
    let plan = plan_with(&[("A", "a"), ("B", "b/1")], vec![link("A", "B")]);
    let line = "POST /v1.0/identity/apiConnectors/a/$ref";
    let run = run(&plan, vec![(line, success(json!(null)))]).await;
    assert_eq!(run.outcomes(), ["done"]);
    let body = r#"{"@odata.id":"{root}/v1.0/identity/apiConnectors/b%2F1"}"#;
    assert_eq!(run.received, [format!("{line} {body}")]);
}

#[tokio::test(start_paused = true)]
async fn steps_that_depend_on_a_failed_step_are_skipped() {
    let steps = vec![
        create("A"),
        create("B"),
        create("C"),
        update("C"),
        link("D", "C"),
        update("D"),
    ];
    let plan = plan_with(&[("D", "d")], steps);
    let run = run(
        &plan,
        vec![
            (POST, success(json!({"id": "a"}))),
            (POST, success(json!({"id": "b"}))),
            (POST, refusal(400, "Invalid")),
            (&patch("d"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(
        run.outcomes(),
        [
            "done",
            "done",
            "failed: POST /v1.0/identity/apiConnectors: 400 Invalid: refused",
            "skipped 2",
            "skipped 2",
            "skipped 2"
        ]
    );
    assert_eq!(run.received.len(), 1, "{:?}", run.received);
    assert_eq!(run.events.len(), 9, "{:?}", run.events);
}

#[tokio::test(start_paused = true)]
async fn steps_after_an_interruption_are_not_started() {
    let plan = plan_with(
        &[],
        vec![create("A"), create("B"), update("A"), update("B")],
    );
    let run = run_until(
        &plan,
        &Secrets::default(),
        2,
        vec![
            (POST, success(json!({"id": "a"}))),
            (POST, success(json!({"id": "b"}))),
        ],
    )
    .await;
    assert_eq!(
        run.outcomes(),
        ["done", "done", "not started", "not started"]
    );
    assert_eq!(run.received.len(), 1, "{:?}", run.received);
}

#[tokio::test(start_paused = true)]
async fn interruption_within_a_wave_sends_no_further_batch() {
    let plan = plan_with(&[], many_creates());
    let answers = vec![(POST, success(json!({"id": "a"})))];
    let run = run_until(&plan, &Secrets::default(), 20, answers).await;
    assert_eq!(run.report.done(), 20);
    assert_eq!(run.outcomes()[20..], ["not started"; 5]);
    assert_eq!(run.received.len(), 1, "{:?}", run.received);
}

#[tokio::test(start_paused = true)]
async fn steps_after_the_waiting_limit_are_not_started() {
    let plan = plan_with(&[], many_creates());
    let answers = vec![(POST, throttled(61)), (POST, success(json!({"id": "a"})))];
    let run = run(&plan, answers).await;
    assert!(run.report.exceeded_wait_limit());
    assert_eq!(run.report.done(), 19);
    assert_eq!(run.outcomes()[20..], ["not started"; 5]);
    assert_eq!(run.received.len(), 1, "{:?}", run.received);
}

#[tokio::test(start_paused = true)]
async fn wait_of_exactly_the_limit_is_waited_for() {
    let plan = plan_with(&[("A", "a")], vec![update("A")]);
    let line = patch("a");
    let answers = vec![(&*line, throttled(60)), (&*line, success(json!(null)))];
    let run = run(&plan, answers).await;
    assert_eq!(run.outcomes(), ["done"]);
    assert_eq!(run.waited.as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn creates_that_graph_refused_in_parallel_are_sent_in_sequence_unless_they_exist() {
    let steps = vec![
        create("A"),
        create("B"),
        create("C"),
        update("A"),
        update("B"),
    ];
    let plan = plan_with(&[], steps);
    let run = run(
        &plan,
        vec![
            (POST, success(json!({"id": "a"}))),
            (POST, contended()),
            (POST, contended()),
            (LIST, objects(&[("a", "A"), ("c", "C")])),
            (POST, success(json!({"id": "b"}))),
            (&patch("a"), success(json!(null))),
            (&patch("b"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(run.outcomes(), ["done"; 5]);
    let all = format!(
        "batch: {} | {} | {}",
        created("A"),
        created("B"),
        created("C")
    );
    let again = format!(r#"{POST} {{"displayName":"B"}}"#);
    let updates = format!("sequence: {} | {}", patched("a"), patched("b"));
    assert_eq!(run.received, [all, LIST.to_owned(), again, updates]);
}

#[tokio::test(start_paused = true)]
async fn change_that_graph_refused_in_parallel_is_sent_again() {
    let plan = plan_with(&[("A", "a"), ("B", "b")], vec![update("A"), update("B")]);
    let run = run(
        &plan,
        vec![
            (&patch("a"), success(json!(null))),
            (&patch("b"), contended()),
            (&patch("b"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(run.outcomes(), ["done", "done"]);
    let both = format!("batch: {} | {}", patched("a"), patched("b"));
    assert_eq!(run.received, [both, format!("{} {TARGET}", patch("b"))]);
    assert_eq!(run.waited.as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn refused_create_waits_for_the_other_if_the_list_cannot_be_read() {
    let plan = plan_with(&[], vec![create("A"), create("B")]);
    let run = run(
        &plan,
        vec![
            (POST, success(json!({"id": "a"}))),
            (POST, contended()),
            (LIST, refusal(403, "Denied")),
            (POST, success(json!({"id": "b"}))),
        ],
    )
    .await;
    assert_eq!(run.outcomes()[0], "done");
    assert!(
        run.outcomes()[1].starts_with("failed: POST"),
        "{:?}",
        run.outcomes()
    );
}

#[tokio::test(start_paused = true)]
async fn refusal_in_a_sequence_is_not_taken_for_one_of_a_parallel_batch() {
    let second = Request::without_body(
        crate::model::Method::Patch,
        Version::V1,
        connector("A").literal("part"),
    );
    let plan = plan_with(
        &[("A", "a")],
        vec![update("A"), step("A", Action::Update, second)],
    );
    let part = patch("a/part");
    let run = run(
        &plan,
        vec![
            (&patch("a"), success(json!(null))),
            (&part, contended()),
            (&part, success(json!(null))),
        ],
    )
    .await;
    assert_eq!(run.outcomes(), ["done", "done"]);
    assert!(run.received[0].starts_with("sequence: "));
    assert_eq!(run.waited.as_millis(), 500, "it waits for the other change");
}

#[tokio::test(start_paused = true)]
async fn entries_after_a_failure_in_a_sequence_are_skipped_or_sent_again() {
    let part = |name: &str| {
        let path = connector(name).literal("part");
        let request = Request::without_body(crate::model::Method::Patch, Version::V1, path);
        step(name, Action::Update, request)
    };
    let steps = vec![update("A"), part("A"), update("B"), part("B")];
    let plan = plan_with(&[("A", "a"), ("B", "b")], steps);
    let not_executed = || refusal(424, "FailedDependency");
    let run = run(
        &plan,
        vec![
            (&patch("a"), refusal(400, "Invalid")),
            (&patch("a/part"), not_executed()),
            (&patch("b"), not_executed()),
            (&patch("b"), success(json!(null))),
            (&patch("b/part"), not_executed()),
            (&patch("b/part"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(
        run.outcomes(),
        [
            "failed: PATCH /v1.0/identity/apiConnectors/a: 400 Invalid: refused",
            "skipped 0",
            "done",
            "done"
        ]
    );
    let b = format!("{} | PATCH /identity/apiConnectors/b/part", patched("b"));
    let a = format!("{} | PATCH /identity/apiConnectors/a/part", patched("a"));
    assert_eq!(
        run.received,
        [format!("sequence: {a} | {b}"), format!("sequence: {b}")]
    );
}

/// The outcomes of two steps of an object in one batch, of which the first fails and the second has this answer.
async fn after_a_failure(answer: crate::graph::samples::Answer) -> Vec<String> {
    let request = Request::without_body(
        crate::model::Method::Post,
        Version::V1,
        connector("A").literal("part"),
    );
    let steps = vec![update("A"), step("A", Action::Add, request)];
    let plan = plan_with(&[("A", "a")], steps);
    let (first, second) = (patch("a"), "POST /v1.0/identity/apiConnectors/a/part");
    let answers = vec![(&*first, refusal(400, "Invalid")), (second, answer)];
    run(&plan, answers).await.outcomes()
}

#[tokio::test(start_paused = true)]
async fn entry_that_graph_executed_after_a_failure_counts_as_what_it_is() {
    assert_eq!(after_a_failure(success(json!(null))).await[1], "done");
    assert_eq!(
        after_a_failure(refusal(400, "Invalid")).await[1],
        "skipped 0"
    );
    let unknown = after_a_failure(refusal(504, "Timeout")).await;
    assert!(unknown[1].starts_with("failed: POST"), "{unknown:?}");
}

#[tokio::test(start_paused = true)]
async fn request_that_cannot_be_built_fails_alone() {
    let plan = plan_with(
        &[("B", "b"), ("C", "c")],
        vec![update("A"), update("B"), update("C")],
    );
    let run = run(
        &plan,
        vec![
            (&patch("b"), success(json!(null))),
            (&patch("c"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(
        run.outcomes(),
        [
            "failed: apiConnector/A has no id in the tenant",
            "done",
            "done"
        ]
    );
    let both = format!("batch: {} | {}", patched("b"), patched("c"));
    assert_eq!(run.received, [both]);
}

/// A step whose path is not valid.
fn invalid(name: &str) -> Step {
    let path = connectors().literal("a#b");
    let request = Request::without_body(Method::Patch, Version::V1, path);
    step(name, Action::Update, request)
}

#[tokio::test(start_paused = true)]
async fn batch_that_cannot_be_sent_is_sent_one_by_one() {
    let steps = vec![update("A"), invalid("B"), update("C")];
    let plan = plan_with(&[("A", "a"), ("B", "b"), ("C", "c")], steps);
    let run = run(
        &plan,
        vec![
            (&patch("a"), success(json!(null))),
            (&patch("c"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(run.outcomes()[0], "done");
    assert!(run.outcomes()[1].contains("not valid below the Graph root"));
    assert_eq!(run.outcomes()[2], "done");
    let alone = |id| format!("{} {TARGET}", patch(id));
    assert_eq!(run.received, [alone("a"), alone("c")]);
}

#[tokio::test(start_paused = true)]
async fn only_the_first_of_a_batch_that_cannot_be_sent_is_sent_alone() {
    let steps = vec![invalid("A"), update("B"), update("C")];
    let plan = plan_with(&[("A", "a"), ("B", "b"), ("C", "c")], steps);
    let run = run(
        &plan,
        vec![
            (&patch("b"), success(json!(null))),
            (&patch("c"), success(json!(null))),
        ],
    )
    .await;
    assert!(run.outcomes()[0].contains("not valid below the Graph root"));
    assert_eq!(run.outcomes()[1..], ["done", "done"]);
    let both = format!("batch: {} | {}", patched("b"), patched("c"));
    assert_eq!(run.received, [both]);
}

fn secret() -> SecretSource {
    SecretSource::Env {
        env: "PASSWORD".to_owned(),
        encoding: Encoding::Text,
        allow_unusual: false,
    }
}

/// A step that creates a connector with a secret.
fn create_with_secret(name: &str) -> Step {
    let mut step = create(name);
    if let Operation::Request(request) = &mut step.operation
        && let RequestBody::Json(fields) = &mut request.body
    {
        fields.insert("password".into(), Value::Secret(Secret::From(secret())));
    }
    step
}

#[tokio::test(start_paused = true)]
async fn secret_travels_alone_and_is_in_no_message() {
    let steps = vec![create_with_secret("A"), create("B")];
    let plan = plan_with(&[], steps);
    let variable = |name: &str| (name == "PASSWORD").then(|| "hunter2-of-connector".into());
    let secrets = Secrets::read(&plan, Path::new(""), &variable).unwrap();
    let quoting = refusal(400, "hunter2-of-connector");
    let answers = vec![(POST, quoting), (POST, success(json!({"id": "b"})))];
    let run = run_until(&plan, &secrets, usize::MAX, answers).await;
    let sent = format!(r#"{POST} {{"displayName":"A","password":"hunter2-of-connector"}}"#);
    let other = format!(r#"{POST} {{"displayName":"B"}}"#);
    assert_eq!(run.received, [sent, other]);
    let outcomes = run.outcomes();
    assert!(outcomes[0].starts_with("failed: POST"), "{outcomes:?}");
    assert!(!outcomes[0].contains("hunter2"), "{outcomes:?}");
    assert_eq!(outcomes[1], "done");
}

#[tokio::test(start_paused = true)]
async fn secret_that_was_not_read_is_not_sent() {
    let plan = plan_with(&[], vec![create_with_secret("A")]);
    let run = run(&plan, vec![]).await;
    assert_eq!(
        run.outcomes(),
        ["failed: a secret was not read before the run"]
    );
    assert_eq!(run.received, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn deleted_object_has_no_id_and_its_successor_has_the_new_one() {
    let steps = vec![delete("A"), create("A"), update("A")];
    let plan = plan_with(&[("A", "old")], steps);
    let run = run(
        &plan,
        vec![
            (
                "DELETE /v1.0/identity/apiConnectors/old",
                success(json!(null)),
            ),
            (POST, success(json!({"id": "new"}))),
            (&patch("new"), success(json!(null))),
        ],
    )
    .await;
    assert_eq!(run.outcomes(), ["done"; 3]);
    let steps = vec![delete("A"), update("A")];
    let plan = plan_with(&[("A", "old")], steps);
    let line = "DELETE /v1.0/identity/apiConnectors/old";
    let run = crate::apply::samples::run(&plan, vec![(line, success(json!(null)))]).await;
    assert_eq!(run.outcomes()[0], "done");
}

#[tokio::test(start_paused = true)]
async fn plan_contains_no_read_except_those_of_lists() {
    let read = Request::without_body(
        crate::model::Method::Get,
        Version::V1,
        PathTemplate(Vec::new()).literal("/identity"),
    );
    let plan = plan_with(&[], vec![step("A", Action::Update, read)]);
    let run = run(&plan, vec![]).await;
    assert_eq!(
        run.outcomes(),
        ["failed: a plan contains no GET except for lists"]
    );
    assert_eq!(run.received, [""; 0]);
}

/// A removal whose first response is lost, and a step with this action on this part of the same object: how long they
/// take in seconds.
async fn removal_and(removed: &str, action: Action, added: &str) -> u64 {
    let of_part = |step: Step, part: &str| Step {
        address: address("userFlowAttribute/A"),
        part: part.to_owned(),
        ..step
    };
    let path = || connectors().literal("1");
    let remove = Request::without_body(Method::Delete, Version::V1, path());
    let remove = match removed {
        "" => step("A", Action::Delete, remove),
        _ => step("A", Action::Remove, remove),
    };
    let next = step("A", action, post(connectors(), &json!({})));
    let steps = vec![of_part(remove, removed), of_part(next, added)];
    let answers = vec![
        ("POST /v1.0/$batch", refusal(504, "GatewayTimeout")),
        (
            "DELETE /v1.0/identity/apiConnectors/1",
            refusal(404, "NotFound"),
        ),
        (POST, success(json!({"id": "1"}))),
        (
            "GET /v1.0/identity/userFlowAttributes",
            objects(&[("1", "A")]),
        ),
    ];
    let run = run(&plan_with(&[], steps), answers).await;
    assert_eq!(run.outcomes(), ["done", "done"], "{:?}", run.received);
    run.waited.as_secs()
}

#[tokio::test(start_paused = true)]
async fn removal_whose_response_is_lost_is_waited_for_if_the_same_is_added_again() {
    let settled = super::super::SETTLED_AFTER.as_secs();
    assert_eq!(removal_and("", Action::Create, "").await, settled);
    assert_eq!(removal_and("a", Action::Add, "a").await, settled);
    assert_eq!(removal_and("a", Action::Link, "a").await, settled);
    assert!(removal_and("a", Action::Add, "b").await < 10);
    assert!(removal_and("a", Action::Change, "a").await < 10);
}

#[tokio::test(start_paused = true)]
async fn creates_that_graph_refuses_are_sent_together_again_without_what_it_may_refuse() {
    let create = |name: &str| {
        let request = Request {
            optional: vec!["links".into()],
            ..post(connectors(), &json!({"displayName": name, "links": []}))
        };
        step(name, Action::Create, request)
    };
    let plan = plan_with(&[], vec![create("A"), create("B")]);
    let refused = || (POST, refusal(400, "BadRequest"));
    let answers = vec![
        refused(),
        refused(),
        (POST, success(json!({"id": "a"}))),
        (POST, success(json!({"id": "b"}))),
    ];
    let run = run(&plan, answers).await;
    assert_eq!(run.outcomes(), ["done", "done"]);
    let rest = format!("batch: {} | {}", created("A"), created("B"));
    assert_eq!(run.received[1..], [rest]);
}

#[tokio::test(start_paused = true)]
async fn steps_of_one_object_that_do_not_fit_into_a_batch_continue_in_the_next_unless_one_fails() {
    let plan = plan_with(&[("A", "a")], (0..25).map(|_| update("A")).collect());
    let line = patch("a");
    let complete = run(&plan, vec![(&*line, success(json!(null)))]).await;
    assert_eq!(complete.outcomes(), vec!["done"; 25]);
    let sequence = |count| format!("sequence: {}", vec![patched("a"); count].join(" | "));
    assert_eq!(complete.received, [sequence(20), sequence(5)]);
    let failed = run(&plan, vec![(&*line, refusal(400, "Invalid"))]).await;
    assert_eq!(failed.outcomes()[1..], vec!["skipped 0"; 24]);
    assert_eq!(failed.received, [sequence(20)]);
}
