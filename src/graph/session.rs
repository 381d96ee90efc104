//! What the rest of entraflow holds of Graph: a session, its reader, its writer.
//! Never lets a reader write: the type has no way to say it.

use std::sync::Arc;

use crate::graph::auth::{Credential, Identity, Way};
use crate::graph::client::{Client, RequestCounts};
use crate::graph::connection::Connection;
use crate::graph::error::GraphError;
use crate::graph::reader::Reader;
use crate::graph::settings::Settings;
use crate::graph::writer::Writer;

/// A signed-in connection to one tenant.
#[derive(Clone)]
pub struct Session {
    connection: Arc<Connection>,
}

/// Signs in with `credential`.
pub async fn connect(settings: Settings, credential: Credential) -> Result<Session, GraphError> {
    let connection = Connection::new(Client::new(&settings, credential)?);
    connection.client.sign_in().await?;
    Ok(Session {
        connection: Arc::new(connection),
    })
}

impl Session {
    /// Somebody who can look and nothing else.
    pub fn reader(&self) -> Reader {
        Reader::connected(self.connection.clone())
    }

    /// Somebody who can change the tenant.
    pub fn writer(&self) -> Writer {
        Writer::new(self.connection.clone())
    }

    /// Who signed in, as the token says; `None` when it is opaque.
    pub async fn identity(&self) -> Result<Option<Identity>, GraphError> {
        self.connection.client.identity().await
    }

    /// How we signed in.
    pub fn way(&self) -> Way {
        self.connection.client.way()
    }

    /// How much has been asked of Graph so far.
    pub fn requests(&self) -> RequestCounts {
        self.connection.client.requests()
    }
}
