//! The state of a tenant from responses to reads of it: the inverse of what the resources answer.
//!
//! What was not read is that of a new tenant. Annotations are dropped, apart from types; types and enumeration values are
//! stored in the spelling of the metadata, whichever the tenant uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::assumptions::{Assumptions, SignUpOff};
use crate::emulator::metadata::lookup;
use crate::emulator::state::application::Application;
use crate::emulator::state::collection::Collection;
use crate::emulator::state::ids::derived_id;
use crate::emulator::state::keys::{
    API_CONNECTORS, ATTRIBUTES, B2C_FLOWS, B2X_FLOWS, COLLECTIONS, EVENTS_FLOWS, GENERIC_FLOWS,
    POLICIES, SERVICE_PRINCIPALS, SIGN_IN_IDENTIFIERS, SIGNUP_LISTENERS,
};
use crate::emulator::state::object::{Object, id_of, string_of};

/// The bodies of responses, by version and path: `/v1.0/identity/apiConnectors`.
pub type SavedBodies = BTreeMap<String, Value>;

/// The members of an event listener and of a user flow in Graph that no state holds.
const OWNER: &str = "authenticationEventsFlowId";
/// The providers of a user flow in the state, and in a response that expands them.
const PROVIDER_LINKS: &str = "userFlowIdentityProviders";
const EXPANDED_PROVIDERS: &str = "identityProviders";

/// A tenant may show the applications of a listener by their bare ids.
fn set_application_objects(conditions: &mut Value) {
    let applications = conditions.pointer_mut("/applications/includeApplications");
    let applications = applications.and_then(Value::as_array_mut);
    for application in applications.into_iter().flatten() {
        if application.is_string() {
            *application = json!({"appId": application.take()});
        }
    }
}

/// What responses say of a tenant.
#[derive(Default)]
pub(crate) struct SavedTenant {
    pub(crate) applications: Vec<Application>,
    pub(crate) collections: BTreeMap<String, Collection>,
    /// The collections that were read whole: they have no other objects, built-in ones included.
    pub(crate) listed: BTreeSet<String>,
}

impl SavedTenant {
    /// What these responses say. Those of `beta` say more than those of `v1.0`, and of a part more than of its owner.
    pub(crate) fn of(bodies: &SavedBodies) -> Self {
        let mut tenant = Self::default();
        let mut responses: Vec<_> = bodies
            .iter()
            .map(|(path, body)| (Path::of(path), body))
            .collect();
        responses.sort_by_key(|(path, _)| (path.segments.len(), path.is_beta));
        for (path, body) in responses {
            let mut body = body.clone();
            if !path.is_text() {
                normalize(&mut body);
            }
            tenant.add(&path, body);
        }
        tenant.add_principals();
        tenant
    }

    /// The answers that the responses prove, unless others were chosen: a tenant that lists attributes or connectors serves
    /// them also without self-service sign-up, if its policy does not say that it is on.
    pub(crate) fn proven(&self, assumptions: Assumptions) -> Assumptions {
        let lists = [ATTRIBUTES, API_CONNECTORS]
            .iter()
            .any(|key| self.listed.contains(*key));
        let policies = self.collections.get(POLICIES);
        let policies = policies.map(Collection::iter).unwrap_or_default();
        let is_on = |policy: &Object| policy["selfServiceSignUp"]["isEnabled"] == true;
        let mut policies = policies.filter(|policy| policy.contains_key("selfServiceSignUp"));
        match lists && !policies.any(is_on) {
            true => assumptions.or(SignUpOff::Served),
            false => assumptions,
        }
    }

