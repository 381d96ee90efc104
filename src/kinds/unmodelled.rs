//! The members of Graph's objects that no field of a kind describes. Graph replaces some objects as a whole, so that these
//! have to go back as they were read.
//! Never interprets one.
//!
//! They are kept among the fields of a record, each under its path in Graph's payload with a leading slash:
//! `/onAttributeCollection/accessPackages`. No field has such a name.

use serde_json::{Map, Value as Json};

use super::shape::{GraphPathSegment, Record};
use crate::model::{Fields, Name, Value};

/// Which members are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those of containers: objects within the object, which an update sends as a whole.
    Containers,
    /// Its own as well, because an update of the object sends all of it.
    Whole,
}

/// The name under which a member is kept.
pub(super) fn is_unmodelled(name: &str) -> bool {
    name.starts_with('/')
}

/// The top-level property of Graph's payload that is, or contains, a field or such a member.
pub fn root<'a>(record: &'a Record, name: &'a str) -> &'a str {
    let path = record.field(name).map(|field| field.graph_path.as_slice());
    match path.and_then(<[_]>::first) {
        Some(step) => step.property,
        None => {
            let path = name.strip_prefix('/').unwrap_or(name);
            path.split_once('/').map_or(path, |(root, _)| root)
        }
    }
}

/// The members of an object that no field of its record describes. Annotations are not kept, except the type of an object
/// for which the record has none.
pub(super) fn collect(record: &Record, json: &Json, extent: Extent, is_typed: bool) -> Fields {
    let mut found = Fields::new();
    // What Graph shows of another object is not sent: its id stands for it.
    let is_reference = extent == Extent::Whole && record.field("id").is_some();
    if let (Json::Object(members), false) = (json, is_reference) {
        let paths = record.fields.iter();
        let paths: Vec<_> = paths.map(|field| field.graph_path.as_slice()).collect();
        let container = Container {
            path: String::new(),
            is_kept: extent == Extent::Whole,
            is_typed,
        };
        container.collect(members, &paths, &mut found);
    }
    found.retain(|name, _| {
        !record
            .read_only
            .iter()
            .any(|property| *property == name[1..])
    });
    found
}

/// An object on the path to fields of a record.
struct Container {
    path: String,
    is_kept: bool,
    /// Whether its type is known. That of a container is.
    is_typed: bool,
}

