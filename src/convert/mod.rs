//! The documents of an Azure AD B2C tenant → the equivalent documents of an External ID tenant, and a note on each field
//! that is not converted, or not without a difference.
//!
//! Never reads or writes a file. What is converted to what is data of each kind (`Kind::conversion`).

mod connector;
mod field_tracker;
mod flow;
mod page;
mod provider;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::desired::yaml::write::{self, Comments};
use crate::desired::yaml::{Node, NodeValue};
use crate::desired::{Desired, TENANT};
use crate::export::{folder, stem, variable};
use crate::kinds::shape::Record;
use crate::kinds::{CloudName, Equivalent, Kind, TenantType};
use crate::model::{Address, Resource, SecretSource};
use crate::problem::Span;
use field_tracker::FieldTracker;

/// The input of a conversion.
pub struct ConversionInput<'a> {
    /// The desired state of the source tenant.
    pub desired: &'a Desired,
    /// The document of the source tenant.
    pub tenant: &'a Node,
    /// The domain or GUID of the new tenant.
    pub tenant_id: &'a str,
    /// The cloud of the new tenant.
    pub cloud: CloudName,
    /// The client id of the application that guards the endpoints.
    pub extension_app: Option<&'a str>,
    /// The path of a file relative to a folder of the new files.
    pub path_from: &'a dyn Fn(&str, &Path) -> String,
}

/// The result of a conversion.
#[derive(Debug, Default)]
pub struct Conversion {
    /// The new documents, the tenant's first.
    pub documents: Vec<ConvertedDocument>,
    /// The converted fields.
    pub converted: Vec<ConvertedField>,
    /// The fields that were not converted, or not without a difference.
    pub notes: Vec<ConversionNote>,
}

/// A new document.
#[derive(Debug)]
pub struct ConvertedDocument {
    /// Its object: `authenticationEventsFlow/Customer`.
    pub object: String,
    /// The file, below the directory of the new tenant.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A field that was converted with everything in it.
#[derive(Debug)]
pub struct ConvertedField {
    /// The object that has it.
    pub object: String,
    /// Its path; empty for the whole object.
    pub field: String,
}

/// A field that was not converted, or not without a difference.
#[derive(Debug)]
pub struct ConversionNote {
    /// Its location.
    pub span: Span,
    /// The object that has it.
    pub object: String,
    /// The path of the field; empty for the whole object.
    pub field: String,
    /// What differs.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Converts all documents.
pub fn convert(job: &ConversionInput<'_>) -> Conversion {
    let mut converter = Converter {
        job,
        submitted: connector::submitted(job.desired),
        paths: BTreeSet::new(),
        conversion: Conversion::default(),
    };
    converter.tenant();
    for (address, node) in &job.desired.documents {
        let (Some(kind), Some(resource), Some(span)) = (
            Kind::of(address),
            job.desired.resources.get(address),
            job.desired.spans.get(address),
        ) else {
            continue;
        };
        let mut source = SourceObject {
            address,
            kind,
            resource,
            fields: FieldTracker::new(address.to_string(), node, span.clone()),
        };
        let document = converter.object(&mut source);
        converter.finish(source.fields, document);
    }
    for address in &job.desired.absent {
        converter.absent(address);
    }
    let mut conversion = converter.conversion;
    conversion.documents[1..].sort_by(|one, other| one.path.cmp(&other.path));
    conversion
        .notes
        .sort_by(|one, other| one.span.cmp(&other.span));
    conversion
}

/// An object of the source tenant.
struct SourceObject<'a> {
    address: &'a Address,
    kind: &'static Kind,
    resource: &'a Resource,
    fields: FieldTracker<'a>,
}

/// A document of the new tenant: its kind, its name and its fields.
struct NewDocument {
    kind: &'static str,
    name: String,
    members: Map<String, Json>,
}

struct Converter<'a> {
    job: &'a ConversionInput<'a>,
    /// The connectors that a flow calls before it creates the account.
    submitted: BTreeSet<Address>,
    paths: BTreeSet<String>,
    conversion: Conversion,
}

