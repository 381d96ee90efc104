use serde_json::json;

use super::*;
use crate::model::samples::{address, item, reference};
use crate::model::{ListSemantics, Method};
use crate::plan::samples::step_of;

fn request(path: &str) -> Request {
    let path = PathTemplate(Vec::new()).literal(format!("/{path}"));
    Request::without_body(Method::Get, Version::V1, path)
}

/// The paths of requests.
fn paths(requests: Vec<&Request>) -> Vec<String> {
    let shown = requests.into_iter().map(samples::request);
    shown.map(|line| line.replace("GET /v1.0/", "")).collect()
}

fn listing(path: &str) -> Listing {
    Listing {
        kind: "apiConnector".to_owned(),
        read: request(path),
    }
}

#[test]
fn net_effect_is_that_of_all_steps_of_an_object() {
    let effect = |actions: &[Action]| {
        let steps = actions
            .iter()
            .map(|action| step_of("b2xUserFlow/A", *action, ""));
        let steps: Vec<_> = steps.collect();
        object_actions(&steps)[&address("b2xUserFlow/A")]
    };
    assert_eq!(
        effect(&[Action::Create, Action::Link]),
        ObjectAction::Create
    );
    assert_eq!(
        effect(&[Action::Link, Action::Update]),
        ObjectAction::Update
    );
    assert_eq!(
        effect(&[Action::Unlink, Action::Delete]),
        ObjectAction::Delete
    );
    let replace = [Action::Delete, Action::Create, Action::Link];
    assert_eq!(effect(&replace), ObjectAction::Replace);
}

#[test]
fn plan_is_empty_without_steps_and_objections() {
    let empty = samples::plan(Vec::new());
    assert!(empty.is_empty());
    let step = step_of("apiConnector/A", Action::Delete, "");
    assert!(!samples::plan(vec![step]).is_empty());
    let objection = Objection {
        address: None,
        message: "no".to_owned(),
        help: String::new(),
    };
    let refused = Plan {
        objections: vec![objection],
        ..empty
    };
    assert!(!refused.is_empty());
}

#[test]
fn texts_are_discarded_with_a_flow_that_has_languages() {
    let discards = |name: &str, object: Resource| {
        let mut plan = samples::plan(Vec::new());
        plan.discarded_state.insert(address(name), object);
        plan.discards_texts()
    };
    let languages = || {
        let language = item("fr", &json!({ "isEnabled": true }));
        Resource::default().and_list("languages", ListSemantics::Keyed, vec![language])
    };
    assert!(discards("b2xUserFlow/Partner", languages()));
    assert!(!discards("apiConnector/A", Resource::default()));
    assert!(!samples::plan(Vec::new()).discards_texts());
}

#[test]
fn operation_shows_what_it_may_send_and_expects_what_is_usual() {
    let alone = Operation::Request(Box::new(request("alone")));
    let list = Operation::ReconcileList(Box::new(ReconcileList {
        read: request("read"),
        items: vec![ReconcileItem {
            key: reference("x"),
            create: request("create"),
            update: request("update"),
        }],
        list: PathTemplate(Vec::new()),
        order: Some(request("order")),
    }));
    let link = Operation::LinkMissing(Box::new(LinkMissing {
        read: request("read"),
        key: "id".into(),
        references: vec![CreatedReference {
            name: String::new(),
            target: reference("x"),
            link: request("link"),
        }],
    }));
    let listings = Operation::ReadListings(Box::new(ReadListings {
        listings: ["first", "second"].map(listing).into(),
        absent: BTreeSet::new(),
        empty: BTreeSet::new(),
    }));
    let cases = [
        (&alone, "alone", "alone", "alone", 0, false),
        (
            &list,
            "read create order",
            "read create order",
            "read create update order",
            1,
            false,
        ),
        (&link, "read", "read link", "read link", 1, true),
        (
            &listings,
            "first second",
            "first second",
            "first second",
            2,
            false,
        ),
    ];
    for (operation, expected, shown, all, reads, verifies) in cases {
        assert_eq!(paths(operation.requests()).join(" "), expected);
        assert_eq!(paths(operation.shown_requests()).join(" "), shown);
        assert_eq!(paths(operation.all_requests()).join(" "), all);
        assert_eq!((operation.reads(), operation.verifies()), (reads, verifies));
    }
}

#[test]
fn step_adds_what_was_removed_only_at_the_same_place_and_under_the_same_id() {
    let adds = |step: (&str, Action, &str), name: &str, part: &str| {
        step_of(step.0, step.1, step.2).adds(&address(name), part)
    };
    let (flow, connector) = ("b2xUserFlow/A", "apiConnector/A");
    for (action, part) in [
        (Action::Create, ""),
        (Action::Add, "a"),
        (Action::Link, "a"),
    ] {
        assert!(adds((flow, action, part), flow, part), "{action:?}");
        assert!(!adds((flow, action, part), flow, "b"), "{action:?}");
        assert!(
            !adds((flow, action, part), "b2xUserFlow/B", part),
            "{action:?}"
        );
    }
    for action in [
        Action::Update,
        Action::Change,
        Action::Remove,
        Action::Delete,
    ] {
        assert!(!adds((flow, action, "a"), flow, "a"), "{action:?}");
    }
    // Graph generates the ids of connectors.
    assert!(!adds((connector, Action::Create, ""), connector, ""));
    assert!(adds((connector, Action::Link, "a"), connector, "a"));
}

#[test]
fn deletes_removals_and_unlinks_remove() {
    let removes = |action| step_of("b2xUserFlow/A", action, "").removes();
    for action in [Action::Delete, Action::Remove, Action::Unlink] {
        assert!(removes(action), "{action:?}");
    }
    for action in [
        Action::Create,
        Action::Change,
        Action::Restore,
        Action::Update,
    ] {
        assert!(!removes(action), "{action:?}");
    }
}