impl Container {
    /// Collects the members; `paths` are those of the fields from here.
    fn collect(
        &self,
        members: &Map<String, Json>,
        paths: &[&[GraphPathSegment]],
        found: &mut Fields,
    ) {
        for (name, value) in members {
            let is_type = name == "@odata.type" && !self.is_typed;
            if name.contains('@') && !is_type {
                continue;
            }
            let steps = paths.iter().filter_map(|path| path.split_first());
            let steps: Vec<_> = steps
                .filter(|(step, _)| step.property.eq_ignore_ascii_case(name))
                .collect();
            let path = format!("{}/{name}", self.path);
            match value {
                value if steps.is_empty() && self.is_kept => {
                    found.extend(without_masks(value).map(|value| (path.into(), value)));
                }
                Json::Object(members) if steps.iter().all(|(_, rest)| !rest.is_empty()) => {
                    let container = Self {
                        path,
                        is_kept: true,
                        is_typed: true,
                    };
                    let paths: Vec<_> = steps.into_iter().map(|(_, rest)| rest).collect();
                    if !paths.is_empty() {
                        container.collect(members, &paths, found);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A value without masked secrets: a mask must not go back. `None` if it is one.
fn without_masks(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) if is_mask(text) => None,
        Json::Array(values) => {
            let values = values.iter().filter_map(without_masks);
            Some(Value::List(values.collect()))
        }
        Json::Object(members) => {
            let members = members.iter();
            let members = members
                .filter_map(|(name, json)| Some((name.clone().into(), without_masks(json)?)));
            Some(Value::Map(members.collect()))
        }
        _ => Some(Value::from_json(json)),
    }
}

/// Whether a text is a masked secret. Four asterisks are the fewest that were seen; one may be a wildcard.
fn is_mask(text: &str) -> bool {
    text.len() >= 4 && text.bytes().all(|byte| byte == b'*')
}

/// Puts the kept members into a request body, unless the object that contained them is cleared.
pub(super) fn insert(fields: &Fields, body: &mut Fields) {
    let kept = fields.iter().filter(|(name, _)| is_unmodelled(name));
    for (name, value) in kept {
        let path: Vec<_> = name[1..].split('/').collect();
        insert_at(&path, value, body);
    }
}

fn insert_at(path: &[&str], value: &Value, members: &mut Fields) {
    match path {
        [] => {}
        [last] => {
            members.insert(Name::from((*last).to_owned()), value.clone());
        }
        [first, rest @ ..] => {
            let inner = members.entry(Name::from((*first).to_owned()));
            if let Value::Map(inner) = inner.or_insert_with(|| Value::Map(Fields::new())) {
                insert_at(rest, value, inner);
            }
        }
    }
}

/// Marks the members of containers that the fields clear as cleared, too.
pub(super) fn clear(record: &Record, fields: &mut Fields, live: &Fields) {
    for field in &record.fields {
        let typed = field.graph_path.iter();
        let typed = typed.take_while(|step| step.odata_type.is_none()).count();
        let is_cleared = fields.get(field.name) == Some(&Value::Null);
        if !is_cleared || typed == field.graph_path.len() {
            continue;
        }
        let steps = field.graph_path[..=typed].iter();
        let container: String = steps.map(|step| format!("/{}", step.property)).collect();
        let is_within = |name: &&Name| {
            let rest = name.strip_prefix(container.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let within: Vec<_> = live.keys().filter(is_within).cloned().collect();
        fields.extend(within.into_iter().map(|name| (name, Value::Null)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::Kind;
    use crate::kinds::wire::{object_from_graph, record_to_graph};
    use crate::model::Reference;

    fn read(kind: &'static Kind, json: &Json) -> Fields {
        object_from_graph(kind, json, &|id, _| Reference::Id(id.clone()))
    }

    #[test]
    fn members_of_containers_go_back_as_they_were_read() {
        let kind = Kind::find("authenticationEventsFlow").unwrap();
        let flow = json!({
            "newer": 1,
            "onAttributeCollection": {
                "@odata.type": "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp",
                "attributes": [{ "id": "city" }],
                "accessPackages": [],
                "attributeCollectionPage": {
                    "customStringsFileId": "f",
                    "views": [{ "@odata.type": "#x", "inputs": [], "newer": { "@odata.type": "#y", "a": null } }],
                },
            },
        });
        let mut fields = read(kind, &flow);
        let names: Vec<_> = fields.keys().filter(|name| is_unmodelled(name)).collect();
        assert_eq!(names, ["/onAttributeCollection/accessPackages"]);
        fields.retain(|name, _| root(kind.record(), name) == "onAttributeCollection");
        fields.remove("attributes");
        let body = Value::Map(record_to_graph(kind.record(), &fields)).to_json();
        let mut expected = flow["onAttributeCollection"].clone();
        expected.as_object_mut().unwrap().remove("attributes");
        assert_eq!(body, json!({ "onAttributeCollection": expected }));
    }

    #[test]
    fn properties_that_graph_computes_do_not_go_back() {
        let kind = Kind::find("authenticationEventListener").unwrap();
        let options = json!({
            "defaultRegions": [1], "includeAdditionalRegions": [44], "excludeRegions": [], "newer": true,
        });
        let fields = read(kind, &json!({ "handler": { "smsOptions": options } }));
        let expected = json!({
            "/newer": true, "excludeRegions": [], "includeAdditionalRegions": [44],
        });
        assert!(
            !read(
                kind,
                &json!({ "@odata.type": "#microsoft.graph.onEmailOtpSendListener" })
            )
            .contains_key("smsOptions")
        );
        let options = fields.get("smsOptions").map(Value::to_json);
        assert_eq!(options, Some(expected));
    }

    #[test]
    fn masks_and_what_graph_shows_of_another_object_do_not_go_back() {
        let kind = Kind::find("apiConnector").unwrap();
        let connector = |other: Json| {
            json!({ "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "***",
                "other": other,
            }})
        };
        let read = |other| {
            let fields = read(kind, &connector(other));
            let Some(Value::Map(authentication)) = fields.get("authenticationConfiguration") else {
                panic!("no authentication");
            };
            authentication.get("/other").map(Value::to_json)
        };
        assert_eq!(read(json!("******")), None);
        assert_eq!(read(json!("*")), Some(json!("*")));
        assert_eq!(
            read(json!({ "a": "******", "b": 1 })),
            Some(json!({ "b": 1 }))
        );
        let listener = json!({ "handler": { "signUp": { "fraudProtectionProvider": {
            "@odata.type": "#microsoft.graph.arkoseFraudProtectionProvider",
            "id": "11111111-0000-4000-8000-000000000001", "publicKey": "k",
        }}}});
        let kind = Kind::find("authenticationEventListener").unwrap();
        let fields = super::tests::read(kind, &listener);
        let provider = fields.get("fraudProtectionProvider").unwrap().to_json();
        assert!(provider.get("/publicKey").is_none());
    }
}
