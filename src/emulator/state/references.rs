//! Which objects refer to which: a table of the properties that hold ids of other objects.
//! Never changes an object, and never decides whether a reference prevents a change.

use serde_json::Value;

use crate::emulator::state::keys::{
    API_CONNECTORS, ATTRIBUTES, B2C_FLOWS, B2X_FLOWS, EVENT_LISTENERS, EVENTS_FLOWS, EXTENSIONS,
    GENERIC_FLOWS, PROVIDERS, SIGNUP_LISTENERS,
};
use crate::emulator::state::object::{Object, id_of};
use crate::emulator::state::store::State;

/// The event whose handler has the identity providers of an events flow.
pub(crate) const LOAD_METHODS: &str = "onAuthenticationMethodLoadStart";
/// The event whose handler has the attributes of an events flow.
pub(crate) const COLLECT_ATTRIBUTES: &str = "onAttributeCollection";
/// The events that an events flow may configure; each has a handler, and a listener that the service adds.
pub(crate) const EVENTS: &[&str] = &[
    "onInteractiveAuthFlowStart",
    LOAD_METHODS,
    COLLECT_ATTRIBUTES,
    "onAttributeCollectionStart",
    "onAttributeCollectionSubmit",
    "onUserCreateStart",
];

/// A property by which the objects of one collection refer to those of another.
struct Reference {
    /// Keys of the collections whose objects refer.
    from: &'static [&'static str],
    /// The properties of these objects that hold the reference; none if the object itself does.
    holders: &'static [&'static str],
    /// Below the holder; `*` is every item of a list, or every value of an object.
    path: &'static str,
    /// Keys of the collections whose objects are referred to.
    to: &'static [&'static str],
}

/// The property of an event listener that holds its handler.
const HANDLER: &[&str] = &["handler"];

/// Every reference. Their order decides which of several referrers an error names.
const REFERENCES: &[Reference] = &[
    Reference {
        from: &[B2X_FLOWS, B2C_FLOWS],
        holders: &[],
        path: "userFlowIdentityProviders/*",
        to: &[PROVIDERS],
    },
    Reference {
        from: &[B2X_FLOWS, B2C_FLOWS],
        holders: &[],
        path: "userAttributeAssignments/*/id",
        to: &[ATTRIBUTES],
    },
    Reference {
        from: &[B2X_FLOWS, B2C_FLOWS],
        holders: &[],
        path: "apiConnectorConfiguration/*",
        to: &[API_CONNECTORS],
    },
    // By id alone: a generic flow may have the id of a b2x flow, and is then in use as well.
    Reference {
        from: &[SIGNUP_LISTENERS],
        holders: &[],
        path: "userFlow",
        to: &[B2X_FLOWS, B2C_FLOWS, GENERIC_FLOWS],
    },
    Reference {
        from: &[EVENTS_FLOWS],
        holders: EVENTS,
        path: "identityProviders/*/id",
        to: &[PROVIDERS],
    },
    Reference {
        from: &[EVENTS_FLOWS],
        holders: EVENTS,
        path: "attributes/*/id",
        to: &[ATTRIBUTES],
    },
    Reference {
        from: &[EVENTS_FLOWS],
        holders: EVENTS,
        path: "customExtension/id",
        to: &[EXTENSIONS],
    },
    Reference {
        from: &[EVENT_LISTENERS],
        holders: HANDLER,
        path: "customExtension/id",
        to: &[EXTENSIONS],
    },
];

impl Reference {
    fn is_in(&self, object: &Object, id: &str) -> bool {
        let at = |value: &Value| holds(value, self.path, id);
        match self.holders {
            [] => {
                let (first, rest) = self.path.split_once('/').unwrap_or((self.path, ""));
                object
                    .get(first)
                    .is_some_and(|value| holds(value, rest, id))
            }
            holders => holders.iter().filter_map(|name| object.get(*name)).any(at),
        }
    }
}

/// Whether the value at a path, or one of those below its `*`, is this id.
fn holds(value: &Value, path: &str, id: &str) -> bool {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match (first, value) {
        ("", Value::String(known)) => known.eq_ignore_ascii_case(id),
        ("*", Value::Array(items)) => items.iter().any(|item| holds(item, rest, id)),
        ("*", Value::Object(object)) => object.values().any(|value| holds(value, rest, id)),
        (name, Value::Object(object)) => {
            object.get(name).is_some_and(|value| holds(value, rest, id))
        }
        _ => false,
    }
}

/// Removes the references to this id below a path. An item of a list is removed with its reference, and so is a member of
/// an object.
fn remove_at(value: &mut Value, path: &str, id: &str) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match (first, value) {
        ("*", Value::Array(items)) => items.retain(|item| !holds(item, rest, id)),
        ("*", Value::Object(object)) => object.retain(|_, value| !holds(value, rest, id)),
        (name, Value::Object(object)) => match object.get_mut(name) {
            Some(value) if holds(value, rest, id) && !rest.contains('*') => *value = Value::Null,
            Some(value) => remove_at(value, rest, id),
            None => {}
        },
        _ => {}
    }
}

