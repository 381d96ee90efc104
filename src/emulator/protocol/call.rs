//! OData: query options, the request as handlers see it, paging, and the shape of collections and entities.
//! Knows no kind of object; which options a route takes is in the route table.

use std::cmp::Ordering;

use reqwest::Url;
use serde_json::{Value, json};

use crate::emulator::metadata::types;
use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::{check, filter};
use crate::emulator::routes::matching::Route;
use crate::emulator::state::store::State;
use crate::emulator::{Site, Version};

/// The query options of a request.
#[derive(Clone, Default)]
pub(crate) struct Query {
    select: Vec<String>,
    expand: Vec<String>,
    filter: Option<String>,
    /// A property, and whether it goes downwards.
    order: Vec<(String, bool)>,
    top: Option<usize>,
    offset: usize,
    with_count: bool,
    /// Every pair but the place to go on at, for the link to the next page.
    kept: Vec<(String, String)>,
    /// `@id`, which names the link that a DELETE on `$ref` removes.
    pub(crate) id: Option<String>,
}

impl Query {
    /// Reads the options. Graph takes them with and without `$`. Choice: one that is unknown is refused in either form.
    pub(crate) fn parse(text: &str, route: &Route) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for (name, value) in pairs(text) {
            let bare = name.strip_prefix('$').unwrap_or(&name).to_ascii_lowercase();
            let number = || value.parse::<usize>().map_err(|_| invalid(&name, &value));
            match bare.as_str() {
                "select" => query.select = list_of(&value),
                "expand" => query.expand = list_of(&value),
                "filter" => query.filter = Some(value.clone()),
                "orderby" => {
                    query.order = order_of(&value, route).ok_or_else(|| invalid(&name, &value))?
                }
                "top" => {
                    query.top = Some(number()?)
                        .filter(|top| *top > 0)
                        .ok_or_else(|| invalid(&name, &value))?
                        .into()
                }
                "skip" => query.offset = number()?,
                "skiptoken" => {
                    let place = value.strip_prefix('o').and_then(|place| place.parse().ok());
                    query.offset = place.ok_or_else(|| invalid(&name, &value))?;
                }
                "count" => query.with_count = value.parse().map_err(|_| invalid(&name, &value))?,
                "@id" => query.id = Some(value.clone()),
                _ => {
                    return Err(Refusal::bad_request(format!(
                        "The query parameter '{name}' is not supported."
                    )));
                }
            }
            if bare != "skip" && bare != "skiptoken" {
                query.kept.push((name, value));
            }
        }
        if let Some(filter) = &query.filter {
            filter::parse(filter, route.filter)?;
        }
        // A cast may stand before the property, with a name that the page spells in its own way.
        let property = |item: &str| {
            item.rsplit('/')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        query.expand = query.expand.iter().map(|item| property(item)).collect();
        let takes = |item: &String| {
            route
                .expand
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(item))
        };
        match query.expand.iter().find(|item| !takes(item)) {
            Some(item) => Err(Refusal::bad_request(format!(
                "Could not find a property named '{item}' to expand here."
            ))),
            None => Ok(query),
        }
    }

    /// Whether anything is to be returned inline.
    pub(crate) fn expands_anything(&self) -> bool {
        !self.expand.is_empty()
    }

    /// Whether a navigation property is to be returned inline.
    pub(crate) fn expands(&self, name: &str) -> bool {
        self.expand
            .iter()
            .any(|item| item.eq_ignore_ascii_case(name))
    }
}

/// `priority desc,displayName`, of properties that the route goes by.
fn order_of(value: &str, route: &Route) -> Option<Vec<(String, bool)>> {
    let item = |item: String| {
        let (name, direction) = item.split_once(' ').unwrap_or((&item, "asc"));
        let down = match direction.trim() {
            "asc" => false,
            "desc" => true,
            _ => return None,
        };
        let mut known = route.order.iter();
        let name = known.find(|known| known.eq_ignore_ascii_case(name))?;
        Some(((*name).to_owned(), down))
    };
    list_of(value).into_iter().map(item).collect()
}

/// Compares as text does, or as numbers do.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_str().cmp(&other.as_str()),
    }
}

fn list_of(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn invalid(name: &str, value: &str) -> Refusal {
    Refusal::bad_request(format!(
        "The value '{value}' of the query option '{name}' is not valid."
    ))
}

/// The decoded pairs of a query string or of a form.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let Ok(mut url) = Url::parse("http://localhost/") else {
        return Vec::new();
    };
    url.set_query(Some(text));
    url.query_pairs().into_owned().collect()
}

