//! Merging one document over another: a field of the upper one replaces that of the lower one.
//!
//! Follows the shape of the kind, so that a list, a reference or the source of a secret is replaced as a whole.
//! `null` is a value like any other: it clears the field in the tenant.

use crate::desired::yaml::{Node, NodeEntry, NodeValue};
use crate::kinds::shape::{Record, Shape, Variant};
use crate::kinds::wire;

/// The shapes of the fields of a map.
pub(in crate::desired) enum FieldShapes<'a> {
    /// The fields of a record.
    Known(&'a Record),
    /// Names that the user chooses, with values of this shape.
    Any(&'a Shape),
}

impl<'a> FieldShapes<'a> {
    /// The field shapes of a map of this shape; `None` if the shape has no fields.
    pub(in crate::desired) fn inside(shape: &'a Shape, node: &Node) -> Option<Self> {
        match shape {
            _ if !matches!(node.value, NodeValue::Map(_)) => None,
            Shape::Record(record) => Some(Self::Known(record)),
            Shape::Map(of) => Some(Self::Any(&of.shape)),
            Shape::Variants(variants) => {
                let own = variants.iter().find(|it| is_of(it, node))?;
                Some(Self::Known(&own.record))
            }
            _ => None,
        }
    }

    /// The shape of a field.
    pub(in crate::desired) fn shape(&self, name: &str) -> Option<&'a Shape> {
        match self {
            Self::Known(record) => record.field(name).map(|field| &field.shape),
            Self::Any(shape) => Some(shape),
        }
    }
}

/// Merges the entries of a map over those of another. Calls `on_set` with each entry that is set, and the one that it
/// replaces.
pub(in crate::desired) fn merge(
    record: &Record,
    lower: &mut Vec<NodeEntry>,
    upper: Vec<NodeEntry>,
    on_set: &mut dyn FnMut(Option<&NodeEntry>, &NodeEntry),
) {
    merge_fields(&FieldShapes::Known(record), lower, upper, on_set);
}

fn merge_fields(
    fields: &FieldShapes<'_>,
    lower: &mut Vec<NodeEntry>,
    upper: Vec<NodeEntry>,
    on_set: &mut dyn FnMut(Option<&NodeEntry>, &NodeEntry),
) {
    for entry in upper {
        let Some(old) = lower.iter_mut().find(|old| old.key == entry.key) else {
            on_set(None, &entry);
            lower.push(entry);
            continue;
        };
        let shape = fields.shape(&entry.key);
        match shape.and_then(|shape| common_fields(shape, &old.value, &entry.value)) {
            Some(inner) => {
                if let (NodeValue::Map(lower), NodeValue::Map(upper)) =
                    (&mut old.value.value, entry.value.value)
                {
                    merge_fields(&inner, lower, upper, on_set);
                }
            }
            None => {
                on_set(Some(old), &entry);
                *old = entry;
            }
        }
    }
}

/// The field shapes that two values share; `None` if one replaces the other as a whole.
fn common_fields<'a>(shape: &'a Shape, lower: &Node, upper: &Node) -> Option<FieldShapes<'a>> {
    let is_same = match shape {
        Shape::Variants(variants) if tag(upper).is_some() => {
            let mut variants = variants.iter();
            variants.any(|variant| is_of(variant, lower) && is_of(variant, upper))
        }
        _ => matches!(upper.value, NodeValue::Map(_)),
    };
    is_same.then(|| FieldShapes::inside(shape, lower)).flatten()
}

fn is_of(variant: &Variant, node: &Node) -> bool {
    tag(node).and_then(Node::as_str).is_some_and(|word| {
        word.eq_ignore_ascii_case(&variant.name)
            || variant
                .odata_type
                .eq_ignore_ascii_case(&wire::type_name(word))
    })
}

fn tag(node: &Node) -> Option<&Node> {
    node.get("type").or_else(|| node.get("@odata.type"))
}
