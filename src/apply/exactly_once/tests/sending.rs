//! Requests and their probes, against a Graph that loses responses and shows writes late.

use std::collections::BTreeMap;

use serde_json::json;

use crate::apply::samples::{
    WAIT, connector, connectors, create, delete, plan_with, post, run, step, update,
};
use crate::graph::samples::{Answer, contended, objects, refusal, success, throttled};
use crate::model::ObjectId;
use crate::model::samples::{address, reference};
use crate::plan::{Action, MembershipProbe, PathTemplate, Request, Step};

const POST: &str = "POST /v1.0/identity/apiConnectors";
const LIST: &str = "GET /v1.0/identity/apiConnectors";

/// An answer after which it is unknown whether the request took effect.
fn lost() -> Answer {
    refusal(504, "GatewayTimeout")
}

/// A run of one create: its outcome, the methods of its requests, and how long it waited in milliseconds.
async fn created(answers: Vec<(&str, Answer)>) -> (String, String, u128) {
    let plan = plan_with(&[], vec![create("A")]);
    let run = run(&plan, answers).await;
    let methods = run.received.iter().map(|line| line.split(' ').next());
    let methods: Vec<_> = methods.flatten().collect();
    let waited = run.waited.as_millis();
    (run.outcomes().remove(0), methods.join(" "), waited)
}

fn done(methods: &str, waited: u128) -> (String, String, u128) {
    ("done".to_owned(), methods.to_owned(), waited)
}

fn failed(message: &str, methods: &str, waited: u128) -> (String, String, u128) {
    (format!("failed: {message}"), methods.to_owned(), waited)
}

const TIMEOUT: &str = "POST /v1.0/identity/apiConnectors: 504 GatewayTimeout: refused";
const CONTENDED: &str =
    "POST /v1.0/identity/apiConnectors: 409 Directory_ConcurrencyViolation: refused";

#[tokio::test(start_paused = true)]
async fn lost_create_is_found_and_not_repeated() {
    let shown = || objects(&[("b", "B"), ("a", "A")]);
    let at_once = created(vec![(POST, lost()), (LIST, shown())]).await;
    assert_eq!(at_once, done("POST GET", 0));
    let answers = vec![
        (POST, lost()),
        (LIST, objects(&[("b", "B")])),
        (LIST, objects(&[])),
        (LIST, shown()),
    ];
    assert_eq!(created(answers).await, done("POST GET GET GET", 1500));
}

#[tokio::test(start_paused = true)]
async fn lost_create_without_an_effect_is_sent_once_more_after_the_wait() {
    let answers = vec![
        (POST, lost()),
        (LIST, objects(&[])),
        (POST, success(json!({"id": "a"}))),
    ];
    let sent = done(&format!("POST{} POST", " GET".repeat(9)), 120_000);
    assert_eq!(created(answers).await, sent);
    let answers = vec![(POST, lost()), (LIST, objects(&[]))];
    let twice = format!("POST{0} POST{0}", " GET".repeat(9));
    assert_eq!(created(answers).await, failed(TIMEOUT, &twice, 240_000));
}

#[tokio::test(start_paused = true)]
async fn lost_create_of_a_unique_name_is_sent_once_more_after_the_wait_of_the_run() {
    let body = json!({"displayName": "A"});
    let path = PathTemplate(Vec::new()).literal("/identity/userFlowAttributes");
    let step = Step {
        address: address("userFlowAttribute/A"),
        ..step("A", Action::Create, post(path, &body))
    };
    let plan = plan_with(&[], vec![step]);
    let post = "POST /v1.0/identity/userFlowAttributes";
    let answers = vec![
        (post, lost()),
        (post, success(json!({"id": "a"}))),
        ("GET /v1.0/identity/userFlowAttributes", objects(&[])),
    ];
    let run = run(&plan, answers).await;
    assert_eq!(run.outcomes(), ["done"]);
    assert_eq!(run.waited, WAIT);
}

#[tokio::test(start_paused = true)]
async fn lost_create_fails_if_the_objects_cannot_be_read() {
    let answers = vec![(POST, lost()), (LIST, refusal(403, "Denied"))];
    assert_eq!(created(answers).await, failed(TIMEOUT, "POST GET", 0));
}