impl Reference {
    fn remove_from(&self, object: &mut Object, id: &str) {
        match self.holders {
            [] => {
                let (first, rest) = self.path.split_once('/').unwrap_or((self.path, ""));
                if let Some(value) = object.get_mut(first) {
                    remove_at(value, rest, id);
                }
            }
            holders => {
                for holder in holders {
                    if let Some(value) = object.get_mut(*holder) {
                        remove_at(value, self.path, id);
                    }
                }
            }
        }
    }
}

impl State {
    /// Removes every reference to this object. An object that only starts another one is deleted with it.
    pub(crate) fn remove_references(&mut self, collection: &str, id: &str) {
        for reference in REFERENCES.iter().filter(|it| it.to.contains(&collection)) {
            for from in reference.from {
                let referrers = self.list(from).filter(|object| reference.is_in(object, id));
                let referrers: Vec<_> = referrers.map(|it| id_of(it).to_owned()).collect();
                for referrer in referrers {
                    match (reference.path, self.find_mut(from, &referrer)) {
                        ("userFlow", _) => self.remove(from, &referrer),
                        (_, Some(object)) => reference.remove_from(object, id),
                        (_, None) => {}
                    }
                }
            }
        }
    }

    /// An object that refers to this one, with the key of its collection.
    pub(crate) fn referrer(&self, collection: &str, id: &str) -> Option<(&'static str, &Object)> {
        let references = REFERENCES.iter().filter(|it| it.to.contains(&collection));
        let mut referrers = references.flat_map(|reference| {
            let from = reference.from.iter();
            from.flat_map(|from| self.list(from).map(move |object| (*from, object)))
                .filter(|(_, object)| reference.is_in(object, id))
        });
        referrers.next()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::state::object::object;
    use crate::emulator::state::tenant_type::TenantType;

    #[test]
    fn references_are_removed_from_lists_objects_and_handlers() {
        let mut state = State::new(TenantType::Workforce);
        let flow = json!({
            "id": "B2X_1_A",
            "userFlowIdentityProviders": ["Google-OAUTH", "Facebook-OAUTH"],
            "userAttributeAssignments": [{"id": "City"}, {"id": "Email"}],
            "apiConnectorConfiguration": {"postFederationSignup": "c1", "postAttributeCollection": "c2"},
        });
        state.add(B2X_FLOWS, object(flow));
        let listener = json!({"id": "l1", "handler": {"customExtension": {"id": "x1"}}});
        state.add(EVENT_LISTENERS, object(listener));
        state.add(
            SIGNUP_LISTENERS,
            object(json!({"id": "s1", "userFlow": "B2X_1_A"})),
        );
        for (collection, id) in [
            (PROVIDERS, "google-oauth"),
            (ATTRIBUTES, "City"),
            (API_CONNECTORS, "c1"),
            (EXTENSIONS, "x1"),
            (B2X_FLOWS, "B2X_1_A"),
        ] {
            state.remove_references(collection, id);
            assert!(state.referrer(collection, id).is_none(), "{collection}");
        }
        let expected = json!({
            "id": "B2X_1_A",
            "userFlowIdentityProviders": ["Facebook-OAUTH"],
            "userAttributeAssignments": [{"id": "Email"}],
            "apiConnectorConfiguration": {"postAttributeCollection": "c2"},
        });
        assert_eq!(state.find(B2X_FLOWS, "B2X_1_A"), Some(&object(expected)));
        let expected = json!({"id": "l1", "handler": {"customExtension": null}});
        assert_eq!(state.find(EVENT_LISTENERS, "l1"), Some(&object(expected)));
        assert!(state.find(SIGNUP_LISTENERS, "s1").is_none());
    }

    #[test]
    fn referrer_is_found_through_lists_objects_and_handlers() {
        let mut state = State::new(TenantType::Workforce);
        let flow = json!({
            "id": "B2X_1_A",
            "userFlowIdentityProviders": ["Google-OAUTH"],
            "userAttributeAssignments": [{"id": "City"}],
            "apiConnectorConfiguration": {"postFederationSignup": "c1"},
        });
        state.add(B2X_FLOWS, object(flow));
        let listener = json!({"id": "l1", "handler": {"customExtension": {"id": "x1"}}});
        state.add(EVENT_LISTENERS, object(listener));
        let referrer = |collection, id| {
            let found = state.referrer(collection, id);
            found.map(|(from, object)| (from, id_of(object)))
        };
        let flow = Some((B2X_FLOWS, "B2X_1_A"));
        assert_eq!(referrer(PROVIDERS, "google-oauth"), flow);
        assert_eq!(referrer(ATTRIBUTES, "city"), flow);
        assert_eq!(referrer(API_CONNECTORS, "c1"), flow);
        assert_eq!(referrer(EXTENSIONS, "X1"), Some((EVENT_LISTENERS, "l1")));
        assert_eq!(referrer(API_CONNECTORS, "City"), None);
        assert_eq!(referrer(EXTENSIONS, "c1"), None);
    }
}
