//! The ways to sign in: which there are, in which order they are tried, and what each needs from where.
//! Never asks anybody for a token.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::graph::auth::azure_cli::PROGRAM;
use crate::graph::auth::certificate::ClientCertificate;
use crate::graph::auth::credential::Credential;
use crate::graph::auth::federated::FederatedToken;
use crate::graph::auth::managed_identity::{IMDS_ENDPOINT, ManagedIdentity, ManagedIdentityHost};
use crate::graph::auth::method::Way;
use crate::graph::error::{ErrorKind, GraphError};

/// What the files say about a way; what they leave out comes from the environment.
#[derive(Debug, Default)]
pub struct CredentialOptions {
    /// The application (client) id.
    pub client_id: Option<String>,
    /// The client secret, the federated token or the access token, whichever the way needs.
    pub secret: Option<SecretString>,
    /// The certificate with its key, as PEM or PKCS#12.
    pub certificate: Option<Vec<u8>>,
    /// The password of a PKCS#12 file.
    pub password: Option<SecretString>,
    /// The id of a service connection of Azure DevOps.
    pub service_connection: Option<String>,
}

/// Where each thing is found when no file says it.
const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const ACCESS_TOKEN: &str = "ENTRAFLOW_ACCESS_TOKEN";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
const PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
const FEDERATED: &str = "ENTRAFLOW_FEDERATED_TOKEN";
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const DEVOPS_URL: &str = "SYSTEM_OIDCREQUESTURI";
const DEVOPS_TOKEN: &str = "SYSTEM_ACCESSTOKEN";
const DEVOPS_CONNECTION: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";
const IDENTITY_HEADER: &str = "IDENTITY_HEADER";
const IMDS_ROOT_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// Order matters: the first way whose variables are all set is taken, what a person has set by hand before what a
/// platform sets for everybody. Azure CLI comes last, where it is installed. A machine without variables is not asked
/// whether it has an identity: on most machines nobody would answer.
const ORDER: &[(Way, &[&str])] = &[
    (Way::AccessToken, &[ACCESS_TOKEN]),
    (Way::ClientSecret, &[SECRET]),
    (Way::ClientCertificate, &[CERTIFICATE]),
    (Way::FederatedToken, &[FEDERATED]),
    (Way::WorkloadIdentity, &[TOKEN_FILE]),
    (Way::GithubActions, &[GITHUB_URL, CLIENT_ID]),
    (Way::AzureDevOps, &[DEVOPS_URL, DEVOPS_TOKEN]),
    (Way::ManagedIdentity, &[IDENTITY_ENDPOINT, IDENTITY_HEADER]),
];

