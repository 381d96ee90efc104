//! Lists that Graph cuts into pages: every next link followed, every page put in its place.
//! Never follows a link that leaves the Graph root.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::Value;

use crate::graph::client::{Client, Request};
use crate::graph::cloud::is_below;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::{Get, RequestLine};
use crate::graph::transport::response::{Answer, NO_LIST};
use crate::model::Method;

/// The most pages of one answer; a list with more has no end.
const MOST_PAGES: usize = 20_000;

/// The most that the pages of one answer may hold, in bytes.
const MOST_BYTES: usize = 256 << 20;

const NEXT: &str = "@odata.nextLink";

/// What came of reading one thing; `None` is that Graph itself says that it does not exist.
pub type ReadResult = Result<Option<Answer>, GraphError>;

/// A list of which there is more behind `link`.
struct TruncatedList {
    /// The JSON pointer of the list.
    list: String,
    link: Value,
}

/// The entries of the collection that `answer` holds.
fn entries(label: &RequestLine, mut answer: Answer) -> Result<Vec<Value>, GraphError> {
    match answer.body.get_mut("value").map(Value::take) {
        Some(Value::Array(entries)) => Ok(entries),
        _ => Err(answer.wrong(label, NO_LIST)),
    }
}

/// What `get` asks for, all its pages included; `None` when Graph itself says that it does not exist.
pub(super) async fn get(client: &Client, get: &Get) -> Result<Option<Answer>, GraphError> {
    let (label, url) = client.address(Method::Get, get.version, &get.path)?;
    let request = Request::get(label, url);
    let answer = client.send(&request).await;
    whole(client, &request, answer).await
}

/// The entries of the collection that `get` asks for. A collection that does not exist is an error.
pub(super) async fn list(client: &Client, get: &Get) -> Result<Vec<Value>, GraphError> {
    let (label, url) = client.address(Method::Get, get.version, &get.path)?;
    let request = Request::get(label, url);
    let mut answer = client.send(&request).await?;
    complete(client, &request.label, &mut answer.body).await?;
    entries(&request.label, answer)
}

/// Tells a real absence from an error, and completes lists that were cut into pages.
pub(super) async fn whole(
    client: &Client,
    request: &Request,
    answer: Result<Answer, GraphError>,
) -> Result<Option<Answer>, GraphError> {
    let mut answer = match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        answer => answer?,
    };
    complete(client, &request.label, &mut answer.body).await?;
    Ok(Some(answer))
}

/// Reads the rest of every list in `body` that was cut: its own `value`, and the lists that `$expand` put inside.
async fn complete(
    client: &Client,
    label: &RequestLine,
    body: &mut Value,
) -> Result<(), GraphError> {
    let mut trail = PageReader {
        client,
        label,
        links: NextLinks::of(client.root(), &label.path),
        bytes: 0,
    };
    loop {
        let mut cuts = Vec::new();
        take_cuts(body, "", &mut cuts);
        if cuts.is_empty() {
            return Ok(());
        }
        for TruncatedList { list, link } in cuts {
            let more = trail.follow(link).await?;
            match body.pointer_mut(&list) {
                Some(Value::Array(entries)) => entries.extend(more),
                _ => return Err(bad(label, "a next link without its list")),
            }
        }
    }
}

/// The next links of one answer, none of which may leave the Graph root or lead in a circle.
pub struct NextLinks<'a> {
    root: &'a str,
    seen: BTreeSet<String>,
}

impl<'a> NextLinks<'a> {
    /// Links below this Graph root, in an answer to what was asked at `first`: a path with its version and query.
    /// The root is written as [`Url`] does, without a version and a slash at its end.
    pub fn of(root: &'a str, first: &str) -> Self {
        let first = Url::parse(&format!("{root}{first}"));
        let seen = first.into_iter().map(String::from).collect();
        Self { root, seen }
    }

