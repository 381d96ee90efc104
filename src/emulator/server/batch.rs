//! JSON batching: up to 20 requests in one, each answered on its own.
//! Knows no kind of object.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::assumptions::{Assumptions, BatchOrder};
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Payload, Response, concurrency_violation};
use crate::emulator::routes::matching;
use crate::emulator::state::object::Object;

const MAX_REQUESTS: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    requests: Vec<BatchEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BatchEntry {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    /// Microsoft's Python SDK writes it in snake case.
    #[serde(default, alias = "depends_on")]
    depends_on: Vec<String>,
}

impl Batch {
    /// Reads a batch and checks it as a whole.
    pub(crate) fn read(request: &Request) -> Result<Self, GraphError> {
        if request.method != "POST" {
            return Err(GraphError::method_not_allowed());
        }
        if request.in_batch {
            return Err(GraphError::bad_request("A batch cannot hold a batch."));
        }
        let mut batch: Self = serde_json::from_slice(&request.body).map_err(|error| {
            GraphError::bad_request(format!("Invalid batch payload format. {error}."))
        })?;
        for entry in &mut batch.requests {
            entry.url = below_version(&entry.url).to_owned();
        }
        check(&batch)?;
        Ok(batch)
    }

    /// Whether any request may change something.
    pub(crate) fn writes(&self) -> bool {
        !self.requests.iter().all(BatchEntry::is_read)
    }

    /// Answers each request by `answer`, in order.
    pub(crate) fn run(
        self,
        request: &Request,
        version: ApiVersion,
        assumptions: &Assumptions,
        mut answer: impl FnMut(BatchStep) -> Response,
    ) -> Result<Response, GraphError> {
        let is_parallel = self.requests.iter().all(|it| it.depends_on.is_empty());
        let mut written_containers = BTreeSet::new();
        let mut failed: BTreeMap<String, bool> = BTreeMap::new();
        let mut responses = Vec::new();
        for entry in self.requests {
            let name = entry.id.to_ascii_lowercase();
            let blocked = entry
                .depends_on
                .iter()
                .any(|id| failed.get(&id.to_ascii_lowercase()) == Some(&true));
            let may_conflict = is_parallel && !entry.is_read();
            let container = || container(&entry, version, assumptions);
            let container = may_conflict.then(container).flatten();
            let is_concurrent =
                container.is_some_and(|container| !written_containers.insert(container));
            let inner = inner(&entry, request, version)?;
            let response = answer(match (blocked, is_concurrent) {
                (true, _) => BatchStep::Refuse(inner, failed_dependency()),
                (false, true) => BatchStep::Refuse(inner, concurrency_violation()),
                (false, false) => BatchStep::Serve(inner),
            });
            failed.insert(name, response.status >= 400);
            responses.push(self::response(entry.id, response));
        }
        if assumptions.has(BatchOrder::Reversed) {
            responses.reverse();
        }
        // Moved in, because `json!` would copy them.
        let body = Object::from_iter([("responses".to_owned(), responses.into())]);
        Ok(Response::json(200, body))
    }
}

/// How to answer one request of a batch.
pub(crate) enum BatchStep {
    /// As any other request.
    Serve(Request),
    /// With this response, without executing it.
    Refuse(Request, Response),
}

impl BatchEntry {
    fn is_read(&self) -> bool {
        self.method.eq_ignore_ascii_case("GET")
    }
}

/// The URL of an entry below the version: Microsoft's Python SDK sends it whole.
fn below_version(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.splitn(3, '/').nth(2).unwrap_or_default(),
        None => url,
    }
}

/// The container that a write changes. Of parallel writes to one container only the first is executed.
fn container(entry: &BatchEntry, version: ApiVersion, assumptions: &Assumptions) -> Option<String> {
    let path = entry.url.split('?').next().unwrap_or_default();
    let method = entry.method.to_ascii_uppercase();
    let matched = matching::find(&method, path.trim_start_matches('/'), version);
    matched.ok()?.container(assumptions)
}

/// The batch with only the first half of its requests, if the body is a batch.
pub(crate) fn first_half(body: &[u8]) -> Option<Vec<u8>> {
    let mut batch: Value = serde_json::from_slice(body).ok()?;
    let requests = batch.get_mut("requests")?.as_array_mut()?;
    requests.truncate(requests.len() / 2);
    Some(batch.to_string().into_bytes())
}

