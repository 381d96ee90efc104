//! What a file leaves out stays as it is: laws over live objects of every kind, with members that no field describes.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value as Json};

use super::*;
use crate::kinds::shape::{Field, Record, Shape, TextRule};
use crate::kinds::{KINDS, WriteMethods, completion};
use crate::model::{ObjectId, SecretSource};
use crate::plan::request::PlaceholderResolver;

/// Texts of which every rule accepts two.
const TEXTS: [&str; 10] = [
    "a",
    "b",
    "https://a.example/x",
    "https://b.example/y",
    "11111111-0000-4000-8000-000000000001",
    "11111111-0000-4000-8000-000000000002",
    "api://a.example/11111111-0000-4000-8000-000000000001",
    "api://b.example/11111111-0000-4000-8000-000000000001",
    "fr",
    "de",
];

fn texts(rule: TextRule) -> Vec<&'static str> {
    let fits = |text: &&str| rule.accepts(text) && rule.normal(text) == *text;
    TEXTS.into_iter().filter(fits).collect()
}

/// Any JSON without annotations.
fn any_json() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (0..3).prop_map(Json::from),
        "[a-b]{0,2}".prop_map(Json::from),
    ];
    let inner = |inner: BoxedStrategy<Json>| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Json::from),
            btree_map("[a-b]", inner, 0..3).prop_map(|members| members.into_iter().collect()),
        ]
    };
    leaf.prop_recursive(2, 6, 3, move |json| inner(json.boxed()))
        .boxed()
}

/// Members that no field describes.
fn others() -> BoxedStrategy<Map<String, Json>> {
    let members = btree_map("other[0-2]", any_json(), 0..3);
    members
        .prop_map(|members| members.into_iter().collect())
        .boxed()
}

/// A value of a shape, as Graph shows it.
fn json_of(shape: &Shape) -> BoxedStrategy<Json> {
    match shape {
        Shape::Text(rule) => select(texts(*rule)).prop_map(Json::from).boxed(),
        Shape::Enum(members) => {
            let words: Vec<_> = members.iter().map(|member| member.word.clone()).collect();
            select(words).prop_map(Json::from).boxed()
        }
        Shape::Bool => any::<bool>().prop_map(Json::from).boxed(),
        Shape::Number { .. } => (1000..1003).prop_map(Json::from).boxed(),
        Shape::Reference(target) => {
            let property = target.id_in.clone();
            let reference = move |id: String| match &property {
                Some(property) => json!({ property: id }),
                None => id.into(),
            };
            "r[0-3]".prop_map(reference).boxed()
        }
        Shape::Secret(_) => Just("******".into()).boxed(),
        Shape::Content => unreachable!("contents are documents of their own"),
        Shape::List {
            of, is_set, key, ..
        } => {
            let (is_set, key) = (*is_set, key.clone());
            let items = vec(json_of(of), 0..4);
            items
                .prop_map(move |mut items| {
                    let mut seen = BTreeSet::new();
                    if is_set {
                        items.sort_by_key(Json::to_string);
                        items.retain(|item| seen.insert(item.to_string()));
                    }
                    if let Some(key) = &key {
                        items.retain(|item| seen.insert(item[key].to_string()));
                    }
                    items.into()
                })
                .boxed()
        }
        Shape::Map(of) => btree_map("[k-m]", json_of(&of.shape), 0..3)
            .prop_map(|members| members.into_iter().collect())
            .boxed(),
        Shape::Record(record) => object_of(record, true),
        Shape::Variants(variants) => {
            let variants = variants.iter().map(|variant| {
                let name = format!("#microsoft.graph.{}", variant.odata_type);
                let object = object_of(&variant.record, true);
                object.prop_map(move |mut object| {
                    object["@odata.type"] = name.clone().into();
                    object
                })
            });
            let variants: Vec<_> = variants.map(Strategy::boxed).collect();
            proptest::strategy::Union::new(variants).boxed()
        }
    }
}

