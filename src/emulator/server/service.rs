//! A request's way through the emulator: fault, log, token, route, permission, tenant, handler, state file.
//! Knows no kind of object.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::context::{ApiVersion, Expand, TenantContext};
use crate::emulator::protocol::query::Query;
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Payload, Response, too_many_requests};
use crate::emulator::routes::{matching, tenant_types};
use crate::emulator::server::batch::{Batch, BatchStep};
use crate::emulator::server::delivery::ServedResponse;
use crate::emulator::server::faults::{ActiveFault, Execution, Fault};
use crate::emulator::server::log::LoggedRequest;
use crate::emulator::server::staleness::Staleness;
use crate::emulator::server::throttle::{Throttle, Throttling};
use crate::emulator::server::{batch, faults, log, token};
use crate::emulator::state::store::State;

/// The emulator behind its socket.
pub(crate) struct TenantServer {
    pub(crate) tenant: TenantContext,
    /// How many requests the log holds at most.
    max_logged: usize,
    data: Option<PathBuf>,
    initial: State,
    current: Mutex<ServerState>,
    /// Rings once for each request that is held.
    pub(crate) withheld: Notify,
}

/// What requests change.
pub(crate) struct ServerState {
    pub(crate) state: State,
    pub(crate) log: Vec<LoggedRequest>,
    pub(crate) faults: Vec<Fault>,
    /// How long each answer is kept back.
    pub(crate) latency: Duration,
    pub(crate) staleness: Staleness,
    throttling: Throttling,
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
        }
    }
}

impl TenantServer {
    pub(crate) fn new(
        tenant: TenantContext,
        max_logged: usize,
        data: Option<PathBuf>,
        initial: State,
        state: State,
    ) -> Self {
        Self {
            tenant,
            max_logged,
            data,
            initial,
            current: Mutex::new(ServerState::new(state)),
            withheld: Notify::new(),
        }
    }

    /// Sets what the emulator was started with.
    pub(crate) fn with(
        self,
        faults: Vec<Fault>,
        latency: Duration,
        stale_reads: u32,
        throttle: Throttle,
    ) -> Self {
        let mut current = self.lock();
        current.faults = faults;
        current.latency = latency;
        current.staleness.reads = stale_reads;
        current.throttling = Throttling::new(throttle);
        drop(current);
        self
    }

