//! The path of a request through the emulator: fault, log, token, route, permission, tenant type, handler, state file.
//! Knows no kind of object.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::assumptions::{Assumptions, Choice};
use crate::emulator::protocol::assumed;
use crate::emulator::protocol::context::{ApiVersion, TenantContext};
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Payload, Response, too_many_requests};
use crate::emulator::routes::matching;
use crate::emulator::server::audit::Write;
use crate::emulator::server::batch::{Batch, BatchStep};
use crate::emulator::server::delivery::ServedResponse;
use crate::emulator::server::faults::{ActiveFault, Execution, Fault};
use crate::emulator::server::log::LoggedRequest;
use crate::emulator::server::sign_ins::SignIns;
use crate::emulator::server::staleness::Staleness;
use crate::emulator::server::throttle::{Throttle, Throttling};
use crate::emulator::server::{
    batch, directory_roles, faults, identity_platform, log, token, user_metadata,
};
use crate::emulator::state::data_file::DataFile;
use crate::emulator::state::store::State;

/// The server of one tenant.
pub(crate) struct TenantServer {
    pub(crate) tenant: TenantContext,
    /// How many requests the log holds at most.
    max_logged: usize,
    /// The state file; `None` if the state is only in memory, or once the emulator has stopped.
    data: Mutex<Option<DataFile>>,
    initial: State,
    server_state: Mutex<ServerState>,
    /// Notified once for each request whose response is withheld.
    pub(crate) withheld: Notify,
}

/// The part that requests and control requests change.
pub(crate) struct ServerState {
    pub(crate) state: State,
    pub(crate) log: Vec<LoggedRequest>,
    pub(crate) faults: Vec<Fault>,
    /// Delay of each response.
    pub(crate) latency: Duration,
    pub(crate) staleness: Staleness,
    throttling: Throttling,
    pub(crate) assumptions: Assumptions,
    pub(crate) sign_ins: SignIns,
    pub(super) explains_refusals: bool,
    /// The other answers under which a refused write would have been accepted.
    pub(crate) alternatives: Vec<Choice>,
}

impl ServerState {
    fn new(state: State) -> Self {
        Self {
            state,
            log: Vec::new(),
            faults: Vec::new(),
            latency: Duration::ZERO,
            staleness: Staleness::default(),
            throttling: Throttling::default(),
            assumptions: Assumptions::default(),
            sign_ins: SignIns::default(),
            explains_refusals: false,
            alternatives: Vec::new(),
        }
    }
}

impl TenantServer {
    pub(crate) fn new(
        tenant: TenantContext,
        max_logged: usize,
        data: Option<DataFile>,
        initial: State,
        state: State,
    ) -> Self {
        Self {
            tenant,
            max_logged,
            data: Mutex::new(data),
            initial,
            server_state: Mutex::new(ServerState::new(state)),
            withheld: Notify::new(),
        }
    }

    /// Applies the options with which the emulator was started.
    pub(crate) fn with(
        self,
        faults: Vec<Fault>,
        latency: Duration,
        stale_reads: u32,
        throttle: Throttle,
        assumptions: Assumptions,
        explains_refusals: bool,
    ) -> Self {
        let mut server_state = self.lock();
        server_state.faults = faults;
        server_state.latency = latency;
        server_state.staleness.reads = stale_reads;
        server_state.throttling = Throttling::new(throttle);
        server_state.assumptions = assumptions;
        server_state.explains_refusals = explains_refusals;
        drop(server_state);
        self
    }

