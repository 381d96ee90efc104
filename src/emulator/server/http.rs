//! HTTP: reads a request, and sends, delays, cuts or withholds its response.
//! Never decides what the response is.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response as HttpResponse};
use jiff::Timestamp;

use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::server::control::CONTROL;
use crate::emulator::server::delivery::{Delivery, ServedResponse};
use crate::emulator::server::socket::CutSwitch;
use crate::emulator::server::tenants::Tenants;

/// Far above any body of user flows.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// Answers one HTTP request.
pub(crate) async fn handle(
    State(tenants): State<Arc<Tenants>>,
    ConnectInfo(switch): ConnectInfo<CutSwitch>,
    request: HttpRequest,
) -> HttpResponse<Body> {
    let (parts, body) = request.into_parts();
    if let Err(error) = tenants.hosts.check(&parts) {
        return error.into_response(Timestamp::now(), "", "").into_http();
    }
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        let error = GraphError::new(
            413,
            "RequestEntityTooLarge",
            "The request body is too large or was cut off.",
        );
        return error.into_response(Timestamp::now(), "", "").into_http();
    };
    let request = read(&parts, &body);
    if request.path.starts_with(CONTROL) {
        return tenants.control(request).await.into_http();
    }
    let server = tenants.route(&request);
    let (served, latency) = {
        let mut state = server.lock();
        (server.serve(&mut state, &request), state.latency)
    };
    let ServedResponse {
        mut response,
        delivery,
        executes_after,
    } = served;
    if let Some(delay) = executes_after {
        let server = Arc::clone(server);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            server.execute_late(&request);
        });
    }
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match delivery {
        Delivery::Complete => {}
        Delivery::Cut(cut) => switch.cut(cut),
        Delivery::Withheld => {
            server.withheld.notify_one();
            // Until the client gives up or the emulator stops.
            std::future::pending::<()>().await;
        }
    }
    let date = || server.tenant.clock.header();
    response
        .headers
        .entry("Date".to_owned())
        .or_insert_with(date);
    response.into_http()
}

/// The request without its connection.
fn read(parts: &Parts, body: &[u8]) -> Request {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    };
    Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: body.to_vec(),
        in_batch: false,
    }
}
