//! The state of an emulated tenant, in memory and in one JSON file.
//! Never validates a request and never creates a response.
//!
//! The file can also be written by hand, as a seed. Every key is optional; properties that the type of an object does not
//! define are kept and returned.
//!
//! ```json
//! {
//!   "entraflowEmulator": "state of a tenant",
//!   "tenantType": "workforce",
//!   "counter": 0,
//!   "apiConnectors": [{"id": "…", "displayName": "…", "targetUrl": "…", "authenticationConfiguration": {…}}],
//!   "identityProviders": [{"@odata.type": "#microsoft.graph.socialIdentityProvider", "id": "Google-OAUTH", …}],
//!   "userFlowAttributes": [{"id": "extension_…_Hobby", "displayName": "Hobby", "dataType": "string",
//!                           "userFlowAttributeType": "custom", "description": "…"}],
//!   "b2xUserFlows": [{
//!     "id": "B2X_1_Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1,
//!     "userFlowIdentityProviders": ["Google-OAUTH"],
//!     "userAttributeAssignments": [{"id": "City", "displayName": "City", …}],
//!     "languages": [{"id": "fr", "isEnabled": true, "overridesPages": {"idpselections": {"LocalizedStrings": […]}}}],
//!     "apiConnectorConfiguration": {"postFederationSignup": "id of the connector"}
//!   }],
//!   "b2cUserFlows": […], "userFlows": […],
//!   "onSignupStart": [{"id": "…", "priority": 100, "sourceFilter": {"includeApplications": ["…"]}, "userFlow": "B2X_1_Partner"}],
//!   "authenticationEventsFlows": [{…, "onAuthenticationMethodLoadStart": {…, "identityProviders": [{"id": "Google-OAUTH"}]}}],
//!   "authenticationEventListeners": [{…, "handler": {…, "customExtension": {"id": "…"}}}],
//!   "customAuthenticationExtensions": [{…}],
//!   "signInIdentifiers": [{"id": "CustomUsername1", "@odata.type": "#microsoft.graph.customUsernameSignInIdentifier",
//!                          "isEnabled": true, "validationRegEx": "…"}],
//!   "policies": [{"id": "authenticationFlowsPolicy", "selfServiceSignUp": {"isEnabled": true}}],
//!   "applications": [{"appId": "…", "displayName": "Shop", "secret": "…", "roles": ["IdentityUserFlow.Read.All"],
//!                     "keyCredentials": [{"key": "certificate in base64"}],
//!                     "federatedIdentityCredentials": [{"issuer": "https://…", "subject": "repo:…", "audiences": ["api://AzureADTokenExchange"],
//!                                                       "key": "certificate of the issuer in base64"}],
//!                     "delegatedPermissions": ["IdentityUserFlow.Read.All"], "isFallbackPublicClient": true}],
//!   "people": [{"userPrincipalName": "kim@contoso.com", "roles": ["External ID User Flow Administrator"]}],
//!   "servicePrincipals": [{"id": "…", "appId": "…", "displayName": "Shop",
//!                          "appRoleAssignments": ["CustomAuthenticationExtensions.Receive.Payload"]}]
//! }
//! ```
//!
//! With `entraflowEmulator` as its first member, the file may lie in the directory of a tenant: it is no document then.
//! Objects of External ID are written as Graph returns them; of the objects that they refer to, only the id is used. The id of a sign-in identifier is its name.
//! Assignments are in their order. A language needs an entry only if it differs from that of a new flow. Secrets are
//! asterisks; the `secret` of an application is replaced by a salted fingerprint when the file is first read. Built-in
//! attributes, providers and applications of the tenant type are added if they are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use indexmap::map::Values;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::emulator::state::application::Application;
use crate::emulator::state::audit_log::AuditLog;
use crate::emulator::state::built_in;
use crate::emulator::state::collection::Collection;
use crate::emulator::state::data_file::{self, DataFile};
use crate::emulator::state::ids::derived_id;
use crate::emulator::state::keys::{
    ATTRIBUTES, COLLECTIONS, PROVIDERS, SERVICE_PRINCIPALS, SIGN_IN_IDENTIFIERS,
};
use crate::emulator::state::object::{Object, id_of, string_of};
use crate::emulator::state::person::Person;
use crate::emulator::state::saved::SavedTenant;
use crate::emulator::state::state_error::StateError;
use crate::emulator::state::tenant_type::TenantType;

/// The end of the id of a social provider; before it is the type.
const OF_SOCIAL: &str = "-OAUTH";

/// The objects and applications of a tenant.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_type: Option<TenantType>,
    /// Whether it is a copy of what was read of a tenant, which may have further applications.
    #[serde(skip)]
    is_copy: bool,
    /// How many ids were generated. Ids derive from it, so that equal runs give equal responses.
    counter: u64,
    /// How many requests were answered since the start; request ids and mask lengths derive from it.
    #[serde(skip)]
    requests: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    applications: Vec<Application>,
    /// The first of them signs in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<Person>,
    #[serde(flatten)]
    collections: BTreeMap<String, Collection>,
    /// What requests have changed since the start.
    #[serde(skip)]
    pub(crate) audit_log: AuditLog,
}

