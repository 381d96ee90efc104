//! The methods of signing in.
//! Never reads a credential.

/// A method of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// A token for Graph.
    AccessToken,
    /// An app with its secret.
    ClientSecret,
    /// An app with a certificate.
    ClientCertificate,
    /// An app with a token of GitLab or of any other identity provider.
    FederatedToken,
    /// An app with the token that Kubernetes writes to a file.
    WorkloadIdentity,
    /// An app with a token of GitHub Actions.
    GithubActions,
    /// An app with a token of Azure Pipelines.
    AzureDevOps,
    /// The managed identity of an Azure resource.
    ManagedIdentity,
    /// The account that is signed in to Azure CLI.
    AzureCli,
    /// A person in the browser of this machine.
    Browser,
    /// A person in a browser anywhere, with a code.
    DeviceCode,
}

impl AuthMethod {
    /// The method as a phrase that follows "with".
    pub fn description(self) -> &'static str {
        match self {
            Self::AccessToken => "an access token",
            Self::ClientSecret => "a client secret",
            Self::ClientCertificate => "a client certificate",
            Self::FederatedToken => "a federated token",
            Self::WorkloadIdentity => "a Kubernetes workload identity",
            Self::GithubActions => "GitHub Actions",
            Self::AzureDevOps => "Azure DevOps",
            Self::ManagedIdentity => "a managed identity",
            Self::AzureCli => "Azure CLI",
            Self::Browser => "a browser",
            Self::DeviceCode => "a device code",
        }
    }
}
