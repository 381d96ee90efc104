//! The keys of the collections in the state and in its file.
//! Holds no objects.

/// Key of the API connectors.
pub(crate) const API_CONNECTORS: &str = "apiConnectors";
/// Key of the user flow attributes.
pub(crate) const ATTRIBUTES: &str = "userFlowAttributes";
/// Key of the b2c user flows.
pub(crate) const B2C_FLOWS: &str = "b2cUserFlows";
/// Key of the b2x user flows.
pub(crate) const B2X_FLOWS: &str = "b2xUserFlows";
/// Key of External ID's user flows.
pub(crate) const EVENTS_FLOWS: &str = "authenticationEventsFlows";
/// Key of the event listeners that clients created; those of flows are derived from the flows.
pub(crate) const EVENT_LISTENERS: &str = "authenticationEventListeners";
/// Key of the custom authentication extensions.
pub(crate) const EXTENSIONS: &str = "customAuthenticationExtensions";
/// Key of the deprecated generic user flows.
pub(crate) const GENERIC_FLOWS: &str = "userFlows";
/// Key of the policies that were changed.
pub(crate) const POLICIES: &str = "policies";
/// Key of the identity providers.
pub(crate) const PROVIDERS: &str = "identityProviders";
/// Key of the service principals.
pub(crate) const SERVICE_PRINCIPALS: &str = "servicePrincipals";
/// Key of the sign-in identifiers, whose ids in the state are their names.
pub(crate) const SIGN_IN_IDENTIFIERS: &str = "signInIdentifiers";
/// Key of the sign-up listeners.
pub(crate) const SIGNUP_LISTENERS: &str = "onSignupStart";

/// Every key that a state file may have.
pub(crate) const COLLECTIONS: &[&str] = &[
    API_CONNECTORS,
    ATTRIBUTES,
    B2C_FLOWS,
    B2X_FLOWS,
    EVENTS_FLOWS,
    EVENT_LISTENERS,
    EXTENSIONS,
    GENERIC_FLOWS,
    POLICIES,
    PROVIDERS,
    SERVICE_PRINCIPALS,
    SIGN_IN_IDENTIFIERS,
    SIGNUP_LISTENERS,
];
