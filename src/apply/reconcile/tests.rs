use serde_json::json;

use crate::apply::Secrets;
use crate::apply::samples::{
    WAIT, connector, connectors, plan_with, post, run, run_until, step, update,
};
use crate::graph::samples::{Answer, objects, refusal, success};
use crate::model::samples::{fields, reference};
use crate::model::{Method, Version};
use crate::plan::{
    Action, CreatedReference, LinkMissing, Operation, Plan, ReconcileItem, ReconcileList, Request,
    Step,
};

const PARTS: &str = "/v1.0/identity/apiConnectors/a/parts";

fn read() -> Request {
    Request::without_body(Method::Get, Version::V1, connector("A").literal("parts"))
}

/// A step of the connector `A` with this operation.
fn plan_of(operation: Operation) -> Plan {
    let step = Step {
        operation,
        ..step("A", Action::Reconcile, read())
    };
    plan_with(&[("A", "a")], vec![step])
}

/// A plan that makes a list exactly `x`, `y`.
fn list() -> Plan {
    let list = connector("A").literal("parts");
    let item = |id: &str| {
        let body = json!({ "id": id });
        let path = list.clone().literal(id.to_owned());
        ReconcileItem {
            key: reference(id),
            create: post(list.clone(), &body),
            update: Request::json(Method::Patch, Version::V1, path, fields(&json!({}))),
        }
    };
    let order = list.clone().literal("order");
    plan_of(Operation::ReconcileList(Box::new(ReconcileList {
        read: read(),
        items: vec![item("x"), item("y")],
        list: list.clone(),
        order: Some(Request::without_body(Method::Post, Version::V1, order)),
    })))
}

/// What a plan sends after its read, without the path of the list; and how it ended.
async fn sent(plan: &Plan, answers: Vec<(String, Answer)>) -> (Vec<String>, String) {
    let answers = answers
        .iter()
        .map(|(line, answer)| (&**line, answer.clone()));
    let run = run(plan, answers.collect()).await;
    let received = run.received.iter();
    let received = received.map(|line| {
        let line = line.replace(PARTS, "…");
        line.replace("/identity/apiConnectors/a/parts", "…")
    });
    (received.collect(), run.outcomes().remove(0))
}

fn on(method: &str, below: &str, answer: Answer) -> (String, Answer) {
    (format!("{method} {PARTS}{below}"), answer)
}

fn ok() -> Answer {
    success(json!(null))
}

