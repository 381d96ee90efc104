//! What Graph returns of an object beyond the fields of its kind: no document can express it.
//! Never sends a request.

use std::slice::from_ref;

use serde_json::{Map, Value as Json};

use crate::kinds::shape::{Field, Record, Shape};
use crate::kinds::{Kind, wire};

/// Properties that Graph sets on objects of several kinds; the same object created again gets them again.
const SET_BY_GRAPH: [&str; 3] = [
    "supportedTenantTypes",
    "createdDateTime",
    "modifiedDateTime",
];

/// The paths of the properties of a listed object that no field of its kind describes. Those without a value, and those
/// that Graph sets itself, do not count.
pub fn unmodelled(kind: &Kind, json: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let Json::Object(members) = json else {
        return found;
    };
    let certificates = kind
        .parts
        .certificates
        .map(|path| path.split('/').collect());
    let links = kind
        .parts
        .links
        .iter()
        .map(|link| link.listing_path().collect());
    let lists = kind.parts.lists.iter().map(|list| vec![list.path]);
    let refs = kind.parts.single_refs.iter().map(|refs| vec![refs.path]);
    let collection = &kind.collection;
    let own = ["id", collection.id, collection.built_in.property].into_iter();
    let own = own.chain(SET_BY_GRAPH).chain(collection.owner);
    let apart: Vec<Vec<&str>> = own
        .map(|property| vec![property])
        .chain(certificates)
        .chain(links)
        .chain(lists)
        .chain(refs)
        .collect();
    let fields: Vec<_> = kind.record().fields.iter().collect();
    let apart: Vec<_> = apart.iter().map(Vec::as_slice).collect();
    Walk { found: &mut found }.members(members, &fields, &apart, 0, "");
    found
}

struct Walk<'a> {
    found: &'a mut Vec<String>,
}

impl Walk<'_> {
    /// Compares the members of an object that is `depth` steps below the object of `fields` with the next step of their
    /// paths; `apart` are the paths, from here, of what is read separately or not compared.
    fn members(
        &mut self,
        members: &Map<String, Json>,
        fields: &[&Field],
        apart: &[&[&str]],
        depth: usize,
        path: &str,
    ) {
        for (name, value) in members {
            if name.contains('@') || is_empty(value) {
                continue;
            }
            let steps = apart.iter().filter_map(|steps| steps.split_first());
            let apart: Vec<&[&str]> = steps
                .filter(|(first, _)| *first == name)
                .map(|(_, rest)| rest)
                .collect();
            if apart.iter().any(|rest| rest.is_empty()) {
                continue;
            }
            let is_on_path = |field: &&&Field| {
                let step = field.graph_path.get(depth);
                step.is_some_and(|step| step.property.eq_ignore_ascii_case(name))
            };
            let fields: Vec<_> = fields.iter().filter(is_on_path).copied().collect();
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            let leaf = fields
                .iter()
                .find(|field| field.graph_path.len() == depth + 1);
            match (leaf, value) {
                (Some(field), value) => self.value(&field.shape, value, &apart, &path),
                (None, Json::Object(members)) if !fields.is_empty() || !apart.is_empty() => {
                    self.members(members, &fields, &apart, depth + 1, &path);
                }
                (None, _) => self.found.push(path),
            }
        }
    }

    fn value(&mut self, shape: &Shape, value: &Json, apart: &[&[&str]], path: &str) {
        match (shape, value) {
            (Shape::Record(record), Json::Object(members)) => {
                self.record(record, members, apart, path);
            }
            (Shape::Variants(variants), Json::Object(members)) => {
                let name = wire::type_name(members["@odata.type"].as_str().unwrap_or_default());
                let has_type = |other: &str| other.eq_ignore_ascii_case(&name);
                let variant = variants.iter().find(|variant| {
                    has_type(&variant.odata_type)
                        || variant.read_as.as_deref().is_some_and(has_type)
                });
                match variant {
                    Some(variant) => self.record(&variant.record, members, apart, path),
                    None => self.found.push(path.to_owned()),
                }
            }
            (Shape::List { of, .. }, items) => {
                for item in items.as_array().map_or(from_ref(items), Vec::as_slice) {
                    self.value(of, item, apart, path);
                }
            }
            (Shape::Map(of), Json::Object(members)) => {
                for (name, value) in members {
                    self.value(&of.shape, value, &[], &format!("{path}.{name}"));
                }
            }
            (_, _) => {}
        }
    }

    fn record(
        &mut self,
        record: &Record,
        members: &Map<String, Json>,
        apart: &[&[&str]],
        path: &str,
    ) {
        let fields: Vec<_> = record.fields.iter().collect();
        let computed: Vec<_> = record
            .read_only
            .iter()
            .map(|name| [name.as_str()])
            .collect();
        let computed = computed.iter().map(<[_; 1]>::as_slice);
        let apart: Vec<_> = apart.iter().copied().chain(computed).collect();
        self.members(members, &fields, &apart, 0, path);
    }
}

/// Whether a value is none: the object would be the same without it.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) | Json::Number(_) => false,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members
            .iter()
            .all(|(name, value)| name.contains('@') || is_empty(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn unmodelled(json: Json) -> Vec<String> {
        super::unmodelled(Kind::find("apiConnector").unwrap(), &json)
    }

    #[test]
    fn unmodelled_properties_are_named_by_their_path() {
        let connector = json!({
            "id": "1",
            "@odata.context": "…",
            "displayName": "Check",
            "targetUrl": "https://a.example",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "***"
            },
        });
        assert!(unmodelled(connector.clone()).is_empty());
        let mut recorded = connector.clone();
        recorded["supportedTenantTypes"] = json!("externalId");
        assert!(unmodelled(recorded).is_empty());
        let mut odd = connector.clone();
        odd["timeout"] = json!(5);
        odd["empty"] = json!({"@odata.type": "x", "list": [], "none": null, "off": false});
        odd["authenticationConfiguration"]["realm"] = json!("r");
        assert_eq!(
            unmodelled(odd),
            ["authenticationConfiguration.realm", "timeout"]
        );
        let mut other = connector;
        other["authenticationConfiguration"]["@odata.type"] = json!("#microsoft.graph.new");
        assert_eq!(unmodelled(other), ["authenticationConfiguration"]);
    }

    #[test]
    fn certificate_that_graph_shows_of_a_secret_is_not_unmodelled() {
        let connector = json!({
            "displayName": "Check",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.clientCertificateAuthentication",
                "certificateList": [{"thumbprint": "A", "notAfter": 1, "notBefore": 1, "isActive": true}],
            },
        });
        assert!(unmodelled(connector.clone()).is_empty());
        let mut odd = connector;
        odd["authenticationConfiguration"]["keyVault"] = json!("k");
        assert_eq!(unmodelled(odd), ["authenticationConfiguration.keyVault"]);
    }
}
