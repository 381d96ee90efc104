//! A request as handlers see it, and the shape of their responses: collections with paging, and entities.
//! Knows no kind of object.

use std::cmp::Ordering;

use reqwest::Url;
use serde_json::{Value, json};

use crate::assumptions::{Assumptions, IdCase, ListingOrder, PageSize, Pages, Question};
use crate::emulator::metadata::lookup;
use crate::emulator::metadata::types::Type;
use crate::emulator::protocol::check::{Purpose, Rules};
use crate::emulator::protocol::context::{ApiVersion, TenantContext};
use crate::emulator::protocol::query::{Query, QueryOptions};
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::{check, filter};
use crate::emulator::state::object::Object;
use crate::emulator::state::store::State;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A request that is authorised and matched to a route.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) tenant: &'a TenantContext,
    /// The last segment of the route's template.
    pub(crate) last_segment: &'static str,
    /// The query options that the route supports.
    pub(crate) supported: &'static QueryOptions,
    pub(crate) version: ApiVersion,
    /// The path of the request, with the version.
    pub(crate) path: &'a str,
    /// The values of the route's placeholders, in order.
    pub(crate) keys: Vec<String>,
    pub(crate) query: Query,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
    /// The answers to what is not known about Graph.
    pub(crate) assumptions: &'a Assumptions,
}

/// Where a page of a collection begins, and how many objects it holds at most.
struct Window {
    start: usize,
    size: usize,
}