/// A request that has been let in and matched to a route.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) site: &'a Site,
    pub(crate) route: &'static Route,
    pub(crate) version: Version,
    /// The path as it was asked for, with the version.
    pub(crate) path: &'a str,
    /// What stands in place of the route's placeholders, in order.
    pub(crate) keys: Vec<String>,
    pub(crate) query: Query,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// The value of a placeholder; the route says how many there are.
    pub(crate) fn key(&self, place: usize) -> &str {
        self.keys.get(place).map(String::as_str).unwrap_or_default()
    }

    /// Where this version of the API begins.
    pub(crate) fn root(&self) -> String {
        format!("{}/{}", self.site.url, self.version.name())
    }

    /// The request body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        if self.content_type.is_empty() {
            let message = "Write requests (excluding DELETE) must contain the Content-Type header declaration.";
            return Err(Refusal::bad_request(message));
        }
        let is_json = self
            .content_type
            .to_ascii_lowercase()
            .starts_with("application/json");
        if !is_json {
            let message = format!("The content type '{}' is not supported.", self.content_type);
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
        serde_json::from_slice(self.body).map_err(|error| {
            Refusal::bad_request(format!("Unable to read JSON request payload. {error}."))
        })
    }

    /// The request body, checked against a type.
    pub(crate) fn checked(&self, declared: &str, purpose: Purpose) -> Result<Object, Refusal> {
        check::body(declared, &self.json()?, purpose, self.version)
    }

    /// The body of an update that has to say its type, checked against the type it says.
    pub(crate) fn typed_changes(&self, declared: &str) -> Result<Object, Refusal> {
        let changes = self.checked(declared, Purpose::Update)?;
        match changes.contains_key("@odata.type") {
            true => Ok(changes),
            false => Err(Refusal::bad_request(format!(
                "The annotation '@odata.type' is required: it says which 'microsoft.graph.{declared}' is updated."
            ))),
        }
    }

    /// 404 for an object of this tenant.
    pub(crate) fn not_found(&self, what: &str, id: &str) -> Refusal {
        Refusal::not_found(what, id, &self.site.tenant)
    }

    fn context(&self, place: &str) -> Value {
        format!("{}/$metadata#{place}", self.root()).into()
    }

    /// A stored collection: as `collection` does it, but only what the page holds is shown, where no option needs all.
    pub(crate) fn listing(
        &self,
        context: &str,
        entity: &str,
        key: &str,
        shown: impl Fn(&Object) -> Object,
    ) -> Result<Answer, Refusal> {
        let stored = self.state.list(key);
        if self.query.filter.is_some() || !self.query.order.is_empty() {
            return self.collection(context, entity, stored.map(shown).collect());
        }
        let total = stored.len();
        let page = stored.skip(self.query.offset).take(self.page_size());
        self.page(context, entity, total, page.map(shown))
    }

    /// A collection: filtered, paged, counted; or, under `/$count`, only its size.
    pub(crate) fn collection(
        &self,
        context: &str,
        entity: &str,
        mut items: Vec<Object>,
    ) -> Result<Answer, Refusal> {
        if let Some(condition) = &self.query.filter {
            let condition = filter::parse(condition, self.route.filter)?;
            items.retain(|item| condition.holds(item));
        }
        // The last key first: sorting keeps the order of equals.
        for (name, down) in self.query.order.iter().rev() {
            let key = |item: &Object| item.get(name).cloned().unwrap_or_default();
            items.sort_by(|one, other| {
                let order = compare(&key(one), &key(other));
                if *down { order.reverse() } else { order }
            });
        }
        let total = items.len();
        let page = items.into_iter().skip(self.query.offset);
        self.page(context, entity, total, page.take(self.page_size()))
    }

    /// Choice: `$top` is the size of a page, with a link to the next one, as for directory objects.
    fn page_size(&self) -> usize {
        self.query
            .top
            .unwrap_or(usize::MAX)
            .min(self.site.page_size)
    }

    /// The page of a collection of so many objects.
    fn page(
        &self,
        context: &str,
        entity: &str,
        total: usize,
        page: impl Iterator<Item = Object>,
    ) -> Result<Answer, Refusal> {
        if self.path.to_ascii_lowercase().ends_with("/$count") {
            return Ok(Answer::text(200, "text/plain", total.to_string()));
        }
        let page = page
            .map(|item| Ok(self.selected(entity, item)?.into()))
            .collect::<Result<Vec<Value>, _>>()?;
        let next = self.query.offset + page.len();
        let mut body = json!({"@odata.context": self.context(context)});
        // Moved: `json!` would copy it.
        body["value"] = page.into();
        if self.query.with_count {
            body["@odata.count"] = json!(total);
        }
        if next < total {
            body["@odata.nextLink"] = self.next_link(next).into();
        }
        Ok(Answer::json(200, body))
    }

    fn next_link(&self, offset: usize) -> String {
        let address = format!("{}{}", self.site.url, self.path);
        let Ok(mut url) = Url::parse(&address) else {
            return address;
        };
        url.query_pairs_mut()
            .extend_pairs(&self.query.kept)
            .append_pair("$skiptoken", &format!("o{offset}"));
        // Graph leaves the dollar signs of its options as they are.
        url.as_str().replace("%24", "$")
    }

    /// One entity, with its context.
    pub(crate) fn entity(
        &self,
        status: u16,
        context: &str,
        entity: &str,
        object: Object,
    ) -> Result<Answer, Refusal> {
        let mut body = Object::new();
        body.insert("@odata.context".to_owned(), self.context(context));
        body.extend(self.selected(entity, object)?);
        Ok(Answer::json(status, body))
    }

    /// What `$select` leaves of an object; annotations and what `$expand` asked for stay.
    fn selected(&self, entity: &str, mut object: Object) -> Result<Object, Refusal> {
        if self.query.select.is_empty() {
            return Ok(object);
        }
        let stated = object
            .get("@odata.type")
            .and_then(Value::as_str)
            .and_then(types::named);
        let of = stated.or_else(|| types::named(entity));
        let known = |name: &String| {
            of.is_none_or(|of| of.property(name).is_some()) || object.contains_key(name)
        };
        if let Some(unknown) = self.query.select.iter().find(|name| !known(name)) {
            let message = format!(
                "Could not find a property named '{unknown}' on type 'microsoft.graph.{entity}'."
            );
            return Err(Refusal::bad_request(message));
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
