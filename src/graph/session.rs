//! A signed-in connection to one tenant, from which come its `Reader`, its `Writer` and its `MetadataReader`.
//! Never sends anything but the sign-in.

use std::sync::Arc;

use crate::graph::auth::{AuthMethod, Credential, Identity};
use crate::graph::client::{GraphClient, RequestCounts};
use crate::graph::error::GraphError;
use crate::graph::metadata::MetadataReader;
use crate::graph::reader::Reader;
use crate::graph::session_context::SessionContext;
use crate::graph::settings::Settings;
use crate::graph::writer::Writer;

/// A signed-in connection to one tenant.
#[derive(Clone)]
pub struct Session {
    context: Arc<SessionContext>,
}

/// Signs in with `credential`.
pub async fn connect(settings: Settings, credential: Credential) -> Result<Session, GraphError> {
    let context = SessionContext::new(GraphClient::new(&settings, credential)?, settings);
    context.client.sign_in().await?;
    Ok(Session {
        context: Arc::new(context),
    })
}

impl Session {
    /// A reader, which cannot change anything.
    pub fn reader(&self) -> Reader {
        Reader::connected(self.context.clone())
    }

    /// A writer, which can change the tenant.
    pub fn writer(&self) -> Writer {
        Writer::new(self.context.clone())
    }

    /// A reader of the metadata of addresses at which people sign in.
    pub fn metadata(&self) -> MetadataReader {
        MetadataReader::new(self.context.clone())
    }

    /// The identity in the token; `None` if the token is opaque.
    pub async fn identity(&self) -> Result<Option<Identity>, GraphError> {
        self.context.client.identity().await
    }

    /// The method of signing in.
    pub fn auth_method(&self) -> AuthMethod {
        self.context.client.auth_method()
    }

    /// The number of requests so far.
    pub fn requests(&self) -> RequestCounts {
        self.context.client.requests()
    }
}