impl Converter<'_> {
    fn object(&self, source: &mut SourceObject<'_>) -> Option<NewDocument> {
        let kind = source.kind;
        if let Some((message, help)) = unsupported(kind, source.resource) {
            source.fields.note("", message, help);
            return None;
        }
        let document = match kind.conversion.equivalent {
            Equivalent::SameKind => self.unchanged(source),
            Equivalent::Flow(to) => self.flow(source, to)?,
            Equivalent::OidcProvider(to) => self.oidc_provider(source, to)?,
            Equivalent::Extension(to) => self.extension(source, to)?,
        };
        if kind.is_pinned_by_id() {
            source.fields.note_id();
        }
        note_differences(source);
        Some(document)
    }

    /// Converts an object of a kind that both tenants have, field by field; secrets keep their source.
    fn unchanged(&self, source: &mut SourceObject<'_>) -> NewDocument {
        let kind = source.kind;
        let mut members = Map::new();
        for field in &kind.record().fields {
            if field.name == "id" && kind.is_pinned_by_id() {
                continue;
            }
            let value = match source.fields.get(field.name) {
                Some(node) if self.source_of(node).is_some() => {
                    self.secret(source, field.name, kind.name)
                }
                _ => source.fields.json(field.name),
            };
            members.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        NewDocument {
            kind: kind.name,
            name: source.address.name().to_owned(),
            members,
        }
    }

    fn tenant(&mut self) {
        let job = self.job;
        let tenant = &job.desired.tenant;
        let mut fields = FieldTracker::new(TENANT.to_owned(), job.tenant, tenant.span.clone());
        let mut members = Map::from_iter([
            ("name".to_owned(), Json::from(tenant.name.as_str())),
            ("tenantId".to_owned(), job.tenant_id.into()),
            ("type".to_owned(), TenantType::External.as_str().into()),
            ("cloud".to_owned(), job.cloud.as_str().into()),
        ]);
        for path in ["name", "tenantId", "type", "cloud", "include", "values"] {
            fields.convert(path);
        }
        let limits = fields.json("limits");
        members.extend(limits.map(|limits| ("limits".to_owned(), limits)));
        fields.note(
            "auth",
            "this is the sign-in to the source tenant",
            "declare under `auth` how to sign in to the new tenant",
        );
        fields.note(
            "signInDomains",
            "people sign in to the source tenant at these domains",
            "declare the domains of the new tenant, once applications use them",
        );
        fields.note(
            "manage",
            "these rules name kinds and objects of the source tenant",
            "write the rules that the new tenant needs",
        );
        let document = NewDocument {
            kind: TENANT,
            name: String::new(),
            members,
        };
        self.finish(fields, Some(document));
    }

    fn absent(&mut self, address: &Address) {
        let Some(span) = self.job.desired.spans.get(address) else {
            return;
        };
        self.conversion.notes.push(ConversionNote {
            span: span.clone(),
            object: address.to_string(),
            field: String::new(),
            message: "the object is declared absent".to_owned(),
            help: "no action required: it does not exist in the new tenant".to_owned(),
        });
    }

    /// Records the result of a source document.
    fn finish(&mut self, fields: FieldTracker<'_>, document: Option<NewDocument>) {
        let (converted, notes) = fields.finish();
        self.conversion.converted.extend(converted);
        self.conversion.notes.extend(notes);
        let Some(NewDocument {
            kind,
            name,
            members,
        }) = document
        else {
            return;
        };
        let path = match Kind::find(kind) {
            Some(known) => format!("{}/{}", folder(known), stem(&Address::new(kind, &name))),
            None => kind.to_owned(),
        };
        let numbered = (2..).map(|number| format!("{path}-{number}"));
        let mut free = std::iter::once(path.clone())
            .chain(numbered)
            .filter(|path| !self.paths.contains(path));
        let path = free.next().unwrap_or(path);
        self.paths.insert(path.clone());
        let mut document = Map::from_iter([("kind".to_owned(), Json::from(kind))]);
        document.extend(members);
        let object = match name.is_empty() {
            true => kind.to_owned(),
            false => format!("{kind}/{name}"),
        };
        self.conversion.documents.push(ConvertedDocument {
            object,
            path: PathBuf::from(path + ".yaml"),
            text: write::document(&document, &Comments::default()),
        });
    }

    /// The source of the secret at a node, if it is one.
    fn source_of(&self, node: &Node) -> Option<&SecretSource> {
        let mut secrets = self.job.desired.secrets.iter();
        let found = secrets.find(|(_, span)| *span == node.span);
        found.map(|(source, _)| source)
    }

    /// A secret for the new document. A secret in clear text is replaced by a variable, so that it is not copied.
    fn secret(&self, source: &mut SourceObject<'_>, path: &str, kind: &str) -> Option<Json> {
        let node = source.fields.get(path)?;
        let source_of_secret = self.source_of(node)?;
        Some(match source_of_secret {
            SecretSource::Env { env, .. } => {
                source.fields.convert(path);
                reference("env", env, source_of_secret)
            }
            SecretSource::File { file, .. } => {
                source.fields.convert(path);
                let folder = Kind::find(kind).map(folder).unwrap_or_default();
                reference(
                    "file",
                    &(self.job.path_from)(&folder, file),
                    source_of_secret,
                )
            }
            SecretSource::PlainText(_) => {
                let variable = secret_variable(source.address, path);
                source.fields.note(
                    path,
                    "the file contains the secret in clear text, which is not copied to another file",
                    &format!("set the variable {variable}, which the new document refers to"),
                );
                json!({ "env": variable })
            }
        })
    }

    /// The declared object that a name refers to, of one of these kinds.
    fn declared(&self, kinds: &[String], name: &str) -> Option<&Address> {
        let mut addresses = kinds.iter().map(|kind| Address::new(kind, name));
        addresses.find_map(|address| {
            let found = self.job.desired.documents.get_key_value(&address);
            found.map(|(address, _)| address)
        })
    }

    /// Whether a declared object is converted.
    fn is_converted(&self, address: &Address) -> bool {
        let resource = self.job.desired.resources.get(address);
        let found = Kind::of(address).zip(resource);
        found.is_some_and(|(kind, resource)| unsupported(kind, resource).is_none())
    }
}