#[tokio::test(start_paused = true)]
async fn list_keeps_its_items_gets_missing_ones_and_loses_the_others() {
    let answers = vec![
        on("GET", "", objects(&[("z", ""), ("y", "")])),
        on("POST", "", ok()),
        on("PATCH", "/y", ok()),
        on("DELETE", "/z", ok()),
        on("POST", "/order", ok()),
    ];
    let requests = r#"sequence: POST … {"id":"x"} | PATCH …/y {} | DELETE …/z | POST …/order"#;
    assert_eq!(
        sent(&list(), answers).await,
        (
            vec!["GET …".to_owned(), requests.to_owned()],
            "done".to_owned()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn item_that_graph_created_meanwhile_is_changed() {
    let answers = vec![
        on("GET", "", objects(&[])),
        on("POST", "", refusal(409, "Conflict")),
        on("POST", "", ok()),
        on("PATCH", "/x", ok()),
        on("POST", "/order", ok()),
    ];
    let mut plan = list();
    let Operation::ReconcileList(list) = &mut plan.steps[0].operation else {
        panic!("a list");
    };
    let path = list.list.clone();
    list.items[0].create.probe = Some(Box::new(crate::plan::MembershipProbe {
        list: path,
        member: reference("x"),
        key: "id".into(),
        empty_is_refused: false,
    }));
    let mut answers = answers;
    answers.push(on("GET", "", objects(&[("x", "")])));
    let (received, outcome) = sent(&plan, answers).await;
    assert_eq!(outcome, "done");
    assert_eq!(
        received,
        [
            "GET …",
            r#"sequence: POST … {"id":"x"} | POST … {"id":"y"} | POST …/order"#,
            "GET …",
            "PATCH …/x {}",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn list_that_graph_does_not_show_yet_is_waited_for() {
    let hidden = || refusal(404, "ResourceNotFound");
    let exact = objects(&[("x", ""), ("y", "")]);
    let answers = vec![
        on("GET", "", hidden()),
        on("GET", "", hidden()),
        on("GET", "", exact),
        on("PATCH", "/x", ok()),
        on("PATCH", "/y", ok()),
        on("POST", "/order", ok()),
    ];
    let (received, outcome) = sent(&list(), answers).await;
    assert_eq!(outcome, "done");
    assert_eq!(
        received,
        [
            "GET …",
            "GET …",
            "GET …",
            "sequence: PATCH …/x {} | PATCH …/y {} | POST …/order"
        ]
    );
    let plan = list();
    let line = format!("GET {PARTS}");
    let run = run(&plan, vec![(&line, hidden())]).await;
    assert_eq!(run.waited, WAIT);
    assert!(run.outcomes()[0].contains("404"), "{:?}", run.outcomes());
}

#[tokio::test(start_paused = true)]
async fn list_is_not_read_after_an_interruption_or_a_failure() {
    let mut plan = list();
    plan.steps.insert(0, update("A"));
    let patch = "PATCH /v1.0/identity/apiConnectors/a";
    let secrets = Secrets::default();
    let interrupted = run_until(&plan, &secrets, 1, vec![(patch, ok())]).await;
    assert_eq!(interrupted.outcomes(), ["done", "not started"]);
    assert_eq!(interrupted.received.len(), 1, "{:?}", interrupted.received);
    let failed = run(&plan, vec![(patch, refusal(400, "Invalid"))]).await;
    assert_eq!(failed.outcomes()[1], "skipped 0");
    assert_eq!(failed.received.len(), 1, "{:?}", failed.received);
}

#[tokio::test(start_paused = true)]
async fn list_that_cannot_be_read_is_not_changed() {
    let (received, outcome) = sent(&list(), vec![on("GET", "", refusal(403, "Denied"))]).await;
    assert_eq!(received, ["GET …"]);
    assert_eq!(outcome, format!("failed: GET {PARTS}: 403 Denied: refused"));
}

#[tokio::test(start_paused = true)]
async fn list_of_an_object_without_an_id_is_not_read() {
    let mut plan = list();
    plan.ids.clear();
    let (received, outcome) = sent(&plan, vec![]).await;
    assert_eq!(received, [""; 0]);
    assert_eq!(outcome, "failed: apiConnector/A has no id in the tenant");
}

/// A plan that links the references that a create did not keep: members of a set, or single references.
fn links(names: [&str; 2]) -> Plan {
    let reference = |name: &str, id: &str| CreatedReference {
        name: name.to_owned(),
        target: reference(id),
        link: post(connector("A").literal("parts"), &json!({ "id": id })),
    };
    let [first, second] = names;
    plan_of(Operation::LinkMissing(Box::new(LinkMissing {
        read: read(),
        key: "id".into(),
        references: vec![reference(first, "x"), reference(second, "y")],
    })))
}

/// The requests after the read of the references that Graph kept, and whether the step is verified.
async fn linked(plan: &Plan, kept: Answer) -> (Vec<String>, bool) {
    let (get, post) = (format!("GET {PARTS}"), format!("POST {PARTS}"));
    let run = run(plan, vec![(&get, kept), (&post, ok())]).await;
    assert_eq!(run.outcomes(), ["done"]);
    let rest = run.received[1..].iter().map(|line| {
        let line = line.replace(PARTS, "…");
        line.replace("/identity/apiConnectors/a/parts", "…")
    });
    (rest.collect(), run.report.verified_steps.contains(&0))
}

#[tokio::test(start_paused = true)]
async fn references_that_a_create_kept_are_not_linked_again() {
    let plan = links(["", ""]);
    let (x, y) = (r#"POST … {"id":"x"}"#, r#"POST … {"id":"y"}"#);
    let none: Vec<String> = Vec::new();
    let exact = objects(&[("y", ""), ("x", "")]);
    assert_eq!(linked(&plan, exact).await, (none.clone(), true));
    let surplus = objects(&[("y", ""), ("x", ""), ("z", "")]);
    assert_eq!(linked(&plan, surplus).await, (none, false));
    let one = objects(&[("y", "")]);
    assert_eq!(linked(&plan, one).await, (vec![x.to_owned()], false));
    let both = vec![format!("sequence: {x} | {y}")];
    assert_eq!(linked(&plan, objects(&[])).await, (both.clone(), false));
    let unread = refusal(403, "Denied");
    assert_eq!(linked(&plan, unread).await, (both.clone(), false));
    let absent = refusal(404, "ResourceNotFound");
    assert_eq!(linked(&plan, absent).await, (both, false));
}

#[tokio::test(start_paused = true)]
async fn single_references_are_compared_by_name() {
    let plan = links(["first", "second"]);
    let kept = |first: &str, second: &str| {
        success(json!({"@odata.context": "c", "first": {"id": first}, "second": {"id": second}}))
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(linked(&plan, kept("x", "y")).await, (none, true));
    let (x, y) = (r#"POST … {"id":"x"}"#, r#"POST … {"id":"y"}"#);
    let both = vec![format!("sequence: {x} | {y}")];
    assert_eq!(linked(&plan, kept("y", "x")).await, (both, false));
}

/// The requests of a create with these optional properties, whose first attempt Graph refuses, and of the step that links
/// what it did not keep.
async fn created_with(optional: &[&'static str]) -> Vec<String> {
    let mut plan = links(["", ""]);
    plan.steps[0].part = "parts".to_owned();
    let body = json!({"displayName": "A", "parts": [], "other": []});
    let request = Request {
        optional: optional.iter().map(|name| (*name).into()).collect(),
        ..post(connectors(), &body)
    };
    plan.steps.insert(0, step("A", Action::Create, request));
    let (get, post) = (format!("GET {PARTS}"), format!("POST {PARTS}"));
    let create = "POST /v1.0/identity/apiConnectors";
    let answers = vec![
        (create, refusal(400, "Invalid")),
        (create, success(json!({"id": "a"}))),
        (&get, objects(&[("x", ""), ("y", "")])),
        (&post, ok()),
    ];
    let run = run(&plan, answers).await;
    assert_eq!(run.outcomes(), ["done", "done"]);
    run.received[1..].to_vec()
}

#[tokio::test(start_paused = true)]
async fn references_that_a_create_was_sent_without_are_linked_without_a_read() {
    let parts = "/identity/apiConnectors/a/parts";
    assert_eq!(
        created_with(&["parts"]).await,
        [
            r#"POST /v1.0/identity/apiConnectors {"displayName":"A","other":[]}"#.to_owned(),
            format!(r#"sequence: POST {parts} {{"id":"x"}} | POST {parts} {{"id":"y"}}"#),
        ]
    );
    assert_eq!(
        created_with(&["other"]).await,
        [
            r#"POST /v1.0/identity/apiConnectors {"displayName":"A","parts":[]}"#.to_owned(),
            format!("GET /v1.0{parts}"),
        ]
    );
}
