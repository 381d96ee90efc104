//! The tenants that one emulator emulates, and to which of them a request is routed.
//! Never shares anything between tenants except the socket: each has its own state, log, clock and faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::server::control::{self, CONTROL};
use crate::emulator::server::hosts::AllowedHosts;
use crate::emulator::server::service::TenantServer;
use crate::emulator::server::token;
use crate::emulator::state::ids::directory_id;

/// The tenants behind a socket.
pub(crate) struct Tenants {
    /// Answers requests that name none of them.
    first: Arc<TenantServer>,
    /// By domain in lower case and by the id of the directory.
    by_id: BTreeMap<String, Arc<TenantServer>>,
    /// The names of this machine.
    pub(crate) hosts: AllowedHosts,
}

impl Tenants {
    pub(crate) fn new(
        first: Arc<TenantServer>,
        others: impl IntoIterator<Item = TenantServer>,
        hosts: AllowedHosts,
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
        Self {
            first,
            by_id,
            hosts,
        }
    }

    /// Gives up the state files of all tenants.
    pub(crate) fn release(&self) {
        self.by_id.values().for_each(|server| server.release());
    }

    /// The tenant of a request: the one in the path of a token request, or after the host of an address at which users sign
    /// in, else that of its token.
    pub(crate) fn route(&self, request: &Request) -> &Arc<TenantServer> {
        let mut named = request.path.trim_start_matches('/').split('/').take(2);
        let by_token = || self.find(&token::directory(request.header("authorization"))?);
        named
            .find_map(|id| self.find(id))
            .or_else(by_token)
            .unwrap_or(&self.first)
    }

    fn find(&self, id: &str) -> Option<&Arc<TenantServer>> {
        self.by_id.get(&id.to_ascii_lowercase())
    }

    /// Answers `/_emulator/…` for the tenant that the path names; without one, a change applies to all.
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
            let message = format!("Name the tenant: {CONTROL}TENANT/{rest}.");
            let now = self.first.tenant.clock.now();
            return GraphError::bad_request(message).into_response(now, "", "");
        }
        let mut response = control::answer(&self.first, &request).await;
        for server in others {
            let other = control::answer(server, &request).await;
            if response.status < 400 {
                response = other;
            }
        }
        response
    }
}
