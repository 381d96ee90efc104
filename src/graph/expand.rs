//! `$expand` in tenants that refuse it: the read without it, and the reads that replace it.
//! Never takes the refusal of something else for that of `$expand`: only a read that succeeds without it is a proof.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::graph::encode::encode_segment;
use crate::graph::error::GraphError;
use crate::graph::facts::{Fact, Facts};
use crate::graph::request::ReadRequest;
use crate::graph::transport::response::GraphResponse;

const EXPAND: &str = "$expand=";

/// The reads with `$expand` that the tenant refuses, as the session has learned; each as its [`ExpandQuery::pattern`].
#[derive(Default)]
pub(super) struct ExpandRefusals {
    known: Mutex<BTreeSet<String>>,
    facts: Facts,
}

impl ExpandRefusals {
    /// Nothing is learned yet beyond these facts.
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            ..Self::default()
        }
    }

    pub(super) fn contains(&self, query: &ExpandQuery) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.facts.refuses(Fact::Expand) || known.contains(&query.pattern)
    }

    /// Adds a refusal, and logs it once.
    pub(super) fn insert(&self, query: &ExpandQuery) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.facts.record_refusal(Fact::Expand);
        if known.insert(query.pattern.clone()) {
            tracing::warn!(
                list = query.pattern,
                "the tenant refuses $expand for this list; reading the properties one by one"
            );
        }
    }
}

/// A read with `$expand`.
#[derive(Clone)]
pub(super) struct ExpandQuery {
    /// The same read without it.
    pub(super) without_expand: ReadRequest,
    /// The expanded properties as paths below the object: a cast may precede the property.
    properties: Vec<String>,
    /// What all reads of the same list have in common: the version, the last segment, and the expanded properties.
    pattern: String,
}

/// A property that a response without `$expand` lacks.
pub(super) struct OmittedProperty {
    pub(super) get: ReadRequest,
    /// The JSON pointer of the object that has the property.
    object: String,
    property: String,
}

impl ExpandQuery {
    /// `None` if the read has no `$expand`.
    pub(super) fn of(get: &ReadRequest) -> Option<Self> {
        let (path, query) = get.path.split_once('?')?;
        let (expand, rest): (Vec<_>, Vec<_>) = query
            .split('&')
            .partition(|option| option.starts_with(EXPAND));
        let properties = expand.first()?.strip_prefix(EXPAND)?;
        let rest = match rest.is_empty() {
            true => String::new(),
            false => format!("?{}", rest.join("&")),
        };
        let (_, last) = path.rsplit_once('/')?;
        Some(Self {
            without_expand: ReadRequest {
                version: get.version,
                path: format!("{path}{rest}"),
            },
            properties: properties.split(',').map(str::to_owned).collect(),
            pattern: format!("{}/…/{last}?{EXPAND}{properties}", get.version),
        })
    }

    /// The properties that the response without `$expand` lacks, of the object or of each entry of the list.
    pub(super) fn omitted(&self, response: &GraphResponse) -> Vec<OmittedProperty> {
        let path = self
            .without_expand
            .path
            .split('?')
            .next()
            .unwrap_or_default();
        let entries = response.body.get("value").and_then(Value::as_array);
        let entry = |(index, entry): (usize, &Value)| {
            let id = encode_segment(entry["id"].as_str()?);
            Some((format!("/value/{index}"), format!("{path}/{id}")))
        };
        let objects: Vec<_> = match entries {
            Some(entries) => entries.iter().enumerate().filter_map(entry).collect(),
            None => vec![(String::new(), path.to_owned())],
        };
        let properties = |(object, path): (String, String)| {
            self.properties.iter().map(move |property| OmittedProperty {
                get: ReadRequest {
                    version: self.without_expand.version,
                    path: format!("{path}/{property}"),
                },
                object: object.clone(),
                property: property.rsplit('/').next().unwrap_or(property).to_owned(),
            })
        };
        objects.into_iter().flat_map(properties).collect()
    }
}

impl OmittedProperty {
    /// Adds the property to the response, as `$expand` would have.
    pub(super) fn insert_into(
        self,
        response: &mut GraphResponse,
        result: Result<Option<GraphResponse>, GraphError>,
    ) -> Result<(), GraphError> {
        let mut value = result?.map(|found| found.body).unwrap_or_default();
        if let Some(entries) = value.get_mut("value").filter(|value| value.is_array()) {
            value = entries.take();
        }
        if let Some(Value::Object(object)) = response.body.pointer_mut(&self.object) {
            object.insert(self.property, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Version;

    fn get(path: &str) -> ReadRequest {
        ReadRequest {
            version: Version::Beta,
            path: path.to_owned(),
        }
    }

    #[test]
    fn expand_query_is_split_from_the_other_options() {
        assert!(ExpandQuery::of(&get("/a")).is_none());
        assert!(ExpandQuery::of(&get("/a?$select=b")).is_none());
        let query = ExpandQuery::of(&get("/a/1/b?$filter=c&$expand=d,e&$select=f")).unwrap();
        assert_eq!(query.without_expand.path, "/a/1/b?$filter=c&$select=f");
        assert_eq!(query.properties, ["d", "e"]);
        assert_eq!(query.pattern, "beta/…/b?$expand=d,e");
    }

    #[test]
    fn omitted_properties_are_read_from_the_object_or_each_entry() {
        let paths = |path: &str, body: Value| -> Vec<_> {
            let query = ExpandQuery::of(&get(path)).unwrap();
            let omitted = query.omitted(&GraphResponse::saved(body));
            omitted
                .into_iter()
                .map(|property| property.get.path)
                .collect()
        };
        assert_eq!(paths("/a?$expand=b,c", json!({})), ["/a/b", "/a/c"]);
        let list = json!({"value": [{"id": "1/2"}, {"id": "3"}]});
        assert_eq!(
            paths("/a?$expand=microsoft.graph.x/b&$select=id", list),
            ["/a/1%2F2/microsoft.graph.x/b", "/a/3/microsoft.graph.x/b"]
        );
    }
}
