use serde_json::json;

use super::*;
use crate::diff::{ContentChange, ListChange, compare};
use crate::model::FieldChange;
use crate::model::samples::{address, reference};
use crate::plan::samples::{no_limits, plan, step_of};
use crate::plan::{Action, PlanInput, Unlisted};

fn addresses(names: &[&str]) -> BTreeSet<Address> {
    names.iter().map(|name| address(name)).collect()
}

fn resources(objects: &[(&str, Resource)]) -> Resources {
    let objects = objects.iter().cloned();
    objects
        .map(|(name, object)| (address(name), object))
        .collect()
}

/// A user flow of this type.
fn flow(flow_type: &str) -> Resource {
    Resource::with_fields(&json!({ "userFlowType": flow_type }))
}

/// A listener of a flow.
fn listener(flow: &str) -> Resource {
    Resource::default().and_field_ref("userFlow", flow)
}

fn shown(objections: &[Objection]) -> Vec<String> {
    let line = |objection: &Objection| match &objection.address {
        Some(address) => format!("{address}: {}", objection.message),
        None => objection.message.clone(),
    };
    objections.iter().map(line).collect()
}

/// The plan from live objects to desired ones; `deleted` are deleted.
fn planned(live: &Resources, desired: &Resources, deleted: &[&str], limits: &Limits) -> Plan {
    let changes = crate::diff::diff(desired, live, &addresses(deleted));
    let input = PlanInput {
        desired,
        as_written: desired,
        live: live.clone(),
        listed: BTreeMap::new(),
        ids: BTreeMap::new(),
        unmanaged: BTreeSet::new(),
        namesakes: BTreeMap::new(),
        renamed: BTreeMap::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        secrets_to_compare: Vec::new(),
        secrets_to_set: Vec::new(),
        rotated_since: BTreeMap::new(),
        left_out: Vec::new(),
        selection: Default::default(),
        objections: Vec::new(),
        unlisted: Unlisted::default(),
    };
    crate::plan::plan(crate::plan::samples::target(), &changes, input, limits)
}

#[test]
fn limit_compares_the_fraction() {
    assert!(exceeds(4, 13, 30));
    assert!(exceeds(3001, 10_000, 30));
    assert!(!exceeds(3, 10, 30));
    assert!(!exceeds(13, 13, 100));
}

#[test]
fn percentage_is_rounded_up_to_a_tenth() {
    assert_eq!(percentage(3, 10), "30");
    assert_eq!(percentage(4, 13), "30.8");
    assert_eq!(percentage(3001, 10_000), "30.1");
    assert_eq!(percentage(13, 13), "100");
    assert_eq!(percentage(0, 0), "0");
}

#[test]
fn create_only_change_is_an_objection_unless_the_object_may_be_replaced() {
    let live = resources(&[("b2cUserFlow/a", flow("signUp"))]);
    let desired = resources(&[("b2cUserFlow/a", flow("signIn"))]);
    let refused = planned(&live, &desired, &[], &no_limits());
    let objection = Objection {
        address: Some(address("b2cUserFlow/a")),
        message: format!(
            "userFlowType cannot be changed from {} to {}: Graph accepts it only on create",
            Value::Text("signUp".to_owned()),
            Value::Text("signIn".to_owned())
        ),
        help: "revert it in the file, or allow `--allow-replace \"b2cUserFlow/a\"`: the object is deleted and created \
               again from the files, and everything that the files omit is lost"
            .to_owned(),
    };
    assert_eq!(refused.objections, [objection]);
    let limits = Limits {
        replaceable: addresses(&["b2cUserFlow/a"]),
        ..no_limits()
    };
    let replaced = planned(&live, &desired, &[], &limits);
    assert_eq!(replaced.objections, []);
    let actions: Vec<_> = replaced.steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::Delete, Action::Create]);
}

