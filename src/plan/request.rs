//! `Request`: a request of a plan, with placeholders for ids and secrets, which are known only when it is sent.
//! Never sends one.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::kinds::{Collection, Kind};
use crate::model::{
    Address, Fields, Method, Name, Reference, Secret, SecretSource, Value, Version,
};

/// A request to Graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The version of Graph.
    pub version: Version,
    /// The path below the version.
    pub path: PathTemplate,
    /// The body.
    pub body: RequestBody,
    /// Shows whether the request took effect, if sending it twice would create a duplicate or fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Box<MembershipProbe>>,
    /// The properties of the body that Graph may refuse. After a 400 the request is sent once more without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<Name>,
}

/// A list member that exists once a request took effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembershipProbe {
    /// The list.
    pub list: PathTemplate,
    /// The member.
    pub member: Reference,
    /// The property that holds its id.
    pub key: Name,
    /// Whether Graph answers 400 when the list is empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty_is_refused: bool,
}

/// A path with placeholders for ids, which are resolved and percent-encoded. Slashes are between its segments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathTemplate(pub Vec<TemplateSegment>);

/// A segment of a path template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TemplateSegment {
    /// Literal text: one or more segments, which may end with a query.
    Literal(Name),
    /// The id of an object, as one segment.
    Id(Reference),
    /// A name from a file, as one segment.
    Name(String),
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum RequestBody {
    /// No body.
    None,
    /// A JSON object, with references as placeholders for ids and sources as placeholders for secrets.
    Json(Fields),
    /// `{"@odata.id": …}` of an object in this collection.
    Link {
        /// The version in the URL.
        version: Version,
        /// The path of the collection.
        collection: Name,
        /// The object.
        target: Reference,
    },
    /// A text that is sent unchanged: the content of a page.
    Document(String),
}

impl PathTemplate {
    /// The path of a collection.
    pub fn collection(collection: &Collection) -> Self {
        Self(vec![TemplateSegment::Literal(collection.path.into())])
    }

    /// The path of an object; that of a singleton is its collection path.
    pub fn object(kind: &Kind, address: &Address) -> Self {
        let collection = Self::collection(&kind.collection);
        match kind.is_always_there() {
            true => collection,
            false => collection.id(&Reference::Address(address.clone())),
        }
    }

    /// Fills in the placeholders.
    pub fn resolve<R: PlaceholderResolver>(&self, resolver: &R) -> Result<String, R::Error> {
        let mut path = String::new();
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                path.push('/');
            }
            match segment {
                TemplateSegment::Literal(text) => path.push_str(text),
                TemplateSegment::Name(name) => path.push_str(&resolver.encode_segment(name)),
                TemplateSegment::Id(reference) => {
                    path.push_str(&resolver.encode_segment(&resolver.id(reference)?))
                }
            }
        }
        Ok(path)
    }

    /// Appends literal segments.
    #[must_use]
    pub fn literal(mut self, text: impl Into<Name>) -> Self {
        self.0.push(TemplateSegment::Literal(text.into()));
        self
    }

    /// Appends an id.
    #[must_use]
    pub fn id(mut self, reference: &Reference) -> Self {
        self.0.push(TemplateSegment::Id(reference.clone()));
        self
    }

    /// Appends a name from a file.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.0.push(TemplateSegment::Name(name.to_owned()));
        self
    }
}

/// Resolves the placeholders of a request when it is sent or shown.
pub trait PlaceholderResolver {
    /// Why a placeholder cannot be resolved.
    type Error;

    /// The id of an object.
    fn id(&self, reference: &Reference) -> Result<String, Self::Error>;
    /// A secret.
    fn secret(&self, source: &SecretSource) -> Result<String, Self::Error>;
    /// Encodes an id or a name as one path segment.
    fn encode_segment(&self, raw: &str) -> String;
    /// The base URL, before the version.
    fn root(&self) -> &str;
}

/// A request without placeholders.
pub struct ResolvedRequest {
    /// The path below the version.
    pub path: String,
    /// The body.
    pub body: Option<Json>,
}

