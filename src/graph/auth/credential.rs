//! What a session signs in with.
//! Never reads a variable or a file.

use secrecy::SecretString;

use crate::graph::auth::certificate::ClientCertificate;
use crate::graph::auth::federated::FederatedToken;
use crate::graph::auth::managed_identity::ManagedIdentity;
use crate::graph::auth::method::AuthMethod;
use crate::graph::auth::person::Person;

/// What a session signs in with.
#[derive(Debug)]
pub enum Credential {
    /// A token for Graph, which cannot be renewed.
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
        /// The source of the token.
        token: FederatedToken,
        /// The method, for messages.
        method: AuthMethod,
    },
    /// The managed identity of an Azure resource.
    ManagedIdentity(ManagedIdentity),
    /// The account that is signed in to Azure CLI.
    AzureCli,
    /// A person, through an app that is a public client.
    Person(Person),
}

impl Credential {
    /// The default client for the emulator, which needs no secret.
    pub fn emulator() -> Self {
        Credential::ClientSecret {
            client_id: "00000000-0000-0000-0000-000000000000".into(),
            secret: "none-is-needed".into(),
        }
    }

    /// The method of signing in.
    pub fn auth_method(&self) -> AuthMethod {
        match self {
            Credential::AccessToken(_) => AuthMethod::AccessToken,
            Credential::ClientSecret { .. } => AuthMethod::ClientSecret,
            Credential::ClientCertificate { .. } => AuthMethod::ClientCertificate,
            Credential::Federated { method, .. } => *method,
            Credential::ManagedIdentity(_) => AuthMethod::ManagedIdentity,
            Credential::AzureCli => AuthMethod::AzureCli,
            Credential::Person(person) => person.flow.auth_method(),
        }
    }
}
