//! Lists that Graph cuts into pages: every next link followed, every page put in its place.
//! Never follows a link that leaves the Graph root.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::Value;

use super::answer::Answer;
use super::client::{Client, Request};
use super::cloud::is_below;
use super::error::{ErrorKind, GraphError, Label};
use super::session::Get;
use crate::model::Method;

/// The most pages of one answer; a list with more has no end.
const MOST_PAGES: usize = 20_000;

/// The most that the pages of one answer may hold, in bytes.
const MOST_BYTES: usize = 256 << 20;

const NEXT: &str = "@odata.nextLink";

/// A list of which there is more behind `link`.
struct Cut {
    /// The JSON pointer of the list.
    list: String,
    link: Value,
}

/// Reads the rest of every list in `body` that was cut: its own `value`, and the lists that `$expand` put inside.
pub(super) async fn complete(
    client: &Client,
    label: &Label,
    body: &mut Value,
) -> Result<(), GraphError> {
    let mut trail = Trail {
        client,
        label,
        links: Links::of(client.root(), &label.path),
        bytes: 0,
    };
    loop {
        let mut cuts = Vec::new();
        take_cuts(body, "", &mut cuts);
        if cuts.is_empty() {
            return Ok(());
        }
        for Cut { list, link } in cuts {
            let more = trail.follow(link).await?;
            match body.pointer_mut(&list) {
                Some(Value::Array(entries)) => entries.extend(more),
                _ => return Err(bad(label, "a next link without its list")),
            }
        }
    }
}

const NO_LIST: &str = "an answer that is no list: `value` is missing or is no array";

/// The entries of the collection that `answer` holds.
pub(super) fn entries(label: &Label, mut answer: Answer) -> Result<Vec<Value>, GraphError> {
    match answer.body.get_mut("value").map(Value::take) {
        Some(Value::Array(entries)) => Ok(entries),
        _ => Err(answer.wrong(label, NO_LIST)),
    }
}

impl Answer {
    /// The entries of the list that answers `get`. An answer without a list says nothing of what is there.
    pub fn entries(&self, get: &Get) -> Result<&[Value], GraphError> {
        match self.body.get("value") {
            Some(Value::Array(entries)) => Ok(entries),
            _ => Err(self.wrong(&get.label(), NO_LIST)),
        }
    }

    /// The entries of the list that answers `get`, each of which has its id in `key`. One without is not nothing: it
    /// may be what somebody is looking for.
    pub fn identified(&self, get: &Get, key: &str) -> Result<&[Value], GraphError> {
        let entries = self.entries(get)?;
        match entries.iter().all(|entry| has_id(entry, key)) {
            true => Ok(entries),
            false => {
                let message = format!("a list with an entry that has no `{key}`");
                Err(self.wrong(&get.label(), &message))
            }
        }
    }

    /// The one object that answers `get`, which has its id in `key`.
    pub fn object(&self, get: &Get, key: &str) -> Result<&Value, GraphError> {
        match has_id(&self.body, key) {
            true => Ok(&self.body),
            false => {
                let message = format!("an object that has no `{key}`");
                Err(self.wrong(&get.label(), &message))
            }
        }
    }

    /// The texts in the list `field` of what answers `get`.
    pub fn texts(&self, get: &Get, field: &str) -> Result<Vec<&str>, GraphError> {
        let list = self.body.get(field).and_then(Value::as_array);
        let texts = list.map(|list| list.iter().map(Value::as_str).collect::<Option<_>>());
        texts.flatten().ok_or_else(|| {
            let message = format!("an answer without a list of texts in `{field}`");
            self.wrong(&get.label(), &message)
        })
    }
}

fn has_id(entry: &Value, key: &str) -> bool {
    entry[key].as_str().is_some_and(|id| !id.is_empty())
}

/// The next links of one answer, none of which may leave the Graph root or lead in a circle.
pub struct Links<'a> {
    root: &'a str,
    seen: BTreeSet<String>,
}

impl<'a> Links<'a> {
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
struct Trail<'a> {
    client: &'a Client,
    label: &'a Label,
    links: Links<'a>,
    bytes: usize,
}

impl Trail<'_> {
    /// The entries of the page behind `link` and of all that follow it.
    async fn follow(&mut self, mut link: Value) -> Result<Vec<Value>, GraphError> {
        let mut all = Vec::new();
        while !link.is_null() {
            let url = self.links.next(&link).map_err(|why| bad(self.label, why))?;
            let path = self.client.below_root(&url).to_owned();
            let request = Request::get(
                Label {
                    method: Method::Get,
                    path,
                },
                url,
            );
            // A page that vanished under our hands makes the list unknown, not absent.
            let sent = self.client.counted(1, self.client.send(&request)).await;
            let mut answer = sent.map_err(|error| match error.kind() {
                ErrorKind::NotFound => error.of_kind(ErrorKind::BadAnswer),
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

fn bad(label: &Label, message: impl AsRef<str>) -> GraphError {
    GraphError::new(ErrorKind::BadAnswer, label, message)
}

/// Takes every next link out of `value`: `@odata.nextLink` belongs to `value` beside it, `x@odata.nextLink` to `x`.
fn take_cuts(value: &mut Value, pointer: &str, cuts: &mut Vec<Cut>) {
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
                    cuts.push(Cut {
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
