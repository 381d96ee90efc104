//! What is known of a tenant before it is asked: requests that it would refuse need not be sent.
//! Never decides what is true: a response that contradicts a fact is believed, and the fact is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Something that a tenant serves or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Reads with `$expand`.
    Expand,
    /// Several creates in one collection in one parallel batch.
    ParallelCreates,
}

/// What is known of a tenant. Clones share what was dropped.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether the tenant serves it.
    known: BTreeMap<Fact, bool>,
    contradicted: Arc<Mutex<BTreeSet<Fact>>>,
}

impl Facts {
    /// Facts, each with whether the tenant serves it.
    pub fn new(known: impl IntoIterator<Item = (Fact, bool)>) -> Self {
        Self {
            known: known.into_iter().collect(),
            contradicted: Arc::default(),
        }
    }

    /// Whether the tenant is known to refuse it.
    pub fn refuses(&self, fact: Fact) -> bool {
        self.known.get(&fact) == Some(&false)
    }

    /// Records that the tenant has refused it.
    pub fn record_refusal(&self, fact: Fact) {
        if self.known.get(&fact) == Some(&true) {
            let contradicted = self.contradicted.lock();
            let mut contradicted = contradicted.unwrap_or_else(PoisonError::into_inner);
            contradicted.insert(fact);
        }
    }

    /// The facts that a response has contradicted.
    pub fn contradicted(&self) -> Vec<Fact> {
        let contradicted = self.contradicted.lock();
        let contradicted = contradicted.unwrap_or_else(PoisonError::into_inner);
        contradicted.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_contradicts_only_a_fact_that_says_otherwise() {
        let facts = Facts::new([(Fact::Expand, true), (Fact::ParallelCreates, false)]);
        assert!(!facts.refuses(Fact::Expand) && facts.refuses(Fact::ParallelCreates));
        let shared = facts.clone();
        shared.record_refusal(Fact::ParallelCreates);
        assert_eq!(facts.contradicted(), []);
        shared.record_refusal(Fact::Expand);
        assert_eq!(facts.contradicted(), [Fact::Expand]);
        Facts::default().record_refusal(Fact::Expand);
        assert_eq!(Facts::default().contradicted(), []);
    }
}
