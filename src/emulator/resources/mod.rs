//! The handlers of each resource.
//! Never use the socket or the token.

pub(crate) mod api_connectors;
pub(crate) mod attribute_assignments;
pub(crate) mod attribute_page;
pub(crate) mod attributes;
pub(crate) mod audit_log;
pub(crate) mod custom_extensions;
pub(crate) mod entity_set;
pub(crate) mod event_handlers;
pub(crate) mod event_listeners;
pub(crate) mod events;
pub(crate) mod events_flow_links;
pub(crate) mod events_flows;
pub(crate) mod flow_connectors;
pub(crate) mod flow_family;
pub(crate) mod flow_providers;
pub(crate) mod identity_providers;
pub(crate) mod languages;
pub(crate) mod policies;
pub(crate) mod sign_in_identifiers;
pub(crate) mod signup_listeners;
pub(crate) mod table;
pub(crate) mod user_flows;
