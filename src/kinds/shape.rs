//! `Shape`: the shape of documents of a kind, compiled from the JSON Schema of its `Spec`.
//!
//! Checking files, reading live objects and writing requests walk the same shape, so that the schema in an editor and
//! the check of `validate` agree. It names no kind.

use std::collections::BTreeMap;

use schemars::Schema;
use serde_json::Value as Json;

use super::field_role::FieldRole;
use super::spec_types::{
    CLEARABLE, DESTINATION, GRAPH_DEFAULT, GRAPH_PATH, ID_IN, INNER_TYPES, LIST_KEY, MAY_BE_HIDDEN,
    MEANING, NEEDED, ODATA_TYPE, ONLY_WITH, READ_AS, READ_ONLY, REFERS_TO, ROLE, VERSION,
};
pub use super::text_rule::TextRule;
use crate::model::{Encoding, Version};

/// The shape of a value.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A string that matches a rule.
    Text(TextRule),
    /// A member of an enumeration, compared case-insensitively.
    Enum(Vec<EnumMember>),
    /// `true` or `false`.
    Bool,
    /// A number.
    Number {
        /// Whether it must be an integer.
        whole: bool,
        /// The minimum.
        least: Option<f64>,
        /// The maximum.
        most: Option<f64>,
    },
    /// A reference to another object.
    Reference(Target),
    /// The source of a secret.
    Secret(Encoding),
    /// A JSON document, inline or in a separate file.
    Content,
    /// A list.
    List {
        /// The shape of the items.
        of: Box<Shape>,
        /// The minimum number of items.
        least: u64,
        /// Whether the order has no meaning.
        is_set: bool,
        /// The field that identifies an item, if its position does not.
        key: Option<String>,
    },
    /// A map with keys that the user chooses.
    Map(Box<Field>),
    /// A map with known fields.
    Record(Record),
    /// One of several records, distinguished by `type`.
    Variants(Vec<Variant>),
}

/// A map with known fields, in the order of the reference.
#[derive(Clone, Debug)]
pub struct Record {
    /// The fields.
    pub fields: Vec<Field>,
    /// The properties that Graph computes: no field describes them, and a write must not send them.
    pub read_only: Vec<String>,
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in the file; `'static`, because shapes are compiled once per process.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// Whether it is required.
    pub required: bool,
    /// Whether `null` clears it.
    pub clearable: bool,
    /// The values of `type` for which the field is allowed; empty means any.
    pub only_with: Vec<String>,
    /// Whether it is required for these.
    pub needed: bool,
    /// Whether it, or a nested field, decides where users, or their data, are sent.
    pub destination: bool,
    /// What it means for the safety of a change.
    pub role: Option<FieldRole>,
    /// Graph's documented default, if any.
    pub graph_default: Option<Json>,
    /// Whether Graph may not show it, although it has a value.
    pub may_be_hidden: bool,
    /// The version of Graph that has it, if it is newer than that of the kind: a write of it needs that version.
    pub version: Option<Version>,
    /// The path in Graph's payload.
    pub graph_path: Vec<GraphPathSegment>,
    /// The description.
    pub doc: String,
}

/// A segment of the path to a field in Graph's payload.
#[derive(Clone, Debug)]
pub struct GraphPathSegment {
    /// The property; `'static` like the name of a field.
    pub property: &'static str,
    /// The `@odata.type` that Graph requires there.
    pub odata_type: Option<String>,
}

/// The target of a reference.
#[derive(Clone, Debug)]
pub struct Target {
    /// The kinds.
    pub kinds: Vec<String>,
    /// The property with the id in Graph's payload; `None` if the id is the value itself.
    pub id_in: Option<String>,
}

/// A member of an enumeration.
#[derive(Clone, Debug)]
pub struct EnumMember {
    /// The member as Graph spells it.
    pub word: String,
    /// The description; may be empty.
    pub doc: String,
    /// The `@odata.type` names of an object with this `type`: its own under the empty key, and those of nested
    /// objects by property.
    pub odata_types: BTreeMap<String, String>,
}

/// The record of one value of `type`.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The value of `type` in a file.
    pub name: String,
    /// Graph's type name, in requests and responses.
    pub odata_type: String,
    /// A different type name in responses.
    pub read_as: Option<String>,
    /// The fields other than `type`.
    pub record: Record,
    /// The description.
    pub doc: String,
}

