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
        value.map(|(_, value)| FieldLine::Value(value.clone()))
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
        object(kind, &|field| match field.required || is_name(field) {
            true => placeholder(field).map(FieldLine::Value),
            // An example would name an object that does not exist.
            false if field.name == "id" => None,
            false => placeholder(field).map(FieldLine::Example),
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
    let value =
        |at: &Field| (at.name == field).then(|| FieldLine::Value(format!("{{ {rest}: true }}")));
    Some(object(Kind::find(prerequisite.kind)?, &value))
}

/// The line of a field that has a value; other fields are described.
enum FieldLine {
    Value(String),
    /// A comment that is a valid line without its `#`.
    Example(String),
}

fn object(kind: &Kind, value: &dyn Fn(&Field) -> Option<FieldLine>) -> (String, String) {
    let text = file(kind.name, kind.summary, kind.record(), value);
    (format!("{}.yaml", kind.name), text)
}

fn file(
    kind: &str,
    summary: &str,
    record: &Record,
    value: &dyn Fn(&Field) -> Option<FieldLine>,
) -> String {
    let mut text = format!("{}kind: {kind}\n", comment(summary));
    for field in &record.fields {
        let name = &field.name;
        text += "\n";
        text += &comment(&field.doc);
        text += &match value(field) {
            Some(FieldLine::Value(value)) => format!("{name}: {value}\n"),
            Some(FieldLine::Example(value)) => comment(&format!("{name}: {value}")),
            None => comment(&format!(
                "`{name}` takes {}; `entraflow explain {kind}` describes it.",
                field.shape.expected()
            )),
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
        Shape::Bool => Some("true".to_owned()),
        Shape::Text(TextRule::LanguageTag) => Some("en".to_owned()),
        Shape::List { of, least, .. } if *least > 0 => {
            built_in(of).map(|id| format!("[{}]", scalar(id)))
        }
        Shape::Text(_) | Shape::Reference(_) | Shape::Secret(_) | Shape::Content => None,
        Shape::List { .. } | Shape::Map(_) | Shape::Record(_) | Shape::Variants(_) => None,
    }
}

/// An object that every tenant has and a reference can name: the last one, which is e-mail with a password among the ways
/// to sign in.
fn built_in(shape: &Shape) -> Option<&'static str> {
    let Shape::Reference(target) = shape else {
        return None;
    };
    let kinds = target.kinds.iter().filter_map(|kind| Kind::named(kind));
    kinds
        .flat_map(|kind| kind.collection.built_in.ids)
        .copied()
        .last()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::desired;
    use crate::kinds::TenantType;

    /// The problems of the first files of a tenant.
    fn problems(tenant_type: &str, files: &[(String, String)]) -> Vec<String> {
        let directory = TempDir::new().unwrap();
        let values = [
            ("name", "shop"),
            ("tenantId", "shop.example"),
            ("cloud", "emulator"),
        ];
        let values = values.into_iter().chain([("type", tenant_type)]);
        let values: Vec<_> = values
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        fs::write(directory.path().join("tenant.yaml"), tenant(&values)).unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let today = jiff::civil::date(2026, 1, 1);
        let loaded = desired::load(&[directory.path().to_owned()], today);
        let problems = match loaded {
            Ok(desired) => desired.warnings,
            Err(rejected) => rejected.problems,
        };
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn first_object_of_every_tenant_type_is_a_flow_without_problems() {
        for tenant_type in TenantType::ALL.map(TenantType::as_str) {
            let files = objects(tenant_type);
            let name = files[0].0.strip_suffix(".yaml").unwrap();
            assert!(Kind::find(name).is_some_and(Kind::is_flow), "{name}");
            assert_eq!(problems(tenant_type, &files), [""; 0], "{tenant_type}");
        }
    }

    #[test]
    fn every_commented_line_works_uncommented() {
        let mut uncommented = 0;
        for tenant_type in TenantType::ALL.map(TenantType::as_str) {
            let mut files = objects(tenant_type);
            let kind = Kind::find(files[0].0.strip_suffix(".yaml").unwrap()).unwrap();
            let is_field = |line: &str| {
                let key = line.split_once(':').map(|(key, _)| key);
                key.is_some_and(|key| kind.record().field(key).is_some())
            };
            let lines = files[0].1.lines();
            let lines = lines.map(|line| match line.strip_prefix("# ") {
                Some(line) if is_field(line) => line,
                _ => line,
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            uncommented += usize::from(text.trim_end() != files[0].1.trim_end());
            files[0].1 = text;
            assert_eq!(problems(tenant_type, &files), [""; 0], "{}", files[0].1);
        }
        // A flow of a workforce tenant has no plain field that may be omitted.
        assert!(uncommented > 0, "nothing is commented");
    }
}
