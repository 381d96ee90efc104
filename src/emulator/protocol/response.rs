//! Responses: statuses, headers, bodies, and Graph's error shape.
//! Never decides when a request is refused.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response as HttpResponse, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The content type of Graph's responses.
pub(crate) const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// The code of an object that does not exist.
pub(crate) const NOT_FOUND: &str = "ResourceNotFound";
/// The code of a name, a link or an object that is taken or in use.
pub(crate) const CONFLICT: &str = "Conflict";

/// The body of a response.
#[derive(Clone)]
pub(crate) enum Payload {
    Empty,
    Json(Value),
    Text(String),
}

fn remove_annotations(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| {
                !name.contains("@odata.")
                    || ["@odata.nextLink", "@odata.count"].contains(&name.as_str())
            });
            object.values_mut().for_each(remove_annotations);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_annotations),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A response before it is sent or put into a batch.
#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) payload: Payload,
}

impl Response {
    /// 204 without a body.
    pub(crate) fn no_content() -> Self {
        Self {
            status: 204,
            headers: BTreeMap::new(),
            payload: Payload::Empty,
        }
    }

    /// A JSON body with Graph's content type.
    pub(crate) fn json(status: u16, body: impl Into<Value>) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            payload: Payload::Json(body.into()),
        }
        .header("Content-Type", JSON)
    }

    /// A body that is not JSON.
    pub(crate) fn text(status: u16, content_type: &str, body: String) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            payload: Payload::Text(body),
        }
        .header("Content-Type", content_type)
    }

    /// The response without OData's annotations but those of a collection, as `odata.metadata=none` asks.
    pub(crate) fn without_annotations(mut self) -> Self {
        if let Payload::Json(body) = &mut self.payload {
            remove_annotations(body);
            let content_type = JSON.replace("=minimal", "=none");
            return self.header("Content-Type", content_type);
        }
        self
    }

    /// The same response with another status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same response with this header added or replaced.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// The response for axum.
    pub(crate) fn into_http(self) -> HttpResponse<Body> {
        let body = match self.payload {
            Payload::Empty => Body::empty(),
            Payload::Json(value) => Body::from(value.to_string()),
            Payload::Text(text) => Body::from(text),
        };
        let mut response = HttpResponse::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            // A scripted header may have any name and value; those that are not valid in HTTP are omitted.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// 429 as the throttling page prints it.
pub(crate) fn too_many_requests(seconds: u64, now: Timestamp, request_id: &str) -> Response {
    let inner = json!({
        "code": "429",
        "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        "message": "Please retry after",
        "request-id": request_id,
        "status": "429",
    });
    let error = json!({"code": "TooManyRequests", "innerError": inner, "message": "Please retry again later."});
    Response::json(429, json!({ "error": error }))
        .header("Content-Type", "application/json")
        .header("Retry-After", seconds.to_string())
}

/// 409 for a write to an object that another request is changing.
pub(crate) fn concurrency_violation() -> Response {
    let message = "Concurrency violation: another request is changing the same object. Try again.";
    let error = json!({"error": {"code": "Directory_ConcurrencyViolation", "message": message}});
    Response::json(409, error).header("Content-Type", "application/json")
}

/// An error of Graph.
pub(crate) struct GraphError {
    status: u16,
    code: &'static str,
    message: String,
}

impl GraphError {
    /// An error with its own code.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// 400 for a request that cannot be right.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 400 for a path without a route.
    pub(crate) fn no_segment(segment: &str) -> Self {
        Self::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    /// 404, with the message that the pages print for a missing provider.
    pub(crate) fn not_found(name: &str, id: &str, tenant: &str) -> Self {
        let message =
            format!("{name} with 'id': '{id}' cannot be found in the directory '{tenant}'.");
        Self::new(404, NOT_FOUND, message)
    }

    /// 409 for a name that exists already, or for an object that others refer to.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, CONFLICT, message)
    }

    /// 405 for a method that the path does not have.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    /// The failure that field reports show for flow version 2 and for resource owner flows. Its status is a guess.
    pub(crate) fn service_problem() -> Self {
        Self::new(500, "AADB2C90063", "There is a problem with the service.")
    }

    /// The status of the response.
    #[cfg(test)]
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Whether the requested object does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == 404
    }

    /// The error in Graph's error shape.
    pub(crate) fn into_response(
        self,
        now: Timestamp,
        request_id: &str,
        client_request_id: &str,
    ) -> Response {
        let mut inner = json!({
            "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": request_id,
            "client-request-id": client_request_id,
        });
        // The backend of user flows adds its own correlation id to its errors.
        if self.code.starts_with("AADB2C") {
            inner["correlationId"] = json!(request_id);
        }
        Response::json(
            self.status,
            json!({"error": {"code": self.code, "message": self.message, "innerError": inner}}),
        )
        .header("Content-Type", "application/json")
    }
}
