//! What proves who signs in.
//! Never reads a variable or a file.

use secrecy::SecretString;

use crate::graph::auth::certificate::ClientCertificate;
use crate::graph::auth::federated::FederatedToken;
use crate::graph::auth::managed_identity::ManagedIdentity;
use crate::graph::auth::method::Way;

/// What proves who we are.
#[derive(Debug)]
pub enum Credential {
    /// A token for Graph that somebody else has fetched; it cannot be renewed.
    AccessToken(SecretString),
    /// An app with its secret (v2-oauth2-client-creds-grant-flow).
    ClientSecret {
        /// The application (client) id.
        client_id: String,
        /// The value of the secret.
        secret: SecretString,
    },
    /// An app with a certificate.
    ClientCertificate {
        /// The application (client) id.
        client_id: String,
        /// The certificate with its key.
        certificate: ClientCertificate,
    },
    /// An app with the token of another identity provider.
    Federated {
        /// The application (client) id.
        client_id: String,
        /// Where the token comes from.
        token: FederatedToken,
        /// What to call it.
        way: Way,
    },
    /// What a machine on Azure is.
    ManagedIdentity(ManagedIdentity),
    /// Who is signed in to Azure CLI.
    AzureCli,
}

impl Credential {
    /// The client with which everybody signs in to the emulator; no secret at all.
    pub fn emulator() -> Self {
        Credential::ClientSecret {
            client_id: "00000000-0000-0000-0000-000000000000".into(),
            secret: "none-is-needed".into(),
        }
    }

    /// How it signs in.
    pub fn way(&self) -> Way {
        match self {
            Credential::AccessToken(_) => Way::AccessToken,
            Credential::ClientSecret { .. } => Way::ClientSecret,
            Credential::ClientCertificate { .. } => Way::ClientCertificate,
            Credential::Federated { way, .. } => *way,
            Credential::ManagedIdentity(_) => Way::ManagedIdentity,
            Credential::AzureCli => Way::AzureCli,
        }
    }
}