impl Credential {
    /// The credential of the environment, whose variables `get` looks up: the first of the ways, in their order, whose
    /// variables are set. An empty variable counts as unset.
    pub fn from_env(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, GraphError> {
        let environment = Variables(get);
        let is_set = |(_, variables): &&(Way, &[&str])| {
            variables.iter().all(|name| environment.get(name).is_some())
        };
        let way = match ORDER.iter().find(is_set) {
            Some((way, _)) => *way,
            None if environment.get(CLIENT_ID).is_some() => return Err(unproven()),
            None if environment.finds(PROGRAM) => Way::AzureCli,
            None => return Err(nothing()),
        };
        Self::of(way, CredentialOptions::default(), get)
    }

    /// The credential of a chosen way: what the files say of it, and the rest from the environment.
    pub fn of(
        way: Way,
        given: CredentialOptions,
        get: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, GraphError> {
        let found = assemble(way, given, &Variables(get));
        found.map_err(|error| error.signing_in(way.words()))
    }
}

fn assemble(
    way: Way,
    given: CredentialOptions,
    from: &Variables<'_>,
) -> Result<Credential, GraphError> {
    let CredentialOptions {
        client_id,
        secret,
        certificate,
        password,
        service_connection,
    } = given;
    let app = || client_id.clone().map_or_else(|| from.needed(CLIENT_ID), Ok);
    let federated = |token| {
        Ok(Credential::Federated {
            client_id: app()?,
            token,
            way,
        })
    };
    match way {
        Way::AccessToken => Ok(Credential::AccessToken(from.secret(secret, ACCESS_TOKEN)?)),
        Way::ClientSecret => Ok(Credential::ClientSecret {
            client_id: app()?,
            secret: from.secret(secret, SECRET)?,
        }),
        Way::ClientCertificate => {
            let bytes = certificate.map_or_else(|| from.file(CERTIFICATE), Ok)?;
            let password = password.or_else(|| from.get(PASSWORD).map(Into::into));
            Ok(Credential::ClientCertificate {
                client_id: app()?,
                certificate: ClientCertificate::read(&bytes, &password.unwrap_or_default())?,
            })
        }
        Way::FederatedToken => federated(FederatedToken::Value(from.secret(secret, FEDERATED)?)),
        Way::WorkloadIdentity => federated(FederatedToken::File(PathBuf::from(
            from.needed(TOKEN_FILE)?,
        ))),
        Way::GithubActions => federated(FederatedToken::GitHub {
            url: from.needed(GITHUB_URL)?,
            token: from.secret(None, GITHUB_TOKEN)?,
        }),
        Way::AzureDevOps => federated(FederatedToken::AzureDevOps {
            url: from.needed(DEVOPS_URL)?,
            token: from.secret(None, DEVOPS_TOKEN)?,
            service_connection: service_connection
                .map_or_else(|| from.needed(DEVOPS_CONNECTION), Ok)?,
        }),
        Way::ManagedIdentity => Ok(Credential::ManagedIdentity(ManagedIdentity {
            client_id: client_id.or_else(|| from.get(CLIENT_ID)),
            host: match (from.get(IDENTITY_ENDPOINT), from.get(IDENTITY_HEADER)) {
                (Some(endpoint), Some(header)) => ManagedIdentityHost::AppService {
                    endpoint,
                    header: header.into(),
                },
                _ => ManagedIdentityHost::Metadata {
                    root: from
                        .get(IMDS_ROOT_VARIABLE)
                        .unwrap_or_else(|| IMDS_ENDPOINT.to_owned()),
                },
            },
        })),
        Way::AzureCli => Ok(Credential::AzureCli),
    }
}

/// The variables of the process.
struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    fn needed(&self, name: &str) -> Result<String, GraphError> {
        self.get(name).ok_or_else(|| {
            let error = GraphError::setup(ErrorKind::SignIn, format!("{name} is not set"));
            error.with_hint(source_of(name))
        })
    }

    fn secret(&self, given: Option<SecretString>, name: &str) -> Result<SecretString, GraphError> {
        given.map_or_else(|| self.needed(name).map(Into::into), Ok)
    }

    fn file(&self, name: &str) -> Result<Vec<u8>, GraphError> {
        let path = self.needed(name)?;
        std::fs::read(&path).map_err(|error| {
            let message = format!("the file {path} cannot be read");
            let error = GraphError::setup(ErrorKind::SignIn, message).caused_by(error);
            error.with_hint("put the certificate with its key there")
        })
    }

    /// Whether a program is on the path.
    fn finds(&self, program: &str) -> bool {
        let path = self.get("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .any(|directory: PathBuf| Path::new(&directory).join(program).is_file())
    }
}

/// Who sets a variable that is missing.
fn source_of(name: &str) -> &'static str {
    match name {
        CLIENT_ID => {
            "set it to the application (client) id, or write `clientId` below `auth` in the tenant document"
        }
        SECRET => {
            "set it to the value of the secret, or write `clientSecret: { env: NAME }` below `auth`"
        }
        CERTIFICATE => "set it to the file, or write `certificate: { file: path }` below `auth`",
        FEDERATED | ACCESS_TOKEN => {
            "set it to the token, or write `token: { env: NAME }` below `auth`"
        }
        GITHUB_URL | GITHUB_TOKEN => {
            "GitHub sets it for a job that has `permissions: { id-token: write }`"
        }
        DEVOPS_TOKEN => "hand it to the step: `env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }`",
        DEVOPS_CONNECTION => {
            "set it, or write `serviceConnectionId` below `auth` in the tenant document"
        }
        TOKEN_FILE => {
            "Kubernetes sets it in pods with the label `azure.workload.identity/use: \"true\"`"
        }
        _ => {
            "the pipeline sets it, nothing else does: choose another way with `auth` in the tenant document"
        }
    }
}

fn unproven() -> GraphError {
    let message = format!("{CLIENT_ID} is set, but nothing that proves it");
    GraphError::setup(ErrorKind::SignIn, message).with_hint(
        "set AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or ENTRAFLOW_FEDERATED_TOKEN too, \
         or choose a way with `auth` in the tenant document",
    )
}

fn nothing() -> GraphError {
    GraphError::setup(ErrorKind::SignIn, "nothing to sign in with").with_hint(
        "set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or choose another way with `auth` in the tenant document; \
         `entraflow explain tenant` lists them",
    )
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Credential, String> {
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Credential::from_env(&get).map_err(|error| error.to_string())
    }

    /// The variables of every way, from the last in the order to the first.
    const ALL: &[(&str, &str)] = &[
        (IDENTITY_ENDPOINT, "http://127.0.0.1:1/token"),
        (IDENTITY_HEADER, "h"),
        (CLIENT_ID, "app"),
        (DEVOPS_CONNECTION, "c"),
        (DEVOPS_URL, "https://dev.example/oidc"),
        (DEVOPS_TOKEN, "t"),
        (GITHUB_TOKEN, "t"),
        (GITHUB_URL, "https://github.example/token"),
        (TOKEN_FILE, "/token"),
        (FEDERATED, "f"),
        (CERTIFICATE, "tests/it/keys/app.pem"),
        (SECRET, "s3cret"),
        (ACCESS_TOKEN, " abc\n"),
    ];

    #[test]
    fn the_first_way_whose_variables_are_set_is_taken() {
        let ways: Vec<_> = [2, 6, 8, 9, 10, 11, 12, 13]
            .map(|set| from(&ALL[..set]).unwrap().way())
            .into_iter()
            .rev()
            .collect();
        let order: Vec<_> = ORDER.iter().map(|(way, _)| *way).collect();
        assert_eq!(ways, order);
        let Ok(Credential::AccessToken(token)) = from(ALL) else {
            panic!("no token");
        };
        assert_eq!(token.expose_secret(), "abc");
    }

    #[test]
    fn azure_cli_is_asked_where_it_is_installed_and_nothing_is_set() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        assert_eq!(
            from(&[("PATH", path)]).unwrap_err(),
            "nothing to sign in with"
        );
        std::fs::write(directory.path().join(PROGRAM), "").unwrap();
        assert_eq!(from(&[("PATH", path)]).unwrap().way(), Way::AzureCli);
        assert_eq!(
            from(&[("PATH", path), (CLIENT_ID, "app")]).unwrap_err(),
            "AZURE_CLIENT_ID is set, but nothing that proves it"
        );
    }

    #[test]
    fn what_is_missing_is_named_with_its_way() {
        for (variables, message) in [
            (
                &[(SECRET, "s3cret"), (CLIENT_ID, "")][..],
                "cannot sign in with a client secret: AZURE_CLIENT_ID is not set",
            ),
            (
                &[(GITHUB_URL, "u"), (CLIENT_ID, "app")],
                "cannot sign in with GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set",
            ),
            (
                &[(DEVOPS_URL, "u"), (DEVOPS_TOKEN, "t")],
                "cannot sign in with Azure DevOps: AZURESUBSCRIPTION_SERVICE_CONNECTION_ID is not set",
            ),
            (
                &[(CERTIFICATE, "no/such.pem"), (CLIENT_ID, "app")],
                "cannot sign in with a client certificate: the file no/such.pem cannot be read",
            ),
        ] {
            assert_eq!(from(variables).unwrap_err(), message);
        }
    }
}
