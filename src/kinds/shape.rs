//! `Shape`: what a document of a kind may hold, compiled from the JSON Schema of its `Spec`.
//!
//! Files are checked, live objects are read and requests are written by walking the same shape, so that the
//! schema that an editor uses is the rule that `validate` holds the files to. It knows no kind by name.

use schemars::Schema;
use serde_json::Value as Json;

use super::words::{CLEARABLE, DESTINATION, IN_GRAPH, MEANS, ODATA_TYPE, READ_AS, REFERS_TO};
use crate::model::Encoding;

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
    /// Another object of one of these kinds.
    Reference(Vec<String>),
    /// A secret by reference.
    Secret(Encoding),
    /// A JSON document from a file of its own.
    Content,
    /// Values in order.
    List(Box<Shape>),
    /// Values by names that the user chooses.
    Map(Box<Field>),
    /// Values by known names.
    Record(Record),
    /// One of several records, told apart by `type`.
    Variants(Vec<Variant>),
}

/// A value with known fields, in the order in which people read them.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The fields.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name in the file.
    pub name: String,
    /// What it may hold.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// Whether `null` clears it.
    pub clearable: bool,
    /// Whether it, or a field inside it, decides where people, or what is known of them, are sent.
    pub destination: bool,
    /// What Graph takes where the field is not given, if it is documented.
    pub default: Option<Json>,
    /// The way to it in Graph's payload.
    pub in_graph: Vec<String>,
    /// What it means.
    pub doc: String,
}

/// A word of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The word as Graph spells it.
    pub word: String,
    /// What it means; may be empty.
    pub doc: String,
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

/// What a text has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRule {
    /// Anything.
    Any,
    /// At least one character.
    Words,
    /// The bare name of a flow.
    FlowName,
    /// An absolute http or https address.
    Url,
    /// A GUID.
    Guid,
    /// A language tag of RFC 5646.
    LanguageTag,
    /// A day of the calendar.
    Day,
}

impl TextRule {
    fn from_meaning(word: &str) -> Option<Self> {
        Some(match word {
            "words" => Self::Words,
            "flowName" => Self::FlowName,
            "url" => Self::Url,
            "guid" => Self::Guid,
            "languageTag" => Self::LanguageTag,
            "day" => Self::Day,
            _ => return None,
        })
    }

    /// Whether the text keeps the rule.
    pub fn accepts(self, text: &str) -> bool {
        let alphanumeric = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
        match self {
            Self::Any => true,
            Self::Words => !text.is_empty(),
            Self::FlowName => {
                let legal = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
                (1..=64).contains(&text.len()) && text.bytes().all(legal)
            }
            Self::Url => {
                let rest = text
                    .strip_prefix("https://")
                    .or_else(|| text.strip_prefix("http://"));
                rest.is_some_and(|rest| {
                    !rest.is_empty()
                        && !rest.starts_with('/')
                        && !text.contains(char::is_whitespace)
                })
            }
            Self::Day => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
            Self::Guid => uuid::Uuid::try_parse(text).is_ok() && text.len() == 36,
            Self::LanguageTag => {
                let mut parts = text.split('-');
                let first = parts.next().unwrap_or_default();
                (2..=8).contains(&first.len())
                    && first.bytes().all(|b| b.is_ascii_alphabetic())
                    && parts.all(|part| (1..=8).contains(&part.len()) && alphanumeric(part))
            }
        }
    }

    /// The text in the one spelling of all that mean the same: GUIDs in small letters, language tags as RFC 5646
    /// recommends, `zh-Hans` and `es-ES`.
    pub fn normal(self, text: &str) -> String {
        match self {
            Self::Guid => text.to_ascii_lowercase(),
            Self::LanguageTag => {
                let mut parts = text.split('-').map(str::to_ascii_lowercase);
                let language = parts.next().unwrap_or_default();
                parts.fold(language, |tag, mut part| {
                    match part.len() {
                        2 => part.make_ascii_uppercase(),
                        4 => part
                            .get_mut(..1)
                            .into_iter()
                            .for_each(str::make_ascii_uppercase),
                        _ => {}
                    }
                    format!("{tag}-{part}")
                })
            }
            Self::Any | Self::Words | Self::FlowName | Self::Url | Self::Day => text.to_owned(),
        }
    }

