//! How answers about External ID's user flows are seen.

use serde_json::Value;

use crate::assumptions::events_flows::*;
use crate::assumptions::observation::{Finding, NEEDS_WRITING, Observation, Observations};

pub(in crate::assumptions) fn no_attributes(seen: &Observations) -> Finding<NoAttributes> {
    let listings = seen.reads("ExternalUsersSelfServiceSignUp/attributes");
    let answers = listings.filter_map(|listing| match listing.status {
        200 if listing.entries().is_empty() => Some(NoAttributes::Empty),
        400 => Some(NoAttributes::BadRequest),
        404 => Some(NoAttributes::NotFound),
        _ => None,
    });
    Finding::of_all(answers, "every flow collects attributes")
}

/// The inputs of the page of a flow.
fn inputs(flow: &Observation) -> impl Iterator<Item = &Value> {
    let page = &flow.body["onAttributeCollection"]["attributeCollectionPage"];
    let views = page["views"].as_array().into_iter().flatten();
    views.flat_map(|view| view["inputs"].as_array().into_iter().flatten())
}

/// Whether the page of a flow asks for an attribute.
fn asks_for(flow: &Observation, attribute: &str) -> bool {
    let mut inputs = inputs(flow);
    inputs.any(|input| {
        let id = input["attribute"].as_str();
        id.is_some_and(|id| id.eq_ignore_ascii_case(attribute))
    })
}

pub(in crate::assumptions) fn created_flow(seen: &Observations) -> Finding<CreatedFlow> {
    let created = seen.last_of("created-flow").into_iter();
    let answers = created.filter(|flow| flow.is_success()).map(|flow| {
        let links = &flow.body["onAuthenticationMethodLoadStart"]["identityProviders"];
        match links.as_array().is_some_and(|links| !links.is_empty()) {
            true => CreatedFlow::WithLinks,
            false => CreatedFlow::WithoutLinks,
        }
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn input_defaults(seen: &Observations) -> Finding<InputDefaults> {
    let flows = seen.last_of("input-defaults").into_iter();
    let answers = flows.filter_map(|flow| {
        let pattern = inputs(flow).next()?["validationRegEx"].as_str()?;
        Some(match pattern {
            "^.*" => InputDefaults::Uniform,
            _ => InputDefaults::ByAttribute,
        })
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn unlinked_input(seen: &Observations) -> Finding<UnlinkedInput> {
    match seen.experiment("unlinked-input").as_slice() {
        [update, ..] if update.status == 400 => Finding::Answer(UnlinkedInput::Refused),
        [_, .., attributes] => match attributes.ids().contains(&"country") {
            true => Finding::Answer(UnlinkedInput::Linked),
            false => Finding::Answer(UnlinkedInput::Ignored),
        },
        _ => Finding::NotSeen(NEEDS_WRITING),
    }
}

pub(in crate::assumptions) fn inline_attributes(seen: &Observations) -> Finding<InlineAttributes> {
    let answers = [
        (400, InlineAttributes::Refused),
        (200, InlineAttributes::Taken),
        (204, InlineAttributes::Taken),
    ];
    seen.by_status("inline-attributes", &answers)
}

pub(in crate::assumptions) fn added_attribute(seen: &Observations) -> Finding<AddedAttribute> {
    let flows = seen.last_of("added-attribute").into_iter();
    let answers = flows.map(|flow| match asks_for(flow, "city") {
        true => AddedAttribute::InputAdded,
        false => AddedAttribute::NoInput,
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn removed_attribute(seen: &Observations) -> Finding<RemovedAttribute> {
    let flows = seen.last_of("removed-attribute").into_iter();
    let answers = flows.map(|flow| match asks_for(flow, "city") {
        true => RemovedAttribute::InputStays,
        false => RemovedAttribute::InputGoes,
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn last_provider(seen: &Observations) -> Finding<LastProvider> {
    let answers = [
        (400, LastProvider::Kept),
        (409, LastProvider::Kept),
        (204, LastProvider::Removable),
    ];
    seen.by_status("last-provider", &answers)
}

pub(in crate::assumptions) fn handler_update(seen: &Observations) -> Finding<HandlerUpdate> {
    let flows = seen.last_of("handler-update").into_iter();
    let answers = flows.map(|flow| match inputs(flow).next() {
        Some(_) => HandlerUpdate::Merged,
        None => HandlerUpdate::Replaced,
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn flow_without_page(seen: &Observations) -> Finding<FlowWithoutPage> {
    let answers = [
        (201, FlowWithoutPage::Created),
        (400, FlowWithoutPage::Refused),
    ];
    seen.by_status("flow-without-page", &answers)
}
