use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::kinds::{KINDS, Kind, TenantType};
use crate::model::{Encoding, Fields, Method, ObjectId, Secret, SecretSource, Value};
use crate::plan::{PathTemplate, ReconcileItem, ReconcileList, TargetTenant};

/// Any kind: the tests do not depend on it.
fn kind() -> &'static Kind {
    KINDS[0]
}

fn address(name: &str) -> Address {
    Address::new(kind().name, name)
}

fn to(name: &str) -> Reference {
    Reference::Address(address(name))
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        target: TargetTenant {
            name: "contoso".to_owned(),
            tenant_id: "contoso.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            cloud: "a test".to_owned(),
        },
        steps,
        objections: Vec::new(),
        expected: BTreeMap::new(),
        discarded_state: BTreeMap::new(),
        discarded_json: BTreeMap::new(),
        deleted: BTreeSet::new(),
        unmanaged: BTreeSet::new(),
        warnings: Vec::new(),
        unknown_secrets: BTreeSet::new(),
        ids: BTreeMap::new(),
    }
}

fn step(name: &str, action: Action, request: Request) -> Step {
    Step {
        address: address(name),
        action,
        part: String::new(),
        changes: Vec::new(),
        content: None,
        notes: Vec::new(),
        operation: Operation::Request(request),
    }
}

fn create(name: &str) -> Step {
    let path = PathTemplate::collection(&kind().collection);
    let request = Request::json(Method::Post, Version::V1, path, Fields::new());
    step(name, Action::Create, request)
}

fn below(name: &str, version: Version, body: RequestBody) -> Step {
    let path = PathTemplate::object(kind(), &address(name));
    let request = Request {
        body,
        ..Request::without_body(Method::Put, version, path)
    };
    step(name, Action::Link, request)
}

fn link(name: &str, target: &str) -> Step {
    let target = Value::Reference(to(target));
    let body = Fields::from_iter([("id".into(), target)]);
    below(name, Version::V1, RequestBody::Json(body))
}

fn page(name: &str, text: &str) -> Step {
    below(name, Version::V1, RequestBody::Document(text.to_owned()))
}

fn with_secret(name: &str) -> Step {
    let source = SecretSource::Env {
        env: "PASSWORD".to_owned(),
        encoding: Encoding::Text,
        allow_unusual: false,
    };
    let body = Fields::from_iter([("secret".into(), Value::Secret(Secret::From(source)))]);
    below(name, Version::V1, RequestBody::Json(body))
}

fn reconcile(name: &str) -> Step {
    let path = PathTemplate::object(kind(), &address(name));
    let fill = ReconcileList {
        read: Request::without_body(Method::Get, Version::V1, path.clone()),
        items: Vec::new(),
        list: path,
        order: None,
    };
    Step {
        operation: Operation::ReconcileList(Box::new(fill)),
        ..link(name, name)
    }
}

/// The batches in short: `3=` is three steps in parallel, `3>` three in series.
fn batched(steps: Vec<Step>) -> String {
    let short = |batch: Batch| match batch.mode {
        BatchMode::Parallel => format!("{}=", batch.steps.len()),
        BatchMode::Serial => format!("{}>", batch.steps.len()),
    };
    let batches = plan(steps).batches().into_iter().map(short);
    batches.collect::<Vec<_>>().join(" ")
}

#[test]
fn steps_of_different_objects_run_in_parallel() {
    assert_eq!(
        batched(vec![create("a"), create("b"), link("c", "d")]),
        "3="
    );
}

#[test]
fn steps_of_one_object_run_in_series() {
    assert_eq!(batched(vec![link("a", "b"), link("a", "c")]), "2>");
    assert_eq!(
        batched(vec![link("a", "c"), link("b", "c")]),
        "2>",
        "a target"
    );
    let delete_request =
        Request::without_body(Method::Delete, Version::V1, PathTemplate(Vec::new()));
    let mut unlink = step("a", Action::Unlink, delete_request.clone());
    unlink.changes = vec![crate::model::FieldChange {
        path: "b".to_owned(),
        before: Some(Value::Reference(to("b"))),
        after: None,
    }];
    let delete = step("b", Action::Delete, delete_request);
    assert_eq!(batched(vec![unlink, delete]), "2>", "the former target");
}