#[test]
fn object_that_each_tenant_has_is_neither_created_nor_deleted() {
    let identifiers = resources(&[
        ("signInIdentifier/UPN", Resource::default()),
        ("signInIdentifier/CustomUsername1", Resource::default()),
    ]);
    let (none, all) = (
        Resources::new(),
        ["signInIdentifier/UPN", "signInIdentifier/CustomUsername1"],
    );
    let created = planned(&none, &identifiers, &[], &no_limits());
    let message = "signInIdentifier/UPN: each tenant has it, but the tenant does not list it";
    assert_eq!(shown(&created.objections), [message]);
    let deleted = planned(&identifiers, &none, &all, &no_limits());
    let message = "signInIdentifier/UPN: each tenant has it, but it cannot be deleted";
    assert_eq!(shown(&deleted.objections), [message]);
}

#[test]
fn create_only_field_that_was_not_set_is_shown_as_nothing() {
    let difference = Difference {
        fields: vec![FieldChange {
            path: "userFlowType".to_owned(),
            before: None,
            after: Some(Value::Bool(true)),
        }],
        ..Difference::default()
    };
    let kind = Kind::find("b2cUserFlow").unwrap();
    assert_eq!(
        create_only_changes(kind, &difference).collect::<Vec<_>>(),
        ["userFlowType cannot be changed from nothing to true: Graph accepts it only on create"]
    );
}

#[test]
fn change_of_other_fields_is_no_objection() {
    let field =
        |value: bool| Resource::with_fields(&json!({ "isLanguageCustomizationEnabled": value }));
    let live = resources(&[("b2cUserFlow/a", field(false))]);
    let desired = resources(&[("b2cUserFlow/a", field(true))]);
    assert_eq!(planned(&live, &desired, &[], &no_limits()).objections, []);
}

#[test]
fn replaced_are_allowed_objects_that_must_be_and_their_allowed_dependents() {
    let live = resources(&[
        ("b2xUserFlow/must", flow("signIn")),
        ("b2xUserFlow/refused", flow("signIn")),
        ("b2xUserFlow/same", flow("signIn")),
        ("userFlowListener/must", listener("b2xUserFlow/must")),
        ("userFlowListener/other", listener("b2xUserFlow/must")),
        ("userFlowListener/same", listener("b2xUserFlow/same")),
    ]);
    let change = |name: &str| {
        let before = &live[&address(name)];
        (
            address(name),
            Change::Update(compare(&flow("signUpOrSignIn"), before)),
        )
    };
    let changes = BTreeMap::from([change("b2xUserFlow/must"), change("b2xUserFlow/refused")]);
    let limits = Limits {
        replaceable: addresses(&[
            "b2xUserFlow/must",
            "b2xUserFlow/same",
            "userFlowListener/must",
            "userFlowListener/same",
            "userFlowListener/missing",
        ]),
        ..no_limits()
    };
    assert_eq!(
        replaced(&changes, &live, &limits),
        addresses(&["b2xUserFlow/must", "userFlowListener/must"])
    );
}

#[test]
fn protected_object_must_not_be_deleted() {
    let limits = Limits {
        protected: addresses(&["apiConnector/a", "apiConnector/c"]),
        ..no_limits()
    };
    let deleted = addresses(&["apiConnector/a", "apiConnector/b"]);
    let objections: Vec<_> = protected(&deleted, &limits).collect();
    assert_eq!(
        shown(&objections),
        ["apiConnector/a: it is protected, and the plan deletes it"]
    );
}

#[test]
fn protected_object_may_be_changed() {
    let live = resources(&[(
        "apiConnector/a",
        Resource::with_fields(&json!({ "targetUrl": "a" })),
    )]);
    let desired = resources(&[(
        "apiConnector/a",
        Resource::with_fields(&json!({ "targetUrl": "b" })),
    )]);
    let limits = Limits {
        protected: addresses(&["apiConnector/a"]),
        ..no_limits()
    };
    assert_eq!(planned(&live, &desired, &[], &limits).objections, []);
    let deletes = planned(&live, &Resources::new(), &["apiConnector/a"], &limits);
    assert_eq!(
        shown(&deletes.objections),
        ["apiConnector/a: it is protected, and the plan deletes it"]
    );
}

