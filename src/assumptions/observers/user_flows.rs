//! How answers about user flows of workforce and Azure AD B2C tenants are seen.

use serde_json::Value;

use super::NO_FLOW;
use crate::assumptions::observation::{Finding, NEEDS_WRITING, Observation, Observations, Purpose};
use crate::assumptions::user_flows::*;

/// The code of the refusal while self-service sign-up is off.
const SIGN_UP_IS_OFF: &str = "AADB2C99039";

pub(in crate::assumptions) fn sign_up_off(seen: &Observations) -> Finding<SignUpOff> {
    let listings = || {
        let connectors = seen.reads("/identity/apiConnectors");
        connectors.chain(seen.reads("/identity/userFlowAttributes"))
    };
    let is_refused = |answer: &Observation| {
        answer.status == 400 && (answer.code()).is_some_and(|code| code.contains(SIGN_UP_IS_OFF))
    };
    if listings().any(is_refused) {
        return Finding::Answer(SignUpOff::Refused);
    }
    let is_workforce = seen.reads("/identity/b2xUserFlows").next().is_some();
    let mut policies = seen.reads("/policies/authenticationFlowsPolicy");
    let is_off = policies.any(|policy| policy.body["selfServiceSignUp"]["isEnabled"] == false);
    let is_off = is_off && is_workforce;
    let answers = listings().filter(|answer| answer.is_success() && is_off);
    let answers = answers.map(|_| SignUpOff::Served);
    Finding::of_all(
        answers,
        "self-service sign-up is on, or the tenant is no workforce tenant",
    )
}

pub(in crate::assumptions) fn assignment_order(seen: &Observations) -> Finding<AssignmentOrder> {
    let orders = seen.reads("/userAttributeAssignments/getOrder");
    let answers = orders.filter_map(|answer| {
        let order = answer.body["order"].as_array()?.iter();
        let order: Vec<&str> = order.filter_map(Value::as_str).collect();
        let (flow, _) = answer.path.rsplit_once("/userAttributeAssignments")?;
        let listing = seen.reads("/userAttributeAssignments");
        let path = format!("{flow}/userAttributeAssignments");
        let mut listing = listing.filter(|it| it.path == path && it.version == answer.version);
        let listed = listing.next()?.ids();
        // A list that is sorted in the order of the page tells nothing.
        let is_told = listed.len() > 1 && !order.is_sorted();
        let answer = match listed {
            listed if listed == order => AssignmentOrder::Same,
            listed if listed.is_sorted() => AssignmentOrder::ById,
            _ => return None,
        };
        is_told.then_some(answer)
    });
    Finding::of_all(
        answers,
        "no flow has attributes in an order other than that of their ids",
    )
}

pub(in crate::assumptions) fn legacy_providers(seen: &Observations) -> Finding<LegacyProviders> {
    let current = seen.reads("/userFlowIdentityProviders");
    let current = current.filter(|links| !links.entries().is_empty());
    let answers = current.filter_map(|links| {
        let legacy = seen.beside(links, "identityProviders")?;
        match legacy.entries() {
            _ if !legacy.is_success() => None,
            [] => Some(LegacyProviders::Empty),
            _ => Some(LegacyProviders::Shown),
        }
    });
    Finding::of_all(answers, "no flow has an identity provider")
}

pub(in crate::assumptions) fn overrides_pages(seen: &Observations) -> Finding<OverridesPages> {
    let listings = seen.reads("/overridesPages");
    let answers = listings
        .filter(|pages| pages.is_success())
        .filter_map(|pages| {
            let all = seen.beside(pages, "defaultPages")?.entries().len();
            match pages.entries().len() {
                listed if listed < all => Some(OverridesPages::Changed),
                listed if listed > 0 => {
                    let texts = pages.ids().into_iter();
                    let mut texts =
                        texts.filter_map(|id| seen.below(pages, &format!("{id}/$value")));
                    let is_unchanged = texts.any(|text| text.status == 404 || is_empty(text));
                    is_unchanged.then_some(OverridesPages::All)
                }
                _ => None,
            }
        });
    Finding::of_all(answers, "no language of a flow has pages that show it")
}

/// Whether an answer holds no changed text.
fn is_empty(answer: &Observation) -> bool {
    let texts = answer.body["LocalizedStrings"].as_array();
    answer.is_success() && texts.is_some_and(Vec::is_empty)
}

pub(in crate::assumptions) fn unchanged_page(seen: &Observations) -> Finding<UnchangedPage> {
    let answers = seen.of(Purpose::UnchangedPage);
    let answers = answers.filter_map(|answer| match answer.status {
        200 if is_empty(answer) => Some(UnchangedPage::Empty),
        404 => Some(UnchangedPage::NotFound),
        _ => None,
    });
    Finding::of_all(answers, "every page of the flows that were read is changed")
}

pub(in crate::assumptions) fn b2c_languages(seen: &Observations) -> Finding<B2cLanguages> {
    let listings = seen.reads("/b2cUserFlows/{flow}/languages");
    let answers = listings
        .filter(|answer| answer.is_success())
        .map(|listing| {
            let disabled = listing
                .entries()
                .iter()
                .filter(|it| it["isEnabled"] == false);
            match disabled.count() {
                // A team may have disabled a few.
                0..10 => B2cLanguages::English,
                _ => B2cLanguages::All,
            }
        });
    Finding::of_all(answers, NO_FLOW)
}

