//! The form of responses where it is not known: error codes and bodies, the spelling of types and enumeration values.
//! Knows no kind of object, and changes nothing under the default assumptions.

use serde_json::{Value, json};

use crate::assumptions::{
    Assumptions, ConflictError, EnumerationCase, ErrorBody, NotFoundError, TypeNames,
};
use crate::emulator::metadata::lookup;
use crate::emulator::protocol::response::{CONFLICT, NOT_FOUND, Payload, Response};
use crate::emulator::protocol::view::capitalized;

/// The response in the form that the assumptions say.
pub(crate) fn formed(mut response: Response, assumptions: &Assumptions) -> Response {
    if let Payload::Json(body) = &mut response.payload {
        match body.get("error").and_then(|error| error["code"].as_str()) {
            Some(NOT_FOUND) => not_found(body, assumptions),
            Some(CONFLICT) if assumptions.has(ConflictError::BadRequest) => {
                response.status = 400;
                body["error"]["code"] = "BadRequest".into();
            }
            _ => {}
        }
        if assumptions.has(ErrorBody::Bare)
            && let Some(error) = body.get_mut("error")
        {
            *body = error.take();
        }
        if !assumptions.has(TypeNames::Hash) || assumptions.has(EnumerationCase::Pascal) {
            respell(body, assumptions);
        }
    }
    response
}

fn not_found(body: &mut Value, assumptions: &Assumptions) {
    let error = &mut body["error"];
    match assumptions.answer() {
        NotFoundError::Resource => {}
        NotFoundError::Request => error["code"] = "Request_ResourceNotFound".into(),
        NotFoundError::Unknown => {
            error["code"] = "UnknownError".into();
            error["message"] = json!({"message": error["message"].take(), "messageDetail": null});
        }
    }
}

/// Changes the spelling of types and enumeration values, at every depth.
fn respell(value: &mut Value, assumptions: &Assumptions) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match value {
                    Value::String(text) if name == "@odata.type" => {
                        *text = type_name(text, assumptions.answer());
                    }
                    Value::String(text)
                        if assumptions.has(EnumerationCase::Pascal)
                            && lookup::is_enumeration(name) =>
                    {
                        *text = capitalized(text);
                    }
                    value => respell(value, assumptions),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| respell(item, assumptions)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn type_name(name: &str, spelling: TypeNames) -> String {
    match (spelling, name.strip_prefix("#microsoft.graph.")) {
        (TypeNames::Hash, _) | (_, None) => name.to_owned(),
        (TypeNames::Bare, Some(bare)) => format!("microsoft.graph.{bare}"),
        (TypeNames::Capital, Some(bare)) => format!("#Microsoft.Graph.{}", capitalized(bare)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formed_body(body: Value, assumptions: &Assumptions) -> (u16, Value) {
        let response = formed(Response::json(404, body), assumptions);
        match response.payload {
            Payload::Json(body) => (response.status, body),
            Payload::Empty | Payload::Text(_) => panic!("no JSON"),
        }
    }

    #[test]
    fn errors_have_the_assumed_codes_and_bodies() {
        let assumptions = Assumptions::default();
        let error = |code: &str| json!({"error": {"code": code, "message": "m"}});
        let missing = error("ResourceNotFound");
        assert_eq!(
            formed_body(missing.clone(), &assumptions),
            (404, missing.clone())
        );
        let bare = assumptions.clone().with(ErrorBody::Bare);
        let bare = bare.with(NotFoundError::Request);
        let expected = json!({"code": "Request_ResourceNotFound", "message": "m"});
        assert_eq!(formed_body(missing.clone(), &bare), (404, expected));
        let unknown = assumptions.clone().with(NotFoundError::Unknown);
        let message = json!({"message": "m", "messageDetail": null});
        let expected = json!({"error": {"code": "UnknownError", "message": message}});
        assert_eq!(formed_body(missing, &unknown), (404, expected));
        let refused = assumptions.with(ConflictError::BadRequest);
        assert_eq!(
            formed_body(error("Conflict"), &refused),
            (400, error("BadRequest"))
        );
    }

    #[test]
    fn types_and_enumeration_values_have_the_assumed_spelling() {
        let body = json!({"value": [{
            "@odata.type": "#microsoft.graph.basicAuthentication",
            "userInputType": "textBox",
            "displayName": "textBox",
        }]});
        let assumptions = Assumptions::default().with(TypeNames::Capital);
        let (_, capital) = formed_body(body.clone(), &assumptions);
        assert_eq!(
            capital["value"][0]["@odata.type"],
            "#Microsoft.Graph.BasicAuthentication"
        );
        assert_eq!(capital["value"][0]["userInputType"], "textBox");
        let assumptions = assumptions
            .with(TypeNames::Bare)
            .with(EnumerationCase::Pascal);
        let (_, bare) = formed_body(body, &assumptions);
        assert_eq!(
            bare["value"][0]["@odata.type"],
            "microsoft.graph.basicAuthentication"
        );
        assert_eq!(bare["value"][0]["userInputType"], "TextBox");
        assert_eq!(bare["value"][0]["displayName"], "textBox");
    }
}