#[test]
fn deleted_object_must_not_be_needed_by_a_retained_one() {
    let live = resources(&[
        ("b2xUserFlow/a", flow("signIn")),
        ("userFlowListener/a", listener("b2xUserFlow/a")),
        ("userFlowListener/b", listener("b2xUserFlow/b")),
    ]);
    let needed = |deleted: &[&str], expected: &Resources| {
        let deleted = addresses(deleted);
        shown(&still_needed(&deleted, &live, expected).collect::<Vec<_>>())
    };
    let none = Resources::new();
    assert_eq!(
        needed(&["b2xUserFlow/a"], &none),
        ["b2xUserFlow/a: userFlowListener/a depends on it and is not deleted"]
    );
    assert_eq!(
        needed(&["b2xUserFlow/a", "userFlowListener/a"], &none),
        [""; 0]
    );
    let moved = resources(&[("userFlowListener/a", listener("b2xUserFlow/b"))]);
    assert_eq!(needed(&["b2xUserFlow/a"], &moved), [""; 0]);
}

#[test]
fn deleted_object_must_not_be_referred_to_by_id() {
    let as_written = resources(&[(
        "b2xUserFlow/a",
        Resource::default().and_link("identityProviders", &["1", "2", "socialIdentityProvider/b"]),
    )]);
    let ids = BTreeMap::from([
        (address("socialIdentityProvider/a"), ObjectId::new("1")),
        (address("socialIdentityProvider/kept"), ObjectId::new("2")),
    ]);
    let deleted = addresses(&["socialIdentityProvider/a", "socialIdentityProvider/b"]);
    let objections: Vec<_> = referred_by_id(&as_written, &ids, &deleted).collect();
    assert_eq!(
        shown(&objections),
        ["socialIdentityProvider/a: b2xUserFlow/a refers to it by id, and the plan deletes it"]
    );
}

#[test]
fn as_many_deletes_as_the_limit_are_allowed() {
    let names = ["apiConnector/a", "apiConnector/b", "apiConnector/c"];
    let live: Resources = resources(&names.map(|name| (name, Resource::default())));
    let objections = |count: usize, max_deletes: usize| {
        let limits = Limits {
            max_deletes,
            ..no_limits()
        };
        let deleted = addresses(&names[..count]);
        exceeded_limits(&plan(Vec::new()), &deleted, &live, &limits)
    };
    assert_eq!(objections(2, 2), []);
    assert_eq!(objections(0, 0), []);
    let objection = |message: &str, help: &str| Objection {
        address: None,
        message: message.to_owned(),
        help: help.to_owned(),
    };
    assert_eq!(
        objections(1, 0),
        [objection(
            "the plan deletes 1 object, and the limit is 0",
            "allow it for this run with `--allow-deletes 1`, or raise `limits.maxDeletes`"
        )]
    );
    assert_eq!(
        objections(3, 2),
        [objection(
            "the plan deletes 3 objects, and the limit is 2",
            "allow it for this run with `--allow-deletes 3`, or raise `limits.maxDeletes`"
        )]
    );
}

#[test]
fn replaced_objects_count_as_deletes() {
    let live = resources(&[("b2cUserFlow/a", flow("signUp"))]);
    let desired = resources(&[("b2cUserFlow/a", flow("signIn"))]);
    let limits = Limits {
        max_deletes: 0,
        replaceable: addresses(&["b2cUserFlow/a"]),
        ..no_limits()
    };
    assert_eq!(
        shown(&planned(&live, &desired, &[], &limits).objections),
        ["the plan deletes 1 object, and the limit is 0"]
    );
}

#[test]
fn percentage_limit_counts_changes_of_at_least_ten_objects_and_no_creates() {
    let names: Vec<_> = (0..10)
        .map(|number| format!("apiConnector/{number}"))
        .collect();
    let objections = |changed: usize, all: usize| {
        let live: Resources = names[..all]
            .iter()
            .map(|name| (address(name), Resource::default()))
            .collect();
        let mut steps: Vec<_> = names[..changed]
            .iter()
            .map(|name| step_of(name, Action::Update, ""))
            .collect();
        steps.push(step_of("apiConnector/new", Action::Create, ""));
        let limits = Limits {
            max_changes_percent: 30,
            ..no_limits()
        };
        shown(&exceeded_limits(
            &plan(steps),
            &BTreeSet::new(),
            &live,
            &limits,
        ))
    };
    assert_eq!(objections(3, 10), [""; 0]);
    assert_eq!(
        objections(4, 10),
        ["the plan changes 4 of 10 objects (40 %), and the limit is 30 %"]
    );
    assert_eq!(objections(9, 9), [""; 0]);
}

