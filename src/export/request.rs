//! Live objects that documents cannot restore → the request that creates them again, to be sent by hand.
//!
//! Never sends it.

use serde_json::{Map, Value as Json, json};

use super::ExportDocument;
use crate::kinds::shape::{Shape, Target};
use crate::kinds::{Kind, Naming};
use crate::model::SAVED_REQUEST;

/// The request that creates an object as Graph listed it. `document` is what a document can express of it: it names the
/// related objects, which further requests have to add.
pub fn request(kind: &Kind, listed: &Json, document: Option<&ExportDocument>) -> Json {
    let path = format!("/{}{}", kind.collection.version, kind.collection.path);
    let mut body = without_empty(listed);
    let id = kind.collection.id;
    match (&kind.naming, &mut body) {
        (Naming::Field(_), Json::Object(members)) => drop(members.shift_remove(id)),
        (Naming::Prefixed(_), body) => {
            body[id] = kind
                .name_from(listed[id].as_str().unwrap_or_default())
                .into();
        }
        (_, _) => {}
    }
    for field in &kind.record().fields {
        if let Shape::Reference(Target {
            id_in: Some(id_in), ..
        }) = &field.shape
        {
            let path = field.graph_path.iter();
            let pointer: String = path.map(|step| format!("/{}", step.property)).collect();
            // Graph shows the object that a reference leads to, and accepts only its id.
            if let Some(Json::Object(target)) = body.pointer_mut(&pointer) {
                target.retain(|name, _| name == id_in);
            }
        }
    }
    let mut request = json!({
        SAVED_REQUEST: "Documents cannot restore this object. Send this request by hand to create it again, with the secrets, which Graph masks.",
        "id": listed[id],
        "method": "POST",
        "path": path,
        "body": body,
    });
    if let Some(document) = document {
        request["document"] = Json::Object(document.members.clone());
        request["contents"] = json!(document.contents);
    }
    request
}

/// The value without members that are null or that describe the response.
fn without_empty(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let kept = members.iter().filter(|(name, value)| {
                let is_annotation = name.contains('@') && !name.ends_with("odata.type");
                !is_annotation && !value.is_null()
            });
            let kept = kept.map(|(name, value)| (name.clone(), without_empty(value)));
            Json::Object(kept.collect::<Map<_, _>>())
        }
        Json::Array(items) => items.iter().map(without_empty).collect(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_creates_the_object_as_it_was_listed() {
        let kind = Kind::find("authenticationEventListener").unwrap();
        let listed = json!({
            "@odata.type": "#microsoft.graph.onOtherListener",
            "id": "1",
            "displayName": null,
            "conditions": {"applications": {"includeAllApplications": true, "includeApplications@odata.context": "…"}},
            "handler": {"customExtension": {"id": "2", "displayName": "Check", "description": null}},
        });
        let request = request(kind, &listed, None);
        assert_eq!(
            (&request["method"], &request["path"], &request["id"]),
            (
                &json!("POST"),
                &json!("/v1.0/identity/authenticationEventListeners"),
                &json!("1")
            )
        );
        assert_eq!(
            request["body"],
            json!({
                "@odata.type": "#microsoft.graph.onOtherListener",
                "conditions": {"applications": {"includeAllApplications": true}},
                "handler": {"customExtension": {"id": "2"}},
            })
        );
    }
}
