//! HTTP to Microsoft Graph: sign-in, pacing, safe retries, paging, batches, and errors that a person can act on.
//! Never knows a kind of object, and never sends a write for anybody who only holds a [`Reader`].

mod auth;
mod batch;
mod client;
mod cloud;
mod encode;
mod error;
mod expand;
mod page;
mod rate_limit;
mod read_many;
mod retry;
mod saved_responses;
mod session;
mod telemetry;
mod transport;

pub use auth::{
    ClientCertificate, Credential, FederatedToken, Given, Host, Identity, METADATA,
    ManagedIdentity, Way, Who,
};
pub use batch::Attempt;
pub use cloud::Cloud;
pub use encode::encode_segment;
pub use error::{ErrorKind, GraphError};
pub use page::Links;
pub use retry::MaxWait;
pub use saved_responses::Answers;
pub use session::{
    Call, Found, Function, Get, Question, Reader, Requests, Session, Settings, Writer, connect,
};
pub use telemetry::{Activity, Cause, Progress, Telemetry, Trace};
pub use transport::Answer;
