//! After an apply: reads back what was touched and compares it with what was planned.
//!
//! It repairs nothing. What was asked and is not there, and what changed unasked, are both told.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::apply::backoff::Settle;
use crate::apply::report::Deviation;
use crate::diff::compare;
use crate::graph::Reader;
use crate::kinds::Home;
use crate::live::{self, KindRules, ReadError, Rules, Scope};
use crate::model::{Address, ObjectId, Resources};

/// What a tenant should be like where a plan touched it.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The objects that should be there, and how.
    pub there: Resources,
    /// The objects that should be gone: another one may bear the name.
    pub gone: BTreeMap<Address, ObjectId>,
    /// The ids of live objects that addresses are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
}

impl Expected {
    /// What has to be listed to see whether objects are gone.
    fn rules(&self) -> Rules {
        let kinds = self
            .gone
            .keys()
            .map(|address| (address.kind().to_owned(), KindRules::default()));
        Rules {
            kinds: kinds.collect(),
            ..Rules::default()
        }
    }

    /// How many requests a look at it takes.
    pub fn requests(&self, home: Home) -> usize {
        let rules = self.rules();
        live::requests(&Scope {
            resources: &self.there,
            pins: &self.pins,
            rules: &rules,
            home,
            needs: false,
        })
    }
}

/// Compares the tenant with what it should be. What deviates is read again for as long as `patience`: Graph may show
/// for a while what was before.
pub async fn verify(
    reader: &Reader,
    expected: &Expected,
    home: Home,
    patience: Duration,
) -> Result<Vec<Deviation>, ReadError> {
    let mut settle = Settle::within(patience);
    let mut open = expected.clone();
    loop {
        let deviations = match look(reader, &open, home).await {
            // Listed already, and its parts are not there yet.
            Err(ReadError::Vanished(_)) if settle.pause().await => continue,
            looked => looked?,
        };
        if deviations.is_empty() || !settle.pause().await {
            return Ok(deviations);
        }
        let deviates = |address: &Address| deviations.iter().any(|of| of.address() == address);
        open.there.retain(|address, _| deviates(address));
        open.gone.retain(|address, _| deviates(address));
    }
}

async fn look(
    reader: &Reader,
    expected: &Expected,
    home: Home,
) -> Result<Vec<Deviation>, ReadError> {
    let rules = expected.rules();
    let scope = Scope {
        resources: &expected.there,
        pins: &expected.pins,
        rules: &rules,
        home,
        needs: false,
    };
    let live = live::read(reader, &scope).await?;
    let differs = |(address, wanted): (&Address, _)| match live.resources.get(address) {
        None => Some(Deviation::Missing(address.clone())),
        Some(had) => {
            let difference = compare(wanted, had);
            (!difference.is_empty()).then(|| Deviation::Differs(address.clone(), difference))
        }
    };
    let stays = expected
        .gone
        .iter()
        .filter(|(address, id)| live.ids.get(address) == Some(id));
    let left = stays.map(|(address, _)| Deviation::StillThere(address.clone()));
    Ok(expected
        .there
        .iter()
        .filter_map(differs)
        .chain(left)
        .collect())
}
