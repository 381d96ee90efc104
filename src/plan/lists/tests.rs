//! The requests of changed lists, as texts.

use serde_json::json;

use super::*;
use crate::diff::{Change, compare};
use crate::kinds::Kind;
use crate::model::samples::{address, item};
use crate::model::{ListSemantics, Resource};
use crate::plan::samples;
use crate::plan::steps::steps;

const ASSIGNMENTS: &str = "userAttributeAssignments";

fn assignments(items: Vec<Item>) -> Resource {
    Resource::default().and_list(ASSIGNMENTS, ListSemantics::Ordered, items)
}

fn languages(items: Vec<Item>) -> Resource {
    Resource::default().and_list("languages", ListSemantics::Keyed, items)
}

fn assignment(key: &str, label: &str) -> Item {
    item(key, &json!({ "displayName": label }))
}

fn language(tag: &str, pages: &[(&'static str, Option<&str>)]) -> Item {
    let pages = pages.iter();
    Item {
        contents: pages
            .map(|(name, text)| ((*name).into(), text.map(str::to_owned)))
            .collect(),
        ..item(tag, &json!({}))
    }
}

fn updated(name: &str, before: &Resource, after: &Resource) -> Vec<Step> {
    let address = address(name);
    let change = Change::Update(compare(after, before));
    let after = before.merged_with(after);
    steps(
        Kind::of(&address).unwrap(),
        &address,
        &change,
        &after,
        before,
    )
}

fn shown(steps: &[Step]) -> Vec<String> {
    steps.iter().map(samples::step).collect()
}

#[test]
fn items_are_added_changed_removed_and_ordered() {
    let before = assignments(vec![
        assignment("city", "City"),
        assignment("email", "Mail"),
    ]);
    let after = assignments(vec![
        assignment("state", "State"),
        assignment("city", "Town"),
    ]);
    let steps = updated("b2xUserFlow/a", &before, &after);
    let path = format!("/v1.0/identity/b2xUserFlows/{{a}}/{ASSIGNMENTS}");
    let step = |action: &str, key: &str| format!("{action} b2xUserFlow/a {ASSIGNMENTS}[{key}]:");
    assert_eq!(
        shown(&steps),
        [
            format!(
                "{} POST {path} {{\"displayName\":\"State\",\"requiresVerification\":false,\"userAttribute\":{{\"id\":\"state\"}},\"userAttributeValues\":[]}}",
                step("add", "state")
            ),
            format!(
                "{} PATCH {path}/city {{\"displayName\":\"Town\"}}",
                step("change", "city")
            ),
            format!("{} DELETE {path}/email", step("remove", "email")),
            format!(
                "reorder b2xUserFlow/a {ASSIGNMENTS}: POST {path}/setOrder \
                 {{\"newAssignmentOrder\":{{\"order\":[\"state\",\"city\"]}}}}"
            ),
        ]
    );
    let Operation::Request(request) = &steps[0].operation else {
        panic!("an item is added by one request");
    };
    let probe = request.probe.as_deref().unwrap();
    assert_eq!((&*probe.key, probe.empty_is_refused), ("id", false));
    assert_eq!(probe.member.name(), "state");
    let changes = |index: usize| {
        let changes = steps[index].changes.iter();
        changes.map(|it| it.path.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(changes(1), ["displayName"]);
    assert_eq!(changes(3), ["order"]);
}

#[test]
fn changed_property_of_an_item_is_sent_with_what_the_file_omits() {
    let options =
        |name: &str| json!({ "displayName": "A", "userAttributeValues": [{ "name": name }] });
    let before = assignments(vec![item("city", &options("a"))]);
    let after = assignments(vec![item("city", &options("b"))]);
    let steps = updated("b2xUserFlow/a", &before, &after);
    let path = format!("/v1.0/identity/b2xUserFlows/{{a}}/{ASSIGNMENTS}");
    assert_eq!(
        shown(&steps),
        [format!(
            "change b2xUserFlow/a {ASSIGNMENTS}[city]: PATCH {path}/city {{\"userAttributeValues\":[{{\"name\":\"b\"}}]}}"
        )]
    );
}

#[test]
fn languages_are_put_and_deleted_by_tag() {
    let enabled = |tag: &str, on: bool| item(tag, &json!({ "isEnabled": on }));
    let before = languages(vec![enabled("fr", true), enabled("de", true)]);
    let absent = Item {
        presence: crate::model::Presence::Absent,
        ..item("de", &json!({}))
    };
    let after = languages(vec![enabled("fr", false), enabled("it", true), absent]);
    let path = "/beta/identity/b2cUserFlows/{a}/languages";
    assert_eq!(
        shown(&updated("b2cUserFlow/a", &before, &after)),
        [
            format!("change b2cUserFlow/a languages[fr]: PUT {path}/fr {{\"isEnabled\":false}}"),
            format!(
                "add b2cUserFlow/a languages[it]: PUT {path}/it {{\"id\":\"it\",\"isEnabled\":true}}"
            ),
            format!("remove b2cUserFlow/a languages[de]: DELETE {path}/de"),
        ]
    );
}

#[test]
fn language_that_graph_cannot_change_has_steps_for_its_pages_only() {
    let before = languages(vec![language("fr", &[("a", None), ("b", Some("old"))])]);
    let after = languages(vec![language(
        "fr",
        &[("a", Some("{\"x\":1}")), ("b", None)],
    )]);
    let path = "/v1.0/identity/b2xUserFlows/{f}/languages/fr/overridesPages";
    let steps = updated("b2xUserFlow/f", &before, &after);
    assert_eq!(
        shown(&steps),
        [
            format!("write b2xUserFlow/f languages[fr].pages.a: PUT {path}/a/$value {{\"x\":1}}"),
            format!("restore b2xUserFlow/f languages[fr].pages.b: DELETE {path}/b/$value"),
        ]
    );
    let changed: Vec<_> = steps
        .iter()
        .filter_map(|step| step.content.as_ref())
        .collect();
    assert_eq!(changed[0].after.as_deref(), Some("{\"x\":1}"));
    assert_eq!(changed[1].before.as_deref(), Some("old"));
}

#[test]
fn language_whose_texts_alone_change_is_not_sent() {
    let texts = |text| languages(vec![language("fr", &[("a", text)])]);
    let steps = updated("b2cUserFlow/f", &texts(None), &texts(Some("{}")));
    let actions: Vec<_> = steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::Write]);
}

#[test]
fn reconciled_list_shows_the_fields_of_each_item() {
    let object = assignments(vec![
        assignment("city", "City"),
        assignment("state", "State"),
    ]);
    let address = address("b2xUserFlow/a");
    let kind = Kind::of(&address).unwrap();
    let steps = steps(
        kind,
        &address,
        &Change::Create,
        &object,
        &Resource::default(),
    );
    let paths: Vec<_> = steps[1].changes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["city.displayName", "state.displayName"]);
    let Operation::ReconcileList(list) = &steps[1].operation else {
        panic!("the list of a new object is reconciled");
    };
    assert_eq!(list.read.method, Method::Get);
    assert_eq!(
        samples::request(&list.read),
        format!("GET /v1.0/identity/b2xUserFlows/{{a}}/{ASSIGNMENTS}")
    );
    assert_eq!(list.list, list.read.path);
}
