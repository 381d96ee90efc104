//! Proptest strategies that several modules share.

use std::fmt::Debug;
use std::ops::Range;

use proptest::collection::btree_map;
use proptest::strategy::Strategy;

use super::{Name, Named};

/// Maps from names to values.
pub fn named<T: Debug>(
    names: impl Strategy<Value = String>,
    things: impl Strategy<Value = T>,
    size: Range<usize>,
) -> impl Strategy<Value = Named<T>> {
    btree_map(names.prop_map(Name::from), things, size).prop_map(Named::from_iter)
}