/// Why an object has no equivalent, and what to do; `None` if it has one.
fn unsupported(kind: &Kind, resource: &Resource) -> Option<(&'static str, &'static str)> {
    let has = |(field, values): (&str, &[&str])| values.contains(&text(&resource.fields, field));
    let mut rules = kind.conversion.unsupported.iter();
    if let Some(rule) = rules.find(|rule| rule.when.is_none_or(has)) {
        return Some((rule.message, rule.help));
    }
    match kind.conversion.equivalent {
        Equivalent::SameKind if !kind.tenants.contains(&TenantType::External) => Some((
            "External ID does not support this kind of object",
            "no action possible: the new tenant works without it",
        )),
        Equivalent::OidcProvider(_) => provider::issuer(resource).err(),
        Equivalent::SameKind | Equivalent::Flow(_) | Equivalent::Extension(_) => None,
    }
}

/// Notes the differences that the kind describes. A field without its difference, or with `null`, is converted.
fn note_differences(source: &mut SourceObject<'_>) {
    for difference in source.kind.conversion.differences {
        let Some(node) = source.fields.get(difference.field) else {
            continue;
        };
        let value = text(&source.resource.fields, difference.field);
        let is_same = matches!(node.value, NodeValue::Null)
            || !difference.values.is_empty() && !difference.values.contains(&value);
        match is_same {
            true => drop(source.fields.convert(difference.field)),
            false => {
                source
                    .fields
                    .note(difference.field, difference.message, difference.help);
            }
        }
    }
}

/// The kinds that a field can refer to.
fn targets<'a>(record: &'a Record, field: &str) -> &'a [String] {
    let field = record.field(field);
    field.map_or(&[], |field| field.shape.targets())
}

/// The id of a built-in object of one of these kinds, as Graph spells it.
fn built_in_id(kinds: &[String], name: &str) -> Option<&'static str> {
    let kinds = kinds.iter().filter_map(|kind| Kind::find(kind));
    let mut ids = kinds.flat_map(|kind| kind.collection.built_in.ids);
    ids.find(|id| id.eq_ignore_ascii_case(name)).copied()
}

/// The reference to a secret in a variable or a file.
fn reference(kind: &str, name: &str, source: &SecretSource) -> Json {
    match source.allows_unusual() {
        true => json!({ kind: name, "allowUnusual": true }),
        false => json!({ kind: name }),
    }
}

fn secret_variable(address: &Address, path: &str) -> String {
    format!("{}_{}", variable(address.name()), variable(path))
}

/// The text of a field in canonical form.
fn text<'a>(fields: &'a crate::model::Fields, name: &str) -> &'a str {
    let value = fields.get(name).and_then(crate::model::Value::as_text);
    value.unwrap_or_default()
}
