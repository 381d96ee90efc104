//! The tenants that one emulator plays, and which of them a request is for.
//! They share a socket and nothing else: each has a state, a log, a clock and weather of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::server::control::{self, CONTROL};
use crate::emulator::server::service::TenantServer;
use crate::emulator::server::token;
use crate::emulator::state::ids::directory_id;

/// The tenants behind a socket.
pub(crate) struct Tenants {
    /// Answers what is for none of them.
    first: Arc<TenantServer>,
    /// By domain in lower case and by the id of the directory.
    by_id: BTreeMap<String, Arc<TenantServer>>,
}

impl Tenants {
    pub(crate) fn new(
        first: Arc<TenantServer>,
        others: impl IntoIterator<Item = TenantServer>,
    ) -> Self {
        let others = others.into_iter().map(Arc::new);
        let by_id = std::iter::once(Arc::clone(&first))
            .chain(others)
            .flat_map(|server| {
                let tenant = &server.tenant.name;
                let ids = [
                    tenant.to_ascii_lowercase(),
                    directory_id(tenant).to_string(),
                ];
                ids.map(|id| (id, Arc::clone(&server)))
            })
            .collect();
        Self { first, by_id }
    }

    /// The tenant that a request is for: its token says it, or the path where it asks for one.
    pub(crate) fn of(&self, request: &Request) -> &Arc<TenantServer> {
        let named = request.path.trim_start_matches('/').split('/').next();
        let of_token = || self.find(&token::directory(request.header("authorization"))?);
        named
            .and_then(|id| self.find(id))
            .or_else(of_token)
            .unwrap_or(&self.first)
    }

    fn find(&self, id: &str) -> Option<&Arc<TenantServer>> {
        self.by_id.get(&id.to_ascii_lowercase())
    }

    /// Answers `/_emulator/…` for a tenant of several where the path names one; else what changes something is for all.
    pub(crate) async fn control(&self, mut request: Request) -> Response {
        let rest = request.path.trim_start_matches(CONTROL);
        if let Some((id, rest)) = rest.split_once('/')
            && let Some(server) = self.find(id)
        {
            request.path = format!("{CONTROL}{rest}");
            return control::answer(server, &request).await;
        }
        let others = self.by_id.values();
        let others = others.filter(|server| !Arc::ptr_eq(server, &self.first));
        if request.method == "GET" && others.clone().next().is_some() {
            let message = format!("Say of which tenant: {CONTROL}TENANT/{rest}.");
            let now = self.first.tenant.clock.now();
            return GraphError::bad_request(message).into_response(now, "", "");
        }
        for server in others {
            // What is wrong with the request, the first tells.
            control::answer(server, &request).await;
        }
        control::answer(&self.first, &request).await
    }
}