#[tokio::test(start_paused = true)]
async fn create_that_is_lost_and_then_contended_waits_for_its_effect() {
    let mut answers = vec![(POST, lost()), (POST, contended())];
    answers.extend((0..11).map(|_| (LIST, objects(&[]))));
    answers.push((LIST, objects(&[("a", "A")])));
    // The first wait, the pause after the contention, and two pauses between the reads.
    let waited = 120_000 + 500 + 1500;
    let expected = done(
        &format!("POST{} POST GET GET GET", " GET".repeat(9)),
        waited,
    );
    assert_eq!(created(answers).await, expected);
}

#[tokio::test(start_paused = true)]
async fn contended_create_is_sent_again_until_the_wait_is_over() {
    let answers = vec![
        (POST, contended()),
        (LIST, objects(&[])),
        (POST, contended()),
        (POST, success(json!({"id": "a"}))),
    ];
    assert_eq!(created(answers).await, done("POST GET POST GET POST", 1500));
    let answers = vec![(POST, contended()), (LIST, objects(&[]))];
    let (outcome, _, waited) = created(answers).await;
    assert_eq!(outcome, format!("failed: {CONTENDED}"));
    assert_eq!(waited, WAIT.as_millis());
}

#[tokio::test(start_paused = true)]
async fn request_that_is_sent_again_later_is_reported_as_in_progress() {
    let plan = plan_with(&[], vec![create("A")]);
    let events = async |answers| run(&plan, answers).await.events;
    let answers = vec![
        (POST, lost()),
        (LIST, objects(&[])),
        (POST, success(json!({"id": "a"}))),
    ];
    assert_eq!(
        events(answers).await,
        ["start 0", "progress 0", "end 0 done r"]
    );
    // Every ten seconds of a wait for a busy Graph.
    let answers = vec![(POST, throttled(35)), (POST, success(json!({"id": "a"})))];
    let progress = [
        "start 0",
        "progress 0",
        "progress 0",
        "progress 0",
        "end 0 done r",
    ];
    assert_eq!(events(answers).await, progress);
}

#[tokio::test(start_paused = true)]
async fn refused_create_is_not_repeated() {
    let answers = vec![(POST, refusal(409, "Conflict")), (LIST, objects(&[]))];
    let refused = "POST /v1.0/identity/apiConnectors: 409 Conflict: refused";
    assert_eq!(created(answers).await, failed(refused, "POST", 0));
}

