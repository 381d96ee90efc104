//! Paged reads: an object or a collection with all its pages, also of the lists that `$expand` includes.
//! Never follows a next link that leaves the Graph root.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::Value;

use crate::graph::client::{GraphClient, HttpRequest};
use crate::graph::cloud::is_below;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::{ReadRequest, RequestLine};
use crate::graph::transport::bounds::{MAX_LIST, memory_of};
use crate::graph::transport::response::{GraphResponse, NOT_A_LIST};
use crate::model::Method;

/// The most pages of one response. No tenant has two million objects of these kinds, so a longer list has no end.
const MAX_PAGES: usize = 20_000;

const NEXT_LINK: &str = "@odata.nextLink";

/// The result of a read; `None` means that Graph says that the object does not exist.
pub type ReadResult = Result<Option<GraphResponse>, GraphError>;

/// Reads an object or a collection with all its pages; `None` if Graph says that it does not exist.
pub(super) async fn get(client: &GraphClient, get: &ReadRequest) -> ReadResult {
    let (line, url) = client.address(Method::Get, get.version, &get.path)?;
    let request = HttpRequest::get(line, url);
    let response = client.send(&request).await;
    complete(client, &request.line, response).await
}

/// Reads the entries of a collection. A collection that does not exist is an error.
pub(super) async fn list(
    client: &GraphClient,
    get: &ReadRequest,
) -> Result<Vec<Value>, GraphError> {
    let (line, url) = client.address(Method::Get, get.version, &get.path)?;
    let request = HttpRequest::get(line, url);
    let mut response = client.send(&request).await?;
    append_pages(client, &request.line, &mut response.body).await?;
    into_entries(&request.line, response)
}

/// Makes a 404 of Graph a `None`, and adds the further pages to a response.
pub(super) async fn complete(
    client: &GraphClient,
    line: &RequestLine,
    response: Result<GraphResponse, GraphError>,
) -> ReadResult {
    let mut response = match response {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        response => response?,
    };
    append_pages(client, line, &mut response.body).await?;
    Ok(Some(response))
}

/// A list with further pages.
struct TruncatedList {
    /// The JSON pointer of the list.
    pointer: String,
    next_link: Value,
}

/// Appends the further pages of every list in `body`: of its `value`, and of the lists that `$expand` includes.
async fn append_pages(
    client: &GraphClient,
    line: &RequestLine,
    body: &mut Value,
) -> Result<(), GraphError> {
    let mut reader = PageReader {
        client,
        line,
        links: NextLinks::new(client.root(), &line.target),
        memory: 0,
    };
    loop {
        let mut lists = Vec::new();
        take_next_links(body, "", &mut lists);
        if lists.is_empty() {
            return Ok(());
        }
        for TruncatedList { pointer, next_link } in lists {
            let more = reader.read_all(next_link).await?;
            match body.pointer_mut(&pointer) {
                Some(Value::Array(entries)) => entries.extend(more),
                _ => return Err(invalid(line, "the response has a next link without a list")),
            }
        }
    }
}

/// Takes the entries out of a list.
fn into_entries(line: &RequestLine, mut response: GraphResponse) -> Result<Vec<Value>, GraphError> {
    match response.body.get_mut("value").map(Value::take) {
        Some(Value::Array(entries)) => Ok(entries),
        _ => Err(response.unexpected(line, NOT_A_LIST)),
    }
}

/// Checks the next links of one response: none may leave the Graph root or repeat.
pub struct NextLinks<'a> {
    root: &'a str,
    seen: BTreeSet<String>,
}

impl<'a> NextLinks<'a> {
    /// For the response to `first`, a path with its version and query below the Graph root. The root is formatted by
    /// [`Url`], without a version and a trailing slash.
    pub fn new(root: &'a str, first: &str) -> Self {
        let first = Url::parse(&format!("{root}{first}"));
        let seen = first.into_iter().map(String::from).collect();
        Self { root, seen }
    }