/// An object with some of the fields of a record, and other members beside them, in its containers and, if `is_open`, in
/// itself.
fn object_of(record: &Record, is_open: bool) -> BoxedStrategy<Json> {
    let is_typed = |field: &Field| field.name == "type" && field.graph_path[0].property == "type";
    let own = record.fields.iter().filter(|field| !is_typed(field));
    let mut object = Just(json!({})).boxed();
    for field in own {
        let path = field.graph_path.clone();
        let default = field
            .graph_default
            .clone()
            .filter(|_| field.version.is_some());
        let value = match field.required {
            true => json_of(&field.shape).prop_map(Some).boxed(),
            false => option::of(json_of(&field.shape)).boxed(),
        };
        let insert = move |(mut object, value, others): (Json, Option<Json>, Vec<Map<_, _>>)| {
            // A field of a newer version that has the default is not sent.
            if let Some(value) = value.filter(|value| Some(value) != default.as_ref()) {
                let (last, containers) = path.split_last().unwrap();
                let mut inner = &mut object;
                for (step, others) in containers.iter().zip(others) {
                    inner = &mut inner[step.property];
                    if inner.is_null() {
                        *inner = Json::Object(others);
                        if let Some(name) = &step.odata_type {
                            inner["@odata.type"] = format!("#microsoft.graph.{name}").into();
                        }
                    }
                }
                inner[last.property] = value;
            }
            object
        };
        let containers = vec(others(), field.graph_path.len() - 1);
        object = (object, value, containers).prop_map(insert).boxed();
    }
    // What Graph shows of another object beside its id is not sent.
    let is_open = is_open && record.field("id").is_none();
    let beside = move |(mut object, others): (Json, Map<String, Json>)| {
        if is_open {
            object.as_object_mut().unwrap().extend(others);
        }
        object
    };
    (object, others()).prop_map(beside).boxed()
}

/// A live object of a kind, or an item of one of its lists: its record and what Graph shows.
#[derive(Clone, Debug)]
struct Case {
    kind: &'static str,
    list: Option<&'static str>,
    json: Json,
}

fn cases() -> BoxedStrategy<Case> {
    let of = |kind: &'static Kind, list: Option<&'static str>| {
        let record = list.map_or(kind.record(), |list| kind.record().part(list));
        let fields = record.fields.iter();
        let is_own = |field: &&Field| match list {
            Some(_) => !matches!(field.shape, Shape::Map(_)) && field.name != "ensure",
            None => !kind.is_contained(field.name) && field.name != "id",
        };
        let fields = fields.filter(is_own).cloned().collect();
        let is_open = list.is_none();
        let object = object_of(
            &Record {
                fields,
                read_only: Vec::new(),
            },
            is_open,
        );
        let kind = kind.name;
        object
            .prop_map(move |json| Case { kind, list, json })
            .boxed()
    };
    let objects = KINDS.into_iter().map(|kind| of(kind, None));
    let lists = KINDS.into_iter().flat_map(|kind| {
        let lists = kind.parts.lists.iter();
        let lists = lists.filter(|list| list.methods != WriteMethods::None);
        lists.map(move |list| (kind, Some(list.field)))
    });
    let lists = lists.map(|(kind, list)| of(kind, list));
    proptest::strategy::Union::new(objects.chain(lists)).boxed()
}

