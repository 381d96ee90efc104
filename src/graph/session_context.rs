//! What the readers and the writers of one session share.
//! Never sends anything.

use crate::graph::client::GraphClient;
use crate::graph::expand::ExpandRefusals;
use crate::graph::facts::Facts;

/// The client of a session, and what the session has learned about the tenant.
pub(super) struct SessionContext {
    pub(super) client: GraphClient,
    pub(super) expand_refusals: ExpandRefusals,
    pub(super) facts: Facts,
}

impl SessionContext {
    pub(super) fn new(client: GraphClient, facts: Facts) -> Self {
        Self {
            client,
            expand_refusals: ExpandRefusals::new(facts.clone()),
            facts,
        }
    }
}