    /// The URL of the next page, or why it is not read.
    pub fn next(&mut self, link: &Value) -> Result<Url, String> {
        let url = link.as_str().and_then(|link| Url::parse(link).ok());
        let Some(url) = url else {
            return Err(format!("the next link is not a URL: {link}"));
        };
        if !is_below(self.root, &url) {
            let host = url.host_str().unwrap_or_default();
            return Err(format!(
                "the next link leads to `{host}`, which is not followed: the token is sent only to Graph"
            ));
        }
        if !self.seen.insert(url.to_string()) {
            return Err("the next link repeats an earlier page".to_owned());
        }
        match self.seen.len() > MAX_PAGES {
            true => Err(format!("the list has more than {MAX_PAGES} pages")),
            false => Ok(url),
        }
    }
}

/// The address of the page after a response, if it is below the Graph root.
pub(super) fn next_page(root: &str, response: &Value) -> Option<Url> {
    let link = response.get(NEXT_LINK)?;
    NextLinks::new(root, "").next(link).ok()
}

/// Reads the pages of one response.
struct PageReader<'a> {
    client: &'a GraphClient,
    line: &'a RequestLine,
    links: NextLinks<'a>,
    /// The memory of the pages so far.
    memory: usize,
}

impl PageReader<'_> {
    /// The entries of the page at `link` and of all that follow it.
    async fn read_all(&mut self, mut link: Value) -> Result<Vec<Value>, GraphError> {
        let mut all = Vec::new();
        while !link.is_null() {
            let url = self
                .links
                .next(&link)
                .map_err(|why| invalid(self.line, why))?;
            let line = RequestLine {
                method: Method::Get,
                target: self.client.below_root(&url).to_owned(),
            };
            let request = HttpRequest::get(line, url);
            let sent = self.client.track(1, self.client.send(&request)).await;
            // A page that no longer exists leaves the list unknown: it does not mean that the list is absent.
            let mut response = sent.map_err(|error| match error.kind() {
                ErrorKind::NotFound => error.with_kind(ErrorKind::InvalidResponse),
                _ => error,
            })?;
            self.memory += memory_of(&response.body);
            if self.memory > MAX_LIST {
                return Err(invalid(
                    self.line,
                    "the list takes more than 256 MiB of memory",
                ));
            }
            link = response
                .body
                .get_mut(NEXT_LINK)
                .map(Value::take)
                .unwrap_or_default();
            all.extend(into_entries(&request.line, response)?);
        }
        Ok(all)
    }
}

fn invalid(line: &RequestLine, message: impl AsRef<str>) -> GraphError {
    GraphError::new(ErrorKind::InvalidResponse, line, message)
}

/// Takes every next link out of `value`: `@odata.nextLink` is that of the sibling `value`, `x@odata.nextLink` that of `x`.
fn take_next_links(value: &mut Value, pointer: &str, lists: &mut Vec<TruncatedList>) {
    match value {
        Value::Object(fields) => {
            let keys: Vec<String> = fields
                .keys()
                .filter(|key| key.ends_with(NEXT_LINK))
                .cloned()
                .collect();
            for key in keys {
                let next_link = fields.remove(&key).unwrap_or_default();
                let name = match key.strip_suffix(NEXT_LINK) {
                    None | Some("") => "value",
                    Some(name) => name,
                };
                if !next_link.is_null() {
                    lists.push(TruncatedList {
                        pointer: child(pointer, name),
                        next_link,
                    });
                }
            }
            for (key, field) in fields {
                take_next_links(field, &child(pointer, key), lists);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take_next_links(item, &format!("{pointer}/{index}"), lists);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The JSON pointer of a member.
fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn next_links_are_found_at_any_depth() {
        let mut body = json!({
            "@odata.nextLink": "outer",
            "value": [
                {"id": "a", "a/b": [], "a/b@odata.nextLink": "inner"},
                {"id": "b", "languages": [], "languages@odata.nextLink": null},
            ],
        });
        let mut lists = Vec::new();
        take_next_links(&mut body, "", &mut lists);
        let found: Vec<_> = lists
            .iter()
            .map(|list| (list.pointer.as_str(), list.next_link.as_str()))
            .collect();
        assert_eq!(
            found,
            [("/value", Some("outer")), ("/value/0/a~1b", Some("inner"))]
        );
        assert_eq!(
            body,
            json!({"value": [{"id": "a", "a/b": []}, {"id": "b", "languages": []}]})
        );
        assert!(
            lists
                .iter()
                .all(|list| body.pointer(&list.pointer).is_some())
        );
    }
}
