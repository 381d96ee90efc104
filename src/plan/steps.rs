//! One change of one object → its steps with their requests. Which requests, says the kind's data.

use std::collections::BTreeSet;

use super::request::{Body, Mark, Method, Path, Request};
use super::{Action, Step, Work, order};
use crate::diff::{Change, Difference, LinkChange, SlotChange, compare};

use crate::kinds::{Kind, Link, List, Member, Naming, Slots, wire};
use crate::model::{
    Address, Discipline, FieldChange, Fields, Name, Presence, Reference, Resource, Value,
};

/// An object whose steps are made.
pub(super) struct Subject<'a> {
    pub(super) kind: &'static Kind,
    pub(super) address: &'a Address,
    pub(super) wanted: &'a Resource,
    pub(super) had: &'a Resource,
}

/// The steps of a change.
pub(super) fn steps(
    kind: &'static Kind,
    address: &Address,
    change: &Change,
    wanted: &Resource,
    had: &Resource,
) -> Vec<Step> {
    let subject = Subject {
        kind,
        address,
        wanted,
        had,
    };
    match change {
        Change::Create(resource) => {
            let difference = compare(resource, &Resource::default());
            let mut steps = vec![subject.create(&difference)];
            subject.links(&difference, &mut steps, true);
            subject.parts(&difference, &mut steps, true);
            for (field, items) in &resource.items {
                if items.items.is_empty() && items.discipline == Discipline::Sequence {
                    steps.extend(subject.list(field).map(|list| subject.fill(list, items)));
                }
            }
            steps
        }
        Change::Delete(had) => vec![subject.delete(had)],
        Change::Update(difference) => {
            let mut steps = Vec::new();
            subject.links(difference, &mut steps, false);
            if !difference.fields.is_empty() {
                steps.push(subject.update(difference));
            }
            subject.parts(difference, &mut steps, false);
            steps
        }
    }
}

