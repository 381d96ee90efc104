//! The credential that the files and the environment describe: the order of detection, and the source of each value.
//! Never requests a token.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::graph::auth::azure_cli::PROGRAM;
use crate::graph::auth::certificate::ClientCertificate;
use crate::graph::auth::credential::Credential;
use crate::graph::auth::federated::FederatedToken;
use crate::graph::auth::managed_identity::{IMDS_ENDPOINT, ManagedIdentity, ManagedIdentityHost};
use crate::graph::auth::method::AuthMethod;
use crate::graph::auth::person::{Person, SignInFlow};
use crate::graph::auth::sign_in_page::Prompt;
use crate::graph::error::{ErrorKind, GraphError};
use crate::local_file;
use crate::model::Placeholder;

/// What the files say about a method of signing in. The environment provides the rest.
#[derive(Debug, Default)]
pub struct CredentialOptions {
    /// The application (client) id.
    pub client_id: Option<String>,
    /// The client secret, the federated token or the access token, as the method needs.
    pub secret: Option<SecretString>,
    /// The certificate with its private key, as PEM or PKCS#12.
    pub certificate: Option<Vec<u8>>,
    /// The password of a PKCS#12 file.
    pub password: Option<SecretString>,
    /// The id of a service connection of Azure DevOps.
    pub service_connection: Option<String>,
    /// How a person learns where to sign in.
    pub prompt: Option<Prompt>,
}

/// The variables for values that no file contains.
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

/// The first method whose variables are all set is used. Variables that a person sets come before variables that a platform
/// sets for every job. Azure CLI comes last, if it is installed. The metadata service is not probed without variables: on
/// most machines it does not exist, and the probe would time out.
const DETECTION_ORDER: &[(AuthMethod, &[&str])] = &[
    (AuthMethod::AccessToken, &[ACCESS_TOKEN]),
    (AuthMethod::ClientSecret, &[SECRET]),
    (AuthMethod::ClientCertificate, &[CERTIFICATE]),
    (AuthMethod::FederatedToken, &[FEDERATED]),
    (AuthMethod::WorkloadIdentity, &[TOKEN_FILE]),
    (AuthMethod::GithubActions, &[GITHUB_URL, CLIENT_ID]),
    (AuthMethod::AzureDevOps, &[DEVOPS_URL, DEVOPS_TOKEN]),
    (
        AuthMethod::ManagedIdentity,
        &[IDENTITY_ENDPOINT, IDENTITY_HEADER],
    ),
];

