use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::kinds::{KINDS, Kind, TenantType};
use crate::model::{Encoding, Fields, Method, ObjectId, Secret, SecretSource, Value};
use crate::plan::{Fill, Part, Path, Target};

/// Any will do.
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
        target: Target {
            name: "contoso".to_owned(),
            tenant_id: "contoso.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            cloud: "a test".to_owned(),
        },
        steps,
        objections: Vec::new(),
        expected: BTreeMap::new(),
        lost: BTreeMap::new(),
        gone: BTreeSet::new(),
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
        work: Work::One(request),
    }
}

fn create(name: &str) -> Step {
    let path = Path::collection(&kind().collection);
    let request = Request::json(Method::Post, Version::V1, path, Fields::new());
    step(name, Action::Create, request)
}

fn below(name: &str, version: Version, body: Body) -> Step {
    let path = Path::object(kind(), &address(name));
    let request = Request {
        body,
        ..Request::bare(Method::Put, version, path)
    };
    step(name, Action::Link, request)
}

fn link(name: &str, target: &str) -> Step {
    let target = Value::Reference(to(target));
    let body = Fields::from_iter([("id".into(), target)]);
    below(name, Version::V1, Body::Json(body))
}

fn page(name: &str, text: &str) -> Step {
    below(name, Version::V1, Body::Document(text.to_owned()))
}

fn with_secret(name: &str) -> Step {
    let source = SecretSource::Env {
        env: "PASSWORD".to_owned(),
        encoding: Encoding::Text,
    };
    let body = Fields::from_iter([("secret".into(), Value::Secret(Secret::From(source)))]);
    below(name, Version::V1, Body::Json(body))
}

fn fill(name: &str) -> Step {
    let path = Path::object(kind(), &address(name));
    let fill = Fill {
        read: Request::bare(Method::Get, Version::V1, path.clone()),
        parts: Vec::new(),
        list: path,
        order: None,
    };
    Step {
        work: Work::Fill(Box::new(fill)),
        ..link(name, name)
    }
}

/// The trips in short: `3=` is three steps at once, `3>` three in turn.
fn told(steps: Vec<Step>) -> String {
    let told = |trip: Trip| match trip.mode {
        BatchMode::Parallel => format!("{}=", trip.steps.len()),
        BatchMode::Serial => format!("{}>", trip.steps.len()),
    };
    let trips = plan(steps).trips().into_iter().map(told);
    trips.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_about_different_objects_goes_at_once() {
    assert_eq!(told(vec![create("a"), create("b"), link("c", "d")]), "3=");
}

#[test]
fn what_is_about_one_object_goes_in_turn() {
    assert_eq!(told(vec![link("a", "b"), link("a", "c")]), "2>");
    assert_eq!(told(vec![link("a", "c"), link("b", "c")]), "2>", "a target");
    let gone = Request::bare(Method::Delete, Version::V1, Path(Vec::new()));
    let mut unlink = step("a", Action::Unlink, gone.clone());
    unlink.changes = vec![crate::model::FieldChange {
        path: "b".to_owned(),
        before: Some(Value::Reference(to("b"))),
        after: None,
    }];
    let delete = step("b", Action::Delete, gone);
    assert_eq!(told(vec![unlink, delete]), "2>", "what it was linked to");
}

#[test]
fn an_object_is_the_same_by_name_and_by_id() {
    let by_id = Value::Reference(Reference::Id(ObjectId::new("17")));
    let body = Body::Json(Fields::from_iter([("id".into(), by_id)]));
    let mut plan = plan(vec![link("a", "c"), below("b", Version::V1, body)]);
    assert_eq!(plan.trips()[0].mode, BatchMode::Parallel);
    plan.ids.insert(address("c"), ObjectId::new("17"));
    assert_eq!(plan.trips()[0].mode, BatchMode::Serial);
}

#[test]
fn what_needs_the_id_of_something_new_waits_for_the_next_trip() {
    let steps = vec![create("a"), create("b"), link("b", "a"), link("c", "d")];
    assert_eq!(told(steps), "2= 2=");
}

#[test]
fn a_secret_and_what_is_no_json_object_and_a_list_that_is_filled_go_alone() {
    for alone in [
        with_secret("x"),
        page("x", "no JSON"),
        page("x", "[]"),
        fill("x"),
    ] {
        let steps = vec![link("a", "b"), alone, link("c", "d"), link("e", "f")];
        assert_eq!(told(steps), "1= 1= 2=");
    }
    assert_eq!(told(vec![page("a", "{}"), page("a", "{}")]), "2>");
}

#[test]
fn a_batch_holds_twenty_of_one_version_and_not_too_much_text() {
    let creates = (0..45).map(|number| create(&number.to_string()));
    assert_eq!(told(creates.collect()), "20= 20= 5=");
    let beta = |name| below(name, Version::Beta, Body::None);
    assert_eq!(told(vec![link("a", "b"), beta("c"), beta("d")]), "1= 2=");
    let long = format!("\"{}\"", "x".repeat(400_000));
    let long = format!("{{\"text\": {long}}}");
    let pages = ["a", "b", "c", "d"].map(|name| page(name, &long));
    assert_eq!(told(pages.to_vec()), "2= 2=");
}

#[test]
fn a_list_is_read_and_then_filled_with_as_few_batches_as_it_fits_into() {
    let parts = |count: usize| {
        let mut step = fill("a");
        if let Work::Fill(fill) = &mut step.work {
            let part = Part {
                key: to("b"),
                create: fill.read.clone(),
                update: fill.read.clone(),
            };
            fill.parts = vec![part; count];
        }
        let plan = plan(vec![create("a"), step, link("a", "c")]);
        (plan.round_trips(), plan.writes())
    };
    assert_eq!(parts(0), (3, 3));
    assert_eq!(parts(1), (4, 4));
    assert_eq!(parts(20), (4, 23));
    assert_eq!(parts(21), (5, 24));
}

fn any_step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    (name.clone(), name, 0..7).prop_map(|(name, target, what)| match what {
        0 | 1 => create(name),
        2 => below(name, Version::Beta, Body::None),
        3 => with_secret(name),
        4 => fill(name),
        _ => link(name, target),
    })
}

proptest! {
    #[test]
    fn trips_keep_the_order_and_what_graph_asks_for(
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let plan = plan(steps);
        let trips = plan.trips();
        let order: Vec<usize> = trips.iter().flat_map(|trip| trip.steps.clone()).collect();
        prop_assert_eq!(order, (0..plan.steps.len()).collect::<Vec<_>>());
        for trip in &trips {
            let steps = &plan.steps[trip.steps.clone()];
            prop_assert!(steps.len() <= 20);
            for (place, step) in steps.iter().enumerate() {
                let needs = step.work.possible();
                let needs: Vec<_> = needs.iter().flat_map(|it| it.references()).collect();
                for earlier in &steps[..place] {
                    let own = Reference::Address(earlier.address.clone());
                    prop_assert!(earlier.action != Action::Create || !needs.contains(&&own));
                    prop_assert_eq!(step.work.possible()[0].version, earlier.work.possible()[0].version);
                    prop_assert!(trip.mode == BatchMode::Serial || earlier.address != step.address);
                    prop_assert!(trip.mode == BatchMode::Serial || !needs.contains(&&own));
                }
            }
        }
    }
}
