//! One document over another: what the upper one says replaces what the lower one says, field by field.
//!
//! Goes by the shape of the kind, so that a list, a reference or the way to a secret is replaced whole. `null` is a value
//! like any other: it clears the field in the tenant.

use crate::desired::yaml::{Entry, Node, Value as Written};
use crate::kinds::shape::{Record, Shape, Variant};
use crate::kinds::wire;

/// What is known of the fields of a map.
pub(in crate::desired) enum Fields<'a> {
    /// Those of a record.
    Of(&'a Record),
    /// Names that the user chooses, each with a value of this shape.
    Any(&'a Shape),
}

impl<'a> Fields<'a> {
    /// Those of a map of this shape; `None` for what has none.
    pub(in crate::desired) fn inside(shape: &'a Shape, node: &Node) -> Option<Self> {
        match shape {
            _ if !matches!(node.value, Written::Map(_)) => None,
            Shape::Record(record) => Some(Self::Of(record)),
            Shape::Map(of) => Some(Self::Any(&of.shape)),
            Shape::Variants(variants) => {
                let own = variants.iter().find(|it| is_of(it, node))?;
                Some(Self::Of(&own.record))
            }
            _ => None,
        }
    }

    /// What a field may hold.
    pub(in crate::desired) fn shape(&self, name: &str) -> Option<&'a Shape> {
        match self {
            Self::Of(record) => record.field(name).map(|field| &field.shape),
            Self::Any(shape) => Some(shape),
        }
    }
}

/// Puts the entries of a map over those of another. `sets` is told each entry that is set, and the one in its place.
pub(in crate::desired) fn merge(
    record: &Record,
    lower: &mut Vec<Entry>,
    upper: Vec<Entry>,
    sets: &mut dyn FnMut(Option<&Entry>, &Entry),
) {
    merge_fields(&Fields::Of(record), lower, upper, sets);
}

fn merge_fields(
    fields: &Fields<'_>,
    lower: &mut Vec<Entry>,
    upper: Vec<Entry>,
    sets: &mut dyn FnMut(Option<&Entry>, &Entry),
) {
    for entry in upper {
        let Some(old) = lower.iter_mut().find(|old| old.key == entry.key) else {
            sets(None, &entry);
            lower.push(entry);
            continue;
        };
        let shape = fields.shape(&entry.key);
        match shape.and_then(|shape| common(shape, &old.value, &entry.value)) {
            Some(inner) => {
                if let (Written::Map(lower), Written::Map(upper)) =
                    (&mut old.value.value, entry.value.value)
                {
                    merge_fields(&inner, lower, upper, sets);
                }
            }
            None => {
                sets(Some(old), &entry);
                *old = entry;
            }
        }
    }
}

/// The fields that two values have in common; `None` where one replaces the other whole.
fn common<'a>(shape: &'a Shape, lower: &Node, upper: &Node) -> Option<Fields<'a>> {
    let is_same = match shape {
        Shape::Variants(variants) if tag(upper).is_some() => {
            let mut variants = variants.iter();
            variants.any(|variant| is_of(variant, lower) && is_of(variant, upper))
        }
        _ => matches!(upper.value, Written::Map(_)),
    };
    is_same.then(|| Fields::inside(shape, lower)).flatten()
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
