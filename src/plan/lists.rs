//! The steps of contained lists: their items, the texts of items, and their order.
//! Never decides which items differ.

use super::request::{MembershipProbe, PathTemplate, Request, RequestBody};
use super::steps::StepBuilder;
use super::{Action, Operation, ReconcileItem, ReconcileList, Step, order};
use crate::diff::{ContentChange, ItemAction, ItemChange, ListChange};
use crate::kinds::shape::{Record, Shape};
use crate::kinds::{List, WriteMethods, wire};
use crate::model::{FieldChange, Fields, Item, Items, Method, Name, Reference, Value, named};

impl StepBuilder<'_> {
    pub(super) fn list_steps(&self, list: &List, change: &ListChange, steps: &mut Vec<Step>) {
        for item in order::items(&change.items) {
            if let Some(request) = self.item_request(list, item) {
                let step = self.step(
                    item_action(item.action),
                    item_path(list, &item.key),
                    request,
                );
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
                path: "order".into(),
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

    /// The request for an item's own fields; `None` if only its texts change or Graph has no request for it.
    fn item_request(&self, list: &List, change: &ItemChange) -> Option<Request> {
        let version = self.kind.collection.version;
        let path = self.path_of(list);
        let after = self
            .after
            .items
            .get(list.field)
            .and_then(|items| items.get(&change.key));
        let before = self
            .before
            .items
            .get(list.field)
            .and_then(|items| items.get(&change.key));
        match change.action {
            ItemAction::Delete => list
                .removable
                .then(|| Request::without_body(Method::Delete, version, path.id(&change.key))),
            ItemAction::Create => self.item_creation(list, after?),
            ItemAction::Update if change.fields.is_empty() => None,
            ItemAction::Update => {
                let fields = before
                    .map(|before| &before.fields)
                    .cloned()
                    .unwrap_or_default();
                let changed = changed_fields(after?, &fields, change);
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
            .map(|(name, default)| ((*name).into(), default.value()))
            .collect();
        fields.extend(item.fields.clone());
        let key = match (&item.key, self.key_is_reference(list)) {
            (key, true) => Value::Reference(key.clone()),
            (key, false) => Value::Text(key.name().to_owned()),
        };
        fields.insert(list.key.into(), key);
        let body = wire::record_to_graph(self.item_record(list), &fields);
        match list.methods {
            WriteMethods::PostAndPatch => {
                let probe = MembershipProbe {
                    list: path.clone(),
                    member: item.key.clone(),
                    key: "id".into(),
                    empty_is_refused: false,
                };
                Some(Request {
                    probe: Some(Box::new(probe)),
                    ..Request::json(Method::Post, version, path, body)
                })
            }
            WriteMethods::Put => Some(Request::json(
                Method::Put,
                version,
                path.id(&item.key),
                body,
            )),
            WriteMethods::None => None,
        }
    }

    fn item_update(&self, list: &List, key: &Reference, fields: &Fields) -> Option<Request> {
        let version = self.kind.collection.version;
        let path = self.path_of(list).id(key);
        let body = wire::record_to_graph(self.item_record(list), fields);
        match list.methods {
            WriteMethods::PostAndPatch => Some(Request::json(Method::Patch, version, path, body)),
            WriteMethods::Put => Some(Request::json(Method::Put, version, path, body)),
            WriteMethods::None => None,
        }
    }

    fn content(&self, list: &List, key: &Reference, change: &ContentChange) -> Option<Step> {
        let contents = list.contents.as_ref()?;
        let version = self.kind.collection.version;
        let path = self
            .path_of(list)
            .id(key)
            .literal(contents.path)
            .name(&change.name)
            .literal("$value");
        let (action, request) = match &change.after {
            Some(text) => {
                let body = RequestBody::Document(text.clone());
                (
                    Action::Write,
                    Request {
                        method: Method::Put,
                        version,
                        path,
                        body,
                        probe: None,
                        optional: Vec::new(),
                    },
                )
            }
            None => (
                Action::Restore,
                Request::without_body(Method::Delete, version, path),
            ),
        };
        let part = format!(
            "{}.{}.{}",
            item_path(list, key),
            contents.field,
            change.name
        );
        Some(Step {
            content: Some(Box::new(change.clone())),
            ..self.step(action, part, request)
        })
    }

    fn order_request<'a>(
        &self,
        list: &List,
        keys: impl IntoIterator<Item = &'a Reference>,
    ) -> Option<Request> {
        let order = list.order.as_ref()?;
        let ids = Value::List(keys.into_iter().cloned().map(Value::Reference).collect());
        let inner = Value::Map(named(1, [("order".into(), ids)]));
        let body = named(1, [(order.wrapper.into(), inner)]);
        let path = self.path_of(list).literal(order.write);
        Some(Request::json(
            Method::Post,
            self.kind.collection.version,
            path,
            body,
        ))
    }

    pub(super) fn reconcile_list(&self, list: &List, items: &Items) -> Step {
        let version = self.kind.collection.version;
        let path = self.path_of(list);
        let read = Request::without_body(Method::Get, version, path.clone());
        let reconcile = |item: &Item| {
            Some(ReconcileItem {
                key: item.key.clone(),
                create: self.item_creation(list, item)?,
                update: self.item_update(list, &item.key, &item.fields)?,
            })
        };
        let order = match items.items.len() {
            0 | 1 => None,
            _ => self.order_request(list, items.keys()),
        };
        let mut reconcile_items = Vec::with_capacity(items.items.len());
        reconcile_items.extend(items.items.iter().filter_map(reconcile));
        let fill = ReconcileList {
            read,
            items: reconcile_items,
            list: path,
            order,
        };
        let operation = Operation::ReconcileList(Box::new(fill));
        let changed = |item: &Item| {
            let name = item.key.name().to_owned();
            let change = move |(field, value): (&Name, &Value)| FieldChange {
                path: format!("{name}.{field}"),
                before: None,
                after: Some(value.clone()),
            };
            item.fields.iter().map(change).collect::<Vec<_>>()
        };
        Step {
            changes: items.items.iter().flat_map(changed).collect(),
            ..self.step_of(Action::Reconcile, list.field.to_owned(), operation)
        }
    }

    fn path_of(&self, list: &List) -> PathTemplate {
        PathTemplate::object(self.kind, self.address).literal(list.path)
    }

    fn item_record(&self, list: &List) -> &'static Record {
        self.kind.record().part(list.field)
    }

    fn key_is_reference(&self, list: &List) -> bool {
        let record = self.item_record(list);
        record
            .field(list.key)
            .is_some_and(|field| matches!(field.shape, Shape::Reference(_)))
    }
}

/// The changed properties of an item, each as a whole.
fn changed_fields(after: &Item, before: &Fields, change: &ItemChange) -> Fields {
    let is_changed = |name: &str| change.fields.iter().any(|change| change.property() == name);
    let merged = |(name, value): (&Name, &Value)| {
        let value = before
            .get(name)
            .map_or_else(|| value.clone(), |before| before.merged_with(value));
        (name.clone(), value)
    };
    after
        .fields
        .iter()
        .filter(|(name, _)| is_changed(name))
        .map(merged)
        .collect()
}

fn item_path(list: &List, key: &Reference) -> String {
    format!("{}[{}]", list.field, key.name())
}

fn item_action(action: ItemAction) -> Action {
    match action {
        ItemAction::Create => Action::Add,
        ItemAction::Update => Action::Change,
        ItemAction::Delete => Action::Remove,
    }
}

#[cfg(test)]
mod tests;