impl Call<'_> {
    /// Whether this is the assumed answer to its question.
    pub(crate) fn assumes<Q: Question>(&self, answer: Q) -> bool {
        self.assumptions.has(answer)
    }

    /// The value of a placeholder; empty if the route has fewer.
    pub(crate) fn key(&self, index: usize) -> &str {
        self.keys.get(index).map(String::as_str).unwrap_or_default()
    }

    /// The object as a link to it shows it, with its id as it is spelt there.
    pub(crate) fn linked(&self, mut rendered: Object) -> Object {
        if self.assumes(IdCase::Lower)
            && let Some(Value::String(id)) = rendered.get_mut("id")
        {
            *id = id.to_lowercase();
        }
        rendered
    }

    /// The root URL of this version of the API.
    pub(crate) fn root(&self) -> String {
        format!("{}/{}", self.tenant.url, self.version.name())
    }

    /// The request body as JSON.
    pub(crate) fn json(&self) -> Result<Value, GraphError> {
        if self.content_type.is_empty() {
            let message = "Write requests (excluding DELETE) must contain the Content-Type header declaration.";
            return Err(GraphError::bad_request(message));
        }
        let is_json = self
            .content_type
            .to_ascii_lowercase()
            .starts_with("application/json");
        if !is_json {
            let message = format!("The content type '{}' is not supported.", self.content_type);
            return Err(GraphError::new(415, "UnsupportedMediaType", message));
        }
        let body = self.body.strip_prefix(BYTE_ORDER_MARK);
        serde_json::from_slice(body.unwrap_or(self.body)).map_err(|error| {
            GraphError::bad_request(format!("Unable to read JSON request payload. {error}."))
        })
    }

    /// The request body, checked against a type.
    pub(crate) fn checked(&self, declared: &str, purpose: Purpose) -> Result<Object, GraphError> {
        self.checked_body(declared, &self.json()?, purpose)
    }

    /// A body, checked against a type.
    pub(crate) fn checked_body(
        &self,
        declared: &str,
        body: &Value,
        purpose: Purpose,
    ) -> Result<Object, GraphError> {
        let rules = Rules {
            version: self.version,
            is_stored: &|name| self.state.has_property(name),
        };
        check::body(declared, body, purpose, &rules)
    }

    /// The body of an update that has to name its type, checked against that type.
    pub(crate) fn typed_changes(&self, declared: &str) -> Result<Object, GraphError> {
        let changes = self.checked(declared, Purpose::Update)?;
        match changes.contains_key("@odata.type") {
            true => Ok(changes),
            false => Err(GraphError::bad_request(format!(
                "The annotation '@odata.type' is required: it says which 'microsoft.graph.{declared}' is updated."
            ))),
        }
    }

    /// 404 for an object of this tenant.
    pub(crate) fn not_found(&self, name: &str, id: &str) -> GraphError {
        GraphError::not_found(name, id, &self.tenant.name)
    }

    fn context(&self, fragment: &str) -> Value {
        format!("{}/$metadata#{fragment}", self.root()).into()
    }

    /// A stored collection, as `collection` returns it; unless an option needs all objects, it renders only those of the page.
    pub(crate) fn stored_collection(
        &self,
        context: &str,
        entity: &str,
        key: &str,
        render: impl Fn(&Object) -> Object,
    ) -> Result<Response, GraphError> {
        let stored = self.state.list(key);
        if self.query.filter.is_some() || !self.query.order.is_empty() || self.cast().is_some() {
            return self.collection(context, entity, stored.map(render).collect());
        }
        let (total, Window { start, size }) = (stored.len(), self.window());
        match self.assumptions.answer() {
            ListingOrder::Created => {
                let page = stored.skip(start).take(size);
                self.page(context, entity, total, page.map(render))
            }
            ListingOrder::Newest => {
                let page = stored.rev().skip(start).take(size);
                self.page(context, entity, total, page.map(render))
            }
        }
    }

    /// A collection: filtered, paged, counted; or, under `/$count`, only its size.
    pub(crate) fn collection(
        &self,
        context: &str,
        entity: &str,
        mut items: Vec<Object>,
    ) -> Result<Response, GraphError> {
        if let Some(cast) = self.cast() {
            items.retain(|item| type_of(item, entity).is_some_and(|of| of.is_a(cast.name)));
        }
        if let Some(filter_clause) = &self.query.filter {
            let filter_clause = filter::parse(filter_clause, self.supported.filter)?;
            items.retain(|item| filter_clause.matches(item));
        }
        // The last key first, because the sort is stable.
        for (name, down) in self.query.order.iter().rev() {
            let key = |item: &Object| item.get(name).cloned().unwrap_or_default();
            items.sort_by(|one, other| {
                let order = compare(&key(one), &key(other));
                if *down { order.reverse() } else { order }
            });
        }
        let (total, Window { start, size }) = (items.len(), self.window());
        let page = items.into_iter().skip(start).take(size);
        self.page(context, entity, total, page)
    }

    /// The type that the path casts the collection to.
    fn cast(&self) -> Option<&'static Type> {
        let mut segments = self.path.split('/').rev();
        let last = segments.find(|segment| !segment.is_empty() && *segment != "$count")?;
        lookup::named(last).filter(|_| last.contains('.'))
    }

    /// The part of a collection that the response holds. `$top` is the size of a page, with a link to the next one, as for
    /// directory objects.
    fn window(&self) -> Window {
        let assumed = match self.assumptions.answer() {
            PageSize::Twenty => 20,
            PageSize::Hundred => 100,
            PageSize::Most => 999,
        };
        let size = self.tenant.page_size.unwrap_or(assumed).max(1);
        let size = self.query.top.unwrap_or(usize::MAX).min(size);
        let start = self.query.offset;
        match self.assumptions.answer() {
            Pages::Empty if !self.query.is_continued => Window { start, size: 0 },
            Pages::Overlapping if self.query.is_continued && start > 0 => Window {
                start: start - 1,
                size: size + 1,
            },
            Pages::Exact | Pages::Empty | Pages::Overlapping => Window { start, size },
        }
    }

    /// One page of a collection with `total` objects.
    fn page(
        &self,
        context: &str,
        entity: &str,
        total: usize,
        page: impl Iterator<Item = Object>,
    ) -> Result<Response, GraphError> {
        if self.path.to_ascii_lowercase().ends_with("/$count") {
            return Ok(Response::text(200, "text/plain", total.to_string()));
        }
        let page = page
            .map(|item| Ok(self.selected(entity, item)?.into()))
            .collect::<Result<Vec<Value>, _>>()?;
        let next = self.window().start + page.len();
        let mut body = json!({"@odata.context": self.context(context)});
        // Moved in, because `json!` would copy it.
        body["value"] = page.into();
        if self.query.with_count {
            body["@odata.count"] = json!(total);
        }
        if next < total {
            body["@odata.nextLink"] = self.next_link(next).into();
        }
        Ok(Response::json(200, body))
    }

    fn next_link(&self, offset: usize) -> String {
        let address = format!("{}{}", self.tenant.url, self.path);
        let Ok(mut url) = Url::parse(&address) else {
            return address;
        };
        url.query_pairs_mut()
            .extend_pairs(&self.query.next_link_options)
            .append_pair("$skiptoken", &format!("o{offset}"));
        // Graph does not escape the dollar signs of its options.
        url.as_str().replace("%24", "$")
    }

    /// One entity, with its context.
    pub(crate) fn entity(
        &self,
        status: u16,
        context: &str,
        entity: &str,
        object: Object,
    ) -> Result<Response, GraphError> {
        let mut body = Object::new();
        body.insert("@odata.context".to_owned(), self.context(context));
        body.extend(self.selected(entity, object)?);
        Ok(Response::json(status, body))
    }

    /// The properties that `$select` names; annotations and expanded properties stay.
    fn selected(&self, entity: &str, mut object: Object) -> Result<Object, GraphError> {
        if self.query.select.is_empty() {
            return Ok(object);
        }
        let of = type_of(&object, entity);
        let known = |name: &String| {
            of.is_none_or(|of| of.property(name).is_some()) || object.contains_key(name)
        };
        if let Some(unknown) = self.query.select.iter().find(|name| !known(name)) {
            let message = format!(
                "Could not find a property named '{unknown}' on type 'microsoft.graph.{entity}'."
            );
            return Err(GraphError::bad_request(message));
        }
        object.retain(|name, _| {
            name.starts_with('@')
                || self.query.expands(name)
                || self
                    .query
                    .select
                    .iter()
                    .any(|chosen| chosen.eq_ignore_ascii_case(name))
        });
        Ok(object)
    }
}

/// The type of an object in a collection of entities.
fn type_of(item: &Object, entity: &str) -> Option<&'static Type> {
    let stated = item.get("@odata.type").and_then(Value::as_str);
    lookup::named(stated.unwrap_or(entity))
}

/// Compares two numbers, or two strings.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_str().cmp(&other.as_str()),
    }
}