    fn add(&mut self, path: &Path, body: Value) {
        let segments: Vec<_> = path.segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["applications"] => self.add_applications(body),
            ["servicePrincipals"] => self.add_list(SERVICE_PRINCIPALS, body, false),
            ["policies", _] => self.add_object(POLICIES, body),
            ["identity", "events", SIGNUP_LISTENERS] => {
                self.add_list(SIGNUP_LISTENERS, body, path.is_whole);
            }
            ["identity", "events", SIGNUP_LISTENERS, _] => self.add_object(SIGNUP_LISTENERS, body),
            ["identity", key] if COLLECTIONS.contains(key) => {
                self.add_list(key, body, path.is_whole);
            }
            ["identity", key, _] if COLLECTIONS.contains(key) => self.add_object(key, body),
            ["identity", EVENTS_FLOWS, id, part @ ..] => {
                set_events_part(self.object(EVENTS_FLOWS, id), part, body);
            }
            [
                "identity",
                key @ (B2X_FLOWS | B2C_FLOWS | GENERIC_FLOWS),
                id,
                part @ ..,
            ] => {
                set_flow_part(self.object(key, id), part, body);
            }
            _ => {}
        }
    }

    fn object(&mut self, key: &str, id: &str) -> &mut Object {
        let collection = self.collections.entry(key.to_owned()).or_default();
        collection.get_or_new(id)
    }

    fn add_list(&mut self, key: &str, body: Value, is_whole: bool) {
        for entry in entries(body) {
            self.add_object(key, entry);
        }
        self.collections.entry(key.to_owned()).or_default();
        if is_whole {
            self.listed.insert(key.to_owned());
        }
    }

    /// Adds an object, or what another response says of it. A service may wrap a single object.
    fn add_object(&mut self, key: &str, mut body: Value) {
        if let Some(wrapped) = body.get_mut("value").filter(|value| value.is_object()) {
            body = wrapped.take();
        }
        let Value::Object(mut object) = body else {
            return;
        };
        if key == SIGN_IN_IDENTIFIERS {
            object = identifier(object);
        }
        let is_of_flow = !string_of(&object, OWNER).is_empty();
        if id_of(&object).is_empty() || is_of_flow {
            return;
        }
        if let Some(conditions) = object.get_mut("conditions") {
            set_application_objects(conditions);
        }
        if let Some(flow) = object.get_mut("userFlow") {
            *flow = id_in(flow);
        }
        if [B2X_FLOWS, B2C_FLOWS].contains(&key)
            && let Some(providers) = object.remove(EXPANDED_PROVIDERS)
        {
            object.insert(PROVIDER_LINKS.to_owned(), ids(providers));
        }
        let id = id_of(&object).to_owned();
        self.object(key, &id).extend(object);
    }

    fn add_applications(&mut self, body: Value) {
        for entry in entries(body) {
            if let Value::Object(application) = entry {
                let [app_id, name] = ["appId", "displayName"].map(|it| string_of(&application, it));
                self.applications.push(Application::named(app_id, name));
            }
        }
    }

    /// Adds a service principal for each application that was read, or that a flow or a listener names: Graph has accepted
    /// them.
    fn add_principals(&mut self) {
        let named = |object: &Object| -> Vec<String> {
            let pointers = ["/conditions/applications", "/sourceFilter"];
            let holder = Value::Object(object.clone());
            let included = pointers
                .iter()
                .filter_map(|pointer| holder.pointer(pointer)?["includeApplications"].as_array());
            let included = included.flatten();
            let ids = included.filter_map(|it| it.as_str().or(it["appId"].as_str()));
            ids.map(str::to_owned).collect()
        };
        let collections = self.collections.values();
        let mut app_ids: BTreeSet<String> = collections
            .flat_map(Collection::iter)
            .flat_map(named)
            .collect();
        app_ids.extend(self.applications.iter().map(|it| it.app_id.clone()));
        let principals = self
            .collections
            .entry(SERVICE_PRINCIPALS.to_owned())
            .or_default();
        for app_id in app_ids {
            let is_it = |known: &Object| string_of(known, "appId").eq_ignore_ascii_case(&app_id);
            if !principals.iter().any(is_it) {
                let id = derived_id(&format!("principal of {app_id}")).to_string();
                principals.add(Object::from_iter([
                    ("id".to_owned(), id.into()),
                    ("appId".to_owned(), app_id.into()),
                ]));
            }
        }
    }
}

/// A path of a request.
struct Path {
    is_beta: bool,
    /// Whether no query narrows the response down.
    is_whole: bool,
    segments: Vec<String>,
}

impl Path {
    fn of(text: &str) -> Self {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let mut segments = path.split('/').skip(1);
        let is_beta = segments.next() == Some("beta");
        let decoded = |segment: &str| {
            let decoded = percent_encoding::percent_decode_str(segment);
            decoded.decode_utf8_lossy().into_owned()
        };
        Self {
            is_beta,
            is_whole: !query.contains("$filter"),
            segments: segments.map(decoded).collect(),
        }
    }

    /// Whether the response is a text of a user, in which no member is an annotation.
    fn is_text(&self) -> bool {
        self.segments.last().is_some_and(|last| last == "$value")
    }
}