impl Request {
    /// Fills in the placeholders.
    pub fn resolve<R: PlaceholderResolver>(
        &self,
        resolver: &R,
    ) -> Result<ResolvedRequest, R::Error> {
        let path = self.path.resolve(resolver)?;
        let body = match &self.body {
            RequestBody::None => None,
            RequestBody::Json(fields) => Some(object(fields, resolver)?),
            RequestBody::Link {
                version,
                collection,
                target,
            } => {
                let id = resolver.encode_segment(&resolver.id(target)?);
                Some(
                    json!({ "@odata.id": format!("{}/{version}{collection}/{id}", resolver.root()) }),
                )
            }
            RequestBody::Document(text) => Some(document(text)),
        };
        Ok(ResolvedRequest { path, body })
    }

    /// A request without a body.
    pub fn without_body(method: Method, version: Version, path: PathTemplate) -> Self {
        Self {
            method,
            version,
            path,
            body: RequestBody::None,
            probe: None,
            optional: Vec::new(),
        }
    }

    /// A request with a JSON body.
    pub fn json(method: Method, version: Version, path: PathTemplate, body: Fields) -> Self {
        Self {
            method,
            version,
            path,
            body: RequestBody::Json(body),
            probe: None,
            optional: Vec::new(),
        }
    }

    /// Removes the selected optional properties from the body.
    pub fn omit(&mut self, is_selected: impl Fn(&Name) -> bool) {
        let optional = std::mem::take(&mut self.optional).into_iter();
        let (omitted, kept): (Vec<_>, _) = optional.partition(is_selected);
        self.optional = kept;
        if let RequestBody::Json(fields) = &mut self.body {
            fields.retain(|name, _| !omitted.contains(name));
        }
    }

    /// Whether the body has a property of this name.
    pub fn sends(&self, property: &str) -> bool {
        matches!(&self.body, RequestBody::Json(fields) if fields.contains_key(property))
    }

    /// The secrets in the body.
    pub fn secrets(&self) -> Vec<&SecretSource> {
        let mut found = Vec::new();
        if let RequestBody::Json(fields) = &self.body {
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
            if let TemplateSegment::Id(reference) = segment {
                found.push(reference);
            }
        }
        match &self.body {
            RequestBody::Json(fields) => found.extend(fields.values().flat_map(Value::references)),
            RequestBody::Link { target, .. } => found.push(target),
            RequestBody::None | RequestBody::Document(_) => {}
        }
        found
    }
}

/// The body of a document: JSON if the text parses as JSON, else a string.
pub(super) fn document(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn object<R: PlaceholderResolver>(fields: &Fields, resolver: &R) -> Result<Json, R::Error> {
    let members = fields
        .iter()
        .map(|(name, value)| Ok((name.to_string(), to_json(value, resolver)?)));
    members.collect::<Result<_, _>>().map(Json::Object)
}

fn to_json<R: PlaceholderResolver>(value: &Value, resolver: &R) -> Result<Json, R::Error> {
    Ok(match value {
        Value::Null | Value::Secret(Secret::Masked) => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.clone().into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values
            .iter()
            .map(|value| to_json(value, resolver))
            .collect::<Result<_, _>>()?,
        Value::Map(fields) => object(fields, resolver)?,
        Value::Reference(reference) => resolver.id(reference)?.into(),
        Value::Secret(Secret::From(source)) => resolver.secret(source)?.into(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::fields;

    #[test]
    fn omitted_properties_leave_the_body_and_are_no_longer_optional() {
        let body = fields(&json!({ "a": 1, "b": 2, "c": 3 }));
        let mut request = Request {
            optional: vec!["a".into(), "b".into()],
            ..Request::json(Method::Post, Version::V1, PathTemplate(Vec::new()), body)
        };
        request.omit(|name| name == "a" || name == "c");
        assert_eq!(request.optional, ["b"]);
        let left = fields(&json!({ "b": 2, "c": 3 }));
        assert_eq!(request.body, RequestBody::Json(left));
    }
}
