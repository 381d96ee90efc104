//! Which orders of lists are read, and when: a function of Graph returns the order, because a listing may be in another one.
//! Never sends a request.

use crate::kinds::List;
use crate::model::Items;

/// Which orders of lists are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderReads {
    /// Those of all lists.
    All,
    /// Those of lists with several items: together with the list if several are declared, otherwise after it.
    Several,
    /// Those of lists whose listing is not in the declared order. Graph does not promise that a listing is in order.
    Unexpected,
}

impl OrderReads {
    /// Whether the order of a list is read together with it.
    pub(super) fn with_list(self, list: &List, declared: &Items) -> bool {
        let is_needed = match self {
            Self::All => true,
            Self::Several => declared.items.len() > 1,
            Self::Unexpected => false,
        };
        is_needed && list.order.is_some()
    }

    /// Whether the order of a list is read after it.
    pub(super) fn after_list(self, list: &List, declared: &Items, listed: &Items) -> bool {
        let is_needed = match self {
            Self::All | Self::Several => true,
            Self::Unexpected => !declared.keys().eq(listed.keys()),
        };
        let is_known = list.order.is_none() || self.with_list(list, declared);
        is_needed && !is_known && listed.items.len() > 1
    }
}
