//! Compares the fields of an object, down to the leaves.
//! Never looks at links, references or contained lists.

use crate::model::{FieldChange, Fields, Value, shown_name};

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
        let path = format!("{path}{}", shown_name(name));
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
            (Value::List(desired), Some(Value::List(live))) if hold_maps_only(desired, live) => {
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

/// Whether two lists hold only maps, so that they can be compared element by element.
fn hold_maps_only(ours: &[Value], theirs: &[Value]) -> bool {
    let is_map = |value: &Value| matches!(value, Value::Map(_));
    !ours.is_empty() && !theirs.is_empty() && ours.iter().chain(theirs).all(is_map)
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
            (Some(Value::Map(desired)), Some(Value::Map(live))) if has_all_keys(desired, live) => {
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

/// Whether everything that theirs has is in ours, so that a comparison of what ours has says all.
fn has_all_keys(ours: &Fields, theirs: &Fields) -> bool {
    theirs.keys().all(|name| ours.contains_key(name))
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
