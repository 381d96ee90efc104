//! A signed-in connection to one tenant, from which come its `Reader` and its `Writer`.
//! Never sends anything but the sign-in.

use std::sync::Arc;

use crate::graph::auth::{Credential, Identity, Way};
use crate::graph::client::{GraphClient, RequestCounts};
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
    let connection = Connection::new(GraphClient::new(&settings, credential)?);
    connection.client.sign_in().await?;
    Ok(Session {
        connection: Arc::new(connection),
    })
}

impl Session {
    /// A reader, which cannot change anything.
    pub fn reader(&self) -> Reader {
        Reader::connected(self.connection.clone())
    }

    /// A writer, which can change the tenant.
    pub fn writer(&self) -> Writer {
        Writer::new(self.connection.clone())
    }

    /// The identity in the token; `None` if the token is opaque.
    pub async fn identity(&self) -> Result<Option<Identity>, GraphError> {
        self.connection.client.identity().await
    }

    /// The method of signing in.
    pub fn auth_method(&self) -> Way {
        self.connection.client.auth_method()
    }

    /// The number of requests so far.
    pub fn requests(&self) -> RequestCounts {
        self.connection.client.requests()
    }
}
