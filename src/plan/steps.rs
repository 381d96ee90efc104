//! The steps of one change of one object, with their requests. The data of its kind says which requests.
//! Never orders objects.

use super::request::{MembershipProbe, PathTemplate, Request, RequestBody};
use super::sent_fields::{is_sent, version_of};
use super::{Action, Operation, Step, order};
use crate::diff::{Change, Difference, LinkChange, SingleRefChange, compare};
use crate::kinds::{AtCreation, Kind, Link, List, Member, Naming, SingleRefs, wire};
use crate::model::{
    Address, FieldChange, Fields, ListSemantics, Method, Name, Presence, Reference, Resource,
    Value, Version, named, shown_name,
};

/// Builds the steps of one object.
pub(super) struct StepBuilder<'a> {
    pub(super) kind: &'static Kind,
    pub(super) address: &'a Address,
    pub(super) after: &'a Resource,
    pub(super) before: &'a Resource,
}

/// The steps of a change.
pub(super) fn steps(
    kind: &'static Kind,
    address: &Address,
    change: &Change,
    after: &Resource,
    before: &Resource,
) -> Vec<Step> {
    let builder = StepBuilder {
        kind,
        address,
        after,
        before,
    };
    match change {
        Change::Create => {
            let difference = compare(after, &Resource::default());
            let mut steps = vec![builder.create(&difference)];
            builder.links(&difference, &mut steps, true);
            builder.single_refs_and_lists(&difference, &mut steps, true);
            for (field, items) in &after.items {
                if items.items.is_empty() && items.semantics == ListSemantics::Ordered {
                    steps.extend(
                        builder
                            .list(field)
                            .map(|list| builder.reconcile_list(list, items)),
                    );
                }
            }
            builder.link_missing(&difference, &mut steps);
            steps
        }
        Change::Delete => vec![builder.delete()],
        Change::Update(difference) => {
            let mut steps = Vec::new();
            builder.links(difference, &mut steps, false);
            if !difference.fields.is_empty() {
                steps.push(builder.update(difference));
            }
            builder.single_refs_and_lists(difference, &mut steps, false);
            steps
        }
    }
}

