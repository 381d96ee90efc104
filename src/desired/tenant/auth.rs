//! The sign-in method that the tenant document selects: its specification and its checked form.
//! Does not sign in; `graph` does.

use schemars::JsonSchema;

use crate::kinds::spec_types::{CertificateRef, Guid, NonEmptyString, SecretRef};
use crate::model::{Fields, Secret, SecretSource, Value};
use crate::problem::Span;

/// The sign-in method. A field that is omitted is read from the environment variable of the method.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum AuthSpec {
    /// A client secret.
    #[schemars(title = "clientSecret")]
    ClientSecret {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
        /// The value of the secret, not its id; AZURE_CLIENT_SECRET by default.
        client_secret: Option<SecretRef>,
    },
    /// A certificate that is registered for the application.
    #[schemars(title = "clientCertificate")]
    ClientCertificate {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
        /// The certificate with its RSA key, as PEM or PKCS#12; the file AZURE_CLIENT_CERTIFICATE_PATH by default.
        certificate: Option<CertificateRef>,
        /// The password of a PKCS#12 file; AZURE_CLIENT_CERTIFICATE_PASSWORD by default.
        password: Option<SecretRef>,
    },
    /// A federated credential: a token of another identity provider, such as GitLab.
    #[schemars(title = "federatedToken")]
    FederatedToken {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
        /// The token, whose audience is api://AzureADTokenExchange; ENTRAFLOW_FEDERATED_TOKEN by default.
        token: Option<SecretRef>,
    },
    /// Workload identity: a federated credential with the token that Kubernetes refreshes in the file AZURE_FEDERATED_TOKEN_FILE.
    #[schemars(title = "workloadIdentity")]
    WorkloadIdentity {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
    },
    /// A federated credential of GitHub Actions, in a job with `permissions: { id-token: write }`.
    #[schemars(title = "githubActions")]
    GithubActions {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
    },
    /// A federated credential of Azure Pipelines, in a step with SYSTEM_ACCESSTOKEN.
    #[schemars(title = "azureDevOps")]
    AzureDevOps {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
        /// The id of the service connection; AZURESUBSCRIPTION_SERVICE_CONNECTION_ID by default.
        service_connection_id: Option<NonEmptyString>,
    },
    /// The managed identity of an Azure resource: App Service, Container Apps, or a virtual machine through its metadata service.
    #[schemars(title = "managedIdentity")]
    ManagedIdentity {
        /// The client id of a user-assigned identity; AZURE_CLIENT_ID by default, or else the system-assigned identity.
        client_id: Option<Guid>,
    },
    /// The account that is signed in to Azure CLI.
    #[schemars(title = "azureCli")]
    AzureCli {},
    /// A person in the browser of this machine, through an app that is a public client with the redirect URI http://localhost.
    #[schemars(title = "browser")]
    Browser {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
    },
    /// A person in a browser on any machine, with a code, through an app that allows public client flows.
    #[schemars(title = "deviceCode")]
    DeviceCode {
        /// The application (client) id; AZURE_CLIENT_ID by default.
        client_id: Option<Guid>,
    },
    /// An access token for Microsoft Graph from elsewhere. It is not refreshed.
    #[schemars(title = "accessToken")]
    AccessToken {
        /// The token; ENTRAFLOW_ACCESS_TOKEN by default.
        token: Option<SecretRef>,
    },
}

/// The sign-in method that the tenant document selects, and its parameters.
#[derive(Clone, Debug)]
pub struct Auth {
    /// The method.
    pub method: SignInMethod,
    /// The application (client) id.
    pub client_id: Option<String>,
    /// The id of a service connection of Azure DevOps.
    pub service_connection_id: Option<String>,
    /// The source of the client secret or of the token, as the method requires.
    pub secret: Option<SecretSource>,
    /// The source of the certificate with its private key.
    pub certificate: Option<SecretSource>,
    /// The source of the certificate's password.
    pub password: Option<SecretSource>,
    /// These sources, with their spans.
    pub secrets: Vec<(SecretSource, Span)>,
}

/// A sign-in method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// A client secret.
    ClientSecret,
    /// A certificate.
    ClientCertificate,
    /// A token of another identity provider.
    FederatedToken,
    /// A token of Kubernetes.
    WorkloadIdentity,
    /// A token of GitHub Actions.
    GithubActions,
    /// A token of Azure Pipelines.
    AzureDevOps,
    /// The managed identity of an Azure resource.
    ManagedIdentity,
    /// The account that is signed in to Azure CLI.
    AzureCli,
    /// A person in the browser of this machine.
    Browser,
    /// A person in any browser, with a code.
    DeviceCode,
    /// An access token for Microsoft Graph.
    AccessToken,
}

impl SignInMethod {
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
            "browser" => Self::Browser,
            "deviceCode" => Self::DeviceCode,
            _ => Self::AccessToken,
        }
    }
}

impl Auth {
    /// The method, from the checked fields of `auth`.
    pub(in crate::desired) fn from_fields(
        fields: &Fields,
        secrets: Vec<(SecretSource, Span)>,
    ) -> Option<Self> {
        let text = |name: &str| fields.get(name)?.as_text().map(str::to_owned);
        let source = |name: &str| match fields.get(name)? {
            Value::Secret(Secret::From(from)) => Some(from.clone()),
            _ => None,
        };
        Some(Self {
            method: SignInMethod::from_word(&text("type")?),
            client_id: text("clientId"),
            service_connection_id: text("serviceConnectionId"),
            secret: source("clientSecret").or_else(|| source("token")),
            certificate: source("certificate"),
            password: source("password"),
            secrets,
        })
    }
}