impl Case {
    fn kind(&self) -> &'static Kind {
        Kind::find(self.kind).unwrap()
    }

    fn list(&self) -> Option<&'static List> {
        let mut lists = self.kind().parts.lists.iter();
        lists.find(|list| Some(list.field) == self.list)
    }

    fn record(&self) -> &'static Record {
        let record = self.kind().record();
        self.list.map_or(record, |list| record.part(list))
    }

    /// The fields that are read.
    fn read(&self) -> Fields {
        let resolve = |id: &ObjectId, _: &[String]| Reference::Id(id.clone());
        match self.list() {
            Some(list) => {
                let mut fields = wire::item_from_graph(self.record(), &self.json, &resolve);
                fields.remove(list.key);
                fields
            }
            None => {
                let kind = self.kind();
                let mut fields = wire::object_from_graph(kind, &self.json, &resolve);
                fields.retain(|name, _| name != "id" && !kind.is_contained(name));
                fields
            }
        }
    }

    fn resource(&self, fields: Fields) -> Resource {
        match self.list() {
            None => Resource {
                fields,
                ..Resource::default()
            },
            Some(list) => {
                let item = Item {
                    fields,
                    ..item("r0", &json!({}))
                };
                Resource::default().and_list(list.field, list.semantics, vec![item])
            }
        }
    }

    /// The state of the object after these requests: Graph replaces the properties that a body has.
    fn after(&self, steps: &[Step]) -> Json {
        let mut json = self.json.clone();
        let everything = self.kind().collection.update == crate::kinds::UpdateBody::Everything;
        if everything {
            json = json!({});
        }
        for request in steps.iter().flat_map(|step| step.operation.all_requests()) {
            let body = request.resolve(&Ids).unwrap().body.unwrap();
            for (name, value) in body.as_object().unwrap() {
                if name != "@odata.type" {
                    json[name] = value.clone();
                }
            }
        }
        json
    }
}

/// Leaves the references of a request as they are.
struct Ids;

impl PlaceholderResolver for Ids {
    type Error = ();

    fn id(&self, reference: &Reference) -> Result<String, ()> {
        Ok(reference.name().to_owned())
    }

    fn secret(&self, _: &SecretSource) -> Result<String, ()> {
        Ok("******".to_owned())
    }

    fn encode_segment(&self, raw: &str) -> String {
        raw.to_owned()
    }

    fn root(&self) -> &str {
        ""
    }
}

/// A document of these fields: without what no field describes, and without some of what need not be in one.
fn declared(record: &Record, fields: &Fields, leave_out: &mut impl FnMut() -> bool) -> Fields {
    let mut declared = Fields::new();
    for (name, value) in fields {
        let Some(field) = record.field(name) else {
            let is_type = name == "type";
            declared.extend(is_type.then(|| (name.clone(), value.clone())));
            continue;
        };
        if !field.required && leave_out() {
            continue;
        }
        declared.insert(name.clone(), declared_value(&field.shape, value, leave_out));
    }
    declared
}

fn declared_value(shape: &Shape, value: &Value, leave_out: &mut impl FnMut() -> bool) -> Value {
    match (shape, value) {
        (Shape::Record(record), Value::Map(fields)) => {
            Value::Map(declared(record, fields, leave_out))
        }
        (Shape::Variants(variants), Value::Map(fields)) => {
            let name = fields.get("type").and_then(Value::as_text);
            let mut variants = variants.iter();
            let variant = variants.find(|variant| Some(&*variant.name) == name);
            Value::Map(declared(&variant.unwrap().record, fields, leave_out))
        }
        (Shape::List { of, .. }, Value::List(items)) => {
            let items = items.iter();
            Value::List(
                items
                    .map(|item| declared_value(of, item, leave_out))
                    .collect(),
            )
        }
        (Shape::Secret(_), _) => Value::Secret(crate::model::Secret::From(SecretSource::Env {
            env: "SECRET".to_owned(),
            encoding: Encoding::Text,
            allow_unusual: false,
        })),
        _ => value.clone(),
    }
}

/// Changes one leaf of the declared fields: a text, a number or a truth value that identifies nothing. `None` if there is none.
fn with_another_leaf(record: &Record, fields: &Fields, index: Index) -> Option<Fields> {
    let mut count = 0;
    let mut changed = fields.clone();
    visit(record, &mut changed, None, &mut |_| count += 1);
    if count == 0 {
        return None;
    }
    let (chosen, mut current) = (index.index(count), 0);
    visit(record, &mut changed, None, &mut |other| {
        if current == chosen {
            other();
        }
        current += 1;
    });
    Some(changed)
}