    /// A request that panicked has done nothing or all of its work: the state is usable.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn token(&self, roles: &[&str]) -> String {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        token::issue(&self.tenant, "00000000-0000-0000-0000-000000000000", &roles)
    }

    /// Answers a request of the emulated service, and writes it down. A batch stands in the log before its entries.
    pub(crate) fn serve(&self, current: &mut ServerState, request: &Request) -> ServedResponse {
        let index = log::begin(&mut current.log, self.max_logged, request);
        let effect = faults::next(&mut current.faults, request);
        let half = || {
            let body = batch::first_half(&request.body)?;
            Some(request.with_body(body))
        };
        let answer = match effect
            .as_ref()
            .map_or(Execution::Full, ActiveFault::performs)
        {
            Execution::Full => self.answer(current, request),
            Execution::FirstHalf => {
                half().map_or_else(Response::no_content, |half| self.answer(current, &half))
            }
            Execution::None => Response::no_content(),
        };
        let served = match effect {
            Some(effect) => {
                let url = format!("{}{}", self.tenant.url, request.target());
                effect.apply(answer, &url)
            }
            None => ServedResponse::complete(answer),
        };
        log::end(&mut current.log, index, &served);
        served
    }

    /// Writes down a request that is answered without being carried out.
    pub(crate) fn refuse(
        &self,
        current: &mut ServerState,
        request: &Request,
        answer: Response,
    ) -> Response {
        let index = log::begin(&mut current.log, self.max_logged, request);
        let served = ServedResponse::complete(answer);
        log::end(&mut current.log, index, &served);
        served.response
    }

    fn answer(&self, current: &mut ServerState, request: &Request) -> Response {
        let (first, rest) = request
            .path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or_default();
        let version = match first.to_ascii_lowercase().as_str() {
            "v1.0" => ApiVersion::V1,
            "beta" => ApiVersion::Beta,
            _ if rest.eq_ignore_ascii_case("oauth2/v2.0/token") => {
                return token::answer(&current.state, &self.tenant, first, request);
            }
            _ => {
                return GraphError::no_segment(first).into_response(
                    self.tenant.clock.now(),
                    "",
                    "",
                );
            }
        };
        let request_id = current.state.next_request_id().to_string();
        let client_request_id = match request.header("client-request-id") {
            "" => request_id.clone(),
            given => given.to_owned(),
        };
        let answer = self
            .graph(current, request, version, rest, &request_id)
            .unwrap_or_else(|error| {
                error.into_response(self.tenant.clock.now(), &request_id, &client_request_id)
            })
            .header("request-id", request_id)
            .header("client-request-id", client_request_id);
        match answer.payload {
            Payload::Empty => answer,
            Payload::Json(_) | Payload::Text(_) => answer.header("OData-Version", "4.0"),
        }
    }

    fn graph(
        &self,
        current: &mut ServerState,
        request: &Request,
        version: ApiVersion,
        path: &str,
        request_id: &str,
    ) -> Result<Response, GraphError> {
        let token::AccessToken { app, roles } =
            token::bearer(&self.tenant, request.header("authorization"))?;
        if path.eq_ignore_ascii_case("$batch") {
            return self.batch(current, request, version);
        }
        if let Some(seconds) = current.throttling.meets(&app, Instant::now()) {
            return Ok(too_many_requests(
                seconds,
                self.tenant.clock.now(),
                request_id,
            ));
        }
        let matched = matching::find(&request.method, path, version)?;
        let allowed = matched.permissions.is_empty()
            || matched
                .permissions
                .iter()
                .any(|needed| roles.iter().any(|role| role == needed));
        if !allowed {
            let message = "Insufficient privileges to complete the operation.";
            return Err(GraphError::new(403, "Authorization_RequestDenied", message));
        }
        if let Some(error) = tenant_types::wrong_tenant(path, self.tenant.tenant_type) {
            return Err(error);
        }
        let matching::RouteMatch { route, keys, .. } = matched;
        let query = Query::parse(&request.query, &route.options)?;
        if self.tenant.expand == Expand::Refused && query.expands_anything() {
            return Err(GraphError::bad_request(
                "The query option '$expand' is not supported.",
            ));
        }
        let run = |state: &mut State| {
            (route.run)(&mut Call {
                state,
                tenant: &self.tenant,
                last_segment: route.path.rsplit('/').next().unwrap_or_default(),
                supported: &route.options,
                version,
                path: &request.path,
                keys: keys.clone(),
                query: query.clone(),
                content_type: request.header("content-type"),
                body: &request.body,
            })
        };
        let mut seen = current.staleness.seen_by(request, &current.state);
        if request.method == "GET" {
            return run(seen.as_mut().unwrap_or(&mut current.state));
        }
        if let Some(Err(error)) = seen.as_mut().map(run)
            && error.is_not_found()
        {
            return Err(error);
        }
        let before = (current.staleness.reads > 0).then(|| current.state.clone());
        let answer = run(&mut current.state)?;
        if let Some(before) = before {
            current.staleness.wrote(&before, &current.state);
        }
        // A batch is saved as one, when all its requests are done.
        if !request.in_batch {
            self.save(current)?;
        }
        Ok(answer)
    }

    fn batch(
        &self,
        current: &mut ServerState,
        request: &Request,
        version: ApiVersion,
    ) -> Result<Response, GraphError> {
        let batch = Batch::read(request)?;
        let writes = batch.writes();
        let response = batch.run(request, version, |step| match step {
            BatchStep::Serve(inner) => self.serve(current, &inner).response,
            BatchStep::Refuse(inner, response) => self.refuse(current, &inner, response),
        })?;
        // Reading must leave the file alone: another process may be writing to it.
        if writes {
            self.save(current)?;
        }
        Ok(response)
    }

    /// Writes the state file, if there is one: before the answer, so that what was answered survives a kill.
    pub(crate) fn save(&self, current: &ServerState) -> Result<(), GraphError> {
        let Some(data) = &self.data else {
            return Ok(());
        };
        current
            .state
            .write(data)
            .map_err(|error| GraphError::new(500, "EmulatorState", error.to_string()))
    }

    /// Goes back to where the emulator started: the seed, or an empty tenant.
    pub(crate) fn reset(&self, current: &mut ServerState) -> Result<(), GraphError> {
        *current = ServerState::new(self.initial.clone());
        self.tenant.clock.set(None);
        self.save(current)
    }
}
