//! What the readers and the writers of one session share.
//! Never sends anything.

use crate::graph::client::GraphClient;
use crate::graph::expand::ExpandRefusals;

/// The client of a session, and what the session has learned about the tenant.
pub(super) struct SessionContext {
    pub(super) client: GraphClient,
    pub(super) expand_refusals: ExpandRefusals,
}

impl SessionContext {
    pub(super) fn new(client: GraphClient) -> Self {
        Self {
            client,
            expand_refusals: ExpandRefusals::default(),
        }
    }
}