    /// Ignores poisoning: a request that panicked has done nothing or all of its work, so the state is consistent.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.server_state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn token(&self, roles: &[&str]) -> String {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let principal = token::Principal::App { roles: &roles };
        token::issue(
            &self.tenant,
            "00000000-0000-0000-0000-000000000000",
            &principal,
        )
    }

    /// Answers and logs a request of the emulated service. A batch precedes its entries in the log.
    pub(crate) fn serve(
        &self,
        server_state: &mut ServerState,
        request: &Request,
    ) -> ServedResponse {
        let index = log::begin(&mut server_state.log, self.max_logged, request);
        let fault = faults::next(&mut server_state.faults, request);
        let half = || {
            let body = batch::first_half(&request.body)?;
            Some(request.with_body(body))
        };
        let response = match fault
            .as_ref()
            .map_or(Execution::Full, ActiveFault::execution)
        {
            Execution::Full => self.answer(server_state, request),
            Execution::FirstHalf => half().map_or_else(Response::no_content, |half| {
                self.answer(server_state, &half)
            }),
            Execution::None => Response::no_content(),
        };
        let served = match fault {
            Some(fault) => {
                let url = format!("{}{}", self.tenant.url, request.target());
                fault.apply(response, &url)
            }
            None => ServedResponse::complete(response),
        };
        log::end(&mut server_state.log, index, &served);
        served
    }

    /// Executes a request whose sender no longer waits.
    pub(crate) fn execute_late(&self, request: &Request) {
        let mut server_state = self.lock();
        drop(self.answer(&mut server_state, request));
    }

    /// Logs a request that is answered without being executed.
    pub(crate) fn refuse(
        &self,
        server_state: &mut ServerState,
        request: &Request,
        response: Response,
    ) -> Response {
        let index = log::begin(&mut server_state.log, self.max_logged, request);
        let served = ServedResponse::complete(response);
        log::end(&mut server_state.log, index, &served);
        served.response
    }

    fn answer(&self, server_state: &mut ServerState, request: &Request) -> Response {
        let (first, rest) = request
            .path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or_default();
        let version = match first.to_ascii_lowercase().as_str() {
            "v1.0" => ApiVersion::V1,
            "beta" => ApiVersion::Beta,
            _ => {
                let ServerState {
                    state,
                    staleness,
                    assumptions,
                    sign_ins,
                    ..
                } = server_state;
                let (context, place) = (&self.tenant, (first, rest));
                let metadata =
                    user_metadata::answer(context, state, staleness, assumptions, place, request);
                return metadata
                    .or_else(|| {
                        identity_platform::answer(context, state, sign_ins, first, rest, request)
                    })
                    .unwrap_or_else(|| {
                        GraphError::no_segment(first).into_response(context.clock.now(), "", "")
                    });
            }
        };
        let request_id = server_state.state.next_request_id().to_string();
        let client_request_id = match request.header("client-request-id") {
            "" => request_id.clone(),
            given => given.to_owned(),
        };
        let response = self
            .graph(server_state, request, version, rest, &request_id)
            .unwrap_or_else(|error| {
                error.into_response(self.tenant.clock.now(), &request_id, &client_request_id)
            });
        let accepted = request.header("accept").to_ascii_lowercase();
        let response = match accepted.contains("odata.metadata=none") {
            true => response.without_annotations(),
            false => response,
        };
        let response = assumed::formed(response, &server_state.assumptions)
            .header("request-id", request_id)
            .header("client-request-id", client_request_id);
        match response.payload {
            Payload::Empty => response,
            Payload::Json(_) | Payload::Text(_) => response.header("OData-Version", "4.0"),
        }
    }

    fn graph(
        &self,
        server_state: &mut ServerState,
        request: &Request,
        version: ApiVersion,
        path: &str,
        request_id: &str,
    ) -> Result<Response, GraphError> {
        let token = token::authenticate(&self.tenant, request.header("authorization"))?;
        if path.eq_ignore_ascii_case("$batch") {
            return self.batch(server_state, request, version);
        }
        if let Some(seconds) = server_state
            .throttling
            .count(&token.app, path, Instant::now())
        {
            return Ok(too_many_requests(
                seconds,
                self.tenant.clock.now(),
                request_id,
            ));
        }
        let matched = matching::find(&request.method, path, version)?;
        let roles = token.directory_roles.as_deref();
        let has_role =
            roles.is_none_or(|roles| directory_roles::permit(roles, &request.method, path));
        if !has_role {
            let message = "Insufficient privileges to complete the operation.";
            return Err(GraphError::new(403, "Authorization_RequestDenied", message));
        }
        matched.check_permission(&token.permissions, &server_state.assumptions)?;
        matched.check_tenant(self.tenant.tenant_type)?;
        let write = Write {
            method: &request.method,
            path,
            token: &token,
            now: self.tenant.clock.now(),
            request_id,
        };
        self.execute(server_state, request, version, &matched, &write)
    }

    fn batch(
        &self,
        server_state: &mut ServerState,
        request: &Request,
        version: ApiVersion,
    ) -> Result<Response, GraphError> {
        let batch = Batch::read(request)?;
        // A batch of reads must not write the file.
        let before = (batch.writes() && self.has_data())
            .then(|| (server_state.state.clone(), server_state.staleness.clone()));
        let assumptions = server_state.assumptions.clone();
        let response = batch.run(request, version, &assumptions, |step| match step {
            BatchStep::Serve(inner) => self.serve(server_state, &inner).response,
            BatchStep::Refuse(inner, response) => self.refuse(server_state, &inner, response),
        })?;
        if let Some((state, staleness)) = before
            && let Err(error) = self.save(&server_state.state)
        {
            (server_state.state, server_state.staleness) = (state, staleness);
            return Err(error);
        }
        Ok(response)
    }

    /// Writes the state file, if there is one: before the response, so that a change that was confirmed survives a kill.
    pub(super) fn save(&self, state: &State) -> Result<(), GraphError> {
        match &mut *self.data.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(data) => state.write(data).map_err(|error| {
                let cause = Error::source(&error).map(ToString::to_string);
                let message = format!("{error}: {}.", cause.unwrap_or_default());
                GraphError::new(500, "EmulatorState", message)
            }),
            None => Ok(()),
        }
    }

    pub(super) fn has_data(&self) -> bool {
        let data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        data.is_some()
    }

    /// Gives up the state file, so that another process can use it. Later writes are not saved.
    pub(crate) fn release(&self) {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        *data = None;
    }

    /// Restores the initial state: the seed, or a new tenant.
    pub(crate) fn reset(&self, server_state: &mut ServerState) -> Result<(), GraphError> {
        self.save(&self.initial)?;
        *server_state = ServerState {
            assumptions: std::mem::take(&mut server_state.assumptions),
            ..ServerState::new(self.initial.clone())
        };
        self.tenant.clock.set(None);
        Ok(())
    }
}
