//! The first files of a tenant: small, commented and formatted.
//!
//! Made from what the kinds say of themselves; writes no file.

use crate::desired::yaml::scalar;
use crate::desired::yaml::write::comment;
use crate::desired::{TENANT, TENANT_SUMMARY, tenant_record};
use crate::kinds::shape::{Field, Record, Shape, TextRule};
use crate::kinds::{KINDS, Kind, Prerequisite};

/// The tenant document with these values, as YAML; what else it may hold is there as comments.
pub(super) fn tenant(values: &[(&str, String)]) -> String {
    let value = |field: &Field| {
        let value = values.iter().find(|(name, _)| *name == field.name);
        value.map(|(_, value)| value.clone())
    };
    file(TENANT, TENANT_SUMMARY, tenant_record(), &value)
}

/// A first object that makes sense in a type of tenant, and what it needs: the names of their files, and their texts. It is
/// of the kind with the most parts among those that need nothing but plain values; if several have as many, the first.
pub(super) fn objects(tenant_type: &str) -> Vec<(String, String)> {
    let fits = |kind: &&Kind| {
        let required = |field: &&Field| field.required;
        let fields = kind.record().fields.iter();
        kind.tenants.iter().any(|it| it.as_str() == tenant_type)
            && kind.constraints.deprecated.is_none()
            && !kind.is_always_there()
            && fields
                .filter(required)
                .all(|field| placeholder(field).is_some())
    };
    let parts = |kind: &&Kind| {
        kind.parts.links.len() + kind.parts.single_refs.len() + kind.parts.lists.len()
    };
    let first = KINDS.iter().copied().rev().filter(fits).max_by_key(parts);
    let needed = first.and_then(|kind| kind.constraints.prerequisite.as_ref());
    let first = first.map(|kind| {
        let is_name = |field: &Field| kind.name_field() == Some(field.name);
        object(kind, &|field| {
            let is_needed = field.required || is_name(field);
            is_needed.then(|| placeholder(field)).flatten()
        })
    });
    first
        .into_iter()
        .chain(needed.and_then(switched_on))
        .collect()
}

/// The object with the switch that another needs.
fn switched_on(prerequisite: &Prerequisite) -> Option<(String, String)> {
    let (field, rest) = prerequisite.switch.split_once('.')?;
    let value = |at: &Field| (at.name == field).then(|| format!("{{ {rest}: true }}"));
    Some(object(Kind::find(prerequisite.kind)?, &value))
}

fn object(kind: &Kind, value: &dyn Fn(&Field) -> Option<String>) -> (String, String) {
    let text = file(kind.name, kind.summary, kind.record(), value);
    (format!("{}.yaml", kind.name), text)
}

fn file(
    kind: &str,
    summary: &str,
    record: &Record,
    value: &dyn Fn(&Field) -> Option<String>,
) -> String {
    let mut text = format!("{}kind: {kind}\n", comment(summary));
    for field in &record.fields {
        let name = &field.name;
        text += "\n";
        text += &comment(&field.doc);
        text += &match value(field) {
            Some(value) => format!("{name}: {value}\n"),
            None => comment(&format!("{name}: {}", field.shape.expected())),
        };
    }
    text
}

/// A plain value that a field may hold; `None` where it takes more than that.
fn placeholder(field: &Field) -> Option<String> {
    match &field.shape {
        Shape::Text(TextRule::Any | TextRule::NonEmpty | TextRule::FlowName) => {
            Some("Example".to_owned())
        }
        Shape::Enum(choices) => choices.first().map(|choice| scalar(&choice.word)),
        Shape::Number { least, .. } => Some(least.unwrap_or(1.0).to_string()),
        Shape::Bool => Some("false".to_owned()),
        Shape::Text(_) | Shape::Reference(_) | Shape::Secret(_) | Shape::Content => None,
        Shape::List { .. } | Shape::Map(_) | Shape::Record(_) | Shape::Variants(_) => None,
    }
}
