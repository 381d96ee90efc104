//! What the audit log calls the changes of each object: activities, and the type of the target.
//! Records nothing: `server::audit` does.
//!
//! The activities are those of the reference of audit activities, section B2C. What its entries hold beyond the activity is
//! documented for other services only.

use crate::emulator::routes::path::segments;
use crate::emulator::state::keys::{
    API_CONNECTORS, ATTRIBUTES, B2C_FLOWS, B2X_FLOWS, EVENT_LISTENERS, EVENTS_FLOWS, EXTENSIONS,
    GENERIC_FLOWS, POLICIES, PROVIDERS, SIGN_IN_IDENTIFIERS, SIGNUP_LISTENERS,
};

/// The objects of a collection, or a singleton, whose changes are recorded.
pub(crate) struct AuditedObjects {
    /// Path without the version.
    path: &'static str,
    /// The key of the collection in the state.
    pub(crate) key: &'static str,
    /// The id of the singleton at the path; `None` for a collection.
    singleton: Option<&'static str>,
    /// The type of the target in an entry (choice).
    pub(crate) target_type: &'static str,
    activities: Activities,
    /// The activities of the objects below one of these, by the segment after its id.
    parts: &'static [(&'static str, Activities)],
    /// Whether the reference names the activities.
    pub(crate) is_listed: bool,
}

struct Activities {
    create: &'static str,
    update: &'static str,
    delete: &'static str,
}

/// A change that a request makes if it succeeds.
pub(crate) struct AuditedChange {
    pub(crate) objects: &'static AuditedObjects,
    /// The id of the object; `None` if the request creates it.
    pub(crate) id: Option<String>,
    pub(crate) activity: &'static str,
}

const fn activities(
    create: &'static str,
    update: &'static str,
    delete: &'static str,
) -> Activities {
    Activities {
        create,
        update,
        delete,
    }
}

const fn collection(
    path: &'static str,
    key: &'static str,
    target_type: &'static str,
    activities: Activities,
) -> AuditedObjects {
    AuditedObjects {
        path,
        key,
        singleton: None,
        target_type,
        activities,
        parts: &[],
        is_listed: true,
    }
}

const fn policy(path: &'static str, id: &'static str, activity: &'static str) -> AuditedObjects {
    AuditedObjects {
        singleton: Some(id),
        ..collection(
            path,
            POLICIES,
            "Policy",
            activities(activity, activity, activity),
        )
    }
}

const LANGUAGES: &[(&str, Activities)] = &[(
    "languages",
    activities(
        "Create or update localized resource",
        "Create or update localized resource",
        "Delete localized resource",
    ),
)];

const fn user_flows(path: &'static str, key: &'static str) -> AuditedObjects {
    AuditedObjects {
        parts: LANGUAGES,
        ..collection(
            path,
            key,
            "User flow",
            activities("Create user flow", "Update user flow", "Delete user flow"),
        )
    }
}

const PROVIDER_ACTIVITIES: Activities = activities(
    "Create Identity Provider",
    "Update Identity Provider",
    "Delete Identity Provider",
);

/// Every collection and singleton that requests can change.
static AUDITED: &[AuditedObjects] = &[
    user_flows("identity/b2xUserFlows", B2X_FLOWS),
    user_flows("identity/b2cUserFlows", B2C_FLOWS),
    user_flows("identity/userFlows", GENERIC_FLOWS),
    collection(
        "identity/userFlowAttributes",
        ATTRIBUTES,
        "User attribute",
        activities(
            "Create user attribute",
            "Update user attribute",
            "Delete user attribute",
        ),
    ),
    collection(
        "identity/apiConnectors",
        API_CONNECTORS,
        "Api connector",
        activities(
            "Create Api connector",
            "Update Api connector",
            "Delete Api connector",
        ),
    ),
    collection(
        "identity/identityProviders",
        PROVIDERS,
        "Identity provider",
        PROVIDER_ACTIVITIES,
    ),
    collection(
        "identityProviders",
        PROVIDERS,
        "Identity provider",
        PROVIDER_ACTIVITIES,
    ),
    collection(
        "identity/authenticationEventsFlows",
        EVENTS_FLOWS,
        "authenticationEventsFlow",
        activities(
            "Create authenticationEventsFlow",
            "Update authenticationEventsFlow",
            "Delete authenticationEventsFlow",
        ),
    ),
    collection(
        "identity/authenticationEventListeners",
        EVENT_LISTENERS,
        "authenticationEventListener",
        activities(
            "Create authenticationEventListener",
            "Update authenticationEventListener",
            "Delete authenticationEventListener",
        ),
    ),
    collection(
        "identity/customAuthenticationExtensions",
        EXTENSIONS,
        "customAuthenticationExtension",
        activities(
            "Create customAuthenticationExtension",
            "Update customAuthenticationExtension",
            "Delete customAuthenticationExtension",
        ),
    ),
    // The reference has one activity for the policy that holds them.
    collection(
        "identity/events/onSignupStart",
        SIGNUP_LISTENERS,
        "authenticationEventsPolicy",
        activities(
            "Update authenticationEventsPolicy",
            "Update authenticationEventsPolicy",
            "Update authenticationEventsPolicy",
        ),
    ),
    policy(
        "policies/authenticationFlowsPolicy",
        "authenticationFlowsPolicy",
        "Update authentication flows policy",
    ),
    AuditedObjects {
        is_listed: false,
        ..collection(
            "identity/signInIdentifiers",
            SIGN_IN_IDENTIFIERS,
            "signInIdentifier",
            activities("Create policy", "Update policy", "Delete policy"),
        )
    },
    AuditedObjects {
        is_listed: false,
        ..policy(
            "policies/b2cAuthenticationMethodsPolicy",
            "b2CAuthenticationMethodsPolicy",
            "Update policy",
        )
    },
];