/// What says in a state file that it is one.
const MARK: &str = "state of a tenant of `entraflow emulator`";

/// The content of a state file, as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MarkedState<'a> {
    entraflow_emulator: &'static str,
    #[serde(flatten)]
    state: &'a State,
}

/// The content of a state file before it is validated.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateFile {
    #[serde(rename = "entraflowEmulator")]
    _mark: Option<IgnoredAny>,
    tenant_type: Option<TenantType>,
    #[serde(default)]
    counter: u64,
    #[serde(default)]
    applications: Vec<Application>,
    #[serde(default)]
    people: Vec<Person>,
    #[serde(flatten)]
    collections: BTreeMap<String, Vec<Object>>,
}

impl StateFile {
    /// The state of a tenant of this type, or the invalid content.
    fn into_state(self, tenant_type: TenantType) -> Result<State, String> {
        if let Some(stated) = self.tenant_type.filter(|stated| *stated != tenant_type) {
            let (stated, expected) = (stated.name(), tenant_type.name());
            return Err(format!("a tenant of type {stated}, not {expected}"));
        }
        let collection = |(key, objects): (String, Vec<Object>)| {
            if !COLLECTIONS.contains(&key.as_str()) {
                return Err(format!("an unknown collection '{key}'"));
            }
            let objects = Collection::of(objects);
            let objects = objects.map_err(|(error, index)| format!("{error}: {key}[{index}]"))?;
            Ok((key, objects))
        };
        let collections = self.collections.into_iter().map(collection);
        let mut state = State {
            tenant_type: Some(tenant_type),
            is_copy: false,
            counter: self.counter,
            requests: 0,
            applications: self.applications,
            people: self.people,
            collections: collections.collect::<Result<_, _>>()?,
            audit_log: AuditLog::default(),
        };
        state.add_built_in(tenant_type);
        Ok(state)
    }
}

impl State {
    /// The state of a new tenant.
    pub(crate) fn new(tenant_type: TenantType) -> Self {
        let mut state = Self {
            tenant_type: Some(tenant_type),
            ..Self::default()
        };
        state.add_built_in(tenant_type);
        state
    }

    /// The state of a tenant of this type of which responses say this.
    pub(crate) fn of_saved(saved: SavedTenant, tenant_type: TenantType) -> Self {
        let SavedTenant {
            applications,
            collections,
            listed,
        } = saved;
        let mut state = Self {
            tenant_type: Some(tenant_type),
            is_copy: true,
            applications,
            collections,
            ..Self::default()
        };
        state.add_built_in_objects(tenant_type, &listed);
        state
    }

    /// Reads a state file and adds the built-in objects of the tenant type.
    pub(crate) fn read(path: &Path, tenant_type: TenantType) -> Result<Self, StateError> {
        let text = data_file::read(path).map_err(|source| StateError::Read {
            path: path.into(),
            source,
        })?;
        let file: StateFile =
            serde_json::from_slice(&text).map_err(|source| StateError::Parse {
                path: path.into(),
                source,
            })?;
        file.into_state(tenant_type)
            .map_err(|what| StateError::Content {
                path: path.into(),
                what,
            })
    }

    fn add_built_in(&mut self, tenant_type: TenantType) {
        for application in &mut self.applications {
            application.fingerprint_secret();
        }
        for (app_id, display_name) in built_in::applications(tenant_type) {
            let known = |known: &Application| known.app_id.eq_ignore_ascii_case(app_id);
            if !self.applications.iter().any(known) {
                self.applications
                    .push(Application::named(app_id, display_name));
            }
        }
        let principals = built_in::principals(tenant_type);
        self.add_missing(SERVICE_PRINCIPALS, principals);
        self.add_built_in_objects(tenant_type, &BTreeSet::new());
    }

    /// Adds the built-in objects of the user flow service, but for those of collections that are complete.
    fn add_built_in_objects(&mut self, tenant_type: TenantType, complete: &BTreeSet<String>) {
        for (key, objects) in [
            (PROVIDERS, built_in::providers(tenant_type)),
            (ATTRIBUTES, built_in::attributes(tenant_type)),
            (
                SIGN_IN_IDENTIFIERS,
                built_in::sign_in_identifiers(tenant_type),
            ),
        ] {
            if !complete.contains(key) {
                self.add_missing(key, objects);
            }
        }
    }

    /// Adds the objects that a collection does not have, before those that it has.
    fn add_missing(&mut self, key: &str, objects: Vec<Object>) {
        let known = self.collection_mut(key);
        let missing: Vec<_> = objects
            .into_iter()
            .filter(|object| known.get(id_of(object)).is_none())
            .collect();
        for (index, object) in missing.into_iter().enumerate() {
            known.insert_at(index, object);
        }
    }

