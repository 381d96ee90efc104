//! `Shape`: what a document of a kind may hold, compiled from the JSON Schema of its `Spec`.
//!
//! Files are checked, live objects are read and requests are written by walking the same shape, so that the
//! schema that an editor uses is the rule that `validate` holds the files to. It knows no kind by name.

use std::collections::BTreeMap;

use schemars::Schema;
use serde_json::Value as Json;

pub use super::text_rule::TextRule;
use super::words::{
    CLEARABLE, DESTINATION, GRAPH_DEFAULT, ID_IN, IN_GRAPH, INNER_TYPES, MEANS, NEEDED, ODATA_TYPE,
    ONLY_WITH, READ_AS, REFERS_TO,
};
use crate::model::{Encoding, Value};

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A text that keeps a rule.
    Text(TextRule),
    /// One of some words, compared without regard to case.
    Choice(Vec<Choice>),
    /// `true` or `false`.
    Bool,
    /// A number; `None` is no bound.
    Number {
        /// Whether fractions are refused.
        whole: bool,
        /// The least value.
        least: Option<f64>,
        /// The greatest value.
        most: Option<f64>,
    },
    /// Another object.
    Reference(Target),
    /// A secret by reference.
    Secret(Encoding),
    /// A JSON document from a file of its own.
    Content,
    /// Values in order.
    List {
        /// What they are.
        of: Box<Shape>,
        /// How many there must be.
        least: u64,
        /// Whether their order means nothing.
        is_set: bool,
    },
    /// Values by names that the user chooses.
    Map(Box<Field>),
    /// Values by known names.
    Record(Record),
    /// One of several records, told apart by `type`.
    Variants(Vec<Variant>),
}

/// A value with known fields, in the order in which people read them.
#[derive(Clone, Debug)]
pub struct Record {
    /// The fields.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in the file. Shapes are made once and stay.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// Whether `null` clears it.
    pub clearable: bool,
    /// The value where a file leaves the field out. Only what Graph replaces as a whole has such fields.
    pub default: Option<Value>,
    /// The values of `type` with which the field may be given; none is any.
    pub only_with: Vec<String>,
    /// Whether it must be given with these.
    pub needed: bool,
    /// Whether it, or a field inside it, decides where people, or what is known of them, are sent.
    pub destination: bool,
    /// What Graph takes where the field is not given, if it is documented.
    pub graph_default: Option<Json>,
    /// The way to it in Graph's payload.
    pub in_graph: Vec<WayStep>,
    /// What it means.
    pub doc: String,
}

/// A step on the way to a field in Graph's payload.
#[derive(Clone, Debug)]
pub struct WayStep {
    /// The property.
    pub property: String,
    /// The type that Graph wants to be told there.
    pub odata_type: Option<String>,
}

/// What a reference may point to.
#[derive(Clone, Debug)]
pub struct Target {
    /// The kinds.
    pub kinds: Vec<String>,
    /// The property that holds the id in Graph's payload; `None` where the id stands by itself.
    pub id_in: Option<String>,
}

/// A word of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The word as Graph spells it.
    pub word: String,
    /// What it means; may be empty.
    pub doc: String,
    /// The type names that Graph knows an object of this `type` by: its own under the empty name, and those of what is
    /// inside it, by property.
    pub odata_types: BTreeMap<String, String>,
}

/// A record behind a `type`.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The value of `type` in a file.
    pub name: String,
    /// Graph's type name, sent and read.
    pub odata_type: String,
    /// Another type name that Graph answers with.
    pub read_as: Option<String>,
    /// The fields beside `type`.
    pub record: Record,
    /// What it means.
    pub doc: String,
}

impl Record {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The property of Graph's payload that a field is, or is inside.
    pub fn root<'a>(&'a self, name: &'a str) -> &'a str {
        let way = self.field(name).map(|field| field.in_graph.as_slice());
        way.and_then(<[_]>::first)
            .map_or(name, |step| &step.property)
    }

    /// The record that a field holds, or the records that its list holds.
    pub fn inner(&self, name: &str) -> Option<&Self> {
        match &self.field(name)?.shape {
            Shape::Record(record) => Some(record),
            Shape::List { of, .. } => match &**of {
                Shape::Record(record) => Some(record),
                _ => None,
            },
            _ => None,
        }
    }

