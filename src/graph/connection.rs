//! What the readers and the writers of one session share.
//! Never sends anything.

use crate::graph::client::Client;
use crate::graph::expand::Refusals;

/// What all readers and writers of one session share.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) expand_refusals: Refusals,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            expand_refusals: Refusals::default(),
        }
    }
}
