//! The emulator's routes, tenant types and permissions against those of the reference.

use std::collections::BTreeMap;

use entraflow::emulator::TenantType;
use serde_json::Value;

use crate::documented::{Route, routes};
use crate::emulator_support::{Graph, Reply};

/// An emulator for each word of the column `tenants`.
async fn emulators() -> BTreeMap<&'static str, Graph> {
    BTreeMap::from([
        ("workforce", Graph::start(TenantType::Workforce).await),
        ("b2c", Graph::start(TenantType::B2c).await),
        ("external", Graph::start(TenantType::External).await),
    ])
}

/// The path with a key in each placeholder.
fn example(route: &Route) -> String {
    let filled = route.path.split('/').map(|segment| match segment {
        key if key.starts_with('{') => "x",
        word => word,
    });
    format!("/{}{}", route.version, filled.collect::<Vec<_>>().join("/"))
}

fn message(reply: &Reply) -> &str {
    reply.body["error"]["message"].as_str().unwrap_or_default()
}

/// Sends each operation with and without its permissions. The emulator checks permissions after the route, so a 403 shows
/// that the route exists.
#[tokio::test]
async fn documented_operation_is_served_with_its_documented_permissions() {
    let emulators = emulators().await;
    for route in routes()
        .iter()
        .filter(|route| route.documented && route.path != "/$batch")
    {
        let path = example(route);
        let graph = &emulators[route.tenants[0].as_str()];
        let named = route.permissions_app.clone().unwrap_or_default();
        let name = format!("{} {path}", route.method);
        let status = async |roles: &[&str]| {
            let token = graph.emulator.token(roles);
            let reply = graph
                .send_as(&token, &route.method, &path, Value::Null)
                .await;
            assert_ne!(reply.refusal().0, 405, "{name} is not served");
            let message = message(&reply);
            assert!(
                !message.starts_with("Resource not found"),
                "{name}: {message}"
            );
            reply.refusal() == (403, "Authorization_RequestDenied")
        };
        assert_eq!(
            status(&["User.Read.All"]).await,
            !named.is_empty(),
            "{name} without a named permission"
        );
        for permission in &named {
            assert!(
                !status(&[permission]).await,
                "{name} is refused with {permission}"
            );
        }
    }
}

#[tokio::test]
async fn documented_operation_is_served_in_its_tenant_types_only() {
    let emulators = emulators().await;
    for route in routes()
        .iter()
        .filter(|route| route.documented && route.path != "/$batch")
    {
        let path = example(route);
        for (tenant, graph) in &emulators {
            let reply = graph.send(&route.method, &path, Value::Null).await;
            assert_eq!(
                reply.refusal() != (403, "AADB2C"),
                route.tenants.iter().any(|served| served == tenant),
                "{} {path} in a {tenant} tenant: {}",
                route.method,
                message(&reply)
            );
        }
    }
}

#[tokio::test]
async fn sdk_operation_has_a_route_or_is_refused_with_405() {
    let emulators = emulators().await;
    for route in routes().iter().filter(|route| !route.documented) {
        let path = example(route);
        let graph = &emulators[route.tenants[0].as_str()];
        let reply = graph.send(&route.method, &path, Value::Null).await;
        let message = message(&reply);
        assert!(
            !message.starts_with("Resource not found"),
            "{} {path}: {message}",
            route.method
        );
    }
}