/// The change that a request makes if it succeeds; `None` if it changes nothing that is recorded.
pub(crate) fn change(method: &str, path: &str) -> Option<AuditedChange> {
    let segments = segments(path);
    let rest_after = |objects: &AuditedObjects| {
        let own: Vec<_> = objects.path.split('/').collect();
        let (start, rest) = segments.split_at_checked(own.len())?;
        let is_same = start
            .iter()
            .zip(own)
            .all(|(one, other)| one.eq_ignore_ascii_case(other));
        is_same.then(|| rest.to_vec())
    };
    let mut found = AUDITED.iter().filter_map(|it| Some((it, rest_after(it)?)));
    let (objects, mut rest) = found.next()?;
    let id = match objects.singleton {
        Some(id) => Some(id.to_owned()),
        None if rest.is_empty() => None,
        None => Some(rest.remove(0)),
    };
    let part = rest.first().and_then(|name| {
        let mut parts = objects.parts.iter();
        parts.find(|(part, _)| part.eq_ignore_ascii_case(name))
    });
    let activity = match (part, method) {
        (Some((_, part)), "DELETE") => part.delete,
        (Some((_, part)), "POST") => part.create,
        (Some((_, part)), _) => part.update,
        (None, "POST") if id.is_none() => objects.activities.create,
        (None, "DELETE") if rest.is_empty() => objects.activities.delete,
        (None, _) => objects.activities.update,
    };
    Some(AuditedChange {
        objects,
        id,
        activity,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::emulator::state::keys::{COLLECTIONS, SERVICE_PRINCIPALS};

    #[test]
    fn changes_of_every_collection_are_recorded_but_of_those_that_can_only_be_read() {
        let audited: BTreeSet<_> = AUDITED.iter().map(|objects| objects.key).collect();
        let mut collections = BTreeSet::from_iter(COLLECTIONS.iter().copied());
        assert!(collections.remove(SERVICE_PRINCIPALS));
        assert_eq!(audited, collections);
    }

    #[test]
    fn activity_is_that_of_the_object_or_of_its_part() {
        let activity = |method, path| {
            let change = change(method, path)?;
            Some((change.activity, change.id))
        };
        let flow = |activity| Some((activity, Some("B2X_1_A".to_owned())));
        let path = "identity/b2xUserFlows";
        assert_eq!(activity("POST", path), Some(("Create user flow", None)));
        let path = "identity/B2XUserFlows/B2X_1_A";
        assert_eq!(activity("DELETE", path), flow("Delete user flow"));
        let link = "identity/b2xUserFlows/B2X_1_A/identityProviders/Google-OAUTH/$ref";
        assert_eq!(activity("DELETE", link), flow("Update user flow"));
        let page = "identity/b2xUserFlows/B2X_1_A/languages/fr/overridesPages/x/$value";
        let put = flow("Create or update localized resource");
        assert_eq!(activity("PUT", page), put);
        assert_eq!(activity("DELETE", page), flow("Delete localized resource"));
        let policy = activity("PATCH", "policies/authenticationFlowsPolicy");
        let id = Some("authenticationFlowsPolicy".to_owned());
        assert_eq!(policy, Some(("Update authentication flows policy", id)));
        assert_eq!(activity("POST", "invokeUserFlowListener/userFlow"), None);
        assert_eq!(activity("POST", "identity"), None);
    }
}
