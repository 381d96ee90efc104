//! A request's way through the emulator: fault, log, token, route, permission, tenant, handler, state file.
//! Knows no kind of object.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::Response;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::emulator::protocol::answer::{Answer, Payload, Refusal, too_many_requests};
use crate::emulator::protocol::call::{Call, Query};
use crate::emulator::routes::matching;
use crate::emulator::server::control::Logged;
use crate::emulator::server::faults::{Fault, Met, Share};
use crate::emulator::server::socket::{Cut, Switch};
use crate::emulator::server::staleness::Staleness;
use crate::emulator::server::tenants::{CONTROL, Tenants};
use crate::emulator::server::throttle::{Throttle, Throttling};
use crate::emulator::server::{batch, control, faults, token};
use crate::emulator::state::store::State;
use crate::emulator::{Expand, Site, Version};

/// No body of this family comes near it.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// The emulator behind its socket.
pub(crate) struct Server {
    pub(crate) site: Site,
    data: Option<PathBuf>,
    initial: State,
    live: Mutex<Live>,
    /// Rings once for each request that is held.
    held: Notify,
}

/// What requests change.
pub(crate) struct Live {
    pub(crate) state: State,
    pub(crate) log: Vec<Logged>,
    pub(crate) faults: Vec<Fault>,
    /// How long each answer is kept back.
    pub(crate) latency: Duration,
    pub(crate) staleness: Staleness,
    throttling: Throttling,
}

impl Live {
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

/// A request, from the socket or from a batch.
#[derive(Clone)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) in_batch: bool,
}

impl Incoming {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(String::as_str)
            .unwrap_or_default()
    }

    fn with_body(&self, body: Vec<u8>) -> Self {
        Self {
            body,
            ..self.clone()
        }
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.query),
        }
    }
}

/// An answer, and whether the client gets to see it.
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) fate: Fate,
}

/// How much of an answer the client gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Whole,
    Cut(Cut),
    /// Nothing, on a connection that stays open.
    Held,
}

/// Answers one HTTP request.
pub(crate) async fn handle(
    Shared(tenants): Shared<Arc<Tenants>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        let refusal = Refusal::new(
            413,
            "RequestEntityTooLarge",
            "The request body is too large or was cut off.",
        );
        return refusal
            .into_answer(Timestamp::now(), "", "")
            .into_response();
    };
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: body.to_vec(),
        in_batch: false,
    };
    if incoming.path.starts_with(CONTROL) {
        return tenants.control(incoming).await.into_response();
    }
    let server = tenants.of(&incoming);
    let (Outcome { mut answer, fate }, latency) = {
        let mut live = server.lock();
        (server.serve(&mut live, &incoming), live.latency)
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match fate {
        Fate::Whole => {}
        Fate::Cut(cut) => switch.cut(cut),
        Fate::Held => {
            server.held.notify_one();
            // Until the client gives up, or the emulator stops.
            std::future::pending::<()>().await;
        }
    }
    let date = || server.site.clock.header();
    answer.headers.entry("Date".to_owned()).or_insert_with(date);
    answer.into_response()
}

