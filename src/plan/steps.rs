//! One change of one object → its steps with their requests. Which requests, says the kind's data.

use super::request::{Body, Method, Path, Request};
use super::{Action, Fill, Part, Step, Work, order};
use crate::diff::{
    Change, ContentChange, Difference, ItemAction, ItemChange, LinkChange, ListChange, SlotChange,
    compare,
};
use crate::kinds::shape::{Record, Shape};
use crate::kinds::{Kind, Link, List, Naming, Slots, Verbs, wire};
use crate::model::{
    Address, Discipline, FieldChange, Fields, Item, Items, Presence, Reference, Resource, Value,
};

/// An object whose steps are made.
struct Subject<'a> {
    kind: &'static Kind,
    address: &'a Address,
    wanted: &'a Resource,
    had: &'a Resource,
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
            subject.parts(&difference, &mut steps, true);
            for (field, items) in &resource.items {
                if items.items.is_empty() && items.discipline == Discipline::Sequence {
                    steps.extend(subject.list(field).map(|list| subject.fill(list, items)));
                }
            }
            steps
        }
        Change::Update(difference) => {
            let mut steps = Vec::new();
            if !difference.fields.is_empty() {
                steps.push(subject.update(difference));
            }
            subject.parts(difference, &mut steps, false);
            steps
        }
    }
}

