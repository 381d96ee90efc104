//! Compares the fields of an object, down to the leaves.
//! Never looks at links, references or contained lists.

use crate::model::{FieldChange, Fields, Value};

/// Collects the leaves in which the desired fields differ; `path` ends in a dot or is empty.
pub(super) fn compare_fields(
    path: &str,
    desired: &Fields,
    live: &Fields,
    changes: &mut Vec<FieldChange>,
) {
    for (name, desired) in desired {
        let live = live.get(name);
        // The common case: equal values cost one comparison and no allocation of a path.
        if live.is_some_and(|live| desired.same(live)) {
            continue;
        }
        let path = format!("{path}{name}");
        match (desired, live) {
            (Value::Map(desired), Some(Value::Map(live)))
                if desired.get("type") == live.get("type") =>
            {
                compare_fields(&format!("{path}."), desired, live, changes);
            }
            (Value::Map(desired), Some(Value::Map(live))) => {
                replace_fields(&format!("{path}."), desired, live, changes);
            }
            (Value::Map(desired), _) => {
                compare_fields(&format!("{path}."), desired, &Fields::new(), changes);
            }
            (Value::List(desired), Some(Value::List(live))) if have_same_keys(desired, live) => {
                compare_elements(&path, desired, live, changes);
            }
            (Value::List(desired), None) if desired.iter().any(has_nested_maps) => {
                compare_elements(&path, desired, &[], changes);
            }
            // A property that Graph does not return is null.
            (Value::Null, None) => {}
            (desired, live) => {
                changes.push(FieldChange {
                    path,
                    before: live.cloned(),
                    after: Some(desired.clone()),
                });
            }
        }
    }
}

/// Whether two lists hold only maps with the same keys, so that they can be compared element by element.
fn have_same_keys(ours: &[Value], theirs: &[Value]) -> bool {
    let fields = |value: &Value| match value {
        Value::Map(fields) => Some(fields.keys().cloned().collect::<Vec<_>>()),
        _ => None,
    };
    let first = ours.first().and_then(fields);
    let has_same_keys = |value: &Value| fields(value) == first;
    first.is_some() && !theirs.is_empty() && ours.iter().chain(theirs).all(has_same_keys)
}

/// Whether a value is a map that contains a list of maps, which does not fit on one line of a plan.
fn has_nested_maps(value: &Value) -> bool {
    matches!(value, Value::Map(fields) if fields.values().any(is_list_of_maps))
}

/// Whether a value is a list of maps.
fn is_list_of_maps(value: &Value) -> bool {
    matches!(value, Value::List(values) if values.iter().any(|value| matches!(value, Value::Map(_))))
}

/// Collects what differs in two lists, element by element between theirs at both ends that are equal.
fn compare_elements(path: &str, desired: &[Value], live: &[Value], changes: &mut Vec<FieldChange>) {
    let equal = |pair: &(&Value, &Value)| pair.0.same(pair.1);
    let start = desired.iter().zip(live).take_while(equal).count();
    let (desired, live) = (&desired[start..], &live[start..]);
    let end = desired
        .iter()
        .rev()
        .zip(live.iter().rev())
        .take_while(equal)
        .count();
    let (desired, live) = (&desired[..desired.len() - end], &live[..live.len() - end]);
    for index in 0..desired.len().max(live.len()) {
        let path = format!("{path}[{}]", start + index);
        match (desired.get(index), live.get(index)) {
            (Some(Value::Map(desired)), Some(Value::Map(live))) => {
                compare_fields(&format!("{path}."), desired, live, changes);
            }
            (Some(nested @ Value::Map(desired)), None) if has_nested_maps(nested) => {
                compare_fields(&format!("{path}."), desired, &Fields::new(), changes);
            }
            (desired, live) => changes.push(FieldChange {
                path,
                before: live.cloned(),
                after: desired.cloned(),
            }),
        }
    }
}

/// Two maps of different `type`: all fields of one are removed, all of the other added.
fn replace_fields(path: &str, desired: &Fields, live: &Fields, changes: &mut Vec<FieldChange>) {
    for (name, after) in desired {
        // The masked secret of one type says nothing about the secret of the other.
        let before = live
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
    for (name, before) in live.iter().filter(|(name, _)| !desired.contains_key(*name)) {
        let path = format!("{path}{name}");
        changes.push(FieldChange {
            path,
            before: Some(before.clone()),
            after: None,
        });
    }
}