/// A sign-in identifier as the state has it: its name is its id, and its properties have the names of the metadata.
fn identifier(object: Object) -> Object {
    let members = object.into_iter().map(|(name, value)| {
        let stored = match name.as_str() {
            "name" => "id",
            "validationRegex" => "validationRegEx",
            _ => &name,
        };
        (stored.to_owned(), value)
    });
    members.collect()
}

/// Sets a part of a b2x or b2c flow that has a path of its own.
fn set_flow_part(flow: &mut Object, part: &[&str], body: Value) {
    match part {
        [PROVIDER_LINKS | EXPANDED_PROVIDERS] => {
            flow.insert(PROVIDER_LINKS.to_owned(), ids(body));
        }
        [name @ ("userAttributeAssignments" | "languages")] => {
            flow.insert((*name).to_owned(), entries(body).collect());
        }
        ["userAttributeAssignments", "getOrder"] => {
            if let Some(Value::Array(assignments)) = flow.get_mut("userAttributeAssignments") {
                let order: Vec<_> = body["order"].as_array().cloned().unwrap_or_default();
                let position = |it: &Value| order.iter().position(|id| *id == it["id"]);
                assignments.sort_by_key(|it| position(it).unwrap_or(order.len()));
            }
        }
        [name @ "apiConnectorConfiguration"] => {
            let steps = body.as_object().into_iter().flatten();
            let linked = steps.filter_map(|(step, it)| Some((step.clone(), it.get("id")?.clone())));
            flow.insert((*name).to_owned(), linked.collect());
        }
        ["languages", language, "overridesPages", page, "$value"] => {
            let is_changed = body["LocalizedStrings"]
                .as_array()
                .is_some_and(|texts| !texts.is_empty());
            let languages = flow.get_mut("languages").and_then(Value::as_array_mut);
            let mut languages = languages.into_iter().flatten();
            let language = languages.find(|it| it["id"] == *language);
            if let (Some(Value::Object(language)), true) = (language, is_changed)
                && let Value::Object(pages) = language.entry("overridesPages").or_insert(json!({}))
            {
                pages.insert((*page).to_owned(), body);
            }
        }
        _ => {}
    }
}

/// Sets a relation of a flow of External ID that has a path of its own, for a tenant that does not expand it. A handler that
/// the flow does not have has no relations.
fn set_events_part(flow: &mut Object, part: &[&str], body: Value) {
    let is_cast = |name: &str| name.contains('.');
    let names: Vec<_> = part.iter().copied().filter(|name| !is_cast(name)).collect();
    let (holder, relation) = match names.as_slice() {
        ["conditions", "applications", relation] => {
            let new = json!({"applications": {}});
            let conditions = flow.entry("conditions").or_insert(new);
            (conditions.get_mut("applications"), *relation)
        }
        [event, relation] => (flow.get_mut(*event), *relation),
        _ => return,
    };
    if let Some(Value::Object(holder)) = holder {
        holder.insert(relation.to_owned(), entries(body).collect());
    }
}