pub(in crate::assumptions) fn default_language(seen: &Observations) -> Finding<DefaultLanguage> {
    // A flow of the tenant may have its own default language; one that was just created has none.
    let flows = seen.reads("/b2cUserFlows").flat_map(Observation::entries);
    if flows
        .into_iter()
        .any(|flow| flow.get("defaultLanguageTag") == Some(&Value::Null))
    {
        return Finding::Answer(DefaultLanguage::Null);
    }
    let created = seen.last_of("default-language").into_iter();
    let answers = created.filter_map(|flow| match flow.body.get("defaultLanguageTag")? {
        Value::Null => Some(DefaultLanguage::Null),
        _ => Some(DefaultLanguage::English),
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn reset_connectors(seen: &Observations) -> Finding<ResetConnectors> {
    let flows = seen.reads("/b2cUserFlows").flat_map(Observation::entries);
    let signs_up = |flow: &&Value| {
        let flow_type = flow["userFlowType"].as_str().unwrap_or_default();
        flow_type.to_lowercase().contains("signup")
    };
    let resets = flows.filter(|flow| !signs_up(flow));
    let resets: Vec<&str> = resets.filter_map(|flow| flow["id"].as_str()).collect();
    let configurations = seen.reads("/b2cUserFlows/{flow}/apiConnectorConfiguration");
    let of_resets = configurations.filter(|answer| {
        let mut ids = resets.iter();
        ids.any(|id| answer.path.contains(&format!("/{id}/")))
    });
    let answers = of_resets.filter_map(|answer| match answer.status {
        200 => Some(ResetConnectors::Served),
        400 => Some(ResetConnectors::BadRequest),
        404 => Some(ResetConnectors::NotFound),
        _ => None,
    });
    Finding::of_all(answers, "no flow resets passwords or edits profiles")
}

pub(in crate::assumptions) fn token_step(seen: &Observations) -> Finding<TokenStep> {
    let is_unknown = |answer: &Observation| answer.status == 400;
    let steps = seen.reads("/apiConnectorConfiguration/{step}");
    let steps = steps.filter(|step| step.path.ends_with("/preTokenIssuance"));
    let answers = steps.filter_map(|step| {
        let other = seen.beside(step, "postFederationSignup")?;
        let (configuration, _) = step.path.rsplit_once('/')?;
        let mut configurations = seen.reads("/apiConnectorConfiguration");
        configurations.find(|it| it.path == configuration && it.is_success())?;
        // A flow whose connectors cannot be read at all tells nothing.
        let is_told = step.version == "beta" && !is_unknown(other) && step.status != 403;
        let answer = match is_unknown(step) {
            true => TokenStep::Unknown,
            false => TokenStep::Beta,
        };
        is_told.then_some(answer)
    });
    Finding::of_all(answers, NO_FLOW)
}

pub(in crate::assumptions) fn inline_links(seen: &Observations) -> Finding<InlineLinks> {
    match seen.experiment("inline-links").as_slice() {
        [create, ..] if create.status == 400 => Finding::Answer(InlineLinks::Refused),
        [_, .., links] if links.entries().is_empty() => Finding::Answer(InlineLinks::Dropped),
        [_, .., _] => Finding::Answer(InlineLinks::Kept),
        _ => Finding::NotSeen(NEEDS_WRITING),
    }
}

pub(in crate::assumptions) fn second_link(seen: &Observations) -> Finding<SecondLink> {
    let answers = [
        (409, SecondLink::Conflict),
        (400, SecondLink::BadRequest),
        (204, SecondLink::NoContent),
    ];
    seen.by_status("second-link", &answers)
}

pub(in crate::assumptions) fn default_assignments(
    seen: &Observations,
) -> Finding<DefaultAssignments> {
    let Some(listing) = seen.last_of("default-assignments") else {
        return Finding::NotSeen(NEEDS_WRITING);
    };
    let mut ids: Vec<_> = listing.ids().into_iter().map(str::to_lowercase).collect();
    ids.sort_unstable();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    match ids.as_slice() {
        [] => Finding::Answer(DefaultAssignments::None),
        ["email"] => Finding::Answer(DefaultAssignments::Email),
        ["displayname", "email", "givenname"] => Finding::Answer(DefaultAssignments::Several),
        other => Finding::Unlike(format!("a new flow collects {} attributes", other.len())),
    }
}

pub(in crate::assumptions) fn new_language(seen: &Observations) -> Finding<NewLanguage> {
    let answers = [(201, NewLanguage::Created), (204, NewLanguage::NoContent)];
    seen.by_status("new-language", &answers)
}

pub(in crate::assumptions) fn prefixed_id(seen: &Observations) -> Finding<PrefixedId> {
    let created = seen.last_of("prefixed-id").into_iter();
    let answers = created.filter_map(|flow| {
        let id = flow.body["id"].as_str()?.to_uppercase();
        let is_doubled = ["B2X_1_B2X_1_", "B2C_1_B2C_1_"]
            .iter()
            .any(|twice| id.starts_with(twice));
        Some(match is_doubled {
            true => PrefixedId::Doubled,
            false => PrefixedId::Kept,
        })
    });
    Finding::of_all(answers, NEEDS_WRITING)
}