    /// The record of the parts of a list; one without fields where it has none.
    pub fn part(&self, list: &str) -> &Self {
        static NONE: Record = Record { fields: Vec::new() };
        self.inner(list).unwrap_or(&NONE)
    }

    fn all_targets(&self) -> Vec<&str> {
        self.fields
            .iter()
            .flat_map(|field| field.shape.all_targets())
            .collect()
    }

    /// Compiles the schema of a record. It is our own, so a shape that is not understood is a bug that the
    /// test over all kinds shows.
    pub fn compile(schema: &Schema) -> Self {
        record(schema.as_value())
    }
}

impl Shape {
    /// The kinds that anything in a value of this shape may point to.
    pub fn all_targets(&self) -> Vec<&str> {
        match self {
            Self::Reference(target) => target.kinds.iter().map(String::as_str).collect(),
            Self::List { of, .. } => of.all_targets(),
            Self::Map(of) => of.shape.all_targets(),
            Self::Record(record) => record.all_targets(),
            Self::Variants(variants) => variants
                .iter()
                .flat_map(|variant| variant.record.all_targets())
                .collect(),
            Self::Text(_) | Self::Choice(_) | Self::Bool | Self::Number { .. } => Vec::new(),
            Self::Secret(_) | Self::Content => Vec::new(),
        }
    }

    /// The kinds that a reference, or the references of a list, may point to.
    pub fn targets(&self) -> &[String] {
        match self {
            Self::Reference(target) => &target.kinds,
            Self::List { of, .. } => of.targets(),
            _ => &[],
        }
    }

    /// The shape in words, to follow "expected".
    pub fn expected(&self) -> String {
        match self {
            Self::Text(rule) => rule.expected().to_owned(),
            Self::Choice(choices) => {
                let words: Vec<_> = choices.iter().map(|choice| choice.word.as_str()).collect();
                match words.as_slice() {
                    [only] => format!("`{only}`"),
                    _ => format!("one of {}", words.join(", ")),
                }
            }
            Self::Bool => "true or false".to_owned(),
            Self::Number { whole, least, most } => {
                let noun = if *whole { "a whole number" } else { "a number" };
                match (least, most) {
                    (Some(least), Some(most)) => format!("{noun} from {least} to {most}"),
                    (Some(least), None) => format!("{noun} of at least {least}"),
                    (None, Some(most)) => format!("{noun} of at most {most}"),
                    (None, None) => noun.to_owned(),
                }
            }
            Self::Reference(_) => "a name, or `{ id: … }`".to_owned(),
            Self::Secret(Encoding::Text) => "`{ env: NAME }` or `{ file: path }`".to_owned(),
            Self::Secret(Encoding::Base64) => "`{ file: path }` or `{ env: NAME }`".to_owned(),
            Self::Content => "`{ file: path }`, or a JSON document".to_owned(),
            Self::List { of, .. } => match &**of {
                Shape::Reference(_) => "a list of names".to_owned(),
                Shape::Text(rule) => format!("a list, each {}", rule.expected()),
                _ => "a list".to_owned(),
            },
            Self::Map(_) | Self::Record(_) | Self::Variants(_) => "a map".to_owned(),
        }
    }
}

fn record(schema: &Json) -> Record {
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|n| n == name))
    };
    let properties = schema["properties"].as_object();
    // The `type` that tells variants apart is no field of theirs.
    let is_field =
        |(name, schema): &(&String, &Json)| *name != "type" || schema.get("const").is_none();
    let fields = properties
        .into_iter()
        .flatten()
        .filter(is_field)
        .map(|(name, schema)| field(name, schema, required(name)))
        .collect();
    Record { fields }
}

fn field(name: &str, schema: &Json, required: bool) -> Field {
    let way_step = |step: &str| {
        let (property, odata_type) = match step.split_once(':') {
            Some((property, odata_type)) => (property, Some(odata_type.to_owned())),
            None => (step, None),
        };
        WayStep {
            property: property.to_owned(),
            odata_type,
        }
    };
    let way = schema[IN_GRAPH].as_str().unwrap_or(name);
    Field {
        name: name.to_owned().leak(),
        shape: shape(schema, &target(schema)),
        required,
        clearable: schema[CLEARABLE] == true,
        destination: schema[DESTINATION] == true,
        default: schema.get("default").map(Value::from_json),
        graph_default: schema.get("default").or(schema.get(GRAPH_DEFAULT)).cloned(),
        only_with: words(&schema[ONLY_WITH]),
        needed: schema[NEEDED] == true,
        in_graph: way.split('/').map(way_step).collect(),
        doc: text(schema, "description"),
    }
}