    /// The rule in words, to follow "expected".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Any => "a string",
            Self::Words => "a string that is not empty",
            Self::FlowName => "a name of up to 64 letters, digits, `_`, `-` and `.`",
            Self::Url => "an address that starts with https:// or http://",
            Self::Guid => "a GUID such as 1fc41a76-3050-4529-8095-9af8897cf63d",
            Self::Day => "a day such as 2027-03-31",
            Self::LanguageTag => "a language tag such as `fr` or `es-ES`",
        }
    }
}

impl Record {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The record that a field holds, or the records that its list holds.
    pub fn inner(&self, name: &str) -> Option<&Self> {
        match &self.field(name)?.shape {
            Shape::Record(record) => Some(record),
            Shape::List(of) => match &**of {
                Shape::Record(record) => Some(record),
                _ => None,
            },
            _ => None,
        }
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
            Self::Reference(kinds) => kinds.iter().map(String::as_str).collect(),
            Self::List(of) => of.all_targets(),
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
            Self::Reference(kinds) => kinds,
            Self::List(of) => of.targets(),
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
            Self::List(of) => match &**of {
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
    let in_graph = match schema[IN_GRAPH].as_str() {
        Some(way) => way.split('/').map(str::to_owned).collect(),
        None => vec![name.to_owned()],
    };
    Field {
        name: name.to_owned(),
        shape: shape(schema, &targets(schema)),
        required,
        clearable: schema[CLEARABLE] == true,
        destination: schema[DESTINATION] == true,
        default: schema.get("default").cloned(),
        in_graph,
        doc: text(schema, "description"),
    }
}

/// The kinds that the references of a field may point to; written at the field, meant for the leaves.
fn targets(schema: &Json) -> Vec<String> {
    let names = schema[REFERS_TO].as_array();
    names
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}

fn shape(schema: &Json, targets: &[String]) -> Shape {
    match schema[MEANS].as_str() {
        Some("reference") => return Shape::Reference(targets.to_vec()),
        Some("secret") => return Shape::Secret(Encoding::Text),
        Some("certificate") => return Shape::Secret(Encoding::Base64),
        Some("content") => return Shape::Content,
        Some(word) => return Shape::Text(TextRule::from_meaning(word).unwrap_or(TextRule::Any)),
        None => {}
    }
    if let Some(wrapped) = without_null(schema) {
        return shape(wrapped, targets);
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
        "array" => Shape::List(Box::new(shape(&schema["items"], targets))),
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
    let choice = |word: &str| Choice {
        word: word.to_owned(),
        doc: text(schema, "description"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_mean_the_same_have_one_normal_form() {
        let cases = [
            (
                TextRule::Guid,
                "1FC41A76-3050-4529-8095-9AF8897CF63D",
                "1fc41a76-3050-4529-8095-9af8897cf63d",
            ),
            (TextRule::LanguageTag, "ES-es", "es-ES"),
            (TextRule::LanguageTag, "zh-hans-cn", "zh-Hans-CN"),
            (TextRule::LanguageTag, "es-419", "es-419"),
            (TextRule::LanguageTag, "x-äöü", "x-äöü"),
            (TextRule::Words, "As It Is", "As It Is"),
        ];
        for (rule, text, normal) in cases {
            assert_eq!(rule.normal(text), normal);
        }
    }

    #[test]
    fn text_rules_refuse_what_graph_would_refuse() {
        let cases = [
            (TextRule::FlowName, "Partner_2.a-b", true),
            (TextRule::FlowName, "Part ner", false),
            (TextRule::FlowName, "", false),
            (TextRule::FlowName, "Pärtner", false),
            (TextRule::Url, "https://api.contoso.com/x", true),
            (TextRule::Url, "https://", false),
            (TextRule::Url, "api.contoso.com", false),
            (TextRule::Url, "https://a b", false),
            (TextRule::Guid, "1fc41a76-3050-4529-8095-9af8897cf63d", true),
            (TextRule::Guid, "1fc41a7630504529 8095-9af8897cf63d", false),
            (TextRule::Guid, "1fc41a76305045298095-9af8897cf63d", false),
            (TextRule::LanguageTag, "es-ES", true),
            (TextRule::LanguageTag, "zh-Hans-CN", true),
            (TextRule::LanguageTag, "e", false),
            (TextRule::LanguageTag, "es_ES", false),
            (TextRule::Day, "2027-03-31", true),
            (TextRule::Day, "2027-02-30", false),
            (TextRule::Words, "", false),
        ];
        for (rule, text, accepted) in cases {
            assert_eq!(
                rule.accepts(text),
                accepted,
                "{} for {text:?}",
                rule.expected()
            );
        }
    }
}