#[test]
fn list_changes_that_graph_does_not_offer_are_objections() {
    let kind = |name| Kind::find(name).unwrap();
    let text = ContentChange {
        name: "page".to_owned(),
        before: None,
        after: None,
    };
    let field = FieldChange {
        path: "isEnabled".to_owned(),
        before: None,
        after: Some(Value::Bool(true)),
    };
    let item = |key, action, fields: &[&FieldChange], contents: &[&ContentChange]| ItemChange {
        key: reference(key),
        action,
        fields: fields.iter().copied().cloned().collect(),
        contents: contents.iter().copied().cloned().collect(),
    };
    let difference = |list: &str| Difference {
        lists: vec![ListChange {
            field: list.to_owned(),
            items: vec![
                item("fr", ItemAction::Create, &[], &[]),
                item("de", ItemAction::Update, &[&field], &[]),
                item("it", ItemAction::Update, &[], &[&text]),
                item("es", ItemAction::Delete, &[], &[]),
            ],
            order: None,
        }],
        ..Difference::default()
    };
    let unsupported = |name, list: &str| {
        let difference = difference(list);
        unsupported_list_changes(kind(name), &difference).collect::<Vec<_>>()
    };
    let limits = "in a b2x flow all languages are built in and enabled; only the texts of their pages can be changed";
    let objection = |message: &str| (message.to_owned(), limits.to_owned());
    assert_eq!(
        unsupported("b2xUserFlow", "languages"),
        [
            objection("languages[fr] cannot be created"),
            objection("languages[de] cannot be changed"),
            objection("languages[es] cannot be removed"),
        ]
    );
    assert_eq!(unsupported("b2cUserFlow", "languages"), []);
    assert_eq!(unsupported("b2xUserFlow", "userAttributeAssignments"), []);
    assert_eq!(unsupported("b2xUserFlow", "unknown"), []);
}

#[test]
fn object_that_no_document_can_express_is_not_deleted() {
    let live = resources(&[("apiConnector/a", Resource::default())]);
    let limits = Limits {
        inexpressible: BTreeMap::from([(address("apiConnector/a"), vec!["x".to_owned()])]),
        ..no_limits()
    };
    let refused = planned(&live, &Resources::new(), &["apiConnector/a"], &limits);
    assert_eq!(
        shown(&refused.objections),
        ["apiConnector/a: the plan deletes it, and no document can express its x"]
    );
    let retained = planned(&live, &Resources::new(), &[], &limits);
    assert_eq!(retained.objections, []);
}

#[test]
fn surplus_object_of_a_name_is_deleted_unless_a_retained_object_refers_to_it() {
    let twin = "apiConnector/4f0cbd3e";
    let linked = Resource::default()
        .and_single_ref("postAttributeCollection", Some("apiConnector/4f0cbd3e"));
    let live = resources(&[(twin, Resource::default()), ("b2xUserFlow/f", linked)]);
    let limits = Limits {
        surplus: addresses(&[twin]),
        ..no_limits()
    };
    let refused = planned(&live, &Resources::new(), &[twin], &limits);
    assert_eq!(
        shown(&refused.objections),
        [format!(
            "{twin}: b2xUserFlow/f refers to it, and another object has its name"
        )]
    );
    let both = planned(&live, &Resources::new(), &[twin, "b2xUserFlow/f"], &limits);
    assert_eq!(both.objections, [], "the flow is deleted, too");
    let other = Limits {
        surplus: addresses(&["apiConnector/other"]),
        ..no_limits()
    };
    let allowed = planned(&live, &Resources::new(), &[twin], &other);
    assert_eq!(allowed.objections, []);
}