/// Calls `at` for each leaf, with a function that changes it.
fn visit(
    record: &Record,
    fields: &mut Fields,
    key: Option<&str>,
    at: &mut dyn FnMut(&mut dyn FnMut()),
) {
    for (name, value) in fields {
        let field = record.field(name);
        if let Some(field) = field.filter(|field| Some(field.name) != key && name != "type") {
            visit_value(&field.shape, value, None, at);
        }
    }
}

fn visit_value(
    shape: &Shape,
    value: &mut Value,
    key: Option<&str>,
    at: &mut dyn FnMut(&mut dyn FnMut()),
) {
    match (shape, value) {
        (Shape::Text(rule), Value::Text(text)) => at(&mut || {
            let texts = texts(*rule);
            let other = texts.iter().find(|other| *other != text).unwrap();
            *text = (*other).to_owned();
        }),
        (Shape::Bool, Value::Bool(value)) => at(&mut || *value = !*value),
        (Shape::Number { .. }, Value::Number(number)) => {
            at(&mut || *number = (number.as_i64().unwrap() + 1).into());
        }
        (Shape::Record(record), Value::Map(fields)) => visit(record, fields, key, at),
        (Shape::Variants(variants), Value::Map(fields)) => {
            let name = fields
                .get("type")
                .and_then(Value::as_text)
                .map(str::to_owned);
            let mut variants = variants.iter();
            let variant = variants.find(|variant| Some(&variant.name) == name.as_ref());
            visit(&variant.unwrap().record, fields, key, at);
        }
        (Shape::List { of, key, .. }, Value::List(items)) => {
            let records = items
                .iter_mut()
                .filter(|item| matches!(item, Value::Map(_)));
            records.for_each(|item| visit_value(of, item, key.as_deref(), at));
        }
        _ => {}
    }
}

/// The leaves in which two values differ.
fn differing(one: &Json, other: &Json, path: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Json::Object(ones), Json::Object(others)) => {
            let names: BTreeSet<_> = ones.keys().chain(others.keys()).collect();
            for name in names {
                let of = |members: &Map<String, Json>| members.get(name).cloned();
                match (of(ones), of(others)) {
                    (Some(one), Some(other)) => {
                        differing(&one, &other, &format!("{path}.{name}"), found);
                    }
                    _ => found.push(format!("{path}.{name}")),
                }
            }
        }
        (Json::Array(ones), Json::Array(others)) if ones.len() == others.len() => {
            for (index, (one, other)) in ones.iter().zip(others).enumerate() {
                differing(one, other, &format!("{path}[{index}]"), found);
            }
        }
        _ if one == other => {}
        _ => found.push(path.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn document_that_says_what_is_there_changes_nothing(case in cases(), gaps in vec(any::<bool>(), 16)) {
        let live = case.read();
        let mut gaps = gaps.into_iter().cycle();
        let document = declared(case.record(), &live, &mut || gaps.next().unwrap());
        let (live, document) = (case.resource(live), case.resource(document));
        let document = completion::completed(case.kind(), &document, &live);
        let difference = compare(&document, &live);
        prop_assert!(difference.is_empty(), "{difference:?}");
    }

    #[test]
    fn change_of_one_leaf_changes_one_leaf_of_what_graph_stores(
        case in cases(), gaps in vec(any::<bool>(), 16), leaf in any::<Index>(),
    ) {
        let live = case.read();
        let mut gaps = gaps.into_iter().cycle();
        let document = declared(case.record(), &live, &mut || gaps.next().unwrap());
        let document = with_another_leaf(case.record(), &document, leaf);
        prop_assume!(document.is_some());
        let (live, document) = (case.resource(live), case.resource(document.unwrap()));
        let document = completion::completed(case.kind(), &document, &live);
        let change = Change::Update(compare(&document, &live));
        let name = Address::new(case.kind, "x");
        let after = live.merged_with(&document);
        let steps = steps(case.kind(), &name, &change, &after, &live);
        prop_assert_eq!(steps.len(), 1);
        let mut found = Vec::new();
        differing(&case.json, &case.after(&steps), "", &mut found);
        prop_assert_eq!(found.len(), 1, "{:?}: {}", found, case.after(&steps));
    }
}