/// The entries of a list.
fn entries(mut body: Value) -> impl Iterator<Item = Value> {
    let list = match body.get_mut("value") {
        Some(list) => list.take(),
        None => body,
    };
    let list = match list {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    list.into_iter()
}

/// The id in a JSON value; null if it has none.
fn id_in(value: &Value) -> Value {
    value.get("id").cloned().unwrap_or_default()
}

/// The ids of the entries of a list.
fn ids(list: Value) -> Value {
    entries(list).map(|entry| id_in(&entry)).collect()
}

/// Drops annotations, and gives types and enumeration values the spelling of the metadata.
fn normalize(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| !name.contains("@odata.") || name == "@odata.type");
            for (name, value) in object {
                match value {
                    Value::String(text) if name == "@odata.type" => {
                        if let Some(known) = lookup::named(text) {
                            *text = format!("#microsoft.graph.{}", known.name);
                        }
                    }
                    Value::String(text) => {
                        if let Some(known) = lookup::enumeration_value(name, text) {
                            *text = known.to_owned();
                        }
                    }
                    value => normalize(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(bodies: &[(&str, Value)]) -> SavedTenant {
        let bodies = bodies.iter().cloned();
        SavedTenant::of(&bodies.map(|(path, body)| (path.to_owned(), body)).collect())
    }

    fn only<'a>(tenant: &'a SavedTenant, key: &str) -> &'a Object {
        tenant.collections[key].iter().next().unwrap()
    }

    #[test]
    fn sign_in_identifier_has_its_name_as_id_and_properties_as_in_the_metadata() {
        let listed = json!({"value": [{"name": "CustomUsername1", "validationRegex": "^a$"}]});
        let tenant = tenant(&[("/beta/identity/signInIdentifiers", listed)]);
        let identifier = only(&tenant, SIGN_IN_IDENTIFIERS);
        assert_eq!(id_of(identifier), "CustomUsername1");
        assert_eq!(identifier["validationRegEx"], "^a$");
    }

    #[test]
    fn user_flow_has_its_parts_from_their_own_responses() {
        const FLOW: &str = "/v1.0/identity/b2xUserFlows/B2X_1_A";
        let part = |name: &str| format!("{FLOW}/{name}");
        let parts = [
            (
                FLOW.replace("/B2X_1_A", ""),
                json!({"@odata.context": "x", "value": [
                {"id": "B2X_1_A", "userFlowType": "SignUpOrSignIn", "apiConnectorConfiguration": {}}]}),
            ),
            (
                part("userFlowIdentityProviders"),
                json!({"value": [{"id": "Google-OAUTH"}]}),
            ),
            (
                part("userAttributeAssignments"),
                json!({"value": [{"id": "City"}, {"id": "Email"}]}),
            ),
            (
                part("userAttributeAssignments/getOrder"),
                json!({"order": ["Email", "City"]}),
            ),
            (
                part(
                    "apiConnectorConfiguration?$expand=postFederationSignup,postAttributeCollection",
                ),
                json!({"postFederationSignup": {"id": "c1"}, "postAttributeCollection": null}),
            ),
            (
                part("languages"),
                json!({"value": [{"id": "fr", "isEnabled": true}]}),
            ),
            (
                part("languages/fr/overridesPages/p/$value"),
                json!({"LocalizedStrings": [{"@odata.x": 1}]}),
            ),
        ];
        let tenant = SavedTenant::of(&parts.into());
        let expected = json!({
            "id": "B2X_1_A",
            "userFlowType": "signUpOrSignIn",
            "apiConnectorConfiguration": {"postFederationSignup": "c1"},
            "userFlowIdentityProviders": ["Google-OAUTH"],
            "userAttributeAssignments": [{"id": "Email"}, {"id": "City"}],
            "languages": [{"id": "fr", "isEnabled": true,
                           "overridesPages": {"p": {"LocalizedStrings": [{"@odata.x": 1}]}}}],
        });
        assert_eq!(Value::Object(only(&tenant, B2X_FLOWS).clone()), expected);
        assert!(tenant.listed.contains(B2X_FLOWS));
    }

    #[test]
    fn relations_that_are_not_expanded_are_read_by_their_paths() {
        let tenant = tenant(&[
            (
                "/v1.0/identity/authenticationEventsFlows",
                json!({"value": [
                {"id": "f", "conditions": {"applications": {}}, "onAuthenticationMethodLoadStart": {}}]}),
            ),
            (
                "/v1.0/identity/authenticationEventsFlows/f/conditions/applications/includeApplications",
                json!({"value": [{"appId": "a"}]}),
            ),
            (
                "/v1.0/identity/authenticationEventsFlows/f/microsoft.graph.x/onAuthenticationMethodLoadStart/microsoft.graph.y/identityProviders",
                json!({"value": [{"id": "Google-OAUTH"}]}),
            ),
            (
                "/v1.0/identity/authenticationEventsFlows/f/microsoft.graph.x/onAttributeCollection/microsoft.graph.z/attributes",
                json!({"value": []}),
            ),
        ]);
        let expected = json!({
            "id": "f",
            "conditions": {"applications": {"includeApplications": [{"appId": "a"}]}},
            "onAuthenticationMethodLoadStart": {"identityProviders": [{"id": "Google-OAUTH"}]},
        });
        assert_eq!(Value::Object(only(&tenant, EVENTS_FLOWS).clone()), expected);
        assert_eq!(string_of(only(&tenant, SERVICE_PRINCIPALS), "appId"), "a");
    }

    #[test]
    fn listeners_of_flows_are_not_stored_and_filtered_lists_are_not_whole() {
        let tenant = tenant(&[
            (
                "/v1.0/identity/authenticationEventListeners",
                json!({"value": [
                {"id": "1", "authenticationEventsFlowId": "f"}, {"id": "2", "authenticationEventsFlowId": null}]}),
            ),
            (
                "/beta/identity/events/onSignupStart",
                json!({"value": [{"id": "s", "userFlow": {"id": "B2X_1_A"}}]}),
            ),
            (
                "/v1.0/identity/userFlowAttributes?$filter=displayName%20eq%20'a'",
                json!({"value": []}),
            ),
            (
                "/v1.0/applications?$filter=displayName%20eq%20'Shop'",
                json!({"value": [{"appId": "x", "displayName": "Shop"}]}),
            ),
        ]);
        assert_eq!(id_of(only(&tenant, "authenticationEventListeners")), "2");
        assert_eq!(only(&tenant, SIGNUP_LISTENERS)["userFlow"], "B2X_1_A");
        assert!(!tenant.listed.contains("userFlowAttributes"));
        assert_eq!(tenant.applications[0].app_id, "x");
    }

    #[test]
    fn tenant_that_lists_attributes_serves_them_unless_sign_up_is_on() {
        let attributes = ("/v1.0/identity/userFlowAttributes", json!({"value": []}));
        let policy = |is_on: bool| {
            let of = json!({"id": "p", "selfServiceSignUp": {"isEnabled": is_on}});
            ("/v1.0/policies/authenticationFlowsPolicy", of)
        };
        let is_served = |bodies: &[(&str, Value)]| {
            let proven = tenant(bodies).proven(Assumptions::default());
            proven.has(SignUpOff::Served)
        };
        assert!(is_served(std::slice::from_ref(&attributes)));
        assert!(is_served(&[attributes.clone(), policy(false)]));
        assert!(!is_served(&[attributes, policy(true)]));
        assert!(!is_served(&[policy(false)]));
    }

    #[test]
    fn responses_of_any_shape_are_survived() {
        let odd = [
            json!(null),
            json!(7),
            json!("x"),
            json!([]),
            json!(["x", 7, null, [], {}]),
            json!({"id": "f", "userFlow": "x", "conditions": 7, "languages": "x"}),
            json!({"id": "f", "userFlow": 7, "conditions": {"applications": "x"}}),
            json!({"id": "f", "conditions": {"applications": {"includeApplications": [7, {"appId": 7}]}}}),
            json!({"order": "x", "LocalizedStrings": [7], "postFederationSignup": "x"}),
        ];
        let bodies: Vec<_> = odd
            .iter()
            .flat_map(|body| {
                [
                    body.clone(),
                    json!({"value": body}),
                    json!({"value": [body]}),
                ]
            })
            .collect();
        let flows = ["b2xUserFlows", "authenticationEventsFlows"];
        let parts = [
            "",
            "/f",
            "/f/userFlowIdentityProviders",
            "/f/userAttributeAssignments",
            "/f/userAttributeAssignments/getOrder",
            "/f/apiConnectorConfiguration",
            "/f/languages",
            "/f/languages/fr/overridesPages/p/$value",
            "/f/conditions/applications/includeApplications",
            "/f/onAttributeCollection/attributes",
        ];
        let of_flows = flows.iter().flat_map(|flow| {
            let path = move |part: &str| format!("/v1.0/identity/{flow}{part}");
            parts.iter().map(move |part| path(part))
        });
        let others = [
            "/v1.0/applications",
            "/v1.0/policies/p",
            "/v1.0/identity/events/onSignupStart",
            "/v1.0/identity/authenticationEventListeners",
            "/",
            "",
        ];
        let paths: Vec<_> = of_flows.chain(others.map(str::to_owned)).collect();
        for body in &bodies {
            let all = paths.iter().map(|path| (path.clone(), body.clone()));
            let read = SavedTenant::of(&all.collect());
            assert!(read.collections.contains_key(SERVICE_PRINCIPALS));
        }
    }

    #[test]
    fn beta_says_more_than_v1_and_a_wrapped_object_is_unwrapped() {
        let of = |extra: i32| json!({"value": [{"id": "c", "extra": extra}]});
        let tenant = tenant(&[
            ("/beta/identity/apiConnectors", of(2)),
            ("/v1.0/identity/apiConnectors", of(1)),
            ("/v1.0/policies/p", json!({"value": {"id": "p"}})),
        ]);
        assert_eq!(only(&tenant, "apiConnectors")["extra"], 2);
        assert_eq!(id_of(only(&tenant, POLICIES)), "p");
    }
}
