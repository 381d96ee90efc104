//! `Request`: what will be sent, with places for what is known only when it is sent: ids and secrets.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::kinds::{Collection, Kind};
use crate::model::{Address, Fields, Method, Reference, Secret, SecretSource, Value, Version};

/// A request to Graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The version of Graph.
    pub version: Version,
    /// The path below the version.
    pub path: Path,
    /// The body.
    pub body: Body,
    /// Where it shows that the request took effect, if sending it twice would make two of something or fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Box<Mark>>,
}

/// A member of a list that is there once a request took effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The list.
    pub list: Path,
    /// The member.
    pub member: Reference,
    /// The property that holds its id.
    pub key: String,
    /// Whether Graph refuses to show the list where it is empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty_is_refused: bool,
}

/// A path: texts that are sent as they are, and ids that are looked up and escaped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path(pub Vec<Segment>);

/// A stretch of a path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Segment {
    /// One or more segments, or a query, as they are.
    Text(String),
    /// The id of an object, as one segment.
    Id(Reference),
    /// A name from a file, as one segment.
    Name(String),
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Body {
    /// None.
    None,
    /// A JSON object. References stand for ids, secret sources for secrets.
    Json(Fields),
    /// `{"@odata.id": …}` of an object in this collection.
    Link {
        /// The version in the address.
        version: Version,
        /// The path of the collection.
        collection: String,
        /// The object.
        target: Reference,
    },
    /// A text that is sent as it is: the content of a page.
    Document(String),
}

impl Path {
    /// The collection itself.
    pub fn collection(collection: &Collection) -> Self {
        Self(vec![Segment::Text(collection.path.to_owned())])
    }

    /// An object of a collection; what there is always one of stands in the place of a collection.
    pub fn object(kind: &Kind, address: &Address) -> Self {
        let collection = Self::collection(&kind.collection);
        match kind.is_always_there() {
            true => collection,
            false => collection.id(&Reference::Address(address.clone())),
        }
    }

    /// The path as text.
    pub fn fill<R: Resolve>(&self, resolve: &R) -> Result<String, R::Error> {
        let mut path = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => path.push_str(text),
                Segment::Name(name) => path.push_str(&resolve.segment(name)),
                Segment::Id(reference) => path.push_str(&resolve.segment(&resolve.id(reference)?)),
            }
        }
        Ok(path)
    }

    /// The path with segments added.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.push(Segment::Text(format!("/{text}")));
        self
    }

    /// The path with an id added.
    #[must_use]
    pub fn id(mut self, reference: &Reference) -> Self {
        self.0.push(Segment::Text("/".to_owned()));
        self.0.push(Segment::Id(reference.clone()));
        self
    }

    /// The path with a name of the user's added.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.0.push(Segment::Text("/".to_owned()));
        self.0.push(Segment::Name(name.to_owned()));
        self
    }
}

/// Tells what is known only when a request is sent, or shown.
pub trait Resolve {
    /// Why something could not be told.
    type Error;

    /// The id of an object.
    fn id(&self, reference: &Reference) -> Result<String, Self::Error>;
    /// A secret.
    fn secret(&self, source: &SecretSource) -> Result<String, Self::Error>;
    /// An id or a name as one segment of a path.
    fn segment(&self, raw: &str) -> String;
    /// What stands before the version in the address of an object.
    fn root(&self) -> &str;
}

/// A request with nothing left open.
pub struct Filled {
    /// The path below the version.
    pub path: String,
    /// The body.
    pub body: Option<Json>,
}

impl Request {
    /// Fills in what was left open.
    pub fn fill<R: Resolve>(&self, resolve: &R) -> Result<Filled, R::Error> {
        let path = self.path.fill(resolve)?;
        let body = match &self.body {
            Body::None => None,
            Body::Json(fields) => Some(object(fields, resolve)?),
            Body::Link {
                version,
                collection,
                target,
            } => {
                let id = resolve.segment(&resolve.id(target)?);
                Some(
                    json!({ "@odata.id": format!("{}/{version}{collection}/{id}", resolve.root()) }),
                )
            }
            Body::Document(text) => Some(document(text)),
        };
        Ok(Filled { path, body })
    }

    /// A request without a body.
    pub fn bare(method: Method, version: Version, path: Path) -> Self {
        Self {
            method,
            version,
            path,
            body: Body::None,
            mark: None,
        }
    }

    /// A request with a JSON body.
    pub fn json(method: Method, version: Version, path: Path, body: Fields) -> Self {
        Self {
            method,
            version,
            path,
            body: Body::Json(body),
            mark: None,
        }
    }

    /// The secrets that the request carries.
    pub fn secrets(&self) -> Vec<&SecretSource> {
        let mut found = Vec::new();
        if let Body::Json(fields) = &self.body {
            fields
                .values()
                .for_each(|value| secrets_in(value, &mut found));
        }
        found
    }

    /// The references whose ids the request needs.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        for segment in &self.path.0 {
            if let Segment::Id(reference) = segment {
                found.push(reference);
            }
        }
        match &self.body {
            Body::Json(fields) => found.extend(fields.values().flat_map(Value::references)),
            Body::Link { target, .. } => found.push(target),
            Body::None | Body::Document(_) => {}
        }
        found
    }
}

/// A document as it is sent: as JSON where it is, else as a text.
pub(super) fn document(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn object<R: Resolve>(fields: &Fields, resolve: &R) -> Result<Json, R::Error> {
    let members = fields
        .iter()
        .map(|(name, value)| Ok((name.to_string(), to_json(value, resolve)?)));
    members.collect::<Result<_, _>>().map(Json::Object)
}

fn to_json<R: Resolve>(value: &Value, resolve: &R) -> Result<Json, R::Error> {
    Ok(match value {
        Value::Null | Value::Secret(Secret::Masked) => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.clone().into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values
            .iter()
            .map(|value| to_json(value, resolve))
            .collect::<Result<_, _>>()?,
        Value::Map(fields) => object(fields, resolve)?,
        Value::Reference(reference) => resolve.id(reference)?.into(),
        Value::Secret(Secret::From(source)) => resolve.secret(source)?.into(),
    })
}

fn secrets_in<'a>(value: &'a Value, found: &mut Vec<&'a SecretSource>) {
    match value {
        Value::Secret(Secret::From(source)) => found.push(source),
        Value::List(values) => values.iter().for_each(|value| secrets_in(value, found)),
        Value::Map(fields) => fields.values().for_each(|value| secrets_in(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Reference(_) | Value::Secret(Secret::Masked) => {}
    }
}
