//! Signing in: credentials, where they come from, and the access token.
//! Never sends a secret anywhere but in the request that needs it.
//!
//! Why not `azure_identity`: its certificates need OpenSSL and sign with RS256 and SHA-1 thumbprints, it supports neither
//! GitHub Actions nor the tokens of other pipelines, and it has its own retries and errors without hints.

mod access_token;
mod azure_cli;
mod browser;
mod cache;
mod certificate;
mod claims;
mod credential;
mod device_code;
mod environment;
mod federated;
mod managed_identity;
mod method;
mod oauth;
mod person;
mod public_client;
mod redirect;
mod sign_in_page;
mod token_request;

pub(crate) use access_token::AccessToken;
pub(crate) use cache::TokenCache;
pub use certificate::ClientCertificate;
pub use claims::{Identity, Principal};
pub use credential::Credential;
pub use environment::CredentialOptions;
pub use federated::FederatedToken;
pub use managed_identity::{IMDS_ENDPOINT, ManagedIdentity, ManagedIdentityHost};
pub use method::AuthMethod;
pub use person::{Person, SignInFlow};
pub use sign_in_page::{Prompt, SignInPage};