/// Whether the dependencies are of one of Graph's three modes: parallel, serial, or all on the same request.
fn has_valid_dependencies(requests: &[BatchEntry]) -> bool {
    let depends = |entry: &BatchEntry, on: &BatchEntry| {
        let [only] = entry.depends_on.as_slice() else {
            return false;
        };
        only.eq_ignore_ascii_case(&on.id)
    };
    let is_free = |entry: &BatchEntry| entry.depends_on.is_empty();
    let serial = || {
        let first = requests.first().is_none_or(is_free);
        first && requests.windows(2).all(|pair| depends(&pair[1], &pair[0]))
    };
    let same = || {
        let mut free = requests.iter().filter(|entry| is_free(entry));
        let (Some(root), None) = (free.next(), free.next()) else {
            return false;
        };
        let mut others = requests.iter().filter(|entry| !is_free(entry));
        others.all(|entry| depends(entry, root))
    };
    requests.iter().all(is_free) || serial() || same()
}

/// Errors of the batch as a whole. A dependency has to precede its dependant.
fn check(batch: &Batch) -> Result<(), GraphError> {
    if !has_valid_dependencies(&batch.requests) {
        return Err(GraphError::bad_request(
            "The requests of a batch have to depend on no other request, each on the previous one, or all on the same one.",
        ));
    }
    if batch.requests.len() > MAX_REQUESTS {
        return Err(GraphError::bad_request(format!(
            "Number of batch request steps exceeds the maximum value of {MAX_REQUESTS}."
        )));
    }
    let mut seen: Vec<String> = Vec::new();
    for BatchEntry {
        id,
        url,
        headers,
        body,
        depends_on,
        method: _,
    } in &batch.requests
    {
        if id.is_empty() || url.is_empty() {
            return Err(GraphError::bad_request(
                "Every request of a batch needs an id and a url.",
            ));
        }
        let has_type = headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && !has_type {
            return Err(GraphError::bad_request(format!(
                "Request '{id}' has a body but no Content-Type header."
            )));
        }
        if let Some(unknown) = depends_on
            .iter()
            .find(|required| !seen.contains(&required.to_ascii_lowercase()))
        {
            return Err(GraphError::bad_request(format!(
                "Request '{id}' depends on '{unknown}', which is not before it."
            )));
        }
        let name = id.to_ascii_lowercase();
        if seen.contains(&name) {
            return Err(GraphError::bad_request(format!(
                "The id '{id}' is used more than once."
            )));
        }
        seen.push(name);
    }
    Ok(())
}

/// The entry as a separate request with the batch's token.
fn inner(entry: &BatchEntry, batch: &Request, version: ApiVersion) -> Result<Request, GraphError> {
    let mut headers: BTreeMap<String, String> = entry
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    headers.insert(
        "authorization".to_owned(),
        batch.header("authorization").to_owned(),
    );
    let body = match &entry.body {
        None => Vec::new(),
        // A body that is not JSON travels as base64.
        Some(Value::String(text)) => STANDARD
            .decode(text)
            .or_else(|_| URL_SAFE.decode(text))
            .map_err(|_| {
                GraphError::bad_request(format!(
                    "The body of request '{}' is neither an object nor base64.",
                    entry.id
                ))
            })?,
        Some(json) => json.to_string().into_bytes(),
    };
    let (path, query) = entry.url.split_once('?').unwrap_or((&entry.url, ""));
    Ok(Request {
        method: entry.method.to_ascii_uppercase(),
        path: format!("/{}/{}", version.name(), path.trim_start_matches('/')),
        query: query.to_owned(),
        headers,
        body,
        in_batch: true,
    })
}

fn failed_dependency() -> Response {
    let error = json!({"error": {"code": "FailedDependency", "message": "A request that this one depends on has failed."}});
    Response::json(424, error).header("Content-Type", "application/json")
}

fn response(id: String, answered: Response) -> Value {
    let mut response = json!({"id": id, "status": answered.status, "headers": answered.headers});
    match answered.payload {
        Payload::Empty => {}
        Payload::Json(body) => response["body"] = body,
        Payload::Text(text) => response["body"] = STANDARD.encode(text).into(),
    }
    response
}
