//! The steps of whole plans, as actions: references are removed before an object is deleted, and restored after a replace.

use serde_json::json;

use super::*;
use crate::model::samples::{address, item};
use crate::model::{ListSemantics, Reference};
use crate::plan::samples::{no_limits, target};

fn addresses(names: &[&str]) -> BTreeSet<Address> {
    names.iter().map(|name| address(name)).collect()
}

fn resources(objects: &[(&str, Resource)]) -> Resources {
    let objects = objects.iter().cloned();
    objects
        .map(|(name, object)| (address(name), object))
        .collect()
}

/// The plan from live objects to desired ones, in which all may be replaced.
fn planned(live: &Resources, desired: &Resources, deleted: &[&str]) -> Plan {
    let changes = crate::diff::diff(desired, live, &addresses(deleted));
    let listed = live.keys().map(|address| (address.clone(), json!({})));
    let input = PlanInput {
        desired,
        as_written: desired,
        live: live.clone(),
        listed: listed.collect(),
        ids: BTreeMap::new(),
        unmanaged: BTreeSet::new(),
        renamed: BTreeMap::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        secrets_to_compare: Vec::new(),
        secrets_to_set: Vec::new(),
        rotated_since: BTreeMap::new(),
        unlisted: Unlisted::default(),
        left_out: Vec::new(),
        selection: Default::default(),
        objections: Vec::new(),
        namesakes: BTreeMap::new(),
    };
    let limits = Limits {
        replaceable: desired.keys().cloned().collect(),
        ..no_limits()
    };
    let plan = plan(target(), &changes, input, &limits);
    assert_eq!(plan.objections, []);
    plan
}

/// The steps as `action kind/name part`.
fn actions(plan: &Plan) -> Vec<String> {
    let action = |step: &Step| {
        let (action, address, part) = (step.action.as_str(), &step.address, &step.part);
        format!("{action} {address} {part}").trim_end().to_owned()
    };
    plan.steps.iter().map(action).collect()
}

fn names<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Vec<String> {
    addresses.into_iter().map(ToString::to_string).collect()
}

fn attribute(data_type: &str) -> Resource {
    Resource::with_fields(&json!({ "dataType": data_type }))
}

/// A flow that collects these attributes.
fn flow(attributes: &[&str]) -> Resource {
    let assignment = |name: &&str| item(name, &json!({ "displayName": name }));
    let items = attributes.iter().map(assignment).collect();
    Resource::with_fields(&json!({ "userFlowType": "signUpOrSignIn" })).and_list(
        "userAttributeAssignments",
        ListSemantics::Ordered,
        items,
    )
}

fn connector() -> Resource {
    Resource::with_fields(&json!({ "targetUrl": "https://a.example" }))
}

const FLOW: &str = "b2xUserFlow/Partner";
const SIZE: &str = "userFlowAttribute/Size";
const CHECK: &str = "apiConnector/Check";

#[test]
fn references_to_a_deleted_object_are_removed_before_it() {
    let linked = flow(&[]).and_single_ref("postAttributeCollection", Some(CHECK));
    let other = "b2xUserFlow/Other";
    let live = resources(&[
        (CHECK, connector()),
        (FLOW, linked),
        (other, flow(&["city"])),
    ]);
    let plan = planned(&live, &Resources::new(), &[CHECK]);
    assert_eq!(
        actions(&plan),
        [
            "unlink b2xUserFlow/Partner apiConnectorConfiguration",
            "delete apiConnector/Check"
        ]
    );
    assert_eq!(names(&plan.deleted), [CHECK]);
    assert_eq!(names(plan.discarded_state.keys()), [CHECK]);
    assert_eq!(names(plan.discarded_json.keys()), [CHECK]);
    assert_eq!(names(plan.expected.keys()), [FLOW]);
    assert_eq!(plan.changed_state[&address(FLOW)], live[&address(FLOW)]);
    let expected = &plan.expected[&address(FLOW)];
    assert_eq!(
        expected.references(),
        Vec::<&Reference>::new(),
        "nothing is linked"
    );
    assert_eq!(expected.fields, flow(&[]).fields, "the rest stays");
}

#[test]
fn objects_that_refer_to_each_other_are_deleted_without_further_steps() {
    let linked = flow(&[]).and_single_ref("postAttributeCollection", Some(CHECK));
    let live = resources(&[(CHECK, connector()), (FLOW, linked)]);
    let plan = planned(&live, &Resources::new(), &[CHECK, FLOW]);
    assert_eq!(
        actions(&plan),
        ["delete b2xUserFlow/Partner", "delete apiConnector/Check"]
    );
}