#[tokio::test(start_paused = true)]
async fn create_that_graph_refuses_is_sent_once_more_without_what_it_may_refuse() {
    let body = json!({"displayName": "A", "identityProviders": []});
    let request = Request {
        optional: vec!["identityProviders".into()],
        ..post(connectors(), &body)
    };
    let plan = plan_with(&[], vec![step("A", Action::Create, request)]);
    let sent = |body: &str| format!("{POST} {body}");
    let whole = sent(r#"{"displayName":"A","identityProviders":[]}"#);
    let rest = sent(r#"{"displayName":"A"}"#);

    let kept = vec![
        (POST, refusal(400, "BadRequest")),
        (POST, success(json!({"id": "a"}))),
    ];
    let kept = run(&plan, kept).await;
    let a = address("apiConnector/A");
    assert_eq!(kept.report.created, [(a, ObjectId::new("a"))].into());
    let refused_names = ["identityProviders".into()].into();
    assert_eq!(
        kept.report.refused_at_creation,
        [("apiConnector".to_owned(), refused_names)].into()
    );
    assert_eq!(
        (kept.outcomes(), kept.received),
        (vec!["done".to_owned()], vec![whole.clone(), rest.clone()])
    );

    let refused = run(&plan, vec![(POST, refusal(400, "BadRequest"))]).await;
    assert_eq!(refused.received, [whole.clone(), rest]);
    assert!(refused.outcomes()[0].starts_with("failed: "));
    assert_eq!(refused.report.created, BTreeMap::new());
    assert_eq!(refused.report.refused_at_creation, BTreeMap::new());

    let taken = run(&plan, vec![(POST, refusal(409, "Conflict"))]).await;
    assert_eq!(
        taken.received,
        [whole],
        "another refusal is not about the content"
    );
}

#[tokio::test(start_paused = true)]
async fn create_is_sent_without_what_graph_refused_in_another_one_of_its_kind() {
    let create = |name: &str, path: PathTemplate| {
        let body = json!({"displayName": name, "links": [], "parts": []});
        let request = Request {
            optional: vec!["links".into(), "parts".into()],
            ..post(path, &body)
        };
        step(name, Action::Create, request)
    };
    // The path has the id of the first, so that it is sent after it.
    let second = create("B", connector("A").literal("children"));
    let other = Step {
        address: address("userFlowAttribute/C"),
        ..create("C", connector("A").literal("others"))
    };
    let plan = plan_with(&[], vec![create("A", connectors()), second, other]);
    let answers = vec![
        (POST, refusal(400, "BadRequest")),
        (POST, success(json!({"id": "a"}))),
        (
            "POST /v1.0/identity/apiConnectors/a/children",
            success(json!({"id": "b"})),
        ),
        (
            "POST /v1.0/identity/apiConnectors/a/others",
            success(json!({"id": "c"})),
        ),
    ];
    let run = run(&plan, answers).await;
    assert_eq!(run.outcomes(), ["done"; 3]);
    let path = "POST /identity/apiConnectors/a";
    let (of_b, of_c) = (
        r#"{"displayName":"B"}"#,
        r#"{"displayName":"C","links":[],"parts":[]}"#,
    );
    assert_eq!(
        run.received[2],
        format!("batch: {path}/children {of_b} | {path}/others {of_c}")
    );
}

#[tokio::test(start_paused = true)]
async fn conflict_after_a_lost_create_may_be_its_own_effect() {
    let mut answers = vec![(POST, lost()), (POST, refusal(409, "Conflict"))];
    answers.extend((0..9).map(|_| (LIST, objects(&[]))));
    answers.push((LIST, objects(&[("a", "A")])));
    let (outcome, _, waited) = created(answers).await;
    assert_eq!((outcome.as_str(), waited), ("done", 120_000));
}

#[tokio::test(start_paused = true)]
async fn id_that_a_create_does_not_return_is_read() {
    let empty = || success(json!({}));
    let answers = vec![
        (POST, empty()),
        (LIST, objects(&[])),
        (LIST, objects(&[("a", "A")])),
    ];
    assert_eq!(created(answers).await, done("POST GET GET", 500));
    let answers = vec![(POST, empty()), (LIST, objects(&[]))];
    let unknown = "Graph created apiConnector/A without returning its id; run the command again";
    let reads = "POST GET GET GET GET GET GET";
    let expected = failed(unknown, reads, WAIT.as_millis());
    assert_eq!(created(answers).await, expected);
}

const DELETE: &str = "DELETE /v1.0/identity/apiConnectors/a";

/// The outcome of a delete with these answers.
async fn deleted(answers: &[Answer]) -> String {
    let plan = plan_with(&[("A", "a")], vec![delete("A")]);
    let answers = answers.iter().map(|answer| (DELETE, answer.clone()));
    run(&plan, answers.collect()).await.outcomes().remove(0)
}

#[tokio::test(start_paused = true)]
async fn absent_object_is_deleted_only_if_an_earlier_attempt_may_have_deleted_it() {
    let absent = || refusal(404, "ResourceNotFound");
    assert_eq!(deleted(&[lost(), absent()]).await, "done");
    assert_eq!(deleted(&[contended(), absent()]).await, "done");
    assert_eq!(
        deleted(&[absent()]).await,
        "failed: DELETE /v1.0/identity/apiConnectors/a: 404 ResourceNotFound: refused"
    );
}

/// The outcome of a change, with this first answer and then a success, and how long it waited in milliseconds.
async fn changed(steps: Vec<Step>, first: Answer) -> (String, u128) {
    let plan = plan_with(&[("B", "a")], steps);
    let patch = "PATCH /v1.0/identity/apiConnectors/a";
    let answers = vec![
        (POST, success(json!({"id": "a"}))),
        (patch, first),
        (patch, success(json!(null))),
    ];
    let run = run(&plan, answers).await;
    let outcome = run.outcomes().pop().unwrap_or_default();
    (outcome, run.waited.as_millis())
}

#[tokio::test(start_paused = true)]
async fn object_that_was_created_just_now_may_be_absent_for_a_while() {
    let absent = || refusal(404, "ResourceNotFound");
    let new = || vec![create("A"), update("A")];
    assert_eq!(changed(new(), absent()).await, ("done".to_owned(), 500));
    let message = "PATCH /v1.0/identity/apiConnectors/a: 404 ResourceNotFound: refused";
    assert_eq!(
        changed(vec![update("B")], absent()).await,
        (format!("failed: {message}"), 0)
    );
    let message = "PATCH /v1.0/identity/apiConnectors/a: 400 Invalid: refused";
    assert_eq!(
        changed(new(), refusal(400, "Invalid")).await,
        (format!("failed: {message}"), 0)
    );
    let plan = plan_with(&[], new());
    let patch = "PATCH /v1.0/identity/apiConnectors/a";
    let answers = vec![(POST, success(json!({"id": "a"}))), (patch, absent())];
    let run = run(&plan, answers).await;
    assert!(run.outcomes()[1].contains("404"), "{:?}", run.outcomes());
    assert_eq!(run.waited, WAIT);
}

const MEMBERS: &str = "GET /v1.0/identity/apiConnectors/a/parts";

/// A step that adds a member to a list of a connector.
fn add(empty_is_refused: bool) -> Step {
    let list = connector("A").literal("parts");
    let probe = MembershipProbe {
        list: list.clone(),
        member: reference("m"),
        key: "id".into(),
        empty_is_refused,
    };
    let request = Request {
        probe: Some(Box::new(probe)),
        ..post(list, &json!({"id": "m"}))
    };
    step("A", Action::Add, request)
}

#[tokio::test(start_paused = true)]
async fn refused_read_of_a_list_is_not_repeated() {
    let plan = plan_with(&[("A", "a")], vec![add(false)]);
    let add = "POST /v1.0/identity/apiConnectors/a/parts";
    let run = run(
        &plan,
        vec![(add, lost()), (MEMBERS, refusal(403, "Denied"))],
    )
    .await;
    assert_eq!(run.received.len(), 2, "{:?}", run.received);
    assert_eq!(run.waited.as_secs(), 0);
}

/// The outcome of an add whose first attempt has this answer, and a later one succeeds; and the number of posts.
async fn added(empty_is_refused: bool, first: Answer, members: &[Answer]) -> (String, usize) {
    let plan = plan_with(&[("A", "a")], vec![add(empty_is_refused)]);
    let add = "POST /v1.0/identity/apiConnectors/a/parts";
    let mut answers = vec![(add, first), (add, success(json!(null)))];
    answers.extend(members.iter().map(|answer| (MEMBERS, answer.clone())));
    let run = run(&plan, answers).await;
    let posts = run.received.iter().filter(|line| line.starts_with("POST"));
    (run.outcomes().remove(0), posts.count())
}

#[tokio::test(start_paused = true)]
async fn member_that_a_lost_request_added_is_found() {
    let (empty, full) = (objects(&[]), objects(&[("l", ""), ("m", "")]));
    let sent = |count| ("done".to_owned(), count);
    assert_eq!(
        added(false, lost(), std::slice::from_ref(&full)).await,
        sent(1)
    );
    assert_eq!(
        added(false, lost(), std::slice::from_ref(&empty)).await,
        sent(2)
    );
    let other = objects(&[("l", "")]);
    assert_eq!(added(false, lost(), &[other]).await, sent(2));
    let conflict = refusal(409, "Conflict");
    assert_eq!(
        added(false, conflict, std::slice::from_ref(&full)).await,
        sent(1)
    );
    // The list may belong to an object that Graph does not show yet.
    let hidden = refusal(404, "ResourceNotFound");
    assert_eq!(added(false, lost(), &[hidden.clone(), full]).await, sent(1));
    let timeout = "failed: POST /v1.0/identity/apiConnectors/a/parts: 504 GatewayTimeout: refused";
    let unread = (timeout.to_owned(), 1);
    assert_eq!(added(false, lost(), &[hidden]).await, unread);
}

#[tokio::test(start_paused = true)]
async fn refused_read_of_a_list_means_that_it_is_empty_only_where_graph_refuses_empty_lists() {
    let refused = refusal(400, "Invalid");
    let sent = ("done".to_owned(), 2);
    assert_eq!(
        added(true, lost(), std::slice::from_ref(&refused)).await,
        sent
    );
    let timeout = "failed: POST /v1.0/identity/apiConnectors/a/parts: 504 GatewayTimeout: refused";
    let unread = (timeout.to_owned(), 1);
    assert_eq!(added(false, lost(), &[refused]).await, unread);
    let denied = refusal(403, "Denied");
    assert_eq!(added(true, lost(), &[denied]).await, unread);
}

#[tokio::test(start_paused = true)]
async fn responses_lost_in_one_batch_share_one_wait() {
    let plan = plan_with(&[], vec![create("A"), create("B")]);
    let answers = vec![
        ("POST /v1.0/$batch", lost()),
        (LIST, objects(&[])),
        (POST, success(json!({"id": "a"}))),
    ];
    let run = run(&plan, answers).await;
    assert_eq!(run.outcomes(), ["done", "done"]);
    assert_eq!(run.waited.as_secs(), 120);
}
