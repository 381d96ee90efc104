use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::kinds::{KINDS, Kind};
use crate::model::{
    Encoding, FieldChange, Fields, Method, ObjectId, Reference, Secret, SecretSource, Value,
};
use crate::plan::samples::plan;
use crate::plan::{LinkMissing, PathTemplate, ReconcileItem, ReconcileList, RequestBody};

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

fn step(name: &str, action: Action, request: Request) -> Step {
    Step {
        address: address(name),
        action,
        part: String::new(),
        changes: Vec::new(),
        content: None,
        notes: Vec::new(),
        operation: Operation::Request(Box::new(request)),
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

/// A request without references.
fn delete_request() -> Request {
    Request::without_body(Method::Delete, Version::V1, PathTemplate(Vec::new()))
}

fn unlink(name: &str, target: &str) -> Step {
    let mut unlink = step(name, Action::Unlink, delete_request());
    unlink.changes = vec![FieldChange {
        path: target.to_owned(),
        before: Some(Value::Reference(to(target))),
        after: None,
    }];
    unlink
}

fn delete(name: &str) -> Step {
    step(name, Action::Delete, delete_request())
}

/// A plan that deletes the objects that its steps delete and do not create again.
fn deleting(steps: Vec<Step>) -> Plan {
    let of = |action| {
        let steps = steps.iter().filter(move |step| step.action == action);
        steps
            .map(|step| step.address.clone())
            .collect::<BTreeSet<_>>()
    };
    let deleted = &of(Action::Delete) - &of(Action::Create);
    Plan {
        deleted,
        ..plan(steps)
    }
}

/// The steps of each wave, by number.
fn waves_of(plan: &Plan) -> Vec<String> {
    let waves = plan.schedule().waves;
    waves
        .iter()
        .map(|wave| step_numbers(wave.steps()))
        .collect()
}

fn waves(steps: Vec<Step>) -> Vec<String> {
    waves_of(&deleting(steps))
}

#[test]
fn independent_steps_of_all_objects_share_a_wave() {
    assert_eq!(
        waves(vec![create("a"), create("b"), link("c", "d")]),
        ["1 to 3"]
    );
}

#[test]
fn objects_of_one_kind_are_created_together_and_then_linked_together() {
    let object = |name| [create(name), link(name, "x"), reconcile(name)];
    let steps = ["a", "b", "c"].into_iter().flat_map(object).collect();
    assert_eq!(waves(steps), ["1, 4, 7", "2, 5, 8", "3, 6, 9"]);
}

#[test]
fn steps_of_an_object_share_a_wave_in_their_order() {
    let plan = plan(vec![link("a", "b"), link("a", "c"), link("d", "b")]);
    let chain = |steps: &[usize]| Chain {
        version: Version::V1,
        steps: steps.to_vec(),
    };
    let wave = Wave {
        chains: vec![chain(&[0, 1]), chain(&[2])],
    };
    assert_eq!(plan.schedule().waves, [wave]);
}

#[test]
fn step_waits_for_all_steps_of_a_new_object_that_it_refers_to() {
    let steps = vec![create("a"), link("a", "x"), link("b", "a")];
    assert_eq!(waves(steps), ["1", "2", "3"]);
    assert_eq!(
        waves(vec![link("a", "x"), link("b", "a")]),
        ["1, 2"],
        "not new"
    );
}

#[test]
fn list_of_a_new_object_is_read_in_a_wave_of_its_own() {
    let steps = vec![create("a"), link("a", "b"), reconcile("a"), link("a", "c")];
    assert_eq!(waves(steps), ["1", "2", "3, 4"]);
}

#[test]
fn other_version_starts_another_wave() {
    let beta = |name| below(name, Version::Beta, RequestBody::None);
    assert_eq!(
        waves(vec![link("a", "b"), beta("a"), beta("c")]),
        ["1, 3", "2"]
    );
}

#[test]
fn delete_waits_for_unlinks_and_for_everything_that_is_not_a_delete() {
    let steps = vec![link("a", "c"), unlink("a", "b"), create("d"), delete("b")];
    assert_eq!(waves(steps), ["1 to 3", "4"]);
    let referring = Step {
        changes: unlink("a", "b").changes,
        ..delete("a")
    };
    assert_eq!(
        waves(vec![referring, delete("b"), delete("c")]),
        ["1, 3", "2"]
    );
}

#[test]
fn only_a_delete_without_a_successor_waits_for_steps_that_it_does_not_depend_on() {
    let steps = |last: &[Step]| [&[create("d"), link("d", "x")], last].concat();
    assert_eq!(waves(steps(&[delete("b")])), ["1", "2", "3"]);
    let replaced = [delete("b"), create("b")];
    assert_eq!(waves(steps(&replaced)), ["1, 3, 4", "2"]);
}

#[test]
fn replaced_object_is_created_after_its_delete_and_linked_after_that() {
    let steps = vec![
        unlink("a", "b"),
        delete("b"),
        create("b"),
        link("a", "b"),
        link("c", "b"),
    ];
    let plan = plan(steps);
    assert_eq!(waves_of(&plan), ["1", "2, 3", "4, 5"]);
    assert_eq!(
        plan.schedule().dependencies,
        [vec![], vec![0], vec![1], vec![0, 2], vec![2]]
    );
}

#[test]
fn object_is_the_same_by_name_and_by_id() {
    let by_id = Value::Reference(Reference::Id(ObjectId::new("17")));
    let body = RequestBody::Json(Fields::from_iter([("id".into(), by_id)]));
    let mut plan = deleting(vec![below("b", Version::V1, body), delete("c")]);
    assert_eq!(plan.schedule().dependencies[1], Vec::<usize>::new());
    plan.ids.insert(address("c"), ObjectId::new("17"));
    assert_eq!(plan.schedule().dependencies[1], [0]);
}

#[test]
fn member_of_an_exclusive_set_is_linked_after_it_is_unlinked() {
    let (kind, link) = KINDS
        .into_iter()
        .find_map(|kind| Some((kind, kind.parts.links.iter().find(|link| link.exclusive)?)))
        .unwrap();
    let of_kind = |step: Step, name: &str| Step {
        address: Address::new(kind.name, name),
        part: link.field.to_owned(),
        ..step
    };
    let steps = |field: &str| {
        let mut steps = vec![
            of_kind(unlink("a", "x"), "a"),
            of_kind(self::link("b", "x"), "b"),
            of_kind(self::link("c", "y"), "c"),
        ];
        steps[0].part = field.to_owned();
        steps
    };
    assert_eq!(waves(steps(link.field)), ["1, 3", "2"]);
    assert_eq!(waves(steps("other")), ["1 to 3"]);
}

#[test]
fn kind_with_a_prerequisite_and_its_prerequisite_keep_their_order() {
    let kind = KINDS
        .into_iter()
        .find(|kind| kind.constraints.prerequisite.is_some());
    let kind = kind.unwrap();
    let prerequisite = kind.constraints.prerequisite.as_ref().unwrap();
    let object = Step {
        address: Address::new(kind.name, "a"),
        ..create("a")
    };
    let switch = Step {
        address: Address::new(prerequisite.kind, "b"),
        ..link("b", "c")
    };
    assert_eq!(waves(vec![object.clone(), switch.clone()]), ["1", "2"]);
    assert_eq!(waves(vec![switch, object]), ["1", "2"]);
}

#[test]
fn round_trips_are_reads_and_full_batches() {
    let round_trips = |steps| plan(steps).round_trips();
    let creates = |count: usize| (0..count).map(|number| create(&number.to_string()));
    assert_eq!(round_trips(creates(45).collect()), 3);
    assert_eq!(round_trips(vec![link("a", "b"); 45]), 3, "one object");
    let secrets = ["a", "b", "c"].map(with_secret);
    assert_eq!(round_trips(creates(5).chain(secrets).collect()), 4);
    let parts = |count: usize| {
        let mut step = reconcile("a");
        if let Operation::ReconcileList(list) = &mut step.operation {
            let part = ReconcileItem {
                key: to("b"),
                create: link("a", "b").operation.requests()[0].clone(),
                update: list.read.clone(),
            };
            list.items = vec![part; count];
        }
        let plan = plan(vec![create("a"), step, link("a", "c")]);
        (plan.round_trips(), plan.request_count())
    };
    assert_eq!(parts(0), (3, 3));
    assert_eq!(parts(19), (3, 22));
    assert_eq!(parts(20), (4, 23));
}

#[test]
fn read_that_replaces_one_of_the_verification_is_counted_apart() {
    let read = |name: &str| Request {
        method: Method::Get,
        ..link(name, name).operation.requests()[0].clone()
    };
    let kept = |name: &str| Step {
        operation: Operation::LinkMissing(Box::new(LinkMissing {
            read: read(name),
            key: "id".into(),
            references: Vec::new(),
        })),
        ..link(name, name)
    };
    let plan = plan(vec![
        kept("a"),
        kept("b"),
        reconcile("c"),
        create("d"),
        create("e"),
    ]);
    let waves = plan.schedule().waves;
    assert_eq!(waves.len(), 1);
    assert_eq!((waves[0].requests(&plan), plan.request_count()), (3, 3));
    assert_eq!(waves[0].verifying_reads(&plan), 2);
    assert_eq!(waves[0].round_trips(&plan), 2, "the list is read first");
}

#[test]
fn step_numbers_name_ranges() {
    assert_eq!(step_numbers([]), "");
    assert_eq!(step_numbers([4]), "5");
    assert_eq!(step_numbers([0, 1, 4, 5, 6, 8]), "1, 2, 5 to 7, 9");
}

fn any_step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]);
    (name.clone(), name, 0..9).prop_map(|(name, target, choice)| match choice {
        0 | 1 => create(name),
        2 => below(name, Version::Beta, RequestBody::None),
        3 => with_secret(name),
        4 => reconcile(name),
        5 => delete(name),
        6 => unlink(name, target),
        _ => link(name, target),
    })
}

proptest! {
    #[test]
    fn waves_contain_each_step_once_after_all_that_it_depends_on(
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let plan = deleting(steps);
        let Schedule { waves, dependencies } = plan.schedule();
        let mut order = Vec::new();
        for wave in &waves {
            let mut together = BTreeSet::new();
            for chain in &wave.chains {
                for (place, index) in chain.steps.iter().enumerate() {
                    let step = &plan.steps[*index];
                    prop_assert_eq!(step.operation.version(), chain.version);
                    prop_assert!(place == 0 || !matches!(step.operation, Operation::ReconcileList(_)));
                    prop_assert_eq!(&step.address, &plan.steps[chain.steps[0]].address);
                    for earlier in &dependencies[*index] {
                        prop_assert!(earlier < index);
                        prop_assert!(order.contains(earlier) || chain.steps[..place].contains(earlier));
                    }
                }
                prop_assert!(together.insert(&plan.steps[chain.steps[0]].address));
            }
            order.extend(wave.chains.iter().flat_map(|chain| chain.steps.clone()));
        }
        order.sort_unstable();
        prop_assert_eq!(order, (0..plan.steps.len()).collect::<Vec<_>>());
    }
}
