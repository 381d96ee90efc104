//! What differs in the fields of an object, down to the leaves.

use crate::model::{FieldChange, Fields, Value};

/// Collects the leaves in which the wanted fields differ; `path` ends in a dot or is empty.
pub(super) fn compare_fields(
    path: &str,
    wanted: &Fields,
    had: &Fields,
    changes: &mut Vec<FieldChange>,
) {
    for (name, wanted) in wanted {
        let had = had.get(name);
        // Nearly always: no more than this look is taken at what is equal.
        if had.is_some_and(|had| wanted.same(had)) {
            continue;
        }
        let path = format!("{path}{name}");
        match (wanted, had) {
            (Value::Map(wanted), Some(Value::Map(had)))
                if wanted.get("type") == had.get("type") =>
            {
                compare_fields(&format!("{path}."), wanted, had, changes);
            }
            (Value::Map(wanted), Some(Value::Map(had))) => {
                replace_fields(&format!("{path}."), wanted, had, changes);
            }
            (Value::Map(wanted), _) => {
                compare_fields(&format!("{path}."), wanted, &Fields::new(), changes);
            }
            (Value::List(wanted), Some(Value::List(had))) if are_alike(wanted, had) => {
                compare_elements(&path, wanted, had, changes);
            }
            (Value::List(wanted), None) if wanted.iter().any(is_deep) => {
                compare_elements(&path, wanted, &[], changes);
            }
            // What is not shown is not there.
            (Value::Null, None) => {}
            (wanted, had) => {
                changes.push(FieldChange {
                    path,
                    before: had.cloned(),
                    after: Some(wanted.clone()),
                });
            }
        }
    }
}

/// Whether two lists hold maps of the same fields, so that it can be told what differs inside.
fn are_alike(these: &[Value], those: &[Value]) -> bool {
    let fields = |value: &Value| match value {
        Value::Map(fields) => Some(fields.keys().cloned().collect::<Vec<_>>()),
        _ => None,
    };
    let first = these.first().and_then(fields);
    let is_alike = |value: &Value| fields(value) == first;
    first.is_some() && !those.is_empty() && these.iter().chain(those).all(is_alike)
}

/// Whether a value is a map with a list of maps inside, which is too much for a line.
fn is_deep(value: &Value) -> bool {
    matches!(value, Value::Map(fields) if fields.values().any(is_long))
}

/// Whether a value is a list of maps.
fn is_long(value: &Value) -> bool {
    matches!(value, Value::List(values) if values.iter().any(|value| matches!(value, Value::Map(_))))
}

/// Collects what differs in two lists, element by element between those at both ends that are equal.
fn compare_elements(path: &str, wanted: &[Value], had: &[Value], changes: &mut Vec<FieldChange>) {
    let equal = |pair: &(&Value, &Value)| pair.0.same(pair.1);
    let start = wanted.iter().zip(had).take_while(equal).count();
    let (wanted, had) = (&wanted[start..], &had[start..]);
    let end = wanted
        .iter()
        .rev()
        .zip(had.iter().rev())
        .take_while(equal)
        .count();
    let (wanted, had) = (&wanted[..wanted.len() - end], &had[..had.len() - end]);
    for index in 0..wanted.len().max(had.len()) {
        let path = format!("{path}[{}]", start + index);
        match (wanted.get(index), had.get(index)) {
            (Some(Value::Map(wanted)), Some(Value::Map(had))) => {
                compare_fields(&format!("{path}."), wanted, had, changes);
            }
            (Some(deep @ Value::Map(wanted)), None) if is_deep(deep) => {
                compare_fields(&format!("{path}."), wanted, &Fields::new(), changes);
            }
            (wanted, had) => changes.push(FieldChange {
                path,
                before: had.cloned(),
                after: wanted.cloned(),
            }),
        }
    }
}

/// Two maps of different type: the one goes, the other comes.
fn replace_fields(path: &str, wanted: &Fields, had: &Fields, changes: &mut Vec<FieldChange>) {
    for (name, after) in wanted {
        // A secret of the one is no news about that of the other.
        let before = had
            .get(name)
            .filter(|before| !matches!(before, Value::Secret(_)))
            .cloned();
        if before.as_ref() != Some(after) {
            let path = format!("{path}{name}");
            changes.push(FieldChange {
                path,
                before,
                after: Some(after.clone()),
            });
        }
    }
    for (name, before) in had.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        let path = format!("{path}{name}");
        changes.push(FieldChange {
            path,
            before: Some(before.clone()),
            after: None,
        });
    }
}
