//! OData's query options: which a route supports, and those of a request.
//! Never looks at an object: `call` applies them.

use reqwest::Url;

use crate::emulator::protocol::filter;
use crate::emulator::protocol::response::GraphError;

/// The query options that a route supports.
pub(crate) struct QueryOptions {
    /// Whether `/$count` may follow.
    pub(crate) count: bool,
    /// What `$expand` may name.
    pub(crate) expand: &'static [&'static str],
    /// What `$filter` may compare: properties, or paths into lists such as `a/any/id`.
    pub(crate) filter: &'static [&'static str],
    /// What `$orderby` may sort by.
    pub(crate) order_by: &'static [&'static str],
}

/// The query options of a request.
#[derive(Clone, Default)]
pub(crate) struct Query {
    pub(crate) select: Vec<String>,
    pub(crate) expand: Vec<String>,
    pub(crate) filter: Option<String>,
    /// A property, and whether it sorts in descending order.
    pub(crate) order: Vec<(String, bool)>,
    pub(crate) top: Option<usize>,
    pub(crate) offset: usize,
    /// Whether a link of a previous page led here.
    pub(crate) is_continued: bool,
    pub(crate) with_count: bool,
    /// Every pair except `$skip` and `$skiptoken`, for the link to the next page.
    pub(crate) next_link_options: Vec<(String, String)>,
    /// `@id`, which names the link that a DELETE on `$ref` removes.
    pub(crate) id: Option<String>,
}

impl Query {
    /// Parses the options. Graph accepts them with and without `$`. An unknown option is refused in either form.
    pub(crate) fn parse(text: &str, supported: &QueryOptions) -> Result<Self, GraphError> {
        let mut query = Self::default();
        for (name, value) in pairs(text) {
            let bare = name.strip_prefix('$').unwrap_or(&name).to_ascii_lowercase();
            let number = || value.parse::<usize>().map_err(|_| invalid(&name, &value));
            match bare.as_str() {
                "select" => query.select = list_of(&value),
                "expand" => query.expand = list_of(&value),
                "filter" => query.filter = Some(value.clone()),
                "orderby" => {
                    query.order =
                        order_of(&value, supported).ok_or_else(|| invalid(&name, &value))?
                }
                "top" => {
                    query.top = Some(number()?)
                        .filter(|top| *top > 0)
                        .ok_or_else(|| invalid(&name, &value))?
                        .into()
                }
                "skip" => query.offset = number()?,
                "skiptoken" => {
                    let offset = value
                        .strip_prefix('o')
                        .and_then(|offset| offset.parse().ok());
                    query.offset = offset.ok_or_else(|| invalid(&name, &value))?;
                    query.is_continued = true;
                }
                "count" => query.with_count = value.parse().map_err(|_| invalid(&name, &value))?,
                "@id" => query.id = Some(value.clone()),
                _ => {
                    return Err(GraphError::bad_request(format!(
                        "The query parameter '{name}' is not supported."
                    )));
                }
            }
            if bare != "skip" && bare != "skiptoken" {
                query.next_link_options.push((name, value));
            }
        }
        if let Some(filter) = &query.filter {
            filter::parse(filter, supported.filter)?;
        }
        query.expand = expand_of(&query.expand, supported)?;
        Ok(query)
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

/// The navigation properties of `$expand`, if the route supports them.
fn expand_of(items: &[String], supported: &QueryOptions) -> Result<Vec<String>, GraphError> {
    let property = |item: &String| {
        // A cast may precede the property, and the pages spell its name in several ways.
        let name = item.rsplit('/').next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        let mut known = supported.expand.iter();
        match known.any(|known| known.eq_ignore_ascii_case(&name)) {
            true => Ok(name),
            false => Err(GraphError::bad_request(format!(
                "Could not find a property named '{name}' to expand here."
            ))),
        }
    };
    items.iter().map(property).collect()
}

/// `priority desc,displayName`, of properties that the route can sort by.
fn order_of(value: &str, supported: &QueryOptions) -> Option<Vec<(String, bool)>> {
    let item = |item: String| {
        let (name, direction) = item.split_once(' ').unwrap_or((&item, "asc"));
        let down = match direction.trim() {
            "asc" => false,
            "desc" => true,
            _ => return None,
        };
        let mut known = supported.order_by.iter();
        let name = known.find(|known| known.eq_ignore_ascii_case(name))?;
        Some(((*name).to_owned(), down))
    };
    list_of(value).into_iter().map(item).collect()
}

fn list_of(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn invalid(name: &str, value: &str) -> GraphError {
    GraphError::bad_request(format!(
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