/// What the references of a field may point to; written at the field, meant for the leaves.
fn target(schema: &Json) -> Target {
    let id_in = schema[ID_IN].as_str().unwrap_or("id");
    Target {
        kinds: words(&schema[REFERS_TO]),
        id_in: Some(id_in.to_owned()).filter(|property| !property.is_empty()),
    }
}

fn words(list: &Json) -> Vec<String> {
    let words = list.as_array().into_iter().flatten();
    words.filter_map(Json::as_str).map(str::to_owned).collect()
}

fn shape(schema: &Json, target: &Target) -> Shape {
    match schema[MEANS].as_str() {
        Some("reference") => return Shape::Reference(target.clone()),
        Some("secret") => return Shape::Secret(Encoding::Text),
        Some("certificate") => return Shape::Secret(Encoding::Base64),
        Some("content") => return Shape::Content,
        Some(word) => return Shape::Text(TextRule::from_meaning(word).unwrap_or(TextRule::Any)),
        None => {}
    }
    if let Some(wrapped) = without_null(schema) {
        return shape(wrapped, target);
    }
    if let Some(cases) = schema["oneOf"].as_array() {
        return match cases.iter().all(|case| case["type"] == "object") {
            true => Shape::Variants(cases.iter().map(variant).collect()),
            false => Shape::Choice(cases.iter().flat_map(choices).collect()),
        };
    }
    if schema.get("enum").is_some() {
        return Shape::Choice(choices(schema));
    }
    let bound = |name: &str| schema[name].as_f64();
    match kind_of(schema) {
        "boolean" => Shape::Bool,
        word @ ("integer" | "number") => Shape::Number {
            whole: word == "integer",
            least: bound("minimum"),
            most: bound("maximum"),
        },
        "array" => Shape::List {
            of: Box::new(shape(&schema["items"], target)),
            least: schema["minItems"].as_u64().unwrap_or_default(),
            is_set: schema["uniqueItems"] == true,
        },
        "object" => match schema.get("additionalProperties") {
            Some(of) if of.is_object() => Shape::Map(Box::new(field("", of, false))),
            _ => Shape::Record(record(schema)),
        },
        _ => Shape::Text(TextRule::Any),
    }
}

/// The other half of `anyOf: [something, null]`.
fn without_null(schema: &Json) -> Option<&Json> {
    match schema["anyOf"].as_array()?.as_slice() {
        [wrapped, null] if null["type"] == "null" => Some(wrapped),
        _ => None,
    }
}

/// The word of `type`, leaving out `null`.
fn kind_of(schema: &Json) -> &str {
    match &schema["type"] {
        Json::String(word) => word,
        Json::Array(words) => words
            .iter()
            .filter_map(Json::as_str)
            .find(|word| *word != "null")
            .unwrap_or_default(),
        _ => "",
    }
}

fn choices(schema: &Json) -> Vec<Choice> {
    let words = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(schema.get("const"));
    let own = schema[ODATA_TYPE].as_str().map(|name| ("", name));
    let inner = schema[INNER_TYPES].as_object().into_iter().flatten();
    let inner = inner.filter_map(|(property, name)| Some((property.as_str(), name.as_str()?)));
    let odata_types: BTreeMap<_, _> = own
        .into_iter()
        .chain(inner)
        .map(|(property, name)| (property.to_owned(), name.to_owned()))
        .collect();
    let choice = |word: &str| Choice {
        word: word.to_owned(),
        doc: text(schema, "description"),
        odata_types: odata_types.clone(),
    };
    words.filter_map(Json::as_str).map(choice).collect()
}

fn variant(schema: &Json) -> Variant {
    Variant {
        name: text(&schema["properties"]["type"], "const"),
        odata_type: text(schema, ODATA_TYPE),
        read_as: schema[READ_AS].as_str().map(str::to_owned),
        record: record(schema),
        doc: text(schema, "description"),
    }
}

fn text(schema: &Json, keyword: &str) -> String {
    schema[keyword].as_str().unwrap_or_default().to_owned()
}
