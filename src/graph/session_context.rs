//! What the readers and the writers of one session share.
//! Never sends anything.

use crate::graph::client::GraphClient;
use crate::graph::cloud::Cloud;
use crate::graph::expand::ExpandRefusals;
use crate::graph::facts::Facts;
use crate::graph::settings::Settings;
use crate::graph::wait_limit::MaxWait;

/// The client of a session, and what the session has learned about the tenant.
pub(super) struct SessionContext {
    pub(super) client: GraphClient,
    pub(super) expand_refusals: ExpandRefusals,
    pub(super) facts: Facts,
    pub(super) cloud: Cloud,
    pub(super) max_wait: MaxWait,
}

impl SessionContext {
    pub(super) fn new(client: GraphClient, settings: Settings) -> Self {
        let Settings {
            facts,
            cloud,
            max_wait,
            ..
        } = settings;
        Self {
            client,
            expand_refusals: ExpandRefusals::new(facts.clone()),
            facts,
            cloud,
            max_wait,
        }
    }
}