impl Credential {
    /// The credential in the environment, whose variables `get` returns: the first method of `DETECTION_ORDER` whose
    /// variables are set. An empty variable counts as unset.
    pub fn from_env(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, GraphError> {
        let variables = Variables(get);
        let is_set = |(_, names): &&(AuthMethod, &[&str])| {
            names.iter().all(|name| variables.get(name).is_some())
        };
        let method = match DETECTION_ORDER.iter().find(is_set) {
            Some((method, _)) => *method,
            None if variables.get(CLIENT_ID).is_some() => return Err(incomplete()),
            None if variables.has_program(PROGRAM) => AuthMethod::AzureCli,
            None => return Err(not_found()),
        };
        Self::of(method, CredentialOptions::default(), get)
    }

    /// The credential for a method: from the files, and the rest from the environment.
    pub fn of(
        method: AuthMethod,
        options: CredentialOptions,
        get: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, GraphError> {
        build(method, options, &Variables(get))
            .map_err(|error| error.with_auth_method(method.description()))
    }
}

fn build(
    method: AuthMethod,
    options: CredentialOptions,
    variables: &Variables<'_>,
) -> Result<Credential, GraphError> {
    let CredentialOptions {
        client_id,
        secret,
        certificate,
        password,
        service_connection,
        prompt,
    } = options;
    let app = || variables.text(client_id.clone(), CLIENT_ID);
    let federated = |token| {
        Ok(Credential::Federated {
            client_id: app()?,
            token,
            method,
        })
    };
    match method {
        AuthMethod::AccessToken => Ok(Credential::AccessToken(
            variables.secret(secret, ACCESS_TOKEN)?,
        )),
        AuthMethod::ClientSecret => Ok(Credential::ClientSecret {
            client_id: app()?,
            secret: variables.secret(secret, SECRET)?,
        }),
        AuthMethod::ClientCertificate => {
            let client_id = app()?;
            let password = match password {
                Some(password) => password,
                None => variables.password()?,
            };
            let bytes = certificate.map_or_else(|| variables.file(CERTIFICATE), Ok)?;
            Ok(Credential::ClientCertificate {
                client_id,
                certificate: ClientCertificate::read(&bytes, &password)?,
            })
        }
        AuthMethod::FederatedToken => {
            federated(FederatedToken::Value(variables.secret(secret, FEDERATED)?))
        }
        AuthMethod::WorkloadIdentity => federated(FederatedToken::File(PathBuf::from(
            variables.required(TOKEN_FILE)?,
        ))),
        AuthMethod::GithubActions => federated(FederatedToken::GitHub {
            url: variables.required(GITHUB_URL)?,
            token: variables.secret(None, GITHUB_TOKEN)?,
        }),
        AuthMethod::AzureDevOps => federated(FederatedToken::AzureDevOps {
            url: variables.required(DEVOPS_URL)?,
            token: variables.secret(None, DEVOPS_TOKEN)?,
            service_connection: variables.text(service_connection, DEVOPS_CONNECTION)?,
        }),
        AuthMethod::ManagedIdentity => Ok(Credential::ManagedIdentity(ManagedIdentity {
            client_id: client_id.or_else(|| variables.get(CLIENT_ID)),
            host: variables.managed_identity_host(),
        })),
        AuthMethod::AzureCli => Ok(Credential::AzureCli),
        AuthMethod::Browser => person(app()?, SignInFlow::Browser, prompt),
        AuthMethod::DeviceCode => person(app()?, SignInFlow::DeviceCode, prompt),
    }
}

fn person(
    client_id: String,
    flow: SignInFlow,
    prompt: Option<Prompt>,
) -> Result<Credential, GraphError> {
    Ok(Credential::Person(Person {
        client_id,
        flow,
        prompt: prompt.ok_or_else(cannot_prompt)?,
    }))
}

/// Refuses what a pipeline leaves in a variable if it has no secret for it.
fn check(value: &str, name: &str) -> Result<(), GraphError> {
    match Placeholder::of(value, name) {
        None => Ok(()),
        Some(placeholder) => {
            let message = format!("the variable {name} {placeholder}");
            let error = GraphError::before_request(ErrorKind::SignIn, message);
            Err(error.with_hint(hint_for(name)))
        }
    }
}

/// The environment variables.
struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    fn required(&self, name: &str) -> Result<String, GraphError> {
        self.get(name).ok_or_else(|| {
            let error = GraphError::before_request(ErrorKind::SignIn, format!("{name} is not set"));
            error.with_hint(hint_for(name))
        })
    }

    fn text(&self, value: Option<String>, name: &str) -> Result<String, GraphError> {
        value.map_or_else(|| self.required(name), Ok)
    }

    fn secret(&self, value: Option<SecretString>, name: &str) -> Result<SecretString, GraphError> {
        match value {
            Some(value) => Ok(value),
            None => {
                let value = self.required(name)?;
                check(&value, name)?;
                Ok(value.into())
            }
        }
    }

    /// The password of a certificate, which is empty if there is none.
    fn password(&self) -> Result<SecretString, GraphError> {
        let Some(value) = self.get(PASSWORD) else {
            return Ok(SecretString::default());
        };
        check(&value, PASSWORD)?;
        Ok(value.into())
    }

    fn file(&self, name: &str) -> Result<Vec<u8>, GraphError> {
        let path = self.required(name)?;
        local_file::read(Path::new(&path), local_file::SMALL).map_err(|error| {
            let message = format!("cannot read the file {path}");
            let error = GraphError::before_request(ErrorKind::SignIn, message).with_source(error);
            error.with_hint("write the certificate with its private key to this file")
        })
    }

    /// App Service sets two variables; a virtual machine has the metadata service.
    fn managed_identity_host(&self) -> ManagedIdentityHost {
        match (self.get(IDENTITY_ENDPOINT), self.get(IDENTITY_HEADER)) {
            (Some(endpoint), Some(header)) => ManagedIdentityHost::AppService {
                endpoint,
                header: header.into(),
            },
            _ => ManagedIdentityHost::Metadata {
                root: self
                    .get(IMDS_ROOT_VARIABLE)
                    .unwrap_or_else(|| IMDS_ENDPOINT.to_owned()),
            },
        }
    }

    /// Whether a program is in a directory of `PATH`.
    fn has_program(&self, program: &str) -> bool {
        let path = self.get("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .any(|directory: PathBuf| Path::new(&directory).join(program).is_file())
    }
}

/// How to set a missing variable.
fn hint_for(name: &str) -> &'static str {
    match name {
        CLIENT_ID => {
            "set it to the application (client) id, or write `clientId` below `auth` in the tenant document"
        }
        SECRET => {
            "set it to the value of the secret, or write `clientSecret: { env: NAME }` below `auth`"
        }
        CERTIFICATE => {
            "set it to the path of the file, or write `certificate: { file: path }` below `auth`"
        }
        FEDERATED | ACCESS_TOKEN => {
            "set it to the token, or write `token: { env: NAME }` below `auth`"
        }
        GITHUB_URL | GITHUB_TOKEN => {
            "GitHub sets it for a job that has `permissions: { id-token: write }`"
        }
        DEVOPS_TOKEN => "pass it to the step: `env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }`",
        DEVOPS_CONNECTION => {
            "set it, or write `serviceConnectionId` below `auth` in the tenant document"
        }
        TOKEN_FILE => {
            "Kubernetes sets it in pods with the label `azure.workload.identity/use: \"true\"`"
        }
        _ => "only the pipeline sets it: choose another method with `auth` in the tenant document",
    }
}

fn incomplete() -> GraphError {
    let message = format!("{CLIENT_ID} is set, but no secret, certificate or token");
    GraphError::before_request(ErrorKind::SignIn, message).with_hint(
        "set AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or ENTRAFLOW_FEDERATED_TOKEN too, \
         or choose a method with `auth` in the tenant document",
    )
}

fn cannot_prompt() -> GraphError {
    let message = "this run can ask no person to sign in";
    GraphError::before_request(ErrorKind::SignIn, message)
        .with_hint("choose a method for apps with `auth` in the tenant document")
}

fn not_found() -> GraphError {
    GraphError::before_request(ErrorKind::SignIn, "no credential found").with_hint(
        "set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or choose another method with `auth` in the tenant document; \
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

    /// The variables of every method, from the last in the order of detection to the first.
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
    fn from_env_uses_the_first_method_with_all_variables() {
        let methods: Vec<_> = [2, 6, 8, 9, 10, 11, 12, 13]
            .map(|set| from(&ALL[..set]).unwrap().auth_method())
            .into_iter()
            .rev()
            .collect();
        let order: Vec<_> = DETECTION_ORDER.iter().map(|(method, _)| *method).collect();
        assert_eq!(methods, order);
        let Ok(Credential::AccessToken(token)) = from(ALL) else {
            panic!("no token");
        };
        assert_eq!(token.expose_secret(), "abc");
    }

    #[test]
    fn from_env_uses_an_installed_azure_cli_last() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        assert_eq!(from(&[("PATH", path)]).unwrap_err(), "no credential found");
        std::fs::write(directory.path().join(PROGRAM), "").unwrap();
        assert_eq!(
            from(&[("PATH", path)]).unwrap().auth_method(),
            AuthMethod::AzureCli
        );
        assert_eq!(
            from(&[("PATH", path), (CLIENT_ID, "app")]).unwrap_err(),
            "AZURE_CLIENT_ID is set, but no secret, certificate or token"
        );
    }

    #[test]
    fn missing_variable_is_named_with_its_method() {
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
                "cannot sign in with a client certificate: cannot read the file no/such.pem",
            ),
        ] {
            assert_eq!(from(variables).unwrap_err(), message);
        }
    }
}