#[test]
fn references_to_a_replaced_object_are_removed_and_restored() {
    let live = resources(&[
        (SIZE, attribute("string")),
        (FLOW, flow(&[SIZE, "city"])),
        ("b2xUserFlow/Other", flow(&["city"])),
    ]);
    let desired = resources(&[(SIZE, attribute("boolean"))]);
    let plan = planned(&live, &desired, &[]);
    assert_eq!(
        actions(&plan),
        [
            "remove b2xUserFlow/Partner userAttributeAssignments[Size]",
            "delete userFlowAttribute/Size",
            "create userFlowAttribute/Size",
            "add b2xUserFlow/Partner userAttributeAssignments[Size]",
            "reorder b2xUserFlow/Partner userAttributeAssignments"
        ]
    );
    assert_eq!(names(&plan.deleted), [""; 0]);
    assert_eq!(names(plan.discarded_state.keys()), [SIZE]);
    assert_eq!(names(plan.discarded_json.keys()), [SIZE]);
    assert_eq!(names(plan.expected.keys()), [FLOW, SIZE]);
    assert_eq!(names(plan.changed_state.keys()), [FLOW]);
    assert_eq!(plan.expected[&address(FLOW)], flow(&[SIZE, "city"]));
    assert_eq!(plan.expected[&address(SIZE)], attribute("boolean"));
}

#[test]
fn dependent_of_a_replaced_object_is_replaced_with_it_although_it_does_not_differ() {
    let listener = Resource::default().and_field_ref("userFlow", FLOW);
    let of_type = |flow_type: &str| Resource::with_fields(&json!({ "userFlowType": flow_type }));
    let objects = |flow_type| {
        resources(&[
            (FLOW, of_type(flow_type)),
            ("userFlowListener/Partner", listener.clone()),
        ])
    };
    let (live, desired) = (objects("signIn"), objects("signUpOrSignIn"));
    let plan = planned(&live, &desired, &[]);
    assert_eq!(
        actions(&plan),
        [
            "delete userFlowListener/Partner",
            "delete b2xUserFlow/Partner",
            "create b2xUserFlow/Partner",
            "create userFlowListener/Partner"
        ]
    );
    assert_eq!(plan.expected, desired);
}

#[test]
fn change_of_an_object_that_loses_a_reference_is_made_first() {
    let linked = flow(&[]).and_single_ref("postAttributeCollection", Some(CHECK));
    let live = resources(&[
        (CHECK, connector()),
        (FLOW, linked),
        (SIZE, attribute("string")),
    ]);
    let described = Resource::with_fields(&json!({ "description": "In centimetres" }));
    let desired = resources(&[(SIZE, described)]);
    let plan = planned(&live, &desired, &[CHECK]);
    assert_eq!(
        actions(&plan),
        [
            "update userFlowAttribute/Size",
            "unlink b2xUserFlow/Partner apiConnectorConfiguration",
            "delete apiConnector/Check"
        ]
    );
    let expected = json!({ "dataType": "string", "description": "In centimetres" });
    assert_eq!(
        plan.expected[&address(SIZE)],
        Resource::with_fields(&expected)
    );
}

/// An events flow of these applications.
fn events_flow(applications: &[&str]) -> Resource {
    Resource::default().and_link("applications", applications)
}

#[test]
fn application_of_a_deleted_flow_is_released_before_another_flow_takes_it() {
    let (old, new) = (
        "authenticationEventsFlow/Old",
        "authenticationEventsFlow/New",
    );
    let live = resources(&[
        (old, events_flow(&["app-1", "app-2"])),
        (new, events_flow(&[])),
    ]);
    let desired = resources(&[(new, events_flow(&["app-1"]))]);
    let plan = planned(&live, &desired, &[old]);
    let shown: Vec<_> = plan.steps.iter().map(crate::plan::samples::step).collect();
    let starts = [
        "unlink authenticationEventsFlow/Old applications",
        "link authenticationEventsFlow/New applications",
        "delete authenticationEventsFlow/Old",
    ];
    assert_eq!(shown.len(), 3, "{shown:#?}");
    for (step, start) in shown.iter().zip(starts) {
        assert!(step.starts_with(start), "{step}");
    }
    assert!(shown[0].contains("app-1"), "{shown:?}");
}

#[test]
fn unchanged_objects_have_no_steps() {
    let live = resources(&[(SIZE, attribute("string")), (FLOW, flow(&[SIZE]))]);
    let plan = planned(&live, &live, &[]);
    assert_eq!(actions(&plan), [""; 0]);
    assert!(plan.is_empty());
    assert_eq!(plan.discarded_state, Resources::new());
}
