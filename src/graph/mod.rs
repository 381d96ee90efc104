//! HTTP to Microsoft Graph: sign-in, rate limit, safe retries, batches, paging, and errors with hints.
//! Never knows a kind of object, and never writes through a [`Reader`]: only a [`Writer`] sends writes.
//!
//! Each layer uses only those below it: `session` → `writer` → `reader` and `metadata` → `read_many` → `page` and `batch` → `client` →
//! `auth` → `retry` and `rate_limit` → `transport` → `redact`.

mod auth;
mod batch;
mod client;
mod cloud;
mod encode;
mod error;
mod expand;
mod facts;
mod metadata;
mod page;
mod rate_limit;
mod read_many;
mod reader;
mod recording;
mod redact;
mod request;
mod retry;
#[cfg(test)]
pub(crate) mod samples;
mod saved_responses;
mod session;
mod session_context;
mod settings;
mod telemetry;
mod transport;
mod wait_limit;
mod writer;

pub use auth::{
    AuthMethod, ClientCertificate, Credential, CredentialOptions, FederatedToken, IMDS_ENDPOINT,
    Identity, ManagedIdentity, ManagedIdentityHost, Person, Principal, Prompt, SignInFlow,
    SignInPage,
};
pub use batch::{BatchItemResult, MAX_BATCH_SIZE};
pub use client::RequestCounts;
pub use cloud::Cloud;
pub use encode::encode_segment;
pub use error::{ErrorKind, GraphError};
pub use facts::{Fact, Facts};
pub use metadata::{MetadataReader, MetadataResponse};
pub use page::{NextLinks, ReadResult};
pub use reader::Reader;
pub use recording::Recording;
pub use redact::KnownSecrets;
pub use request::{ActionRequest, ReadOnlyAction, ReadRequest, WriteRequest};
pub use saved_responses::SavedResponses;
pub use session::{Session, connect};
pub use settings::Settings;
pub use telemetry::{Activity, SessionProgress, Telemetry, Trace, WaitReason};
pub use transport::GraphResponse;
pub use wait_limit::MaxWait;
pub use writer::Writer;