#[test]
fn object_is_the_same_by_name_and_by_id() {
    let by_id = Value::Reference(Reference::Id(ObjectId::new("17")));
    let body = RequestBody::Json(Fields::from_iter([("id".into(), by_id)]));
    let mut plan = plan(vec![link("a", "c"), below("b", Version::V1, body)]);
    assert_eq!(plan.batches()[0].mode, BatchMode::Parallel);
    plan.ids.insert(address("c"), ObjectId::new("17"));
    assert_eq!(plan.batches()[0].mode, BatchMode::Serial);
}

#[test]
fn step_that_needs_a_new_id_starts_the_next_batch() {
    let steps = vec![create("a"), create("b"), link("b", "a"), link("c", "d")];
    assert_eq!(batched(steps), "2= 2=");
}

#[test]
fn secrets_non_objects_and_reconciled_lists_are_not_batched() {
    for single in [
        with_secret("x"),
        page("x", "no JSON"),
        page("x", "[]"),
        reconcile("x"),
    ] {
        let steps = vec![link("a", "b"), single, link("c", "d"), link("e", "f")];
        assert_eq!(batched(steps), "1= 1= 2=");
    }
    assert_eq!(batched(vec![page("a", "{}"), page("a", "{}")]), "2>");
}

#[test]
fn batch_is_limited_to_20_requests_of_one_version_and_1_mib() {
    let creates = (0..45).map(|number| create(&number.to_string()));
    assert_eq!(batched(creates.collect()), "20= 20= 5=");
    let beta = |name| below(name, Version::Beta, RequestBody::None);
    assert_eq!(batched(vec![link("a", "b"), beta("c"), beta("d")]), "1= 2=");
    let long = format!("\"{}\"", "x".repeat(400_000));
    let long = format!("{{\"text\": {long}}}");
    let pages = ["a", "b", "c", "d"].map(|name| page(name, &long));
    assert_eq!(batched(pages.to_vec()), "2= 2=");
}

#[test]
fn reconcile_needs_one_read_and_the_fewest_batches() {
    let parts = |count: usize| {
        let mut step = reconcile("a");
        if let Operation::ReconcileList(fill) = &mut step.operation {
            let part = ReconcileItem {
                key: to("b"),
                create: fill.read.clone(),
                update: fill.read.clone(),
            };
            fill.items = vec![part; count];
        }
        let plan = plan(vec![create("a"), step, link("a", "c")]);
        (plan.round_trips(), plan.request_count())
    };
    assert_eq!(parts(0), (3, 3));
    assert_eq!(parts(1), (4, 4));
    assert_eq!(parts(20), (4, 23));
    assert_eq!(parts(21), (5, 24));
}

fn any_step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    (name.clone(), name, 0..7).prop_map(|(name, target, choice)| match choice {
        0 | 1 => create(name),
        2 => below(name, Version::Beta, RequestBody::None),
        3 => with_secret(name),
        4 => reconcile(name),
        _ => link(name, target),
    })
}

proptest! {
    #[test]
    fn batches_keep_order_and_respect_graph_limits(
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let plan = plan(steps);
        let batches = plan.batches();
        let order: Vec<usize> = batches.iter().flat_map(|batch| batch.steps.clone()).collect();
        prop_assert_eq!(order, (0..plan.steps.len()).collect::<Vec<_>>());
        for batch in &batches {
            let steps = &plan.steps[batch.steps.clone()];
            prop_assert!(steps.len() <= 20);
            for (index, step) in steps.iter().enumerate() {
                let references = step.operation.all_requests();
                let references: Vec<_> = references.iter().flat_map(|it| it.references()).collect();
                for earlier in &steps[..index] {
                    let own = Reference::Address(earlier.address.clone());
                    prop_assert!(earlier.action != Action::Create || !references.contains(&&own));
                    prop_assert_eq!(step.operation.all_requests()[0].version, earlier.operation.all_requests()[0].version);
                    prop_assert!(batch.mode == BatchMode::Serial || earlier.address != step.address);
                    prop_assert!(batch.mode == BatchMode::Serial || !references.contains(&&own));
                }
            }
        }
    }
}
