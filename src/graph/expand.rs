//! `$expand`, and tenants that refuse it: asked for without, and what it would have shown by requests of its own.
//! Never takes the refusal of something else for one of `$expand`: only a request that goes through without it tells.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::answer::Answer;
use super::error::GraphError;
use super::path::encode_segment;
use super::session::Get;

const OPTION: &str = "$expand=";

/// The sorts of lists whose `$expand` the tenant refuses, as far as the session has learned.
#[derive(Default)]
pub(super) struct Refusals(Mutex<BTreeSet<String>>);

impl Refusals {
    /// Whether the tenant is known to refuse this.
    pub(super) fn know(&self, expansion: &Expansion) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&expansion.sort)
    }

    /// Learns that the tenant refuses this, and says so once.
    pub(super) fn learn(&self, expansion: &Expansion) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(expansion.sort.clone()) {
            tracing::warn!(
                list = expansion.sort,
                "the tenant refuses $expand here: what it would have shown is asked for by itself"
            );
        }
    }
}

/// What a request wants to see inside what it asks for.
#[derive(Clone)]
pub(super) struct Expansion {
    /// The same request without it.
    pub(super) bare: Get,
    /// The ways to what is to be shown, from the object: a cast may stand before the property.
    ways: Vec<String>,
    /// What all lists of the sort have in common: the version, the end of the path, and what is expanded.
    sort: String,
}

/// What is to be put inside an answer.
pub(super) struct Inner {
    pub(super) get: Get,
    /// The JSON pointer of the object that it belongs to.
    object: String,
    property: String,
}

impl Expansion {
    /// What `get` wants to see inside, if it does.
    pub(super) fn of(get: &Get) -> Option<Self> {
        let (path, query) = get.path.split_once('?')?;
        let (expand, rest): (Vec<_>, Vec<_>) = query
            .split('&')
            .partition(|option| option.starts_with(OPTION));
        let ways = expand.first()?.strip_prefix(OPTION)?;
        let rest = match rest.is_empty() {
            true => String::new(),
            false => format!("?{}", rest.join("&")),
        };
        let (_, end) = path.rsplit_once('/')?;
        Some(Self {
            bare: Get {
                version: get.version,
                path: format!("{path}{rest}"),
            },
            ways: ways.split(',').map(str::to_owned).collect(),
            sort: format!("{}/…/{end}?{OPTION}{ways}", get.version),
        })
    }

    /// What an answer without it leaves to be asked for, of the object or of each member of the list.
    pub(super) fn missing(&self, answer: &Answer) -> Vec<Inner> {
        let path = self.bare.path.split('?').next().unwrap_or_default();
        let members = answer.body.get("value").and_then(Value::as_array);
        let member = |(place, member): (usize, &Value)| {
            let id = encode_segment(member["id"].as_str()?);
            Some((format!("/value/{place}"), format!("{path}/{id}")))
        };
        let objects: Vec<_> = match members {
            Some(members) => members.iter().enumerate().filter_map(member).collect(),
            None => vec![(String::new(), path.to_owned())],
        };
        let inner = |(object, path): (String, String)| {
            self.ways.iter().map(move |way| Inner {
                get: Get {
                    version: self.bare.version,
                    path: format!("{path}/{way}"),
                },
                object: object.clone(),
                property: way.rsplit('/').next().unwrap_or(way).to_owned(),
            })
        };
        objects.into_iter().flat_map(inner).collect()
    }
}

impl Inner {
    /// Puts what was answered where `$expand` would have shown it.
    pub(super) fn enter(
        self,
        found: Result<Option<Answer>, GraphError>,
        into: &mut Answer,
    ) -> Result<(), GraphError> {
        let mut shown = found?.map(|answer| answer.body).unwrap_or_default();
        if let Some(members) = shown.get_mut("value").filter(|value| value.is_array()) {
            shown = members.take();
        }
        if let Some(Value::Object(object)) = into.body.pointer_mut(&self.object) {
            object.insert(self.property, shown);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use serde_json::json;

    fn get(path: &str) -> Get {
        Get {
            version: Version::Beta,
            path: path.to_owned(),
        }
    }

    #[test]
    fn only_a_query_with_expand_wants_to_see_inside() {
        assert!(Expansion::of(&get("/a")).is_none());
        assert!(Expansion::of(&get("/a?$select=b")).is_none());
        let expansion = Expansion::of(&get("/a/1/b?$filter=c&$expand=d,e&$select=f")).unwrap();
        assert_eq!(expansion.bare.path, "/a/1/b?$filter=c&$select=f");
        assert_eq!(expansion.ways, ["d", "e"]);
        assert_eq!(expansion.sort, "beta/…/b?$expand=d,e");
    }

    #[test]
    fn what_is_missing_is_asked_of_the_object_or_of_each_member() {
        let paths = |path: &str, body: Value| -> Vec<_> {
            let missing = Expansion::of(&get(path))
                .unwrap()
                .missing(&Answer::kept(body));
            missing.into_iter().map(|inner| inner.get.path).collect()
        };
        assert_eq!(paths("/a?$expand=b,c", json!({})), ["/a/b", "/a/c"]);
        let list = json!({"value": [{"id": "1/2"}, {"id": "3"}]});
        assert_eq!(
            paths("/a?$expand=microsoft.graph.x/b&$select=id", list),
            ["/a/1%2F2/microsoft.graph.x/b", "/a/3/microsoft.graph.x/b"]
        );
    }
}