impl Subject<'_> {
    fn step(&self, action: Action, part: String, request: Request) -> Step {
        Step {
            address: self.address.clone(),
            action,
            part,
            changes: Vec::new(),
            content: None,
            work: Work::One(request),
        }
    }

    fn create(&self, difference: &Difference) -> Step {
        let collection = &self.kind.collection;
        let mut body = wire::record_to_graph(self.kind.record(), &self.wanted.fields);
        if let Naming::Prefixed(_) = self.kind.naming {
            body.insert("id".to_owned(), Value::Text(self.address.name().to_owned()));
        }
        self.annotate(&mut body);
        let request = Request::json(
            Method::Post,
            collection.version,
            Path::collection(collection),
            body,
        );
        let step = self.step(Action::Create, String::new(), request);
        Step {
            changes: difference.fields.clone(),
            ..step
        }
    }

    /// Sends the changed properties, and each whole: Graph merges an object but replaces what stands in it.
    fn update(&self, difference: &Difference) -> Step {
        let after = self.had.overlaid(self.wanted);
        let is_changed = |name: &str| {
            difference
                .fields
                .iter()
                .any(|change| change.path.split('.').next() == Some(name))
        };
        let mut changed = after.fields;
        changed.retain(|name, _| is_changed(name));
        let mut body = wire::record_to_graph(self.kind.record(), &changed);
        self.annotate(&mut body);
        let path = Path::object(self.kind, self.address);
        let request = Request::json(Method::Patch, self.kind.collection.version, path, body);
        let step = self.step(Action::Update, String::new(), request);
        Step {
            changes: difference.fields.clone(),
            ..step
        }
    }

    fn annotate(&self, body: &mut Fields) {
        if let Some(name) = self.kind.collection.odata_type {
            body.insert("@odata.type".to_owned(), wire::type_annotation(name));
        }
    }

    fn list(&self, field: &str) -> Option<&'static List> {
        self.kind.lists.iter().find(|list| list.field == field)
    }

    /// The steps of all that hangs on the object.
    fn parts(&self, difference: &Difference, steps: &mut Vec<Step>, is_new: bool) {
        for change in order::links(difference) {
            let link = self
                .kind
                .links
                .iter()
                .find(|link| link.field == change.field);
            steps.extend(link.map(|link| self.link(link, change)));
        }
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
            Presence::Present => (
                Action::Link,
                Request {
                    method: Method::Post,
                    version: link.version,
                    path: path.text("$ref"),
                    body: self.body_of_link(link.field, link.version, &change.target),
                },
            ),
            Presence::Absent => {
                let path = path.id(&change.target).text("$ref");
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
        let collection = kind.unwrap_or(self.kind).collection.path;
        Body::Link {
            version,
            collection,
            target: target.clone(),
        }
    }

    fn list_steps(&self, list: &List, change: &ListChange, steps: &mut Vec<Step>) {
        for item in order::items(&change.items) {
            if let Some(request) = self.item_request(list, item) {
                let step = self.step(item_action(item.action), part(list, &item.key), request);
                steps.push(Step {
                    changes: item.fields.clone(),
                    ..step
                });
            }
            for content in &item.contents {
                steps.extend(self.content(list, &item.key, content));
            }
        }
        if let Some(order) = &change.order {
            let keys = |keys: &[Reference]| {
                Some(Value::List(
                    keys.iter().cloned().map(Value::Reference).collect(),
                ))
            };
            let (before, after) = (keys(&order.before), keys(&order.after));
            let changed = FieldChange {
                path: "order".to_owned(),
                before,
                after,
            };
            let request = self.order_request(list, &order.after);
            steps.extend(request.map(|request| Step {
                changes: vec![changed],
                ..self.step(Action::Reorder, list.field.to_owned(), request)
            }));
        }
    }

    /// The request for a part's own fields; none where only its texts change or Graph has no way.
    fn item_request(&self, list: &List, change: &ItemChange) -> Option<Request> {
        let version = self.kind.collection.version;
        let path = self.path_of(list);
        let wanted = self
            .wanted
            .items
            .get(list.field)
            .and_then(|items| items.get(&change.key));
        let had = self
            .had
            .items
            .get(list.field)
            .and_then(|items| items.get(&change.key));
        match change.action {
            ItemAction::Delete => list
                .removable
                .then(|| Request::bare(Method::Delete, version, path.id(&change.key))),
            ItemAction::Create => self.item_creation(list, wanted?),
            ItemAction::Update if change.fields.is_empty() => None,
            ItemAction::Update => {
                let fields = had.map(|had| &had.fields).cloned().unwrap_or_default();
                let changed = changed_fields(wanted?, &fields, change);
                self.item_update(list, &change.key, &changed)
            }
        }
    }

    fn item_creation(&self, list: &List, item: &Item) -> Option<Request> {
        let version = self.kind.collection.version;
        let path = self.path_of(list);
        let mut fields: Fields = list
            .defaults
            .iter()
            .map(|(name, default)| ((*name).to_owned(), default.value()))
            .collect();
        fields.extend(item.fields.clone());
        let key = match (&item.key, self.key_is_reference(list)) {
            (key, true) => Value::Reference(key.clone()),
            (key, false) => Value::Text(key.name().to_owned()),
        };
        fields.insert(list.key.to_owned(), key);
        let body = wire::record_to_graph(&self.item_record(list), &fields);
        match list.verbs {
            Verbs::PostAndPatch => Some(Request::json(Method::Post, version, path, body)),
            Verbs::Put => Some(Request::json(
                Method::Put,
                version,
                path.id(&item.key),
                body,
            )),
            Verbs::None => None,
        }
    }

    fn item_update(&self, list: &List, key: &Reference, fields: &Fields) -> Option<Request> {
        let version = self.kind.collection.version;
        let path = self.path_of(list).id(key);
        let body = wire::record_to_graph(&self.item_record(list), fields);
        match list.verbs {
            Verbs::PostAndPatch => Some(Request::json(Method::Patch, version, path, body)),
            Verbs::Put => Some(Request::json(Method::Put, version, path, body)),
            Verbs::None => None,
        }
    }

    fn content(&self, list: &List, key: &Reference, change: &ContentChange) -> Option<Step> {
        let contents = list.contents.as_ref()?;
        let version = self.kind.collection.version;
        let path = self
            .path_of(list)
            .id(key)
            .text(contents.path)
            .name(&change.name)
            .text("$value");
        let (action, request) = match &change.after {
            Some(text) => {
                let body = Body::Document(text.clone());
                (
                    Action::Write,
                    Request {
                        method: Method::Put,
                        version,
                        path,
                        body,
                    },
                )
            }
            None => (
                Action::Restore,
                Request::bare(Method::Delete, version, path),
            ),
        };
        let part = format!("{}.{}.{}", part(list, key), contents.field, change.name);
        Some(Step {
            content: Some(change.clone()),
            ..self.step(action, part, request)
        })
    }

    fn order_request(&self, list: &List, keys: &[Reference]) -> Option<Request> {
        let order = list.order.as_ref()?;
        let ids = Value::List(keys.iter().cloned().map(Value::Reference).collect());
        let inner = Value::Map(Fields::from([("order".to_owned(), ids)]));
        let body = Fields::from([(order.wrapper.to_owned(), inner)]);
        let path = self.path_of(list).text(order.write);
        Some(Request::json(
            Method::Post,
            self.kind.collection.version,
            path,
            body,
        ))
    }

    fn fill(&self, list: &List, items: &Items) -> Step {
        let version = self.kind.collection.version;
        let path = self.path_of(list);
        let read = Request::bare(Method::Get, version, path.clone().query(list.query));
        let part = |item: &Item| {
            Some(Part {
                key: item.key.clone(),
                create: self.item_creation(list, item)?,
                update: self.item_update(list, &item.key, &item.fields)?,
            })
        };
        let order = match items.items.len() {
            0 | 1 => None,
            _ => self.order_request(list, &items.keys()),
        };
        let parts = items.items.iter().filter_map(part).collect();
        let fill = Fill {
            read: read.clone(),
            parts,
            list: path,
            order,
        };
        let changed = |item: &Item| {
            let name = item.key.name().to_owned();
            let change = move |(field, value): (&String, &Value)| FieldChange {
                path: format!("{name}.{field}"),
                before: None,
                after: Some(value.clone()),
            };
            item.fields.iter().map(change).collect::<Vec<_>>()
        };
        Step {
            changes: items.items.iter().flat_map(changed).collect(),
            work: Work::Fill(Box::new(fill)),
            ..self.step(Action::Fill, list.field.to_owned(), read)
        }
    }

    fn path_of(&self, list: &List) -> Path {
        Path::object(self.kind, self.address).text(list.path)
    }

    fn item_record(&self, list: &List) -> Record {
        self.kind
            .record()
            .inner(list.field)
            .cloned()
            .unwrap_or_default()
    }

    fn key_is_reference(&self, list: &List) -> bool {
        let record = self.item_record(list);
        record
            .field(list.key)
            .is_some_and(|field| matches!(field.shape, Shape::Reference(_)))
    }
}

/// The changed properties of a part, each whole.
fn changed_fields(wanted: &Item, had: &Fields, change: &ItemChange) -> Fields {
    let is_changed = |name: &str| {
        change
            .fields
            .iter()
            .any(|change| change.path.split('.').next() == Some(name))
    };
    let whole = |(name, value): (&String, &Value)| {
        let value = had
            .get(name)
            .map_or_else(|| value.clone(), |had| had.overlaid(value));
        (name.clone(), value)
    };
    wanted
        .fields
        .iter()
        .filter(|(name, _)| is_changed(name))
        .map(whole)
        .collect()
}

fn part(list: &List, key: &Reference) -> String {
    format!("{}[{}]", list.field, key.name())
}

fn item_action(action: ItemAction) -> Action {
    match action {
        ItemAction::Create => Action::Add,
        ItemAction::Update => Action::Change,
        ItemAction::Delete => Action::Remove,
    }
}
