//! What the readers and the writers of one session share.
//! Never sends anything.

use crate::graph::client::Client;
use crate::graph::expand::ExpandRefusals;

/// What all readers and writers of one session share.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) expand_refusals: ExpandRefusals,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            expand_refusals: ExpandRefusals::default(),
        }
    }
}