    /// Whether an application exists, with its service principal. Of a copy only those are known that were read.
    pub(crate) fn may_have_application(&self, app_id: &str) -> bool {
        let is_it = |principal: &Object| string_of(principal, "appId").eq_ignore_ascii_case(app_id);
        self.is_copy || self.list(SERVICE_PRINCIPALS).any(is_it)
    }

    /// The applications as the directory returns them.
    pub(crate) fn application_objects(&self) -> Vec<Object> {
        self.applications
            .iter()
            .map(Application::to_object)
            .collect()
    }

    /// The applications that may sign in; if there are none, every application may.
    pub(crate) fn clients(&self) -> impl Iterator<Item = &Application> {
        self.applications
            .iter()
            .filter(|application| application.signs_in())
    }

    /// The person who signs in.
    pub(crate) fn person(&self, tenant: &str) -> Person {
        let first = self.people.first().cloned();
        first.unwrap_or_else(|| Person::administrator(tenant))
    }

    /// Replaces the content of the state file.
    pub(crate) fn write(&self, data: &mut DataFile) -> Result<(), StateError> {
        let marked = MarkedState {
            entraflow_emulator: MARK,
            state: self,
        };
        let text = serde_json::to_vec_pretty(&marked).map_err(std::io::Error::from);
        let written = text.and_then(|text| data.write(&text));
        written.map_err(|source| StateError::Write {
            path: data.path().into(),
            source,
        })
    }

    /// The objects of a collection, in the order of their creation.
    pub(crate) fn list(&self, key: &str) -> Values<'_, String, Object> {
        self.collections
            .get(key)
            .map(Collection::iter)
            .unwrap_or_default()
    }

    /// All objects, each with the key of its collection.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&str, &Object)> {
        self.collections
            .iter()
            .flat_map(|(key, objects)| objects.iter().map(move |object| (key.as_str(), object)))
    }

    fn collection_mut(&mut self, key: &str) -> &mut Collection {
        self.collections.entry(key.to_owned()).or_default()
    }

    /// Whether an object has a property of this name, at any depth.
    pub(crate) fn has_property(&self, name: &str) -> bool {
        fn has(object: &Object, name: &str) -> bool {
            object.contains_key(name) || object.values().any(|value| is_within(value, name))
        }
        fn is_within(value: &Value, name: &str) -> bool {
            match value {
                Value::Object(object) => has(object, name),
                Value::Array(items) => items.iter().any(|item| is_within(item, name)),
                _ => false,
            }
        }
        self.objects().any(|(_, object)| has(object, name))
    }

    /// The object with this id; ids are compared without regard to case. A social provider has an id by its type, too.
    pub(crate) fn find(&self, key: &str, id: &str) -> Option<&Object> {
        let collection = self.collections.get(key)?;
        collection.get(id).or_else(|| {
            let social = id.get(..id.len().checked_sub(OF_SOCIAL.len())?)?;
            let suffix = &id[social.len()..];
            let is_it = |provider: &&Object| {
                string_of(provider, "identityProviderType").eq_ignore_ascii_case(social)
            };
            let is_provider = key == PROVIDERS && suffix.eq_ignore_ascii_case(OF_SOCIAL);
            collection.iter().find(is_it).filter(|_| is_provider)
        })
    }

    /// The object with this id, mutable.
    pub(crate) fn find_mut(&mut self, key: &str, id: &str) -> Option<&mut Object> {
        self.collections.get_mut(key)?.get_mut(id)
    }

    /// The object with this id and its index in the collection.
    pub(crate) fn find_full(&self, key: &str, id: &str) -> Option<(usize, &Object)> {
        self.collections.get(key)?.get_full(id)
    }

    /// Adds an object, whose id is not in use, at the end of its collection.
    pub(crate) fn add(&mut self, key: &str, object: Object) {
        self.collection_mut(key).add(object);
    }

    /// Inserts an object into its collection at an index, or at the end.
    pub(crate) fn insert_at(&mut self, key: &str, index: usize, object: Object) {
        self.collection_mut(key).insert_at(index, object);
    }

    /// Removes the object with this id.
    pub(crate) fn remove(&mut self, key: &str, id: &str) {
        self.collection_mut(key).remove(id);
    }

    /// A new id, repeatable from run to run. A seed may hold ids that an earlier run generated.
    pub(crate) fn next_id(&mut self) -> Uuid {
        loop {
            self.counter += 1;
            let id = derived_id(&self.counter.to_string());
            let mut collections = self.collections.values();
            if collections.all(|objects| objects.get(&id.to_string()).is_none()) {
                return id;
            }
        }
    }

    /// The id of the next request.
    pub(crate) fn next_request_id(&mut self) -> Uuid {
        self.requests += 1;
        derived_id(&format!("request {}", self.requests))
    }

    /// A mask for secrets. The service varies its length: 5 to 11 asterisks were observed.
    pub(crate) fn mask(&self) -> String {
        "*".repeat(5 + usize::try_from(self.requests % 7).unwrap_or_default())
    }
}