impl Server {
    pub(crate) fn new(site: Site, data: Option<PathBuf>, initial: State, state: State) -> Self {
        Self {
            site,
            data,
            initial,
            live: Mutex::new(Live::new(state)),
            held: Notify::new(),
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
        let mut live = self.lock();
        live.faults = faults;
        live.latency = latency;
        live.staleness.reads = stale_reads;
        live.throttling = Throttling::new(throttle);
        drop(live);
        self
    }

    pub(crate) async fn control(&self, incoming: &Incoming) -> Answer {
        if (incoming.method.as_str(), incoming.path.as_str()) == ("GET", "/_emulator/held") {
            self.held.notified().await;
            return Answer::no_content();
        }
        control::answer(self, &mut self.lock(), incoming)
    }

    /// A request that panicked has done nothing or all of its work: the state is usable.
    fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn token(&self, roles: &[&str]) -> String {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        token::issue(&self.site, "00000000-0000-0000-0000-000000000000", &roles)
    }

    /// Answers a request of the emulated service, and writes it down. A batch stands in the log before its entries.
    pub(crate) fn serve(&self, live: &mut Live, incoming: &Incoming) -> Outcome {
        let place = control::begin(&mut live.log, self.site.longest_log, incoming);
        let effect = faults::next(&mut live.faults, incoming);
        let half = || {
            let body = batch::first_half(&incoming.body)?;
            Some(incoming.with_body(body))
        };
        let answer = match effect.as_ref().map_or(Share::All, Met::performs) {
            Share::All => self.answer(live, incoming),
            Share::FirstHalf => {
                half().map_or_else(Answer::no_content, |half| self.answer(live, &half))
            }
            Share::Nothing => Answer::no_content(),
        };
        let outcome = match effect {
            Some(effect) => {
                let url = format!("{}{}", self.site.url, incoming.target());
                effect.apply(answer, &url)
            }
            None => Outcome {
                answer,
                fate: Fate::Whole,
            },
        };
        control::end(&mut live.log, place, &outcome);
        outcome
    }

    /// Writes down a request that is answered without being carried out.
    pub(crate) fn refuse(&self, live: &mut Live, incoming: &Incoming, answer: Answer) -> Answer {
        let place = control::begin(&mut live.log, self.site.longest_log, incoming);
        let outcome = Outcome {
            answer,
            fate: Fate::Whole,
        };
        control::end(&mut live.log, place, &outcome);
        outcome.answer
    }

    fn answer(&self, live: &mut Live, incoming: &Incoming) -> Answer {
        let (first, rest) = incoming
            .path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or_default();
        let version = match first.to_ascii_lowercase().as_str() {
            "v1.0" => Version::V1,
            "beta" => Version::Beta,
            _ if rest.eq_ignore_ascii_case("oauth2/v2.0/token") => {
                return token::answer(&live.state, &self.site, first, incoming);
            }
            _ => return Refusal::no_segment(first).into_answer(self.site.clock.now(), "", ""),
        };
        let request_id = live.state.next_request_id().to_string();
        let client_request_id = match incoming.header("client-request-id") {
            "" => request_id.clone(),
            given => given.to_owned(),
        };
        let answer = self
            .graph(live, incoming, version, rest, &request_id)
            .unwrap_or_else(|refusal| {
                refusal.into_answer(self.site.clock.now(), &request_id, &client_request_id)
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
        live: &mut Live,
        incoming: &Incoming,
        version: Version,
        path: &str,
        request_id: &str,
    ) -> Result<Answer, Refusal> {
        let token::Bearer { app, roles } =
            token::bearer(&self.site, incoming.header("authorization"))?;
        if path.eq_ignore_ascii_case("$batch") {
            return batch::answer(self, live, incoming, version);
        }
        if let Some(seconds) = live.throttling.meets(&app, Instant::now()) {
            return Ok(too_many_requests(
                seconds,
                self.site.clock.now(),
                request_id,
            ));
        }
        let matched = matching::find(&incoming.method, path, version)?;
        let allowed = matched.permissions.is_empty()
            || matched
                .permissions
                .iter()
                .any(|needed| roles.iter().any(|role| role == needed));
        if !allowed {
            let message = "Insufficient privileges to complete the operation.";
            return Err(Refusal::new(403, "Authorization_RequestDenied", message));
        }
        if let Some(refusal) = matching::wrong_tenant(path, self.site.tenant_type) {
            return Err(refusal);
        }
        let matching::Matched { route, keys, .. } = matched;
        let query = Query::parse(&incoming.query, route)?;
        if self.site.expand == Expand::Refused && query.expands_anything() {
            return Err(Refusal::bad_request(
                "The query option '$expand' is not supported.",
            ));
        }
        let run = |state: &mut State| {
            (route.run)(&mut Call {
                state,
                site: &self.site,
                route,
                version,
                path: &incoming.path,
                keys: keys.clone(),
                query: query.clone(),
                content_type: incoming.header("content-type"),
                body: &incoming.body,
            })
        };
        let mut seen = live.staleness.seen_by(incoming, &live.state);
        if incoming.method == "GET" {
            return run(seen.as_mut().unwrap_or(&mut live.state));
        }
        if let Some(Err(refusal)) = seen.as_mut().map(run)
            && refusal.is_not_found()
        {
            return Err(refusal);
        }
        let before = (live.staleness.reads > 0).then(|| live.state.clone());
        let answer = run(&mut live.state)?;
        if let Some(before) = before {
            live.staleness.wrote(&before, &live.state);
        }
        // A batch is saved as one, when all its requests are done.
        if !incoming.in_batch {
            self.save(live)?;
        }
        Ok(answer)
    }

    /// Writes the state file, if there is one: before the answer, so that what was answered survives a kill.
    pub(crate) fn save(&self, live: &Live) -> Result<(), Refusal> {
        let Some(data) = &self.data else {
            return Ok(());
        };
        live.state
            .write(data)
            .map_err(|error| Refusal::new(500, "EmulatorState", error.to_string()))
    }

    /// Goes back to where the emulator started: the seed, or an empty tenant.
    pub(crate) fn reset(&self, live: &mut Live) -> Result<(), Refusal> {
        *live = Live::new(self.initial.clone());
        self.site.clock.set(None);
        self.save(live)
    }
}
