//! The emulator's routes and permissions against those of the reference.

use entraflow::emulator::TenantType;
use serde_json::Value;

use crate::documented::{Route, routes};
use crate::emulator_support::Graph;

/// A tenant type that has the path, and the path with a key in each placeholder.
fn example(route: &Route) -> (TenantType, String) {
    let tenant = if route.path.contains("b2cUserFlows") {
        TenantType::B2c
    } else {
        TenantType::Workforce
    };
    let filled: Vec<_> = route
        .path
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "x"
            } else {
                segment
            }
        })
        .collect();
    (tenant, format!("/{}{}", route.version, filled.join("/")))
}

/// Sends each operation with and without its permissions. The emulator checks permissions after the route, so a 403 shows
/// that the route exists.
#[tokio::test]
async fn documented_operation_is_served_with_its_documented_permissions() {
    let tenants = [
        Graph::start(TenantType::Workforce).await,
        Graph::start(TenantType::B2c).await,
    ];
    for route in routes()
        .iter()
        .filter(|route| route.documented && route.path != "/$batch")
    {
        let (tenant, path) = example(route);
        let graph = if tenant == TenantType::B2c {
            &tenants[1]
        } else {
            &tenants[0]
        };
        let named = route.permissions_app.clone().unwrap_or_default();
        let name = format!("{} {path}", route.method);
        let status = async |roles: &[&str]| {
            let token = graph.emulator.token(roles);
            let reply = graph
                .send_as(&token, &route.method, &path, Value::Null)
                .await;
            assert_ne!(reply.refusal().0, 405, "{name} is not served");
            let message = reply.body["error"]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
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
async fn sdk_operation_has_a_route_or_is_refused_with_405() {
    let tenants = [
        Graph::start(TenantType::Workforce).await,
        Graph::start(TenantType::B2c).await,
    ];
    for route in routes().iter().filter(|route| !route.documented) {
        let (tenant, path) = example(route);
        let graph = if tenant == TenantType::B2c {
            &tenants[1]
        } else {
            &tenants[0]
        };
        let reply = graph.send(&route.method, &path, Value::Null).await;
        let message = reply.body["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            !message.starts_with("Resource not found"),
            "{} {path}: {message}",
            route.method
        );
    }
}
