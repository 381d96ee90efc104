//! The documents of an Azure AD B2C tenant → those of an External ID tenant that say the same, and a note on each field
//! that does not carry over as it is.
//!
//! Reads no file and writes none. Kinds are named here, because it is these kinds that differ.

mod connector;
mod flow;
mod page;
mod provider;
mod reading;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::desired::yaml::Node;
use crate::desired::yaml::write::{self, Comments};
use crate::desired::{Desired, TENANT};
use crate::export::{folder, stem, variable};
use crate::kinds::{CloudName, Kind, TenantType};
use crate::model::{Address, Reference, Resource, SecretSource};
use crate::problem::Place;
use flow::Sort;
use reading::Reading;

/// What to convert, and to what.
pub struct Job<'a> {
    /// What the files say.
    pub desired: &'a Desired,
    /// The document of the tenant.
    pub tenant: &'a Node,
    /// The domain or GUID of the new tenant.
    pub tenant_id: &'a str,
    /// Where the new tenant lives.
    pub cloud: CloudName,
    /// The client id of the application that guards the endpoints.
    pub extension_app: Option<&'a str>,
    /// How a document in this folder of the new files writes the path of a file.
    pub path_from: &'a dyn Fn(&str, &Path) -> String,
}

/// What a conversion comes to.
#[derive(Debug, Default)]
pub struct Conversion {
    /// The new documents, the tenant's first.
    pub documents: Vec<Converted>,
    /// The fields that carried over.
    pub carried: Vec<Carried>,
    /// What did not carry over, or not as it is.
    pub notes: Vec<Note>,
}

/// A new document.
#[derive(Debug)]
pub struct Converted {
    /// What it is about: `authenticationEventsFlow/Customer`.
    pub object: String,
    /// The file, below the directory of the new tenant.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A field that carried over with all that is in it.
#[derive(Debug)]
pub struct Carried {
    /// The object that has it.
    pub object: String,
    /// The way to it; empty for the whole object.
    pub field: String,
}

/// Something that did not carry over as it is.
#[derive(Debug)]
pub struct Note {
    /// Where it is written.
    pub place: Place,
    /// The object that has it.
    pub object: String,
    /// The way to the field; empty for the whole object.
    pub field: String,
    /// What is the matter.
    pub says: String,
    /// What to do.
    pub todo: String,
}

/// Converts all documents.
pub fn convert(job: &Job<'_>) -> Conversion {
    let mut converter = Converter {
        job,
        submitted: submitted(job.desired),
        paths: BTreeSet::new(),
        conversion: Conversion::default(),
    };
    converter.tenant();
    for (address, node) in &job.desired.documents {
        let (Some(resource), Some(place)) = (
            job.desired.resources.get(address),
            job.desired.places.get(address),
        ) else {
            continue;
        };
        let mut source = Source {
            address,
            resource,
            reading: Reading::new(address.to_string(), node, place.clone()),
        };
        let made = converter.object(&mut source);
        converter.end(source.reading, made);
    }
    for address in &job.desired.absent {
        converter.absent(address);
    }
    let mut conversion = converter.conversion;
    conversion.documents[1..].sort_by(|one, other| one.path.cmp(&other.path));
    conversion
        .notes
        .sort_by(|one, other| one.place.cmp(&other.place));
    conversion
}

/// An object of the old tenant.
struct Source<'a> {
    address: &'a Address,
    resource: &'a Resource,
    reading: Reading<'a>,
}

/// A document of the new tenant: its kind, its name and its fields.
struct Made {
    kind: &'static str,
    name: String,
    members: Map<String, Json>,
}

struct Converter<'a> {
    job: &'a Job<'a>,
    /// The connectors that a flow calls before it makes the account.
    submitted: BTreeSet<Address>,
    paths: BTreeSet<String>,
    conversion: Conversion,
}