impl StepBuilder<'_> {
    pub(super) fn step(&self, action: Action, part: String, request: Request) -> Step {
        self.step_of(action, part, Operation::Request(Box::new(request)))
    }

    pub(super) fn step_of(&self, action: Action, part: String, operation: Operation) -> Step {
        Step {
            address: self.address.clone(),
            action,
            part,
            changes: Vec::new(),
            content: None,
            notes: Vec::new(),
            operation,
        }
    }

    fn delete(&self) -> Step {
        let path = PathTemplate::object(self.kind, self.address);
        let request = Request::without_body(Method::Delete, self.kind.collection.version, path);
        let step = self.step(Action::Delete, String::new(), request);
        Step {
            changes: discarded_fields(self.before),
            ..step
        }
    }

    fn create(&self, difference: &Difference) -> Step {
        let collection = &self.kind.collection;
        let links: Vec<_> = self.links_at_creation(AtCreation::Kept).collect();
        let mut fields = self.after.fields.clone();
        fields.extend(links.clone());
        let version = version_of(self.kind, &self.before.fields, &mut fields);
        let mut body = wire::record_to_graph(self.kind.record(), &fields);
        let attempted = self.attempted_references();
        body.extend(
            attempted
                .iter()
                .map(|(field, value, _)| (field.clone(), value.clone())),
        );
        if let Naming::Prefixed(_) = self.kind.naming {
            body.insert("id".into(), Value::Text(self.address.name().to_owned()));
        }
        self.annotate(&mut body);
        let path = PathTemplate::collection(collection);
        let optional = attempted.iter().map(|(field, ..)| field.clone()).collect();
        let request = Request {
            optional,
            ..Request::json(Method::Post, version, path, body)
        };
        let added = |path: Name, value| FieldChange {
            path: path.into_owned(),
            before: None,
            after: Some(value),
        };
        let kept = links
            .into_iter()
            .map(|(field, members)| added(field, members));
        let attempted = attempted.into_iter().flat_map(|(_, _, shown)| shown);
        let attempted = attempted.map(|(path, value)| added(path, value));
        let fields = difference.fields.iter().cloned();
        let mut changes: Vec<_> = fields.chain(kept).chain(attempted).collect();
        changes.shrink_to_fit();
        Step {
            changes,
            ..self.step(Action::Create, String::new(), request)
        }
    }

    /// Sends each changed property as a whole, or all properties: a PATCH merges an object's properties and replaces
    /// their values, and for some kinds Graph requires all of them.
    pub(super) fn update(&self, difference: &Difference) -> Step {
        let merged = self.before.merged_with(self.after);
        let record = self.kind.record();
        let is_sent = is_sent(self.kind.collection.update, record, &difference.fields);
        let mut sent = merged.fields;
        sent.retain(|name, _| is_sent(name));
        let version = version_of(self.kind, &self.before.fields, &mut sent);
        let mut body = wire::record_to_graph(record, &sent);
        self.annotate(&mut body);
        let path = PathTemplate::object(self.kind, self.address);
        let request = Request::json(Method::Patch, version, path, body);
        let step = self.step(Action::Update, String::new(), request);
        Step {
            changes: difference.fields.clone(),
            notes: self.resent_secret_notes(difference, &is_sent),
            ..step
        }
    }

    /// Notes for unchanged secrets that are sent nevertheless, because they are inside a property that is sent.
    fn resent_secret_notes(
        &self,
        difference: &Difference,
        is_sent: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let secrets = self.after.secrets().into_iter();
        let unchanged =
            secrets.filter(|(path, _)| difference.fields.iter().all(|change| change.path != *path));
        let note = |(path, _): (String, _)| {
            let property = path
                .split('.')
                .next()
                .filter(|property| is_sent(property))?;
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
        wire::annotate(self.kind.record(), &self.after.fields, body);
    }

    fn list(&self, field: &str) -> Option<&'static List> {
        self.kind
            .parts
            .lists
            .iter()
            .find(|list| list.field == field)
    }

    /// The steps for sets of other objects. The body of a create already contains links with `at_creation`.
    fn links(&self, difference: &Difference, steps: &mut Vec<Step>, is_new: bool) {
        for change in order::links(difference) {
            let of_field = |link: &&Link| link.field == change.field;
            let link = self.kind.parts.links.iter().find(of_field);
            let is_created = |link: &&Link| is_new && link.at_creation != AtCreation::Never;
            let link = link.filter(|link| !is_created(link));
            steps.extend(link.map(|link| self.link(link, change)));
        }
    }

    /// The steps for single references and contained lists.
    fn single_refs_and_lists(&self, difference: &Difference, steps: &mut Vec<Step>, is_new: bool) {
        for change in &difference.single_refs {
            let single_refs = self.kind.parts.single_refs.first();
            let is_created = |of: &&SingleRefs| is_new && of.at_creation != AtCreation::Never;
            let single_refs = single_refs.filter(|of| !is_created(of));
            steps.extend(single_refs.map(|single_refs| self.single_ref(single_refs, change)));
        }
        for change in &difference.lists {
            let Some(list) = self.list(&change.field) else {
                continue;
            };
            match self.after.items.get(list.field) {
                Some(items) if is_new && items.semantics == ListSemantics::Ordered => {
                    steps.push(self.reconcile_list(list, items));
                }
                _ => self.list_steps(list, change, steps),
            }
        }
    }

    pub(super) fn link(&self, link: &Link, change: &LinkChange) -> Step {
        let path = PathTemplate::object(self.kind, self.address).literal(link.path);
        let (action, request) = match change.presence {
            Presence::Present => {
                let probe = MembershipProbe {
                    list: path.clone(),
                    member: change.target.clone(),
                    key: link.key().into(),
                    empty_is_refused: link.empty_is_refused,
                };
                let (path, body) = match link.member {
                    Member::Ref => (
                        path.literal("$ref"),
                        self.link_body(link.field, link.version, &change.target),
                    ),
                    Member::Object(key) => {
                        let id = Value::Reference(change.target.clone());
                        (path, RequestBody::Json(named(1, [(key.into(), id)])))
                    }
                };
                let request = Request {
                    method: Method::Post,
                    version: link.version,
                    path,
                    body,
                    probe: Some(Box::new(probe)),
                    optional: Vec::new(),
                };
                (Action::Link, request)
            }
            Presence::Absent => {
                let member = path.id(&change.target);
                let path = match link.member {
                    Member::Ref => member.literal("$ref"),
                    Member::Object(_) => member,
                };
                (
                    Action::Unlink,
                    Request::without_body(Method::Delete, link.version, path),
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

    pub(super) fn single_ref(&self, single_refs: &SingleRefs, change: &SingleRefChange) -> Step {
        let version = self.kind.collection.version;
        let path = PathTemplate::object(self.kind, self.address)
            .literal(single_refs.path)
            .literal(change.field.clone())
            .literal("$ref");
        let (action, body) = match &change.after {
            Some(target) => (
                Action::Link,
                self.link_body(single_refs.field, version, target),
            ),
            None => (Action::Unlink, RequestBody::Json(Fields::new())),
        };
        let request = Request {
            method: Method::Put,
            version,
            path,
            body,
            probe: None,
            optional: Vec::new(),
        };
        let value = |side: &Option<Reference>| side.clone().map(Value::Reference);
        let changed = FieldChange {
            path: change.field.clone(),
            before: value(&change.before),
            after: value(&change.after),
        };
        Step {
            changes: vec![changed],
            ..self.step(action, single_refs.field.to_owned(), request)
        }
    }

    /// The `@odata.id` body. A target without an address gets the collection of the first kind that the field accepts.
    fn link_body(&self, field: &str, version: Version, target: &Reference) -> RequestBody {
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
        let kind = kind.unwrap_or(self.kind);
        RequestBody::Link {
            version,
            collection: kind.collection.path.into(),
            target: target.clone(),
        }
    }
}

/// The fields that are lost with an object; for its lists, the keys.
fn discarded_fields(live: &Resource) -> Vec<FieldChange> {
    let Resource {
        fields,
        links,
        single_refs,
        items,
    } = live;
    let fields = fields
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    let links = links
        .iter()
        .map(|(name, members)| (name.clone(), references(members)));
    let single_refs = single_refs
        .iter()
        .filter_map(|(step, target)| Some((step.clone(), Value::Reference(target.clone()?))));
    let items = items
        .iter()
        .map(|(name, items)| (name.clone(), references(items.keys())));
    let removed = |(path, value): (Name, Value)| FieldChange {
        path: shown_name(&path).into_owned(),
        before: Some(value),
        after: None,
    };
    fields
        .chain(links)
        .chain(single_refs)
        .chain(items)
        .map(removed)
        .collect()
}

pub(super) fn references<'a>(references: impl IntoIterator<Item = &'a Reference>) -> Value {
    let references = references.into_iter().cloned();
    Value::List(references.map(Value::Reference).collect())
}

#[cfg(test)]
mod tests;