impl Record {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The record of a field, or of the items of its list.
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

    /// The record of the items of a list; an empty record if it has none.
    pub fn part(&self, list: &str) -> &Self {
        static NONE: Record = Record {
            fields: Vec::new(),
            read_only: Vec::new(),
        };
        self.inner(list).unwrap_or(&NONE)
    }

    fn all_targets(&self) -> Vec<&str> {
        let shapes = self.fields.iter().map(|field| &field.shape);
        shapes.flat_map(Shape::all_targets).collect()
    }

    /// Compiles the schema of a record. The schemas are our own, so one that cannot be compiled is a bug, which the
    /// tests over all kinds find.
    pub fn compile(schema: &Schema) -> Self {
        record(schema.as_value())
    }
}

impl Shape {
    /// The kinds that references at any depth of this shape can point to.
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
            Self::Text(_) | Self::Enum(_) | Self::Bool | Self::Number { .. } => Vec::new(),
            Self::Secret(_) | Self::Content => Vec::new(),
        }
    }

    /// The kinds that a reference, or the references of a list, can point to.
    pub fn targets(&self) -> &[String] {
        match self {
            Self::Reference(target) => &target.kinds,
            Self::List { of, .. } => of.targets(),
            _ => &[],
        }
    }

    /// The expected value, for messages after "expected".
    pub fn expected(&self) -> String {
        match self {
            Self::Text(rule) => rule.expected().to_owned(),
            Self::Enum(choices) => {
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
    // The `type` of a variant is not a field of its record.
    let is_field =
        |(name, schema): &(&String, &Json)| *name != "type" || schema.get("const").is_none();
    let fields = properties
        .into_iter()
        .flatten()
        .filter(is_field)
        .map(|(name, schema)| field(name, schema, required(name)))
        .collect();
    Record {
        fields,
        read_only: words(&schema[READ_ONLY]),
    }
}

fn field(name: &str, schema: &Json, required: bool) -> Field {
    let name: &'static str = name.to_owned().leak();
    let path_segment = |step: &'static str| {
        let (property, odata_type) = step.split_once(':').unzip();
        GraphPathSegment {
            property: property.unwrap_or(step),
            odata_type: odata_type.map(str::to_owned),
        }
    };
    let path = schema[GRAPH_PATH].as_str();
    let path = path.map_or(name, |path| path.to_owned().leak());
    Field {
        name,
        shape: shape(schema, &target(schema)),
        required,
        clearable: schema[CLEARABLE] == true,
        destination: schema[DESTINATION] == true,
        role: schema[ROLE].as_str().and_then(FieldRole::of),
        graph_default: schema.get(GRAPH_DEFAULT).cloned(),
        may_be_hidden: schema[MAY_BE_HIDDEN] == true,
        version: (schema[VERSION] == "beta").then_some(Version::Beta),
        only_with: words(&schema[ONLY_WITH]),
        needed: schema[NEEDED] == true,
        graph_path: path.split('/').map(path_segment).collect(),
        doc: text(schema, "description"),
    }
}

/// The target of the references of a field: declared on the field, used at its leaves.
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
    match schema[MEANING].as_str() {
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
            false => Shape::Enum(cases.iter().flat_map(choices).collect()),
        };
    }
    if schema.get("enum").is_some() {
        return Shape::Enum(choices(schema));
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
            key: schema[LIST_KEY].as_str().map(str::to_owned),
        },
        "object" => match schema.get("additionalProperties") {
            Some(of) if of.is_object() => Shape::Map(Box::new(field("", of, false))),
            _ => Shape::Record(record(schema)),
        },
        _ => Shape::Text(TextRule::Any),
    }
}

/// The schema in `anyOf: [schema, null]`.
fn without_null(schema: &Json) -> Option<&Json> {
    match schema["anyOf"].as_array()?.as_slice() {
        [wrapped, null] if null["type"] == "null" => Some(wrapped),
        _ => None,
    }
}

/// The JSON type, without `null`.
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

fn choices(schema: &Json) -> Vec<EnumMember> {
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
    let choice = |word: &str| EnumMember {
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