impl Converter<'_> {
    fn object(&self, source: &mut Source<'_>) -> Option<Made> {
        match source.address.kind() {
            "b2cUserFlow" => self.flow(source),
            "openIdConnectIdentityProvider" => self.open_id_connect(source),
            "socialIdentityProvider" => self.social(source),
            "apiConnector" => self.connector(source),
            _ => self.unchanged(source),
        }
    }

    /// What both tenants have is taken over field by field; secrets stay where they are kept.
    fn unchanged(&self, source: &mut Source<'_>) -> Option<Made> {
        let kind = Kind::of(source.address)?;
        if !kind.tenants.contains(&TenantType::External) {
            source.reading.note(
                "",
                "External ID has no such objects",
                "see whether an `authenticationEventsFlow` can do what it does",
            );
            return None;
        }
        if kind.is_pinned_by_id() {
            source.reading.old_id();
        }
        let mut members = Map::new();
        for field in &kind.record().fields {
            if field.name == "id" && kind.is_pinned_by_id() {
                continue;
            }
            let value = match source.reading.look(field.name) {
                Some(node) if self.source_of(node).is_some() => {
                    self.secret(source, field.name, kind.name)
                }
                _ => source.reading.json(field.name),
            };
            members.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        let name = source.address.name().to_owned();
        Some(Made {
            kind: kind.name,
            name,
            members,
        })
    }

    fn tenant(&mut self) {
        let job = self.job;
        let tenant = &job.desired.tenant;
        let mut reading = Reading::new(TENANT.to_owned(), job.tenant, tenant.place.clone());
        let mut members = Map::from_iter([
            ("name".to_owned(), Json::from(tenant.name.as_str())),
            ("tenantId".to_owned(), job.tenant_id.into()),
            ("type".to_owned(), TenantType::External.word().into()),
            ("cloud".to_owned(), job.cloud.word().into()),
        ]);
        for way in ["name", "tenantId", "type", "cloud", "include", "values"] {
            reading.carry(way);
        }
        let limits = reading.json("limits");
        members.extend(limits.map(|limits| ("limits".to_owned(), limits)));
        reading.note(
            "auth",
            "this signs in to the old tenant",
            "say under `auth` how to sign in to the new one",
        );
        reading.note(
            "manage",
            "these rules name kinds and objects of the old tenant",
            "write those that the new tenant needs",
        );
        let made = Made {
            kind: TENANT,
            name: String::new(),
            members,
        };
        self.end(reading, Some(made));
    }

    fn absent(&mut self, address: &Address) {
        let Some(place) = self.job.desired.places.get(address) else {
            return;
        };
        self.conversion.notes.push(Note {
            place: place.clone(),
            object: address.to_string(),
            field: String::new(),
            says: "the object is declared absent".to_owned(),
            todo: "nothing: the new tenant does not have it".to_owned(),
        });
    }

    /// Puts down what became of a document.
    fn end(&mut self, reading: Reading<'_>, made: Option<Made>) {
        let (carried, notes) = reading.finish();
        self.conversion.carried.extend(carried);
        self.conversion.notes.extend(notes);
        let Some(Made {
            kind,
            name,
            members,
        }) = made
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
        self.conversion.documents.push(Converted {
            object,
            path: PathBuf::from(path + ".yaml"),
            text: write::document(&document, &Comments::default()),
        });
    }

    /// Where the secret is kept that stands here, if it is one.
    fn source_of(&self, node: &Node) -> Option<&SecretSource> {
        let mut secrets = self.job.desired.secrets.iter();
        let found = secrets.find(|(_, place)| *place == node.place);
        found.map(|(source, _)| source)
    }

    /// A secret for a document of another kind. One that stands in the file in clear is not written anew.
    fn secret(&self, source: &mut Source<'_>, way: &str, kind: &str) -> Option<Json> {
        let node = source.reading.look(way)?;
        let kept = self.source_of(node)?;
        Some(match kept {
            SecretSource::Env { env, .. } => {
                source.reading.carry(way);
                json!({ "env": env })
            }
            SecretSource::File { file, .. } => {
                source.reading.carry(way);
                let folder = Kind::find(kind).map(folder).unwrap_or_default();
                json!({ "file": (self.job.path_from)(&folder, file) })
            }
            SecretSource::Clear(_) => {
                let variable = secret_variable(source.address, way);
                source.reading.note(
                    way,
                    "the secret stands in the file itself, and is not written to another",
                    &format!("set the variable {variable}, which the new document names"),
                );
                json!({ "env": variable })
            }
        })
    }

    /// The declared object of one of these kinds that a name means.
    fn declared(&self, kinds: &[&str], name: &str) -> Option<&Address> {
        let mut addresses = kinds.iter().map(|kind| Address::new(*kind, name));
        addresses.find_map(|address| {
            let found = self.job.desired.documents.get_key_value(&address);
            found.map(|(address, _)| address)
        })
    }
}

fn secret_variable(address: &Address, way: &str) -> String {
    format!("{}_{}", variable(address.name()), variable(way))
}

/// The connectors that flows with a counterpart call before they make the account.
fn submitted(desired: &Desired) -> BTreeSet<Address> {
    let flows = desired.resources.iter();
    let flows = flows.filter(|(address, flow)| {
        address.kind() == "b2cUserFlow" && Sort::of(flow).is_some_and(Sort::has_counterpart)
    });
    let called = flows.filter_map(|(_, flow)| match flow.slots.get(flow::SUBMITTED) {
        Some(Some(Reference::Address(connector))) => Some(connector.clone()),
        _ => None,
    });
    called.collect()
}

/// The text of a field in normal form.
fn text<'a>(fields: &'a crate::model::Fields, name: &str) -> &'a str {
    let value = fields.get(name).and_then(crate::model::Value::as_text);
    value.unwrap_or_default()
}
