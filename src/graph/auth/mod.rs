//! Who signs in, and the token that proves it: fetched once, kept, renewed before it expires.
//! Never writes a secret anywhere but into the request that needs it.
//!
//! `azure_identity` does not serve: its certificates need OpenSSL and sign with RS256 and SHA-1 thumbprints, it knows
//! neither GitHub Actions nor other pipelines' tokens, and its errors and retries are not ours.

mod access_token;
mod azure_cli;
mod cache;
mod certificate;
mod claims;
mod credential;
mod environment;
mod federated;
mod managed_identity;
mod method;
mod token_request;

pub(crate) use access_token::AccessToken;
pub(crate) use cache::TokenCache;
pub use certificate::ClientCertificate;
pub use claims::{Identity, Who};
pub use credential::Credential;
pub use environment::CredentialOptions;
pub use federated::FederatedToken;
pub use managed_identity::{IMDS_ENDPOINT, ManagedIdentity, ManagedIdentityHost};
pub use method::Way;