    /// The URL to ask next, or why it is not asked.
    pub fn next(&mut self, link: &Value) -> Result<Url, String> {
        let url = link.as_str().and_then(|link| Url::parse(link).ok());
        let Some(url) = url else {
            return Err(format!("a next link that is no URL: {link}"));
        };
        if !is_below(self.root, &url) {
            let host = url.host_str().unwrap_or_default();
            return Err(format!(
                "a next link out of Graph, to `{host}`, which is not followed: the token stays with Graph"
            ));
        }
        if !self.seen.insert(url.to_string()) {
            let message = "a next link that was followed before: the list would never end";
            return Err(message.to_owned());
        }
        match self.seen.len() > MOST_PAGES {
            true => Err(format!(
                "a list without an end: more than {MOST_PAGES} pages"
            )),
            false => Ok(url),
        }
    }
}

/// The way through the pages of one answer.
struct PageReader<'a> {
    client: &'a Client,
    label: &'a RequestLine,
    links: NextLinks<'a>,
    bytes: usize,
}

impl PageReader<'_> {
    /// The entries of the page behind `link` and of all that follow it.
    async fn follow(&mut self, mut link: Value) -> Result<Vec<Value>, GraphError> {
        let mut all = Vec::new();
        while !link.is_null() {
            let url = self.links.next(&link).map_err(|why| bad(self.label, why))?;
            let path = self.client.below_root(&url).to_owned();
            let request = Request::get(
                RequestLine {
                    method: Method::Get,
                    path,
                },
                url,
            );
            // A page that vanished under our hands makes the list unknown, not absent.
            let sent = self.client.counted(1, self.client.send(&request)).await;
            let mut answer = sent.map_err(|error| match error.kind() {
                ErrorKind::NotFound => error.of_kind(ErrorKind::InvalidResponse),
                _ => error,
            })?;
            self.bytes += answer.size;
            if self.bytes > MOST_BYTES {
                return Err(bad(
                    self.label,
                    "a list of more than 256 MB, which is not read",
                ));
            }
            link = answer
                .body
                .get_mut(NEXT)
                .map(Value::take)
                .unwrap_or_default();
            all.extend(entries(&request.label, answer)?);
        }
        Ok(all)
    }
}

fn bad(label: &RequestLine, message: impl AsRef<str>) -> GraphError {
    GraphError::new(ErrorKind::InvalidResponse, label, message)
}

/// Takes every next link out of `value`: `@odata.nextLink` belongs to `value` beside it, `x@odata.nextLink` to `x`.
fn take_cuts(value: &mut Value, pointer: &str, cuts: &mut Vec<TruncatedList>) {
    match value {
        Value::Object(fields) => {
            let links: Vec<String> = fields
                .keys()
                .filter(|key| key.ends_with(NEXT))
                .cloned()
                .collect();
            for key in links {
                let link = fields.remove(&key).unwrap_or_default();
                let name = match key.strip_suffix(NEXT) {
                    None | Some("") => "value",
                    Some(name) => name,
                };
                if !link.is_null() {
                    cuts.push(TruncatedList {
                        list: step(pointer, name),
                        link,
                    });
                }
            }
            for (key, field) in fields {
                take_cuts(field, &step(pointer, key), cuts);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take_cuts(item, &format!("{pointer}/{index}"), cuts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn step(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cut_lists_are_found_wherever_they_are() {
        let mut body = json!({
            "@odata.nextLink": "outer",
            "value": [
                {"id": "a", "a/b": [], "a/b@odata.nextLink": "inner"},
                {"id": "b", "languages": [], "languages@odata.nextLink": null},
            ],
        });
        let mut cuts = Vec::new();
        take_cuts(&mut body, "", &mut cuts);
        let found: Vec<_> = cuts
            .iter()
            .map(|cut| (cut.list.as_str(), cut.link.as_str()))
            .collect();
        assert_eq!(
            found,
            [("/value", Some("outer")), ("/value/0/a~1b", Some("inner"))]
        );
        assert_eq!(
            body,
            json!({"value": [{"id": "a", "a/b": []}, {"id": "b", "languages": []}]})
        );
        assert!(cuts.iter().all(|cut| body.pointer(&cut.list).is_some()));
    }
}