impl Subject<'_> {
    pub(super) fn step(&self, action: Action, part: String, request: Request) -> Step {
        Step {
            address: self.address.clone(),
            action,
            part,
            changes: Vec::new(),
            content: None,
            notes: Vec::new(),
            work: Work::One(request),
        }
    }

    fn delete(&self, had: &Resource) -> Step {
        let path = Path::object(self.kind, self.address);
        let request = Request::bare(Method::Delete, self.kind.collection.version, path);
        let step = self.step(Action::Delete, String::new(), request);
        Step {
            changes: losses(had),
            ..step
        }
    }

    fn create(&self, difference: &Difference) -> Step {
        let collection = &self.kind.collection;
        let links = self.kind.links.iter().filter(|link| link.at_creation);
        let links: Vec<_> = links
            .filter_map(|link| Some((link.field, self.wanted.links.get(link.field)?)))
            .filter(|(_, members)| !members.is_empty())
            .map(|(field, members)| (field.into(), references(members)))
            .collect();
        let mut fields = self.wanted.fields.clone();
        fields.extend(links.clone());
        let mut body = wire::record_to_graph(self.kind.record(), &fields);
        if let Naming::Prefixed(_) = self.kind.naming {
            body.insert("id".into(), Value::Text(self.address.name().to_owned()));
        }
        self.annotate(&mut body);
        let request = Request::json(
            Method::Post,
            collection.version,
            Path::collection(collection),
            body,
        );
        let linked = links.into_iter().map(|(path, members)| FieldChange {
            path: path.into_owned(),
            before: None,
            after: Some(members),
        });
        let step = self.step(Action::Create, String::new(), request);
        Step {
            changes: difference.fields.iter().cloned().chain(linked).collect(),
            ..step
        }
    }

    /// Sends the changed properties, and each whole: Graph merges an object but replaces what stands in it.
    fn update(&self, difference: &Difference) -> Step {
        let after = self.had.merged_with(self.wanted);
        let record = self.kind.record();
        let changes = difference.fields.iter();
        let roots: BTreeSet<_> = changes
            .map(|change| record.root(change.property()))
            .collect();
        let is_changed = |name: &str| roots.contains(record.root(name));
        let mut changed = after.fields;
        changed.retain(|name, _| is_changed(name));
        let mut body = wire::record_to_graph(record, &changed);
        self.annotate(&mut body);
        let path = Path::object(self.kind, self.address);
        let request = Request::json(Method::Patch, self.kind.collection.version, path, body);
        let step = self.step(Action::Update, String::new(), request);
        Step {
            changes: difference.fields.clone(),
            notes: self.sent_again(difference, &is_changed),
            ..step
        }
    }

    /// The secrets that do not change and are sent all the same.
    fn sent_again(
        &self,
        difference: &Difference,
        is_changed: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let secrets = self.wanted.secrets().into_iter();
        let unchanged =
            secrets.filter(|(path, _)| difference.fields.iter().all(|change| change.path != *path));
        let note = |(path, _): (String, _)| {
            let property = path
                .split('.')
                .next()
                .filter(|property| is_changed(property))?;
            Some(format!(
                "{path} is sent again, because Graph replaces {property} as a whole"
            ))
        };
        unchanged.filter_map(note).collect()
    }

    fn annotate(&self, body: &mut Fields) {
        if let Some(name) = self.kind.collection.odata_type {
            body.insert("@odata.type".into(), wire::type_annotation(name));
        }
        wire::annotate(self.kind.record(), &self.wanted.fields, body);
    }

    fn list(&self, field: &str) -> Option<&'static List> {
        self.kind.lists.iter().find(|list| list.field == field)
    }

    /// The steps of the sets of other objects. Those that a new object is made with are there already.
    fn links(&self, difference: &Difference, steps: &mut Vec<Step>, is_new: bool) {
        for change in order::links(difference) {
            let of_field = |link: &&Link| link.field == change.field;
            let link = self.kind.links.iter().find(of_field);
            let link = link.filter(|link| !(is_new && link.at_creation));
            steps.extend(link.map(|link| self.link(link, change)));
        }
    }

    /// The steps of what hangs on the object beside links.
    fn parts(&self, difference: &Difference, steps: &mut Vec<Step>, is_new: bool) {
        for change in &difference.slots {
            steps.extend(
                self.kind
                    .slots
                    .first()
                    .map(|slots| self.slot(slots, change)),
            );
        }
        for change in &difference.lists {
            let Some(list) = self.list(&change.field) else {
                continue;
            };
            match self.wanted.items.get(list.field) {
                Some(items) if is_new && items.discipline == Discipline::Sequence => {
                    steps.push(self.fill(list, items));
                }
                _ => self.list_steps(list, change, steps),
            }
        }
    }

    fn link(&self, link: &Link, change: &LinkChange) -> Step {
        let path = Path::object(self.kind, self.address).text(link.path);
        let (action, request) = match change.presence {
            Presence::Present => {
                let mark = Mark {
                    list: path.clone(),
                    member: change.target.clone(),
                    key: link.key().to_owned(),
                    empty_is_refused: link.empty_is_refused,
                };
                let (path, body) = match link.member {
                    Member::Ref => (
                        path.text("$ref"),
                        self.body_of_link(link.field, link.version, &change.target),
                    ),
                    Member::Object(key) => {
                        let id = Value::Reference(change.target.clone());
                        (path, Body::Json(Fields::from_iter([(key.into(), id)])))
                    }
                };
                let request = Request {
                    method: Method::Post,
                    version: link.version,
                    path,
                    body,
                    mark: Some(Box::new(mark)),
                };
                (Action::Link, request)
            }
            Presence::Absent => {
                let member = path.id(&change.target);
                let path = match link.member {
                    Member::Ref => member.text("$ref"),
                    Member::Object(_) => member,
                };
                (
                    Action::Unlink,
                    Request::bare(Method::Delete, link.version, path),
                )
            }
        };
        let value = Some(Value::Reference(change.target.clone()));
        let (before, after) = match change.presence {
            Presence::Present => (None, value),
            Presence::Absent => (value, None),
        };
        let changed = FieldChange {
            path: change.target.name().to_owned(),
            before,
            after,
        };
        Step {
            changes: vec![changed],
            ..self.step(action, link.field.to_owned(), request)
        }
    }

    fn slot(&self, slots: &Slots, change: &SlotChange) -> Step {
        let version = self.kind.collection.version;
        let path = Path::object(self.kind, self.address)
            .text(slots.path)
            .text(&change.step)
            .text("$ref");
        let (action, body) = match &change.after {
            Some(target) => (
                Action::Link,
                self.body_of_link(slots.field, version, target),
            ),
            None => (Action::Unlink, Body::Json(Fields::new())),
        };
        let request = Request {
            method: Method::Put,
            version,
            path,
            body,
            mark: None,
        };
        let value = |side: &Option<Reference>| side.clone().map(Value::Reference);
        let changed = FieldChange {
            path: change.step.clone(),
            before: value(&change.before),
            after: value(&change.after),
        };
        Step {
            changes: vec![changed],
            ..self.step(action, slots.field.to_owned(), request)
        }
    }

    /// A link names its target by address; of an id without address the collection is that of the first kind that
    /// the field may point to.
    fn body_of_link(
        &self,
        field: &str,
        version: crate::kinds::Version,
        target: &Reference,
    ) -> Body {
        let record = self.kind.record();
        let steps = record
            .inner(field)
            .into_iter()
            .flat_map(|steps| &steps.fields);
        let first = record
            .field(field)
            .into_iter()
            .chain(steps)
            .find_map(|field| field.shape.targets().first());
        let kind = match target {
            Reference::Address(address) => Kind::of(address),
            Reference::Id(_) => first.and_then(|name| Kind::find(name)),
        };
        let collection = kind.unwrap_or(self.kind).collection.path.to_owned();
        Body::Link {
            version,
            collection,
            target: target.clone(),
        }
    }
}

/// What goes with an object, field by field; of its lists the keys.
fn losses(had: &Resource) -> Vec<FieldChange> {
    let Resource {
        fields,
        links,
        slots,
        items,
    } = had;
    let fields = fields
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    let links = links
        .iter()
        .map(|(name, members)| (name.clone(), references(members)));
    let slots = slots
        .iter()
        .filter_map(|(step, target)| Some((step.clone(), Value::Reference(target.clone()?))));
    let items = items
        .iter()
        .map(|(name, items)| (name.clone(), references(items.keys())));
    let lost = |(path, value): (Name, Value)| FieldChange {
        path: path.into_owned(),
        before: Some(value),
        after: None,
    };
    fields
        .chain(links)
        .chain(slots)
        .chain(items)
        .map(lost)
        .collect()
}

fn references<'a>(references: impl IntoIterator<Item = &'a Reference>) -> Value {
    let references = references.into_iter().cloned();
    Value::List(references.map(Value::Reference).collect())
}
