//! A request that may be executed: its handler on the state that it sees, and what a refusal rests on.
//! Knows no kind of object.

use crate::assumptions::{Assumptions, Choice, Expand};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::query::{Query, QueryOptions};
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::routes::matching::RouteMatch;
use crate::emulator::server::audit::{self, Write};
use crate::emulator::server::service::{ServerState, TenantServer};
use crate::emulator::state::store::State;

impl TenantServer {
    /// Runs the handler of a request, on the state that the request sees.
    pub(super) fn execute(
        &self,
        server_state: &mut ServerState,
        request: &Request,
        version: ApiVersion,
        matched: &RouteMatch,
        write: &Write<'_>,
    ) -> Result<Response, GraphError> {
        let query = query(request, &matched.route.options, &server_state.assumptions)?;
        let ServerState {
            state,
            staleness,
            assumptions,
            explains_refusals,
            alternatives,
            ..
        } = &mut *server_state;
        let assumptions = &*assumptions;
        let run_under = |assumptions: &Assumptions, state: &mut State| {
            self.handle(request, version, matched, &query, assumptions, state)
        };
        let run = |state: &mut State| run_under(assumptions, state);
        let mut visible = staleness.visible_to(request, state);
        if request.method == "GET" {
            return run(visible.as_mut().unwrap_or(state));
        }
        // A write does not find an object that is still hidden.
        if let Some(Err(error)) = visible.as_mut().map(run)
            && error.is_not_found()
        {
            return Err(error);
        }
        let stale_reads = staleness.reads_after_a_write(assumptions);
        let is_stale = stale_reads > 0 || !staleness.lag.is_zero();
        let may_roll_back = is_stale || self.has_data();
        let before = may_roll_back.then(|| state.clone());
        let response = audit::recorded(write, state, assumptions, run).and_then(|response| {
            // A batch is saved once, after all its requests.
            match request.in_batch {
                true => Ok(response),
                false => self.save(state).map(|()| response),
            }
        });
        if response.is_err() && *explains_refusals {
            let accepts = |choice: Choice| {
                let mut other = assumptions.clone();
                other.choose(choice);
                run_under(&other, &mut state.clone()).is_ok()
            };
            explain(alternatives, &accepts);
        }
        match (&response, before) {
            (Ok(_), Some(before)) if is_stale => {
                staleness.record_write(&before, state, stale_reads);
            }
            // A write that could not be saved leaves no trace.
            (Err(_), Some(before)) => *state = before,
            (_, _) => {}
        }
        response
    }

    /// Calls the handler of a request.
    fn handle(
        &self,
        request: &Request,
        version: ApiVersion,
        matched: &RouteMatch,
        query: &Query,
        assumptions: &Assumptions,
        state: &mut State,
    ) -> Result<Response, GraphError> {
        matched.check_sign_up(state, &self.tenant, assumptions)?;
        (matched.route.handler)(&mut Call {
            state,
            tenant: &self.tenant,
            last_segment: matched.last_segment(),
            supported: &matched.route.options,
            version,
            path: &request.path,
            keys: matched.keys.clone(),
            query: query.clone(),
            assumptions,
            content_type: request.header("content-type"),
            body: &request.body,
        })
    }
}

/// The query options of a request, if Graph is assumed to support them.
fn query(
    request: &Request,
    supported: &QueryOptions,
    assumptions: &Assumptions,
) -> Result<Query, GraphError> {
    let query = Query::parse(&request.query, supported)?;
    match assumptions.has(Expand::Refused) && query.expands_anything() {
        true => Err(GraphError::bad_request(
            "The query option '$expand' is not supported.",
        )),
        false => Ok(query),
    }
}

/// The most alternatives that are searched for: each costs a copy of the state.
const MAX_ALTERNATIVES: usize = 8;

/// Adds the answers that accept a refused request.
fn explain(alternatives: &mut Vec<Choice>, accepts: &dyn Fn(Choice) -> bool) {
    for choice in Choice::all() {
        let is_known = alternatives.contains(&choice);
        if alternatives.len() < MAX_ALTERNATIVES && !is_known && accepts(choice) {
            alternatives.push(choice);
        }
    }
}
