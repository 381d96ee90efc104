//! HTTP to Microsoft Graph: sign-in, pacing, safe retries, paging, batches, and errors that a person can act on.
//! Never knows a kind of object, and never sends a write for anybody who only holds a [`Reader`].

mod activity;
mod answer;
mod auth;
mod batch;
mod client;
mod cloud;
mod error;
mod expand;
mod hint;
mod many;
mod pace;
mod page;
mod path;
mod retry;
mod saved;
mod session;
mod telemetry;
mod trace;
mod transport;
mod trust;

pub use activity::{Activity, Cause, Progress};
pub use answer::Answer;
pub use auth::{
    ClientCertificate, Credential, FederatedToken, Given, Host, Identity, METADATA,
    ManagedIdentity, Way, Who,
};
pub use batch::Attempt;
pub use cloud::Cloud;
pub use error::{ErrorKind, GraphError};
pub use page::Links;
pub use path::encode_segment;
pub use retry::MaxWait;
pub use saved::Answers;
pub use session::{
    Call, Found, Function, Get, Question, Reader, Requests, Session, Settings, Writer, connect,
};
pub use telemetry::Telemetry;
pub use trace::Trace;
