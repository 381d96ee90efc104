//! The journeys through the flows that a plan changes, or that contain an object that it changes.

use crate::model::{Address, Resources};
use crate::picture::{self, Journeys};
use crate::plan::{ObjectAction, Plan, object_actions};
use crate::render::markup::Markup;
use crate::render::picture as diagrams;
use crate::render::reports::RunReport;
use crate::render::strings::count;

/// The maximum number of journeys: more are not read, and make the page large.
const MAX_JOURNEYS: usize = 20;

/// The width of a picture that a phone shows whole.
const NARROW: f64 = 520.0;

/// The signs of a journey, each with its class and its meaning.
const LEGEND: [(&str, &str, &str); 4] = [
    ("created", "+", "created, or new in the journey"),
    ("changed", "~", "changed"),
    ("replaced", "±", "deleted and recreated"),
    ("deleted", "−", "deleted, or no longer in the journey"),
];

pub(super) fn section(main: &mut Markup, plan: &Plan, run: &RunReport) {
    let actions = object_actions(&plan.steps);
    let (before, after) = states(plan, run);
    let (journeys_before, journeys_after) = (Journeys::new(&before), Journeys::new(&after));
    let change = |address: &Address| diagrams::node_change(actions.get(address).copied());
    let gone = picture::flows(&before).filter(|flow| !after.contains_key(*flow));
    let all: Vec<_> = picture::flows(&after)
        .chain(gone)
        .map(|flow| journeys_before.compared_with(&journeys_after, flow))
        .map(|journey| journey.with_changes(change))
        .filter(picture::Picture::is_changed)
        .collect();
    if all.is_empty() {
        return;
    }
    super::section(main, "Journeys", |section| {
        let what = "The journey of a user through each affected flow.";
        section.leaf("p", &[("class", "faint")], what);
        section.element("ul", &[("class", "legend")], |list| {
            for (class, sign, meaning) in LEGEND {
                list.element("li", &[], |item| {
                    item.leaf("span", &[("class", class)], sign);
                    item.text(&format!(" {meaning}"));
                });
            }
        });
        for journey in all.iter().take(MAX_JOURNEYS) {
            section.element("figure", &[], |figure| {
                figure.leaf("figcaption", &[], &journey.title);
                let drawing = diagrams::drawing(journey);
                // Only what scrolls needs the keyboard.
                let scrolls = [
                    ("class", "wide"),
                    ("tabindex", "0"),
                    ("role", "group"),
                    ("aria-label", &*journey.title),
                ];
                let attributes = match drawing.width() > NARROW {
                    true => &scrolls[..],
                    false => &[("class", "narrow")],
                };
                figure.element("div", attributes, |frame| drawing.write(frame));
            });
        }
        if all.len() > MAX_JOURNEYS {
            let more = count((all.len() - MAX_JOURNEYS) as u64, "more journey");
            section.leaf("p", &[], &format!("{more}: run `entraflow diagram`."));
        }
    });
}

/// The objects before and after the plan: a declared object that it does not touch is as the files declare it.
fn states(plan: &Plan, run: &RunReport) -> (Resources, Resources) {
    let actions = object_actions(&plan.steps);
    let is_created = |address: &Address| actions.get(address) == Some(&ObjectAction::Create);
    let mut after = Resources::clone(&run.resources);
    after.extend(plan.expected.clone());
    let mut before = after.clone();
    before.retain(|address, _| !is_created(address));
    before.extend(plan.changed_state.clone());
    before.extend(plan.discarded_state.clone());
    after.retain(|address, _| !plan.deleted.contains(address));
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Resource;
    use crate::plan::{Action, samples};

    #[test]
    fn states_are_the_objects_before_and_after_the_plan() {
        let address = |name: &str| Address::new("kind", name);
        let step = |name: &str, action| samples::step_of(&format!("kind/{name}"), action, "");
        let object = |names: &[&str]| {
            let objects = names
                .iter()
                .map(|name| (address(name), Resource::default()));
            objects.collect::<Resources>()
        };
        let mut run = RunReport::new("plan", &[]);
        run.resources = object(&["new", "changed", "kept"]).into();
        let mut plan = samples::plan(vec![
            step("new", Action::Create),
            step("changed", Action::Update),
            step("gone", Action::Delete),
        ]);
        plan.expected = object(&["new", "changed", "unlinked"]);
        plan.changed_state = object(&["changed", "unlinked"]);
        plan.discarded_state = object(&["gone"]);
        plan.deleted = [address("gone")].into();
        let (before, after) = states(&plan, &run);
        assert_eq!(before, object(&["changed", "gone", "kept", "unlinked"]));
        assert_eq!(after, object(&["changed", "kept", "new", "unlinked"]));
    }
}
