//! How to sign in, where the tenant document chooses it.

use schemars::JsonSchema;

use crate::kinds::words::{Certificate, Guid, Secret as Kept, Words};
use crate::model::{Fields, Secret, SecretSource, Value};
use crate::problem::Place;

/// How to sign in. What is left out comes from the variable that the way has for it.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum AuthSpec {
    /// An app with its secret.
    #[schemars(title = "clientSecret")]
    ClientSecret {
        /// The application (client) id; AZURE_CLIENT_ID where it is left out.
        client_id: Option<Guid>,
        /// The value of the secret, not its id; AZURE_CLIENT_SECRET where it is left out.
        client_secret: Option<Kept>,
    },
    /// An app with a certificate that is registered for it.
    #[schemars(title = "clientCertificate")]
    ClientCertificate {
        /// The application (client) id; AZURE_CLIENT_ID where it is left out.
        client_id: Option<Guid>,
        /// The certificate with its RSA key, as PEM or PKCS#12; the file AZURE_CLIENT_CERTIFICATE_PATH where it is left out.
        certificate: Option<Certificate>,
        /// The password of a PKCS#12 file; AZURE_CLIENT_CERTIFICATE_PASSWORD where it is left out.
        password: Option<Kept>,
    },
    /// An app with a token of another identity provider, such as GitLab.
    #[schemars(title = "federatedToken")]
    FederatedToken {
        /// The application (client) id; AZURE_CLIENT_ID where it is left out.
        client_id: Option<Guid>,
        /// The token, whose audience is api://AzureADTokenExchange; ENTRAFLOW_FEDERATED_TOKEN where it is left out.
        token: Option<Kept>,
    },
    /// An app with the token that Kubernetes keeps fresh in the file AZURE_FEDERATED_TOKEN_FILE.
    #[schemars(title = "workloadIdentity")]
    WorkloadIdentity {
        /// The application (client) id; AZURE_CLIENT_ID where it is left out.
        client_id: Option<Guid>,
    },
    /// An app with a token of GitHub Actions, in a job that has `permissions: { id-token: write }`.
    #[schemars(title = "githubActions")]
    GithubActions {
        /// The application (client) id; AZURE_CLIENT_ID where it is left out.
        client_id: Option<Guid>,
    },
    /// An app with a token of Azure Pipelines, in a step that has SYSTEM_ACCESSTOKEN.
    #[schemars(title = "azureDevOps")]
    AzureDevOps {
        /// The application (client) id; AZURE_CLIENT_ID where it is left out.
        client_id: Option<Guid>,
        /// The id of the service connection; AZURESUBSCRIPTION_SERVICE_CONNECTION_ID where it is left out.
        service_connection_id: Option<Words>,
    },
    /// What the machine on Azure is: App Service and Container Apps, or the metadata service of a virtual machine.
    #[schemars(title = "managedIdentity")]
    ManagedIdentity {
        /// The client id of one of several identities; AZURE_CLIENT_ID where it is left out, and else the machine's own.
        client_id: Option<Guid>,
    },
    /// Who is signed in to Azure CLI.
    #[schemars(title = "azureCli")]
    AzureCli {},
    /// A token for Microsoft Graph that something else has fetched. It is not renewed.
    #[schemars(title = "accessToken")]
    AccessToken {
        /// The token; ENTRAFLOW_ACCESS_TOKEN where it is left out.
        token: Option<Kept>,
    },
}

/// How to sign in, as the tenant document chooses it.
#[derive(Clone, Debug)]
pub struct Auth {
    /// The way.
    pub way: AuthWay,
    /// The application (client) id.
    pub client_id: Option<String>,
    /// The id of a service connection of Azure DevOps.
    pub service_connection_id: Option<String>,
    /// Where the client secret or the token is kept, whichever the way needs.
    pub secret: Option<SecretSource>,
    /// Where the certificate with its key is kept.
    pub certificate: Option<SecretSource>,
    /// Where the password of the certificate is kept.
    pub password: Option<SecretSource>,
    /// Where each of these is named.
    pub secrets: Vec<(SecretSource, Place)>,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthWay {
    /// An app with its secret.
    ClientSecret,
    /// An app with a certificate.
    ClientCertificate,
    /// An app with a token of another identity provider.
    FederatedToken,
    /// An app with a token of Kubernetes.
    WorkloadIdentity,
    /// An app with a token of GitHub Actions.
    GithubActions,
    /// An app with a token of Azure Pipelines.
    AzureDevOps,
    /// What the machine on Azure is.
    ManagedIdentity,
    /// Who is signed in to Azure CLI.
    AzureCli,
    /// A token for Microsoft Graph.
    AccessToken,
}

impl AuthWay {
    fn from_word(word: &str) -> Self {
        match word {
            "clientSecret" => Self::ClientSecret,
            "clientCertificate" => Self::ClientCertificate,
            "federatedToken" => Self::FederatedToken,
            "workloadIdentity" => Self::WorkloadIdentity,
            "githubActions" => Self::GithubActions,
            "azureDevOps" => Self::AzureDevOps,
            "managedIdentity" => Self::ManagedIdentity,
            "azureCli" => Self::AzureCli,
            _ => Self::AccessToken,
        }
    }
}

impl Auth {
    /// Takes the checked fields of `auth`.
    pub(in crate::desired) fn from_fields(
        fields: &Fields,
        secrets: Vec<(SecretSource, Place)>,
    ) -> Option<Self> {
        let text = |name: &str| fields.get(name)?.as_text().map(str::to_owned);
        let kept = |name: &str| match fields.get(name)? {
            Value::Secret(Secret::From(source)) => Some(source.clone()),
            _ => None,
        };
        Some(Self {
            way: AuthWay::from_word(&text("type")?),
            client_id: text("clientId"),
            service_connection_id: text("serviceConnectionId"),
            secret: kept("clientSecret").or_else(|| kept("token")),
            certificate: kept("certificate"),
            password: kept("password"),
            secrets,
        })
    }
}
