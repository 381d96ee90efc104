//! The credential of a tenant: the one that its document chooses, or else the one that the environment provides.

use std::cell::RefCell;
use std::env::VarError;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::command_error::CommandError;
use super::habits;
use crate::apply::read_secret;
use crate::desired::{Auth, SignInMethod, Tenant};
use crate::exit::Exit;
use crate::graph::{AuthMethod, Credential, CredentialOptions, GraphError, Prompt, SignInFlow};
use crate::kinds::CloudName;
use crate::model::{RedactedText, SecretSource};

/// The variable with which a person chooses to sign in, whatever the tenant document says.
const SIGN_IN: &str = "ENTRAFLOW_SIGN_IN";

/// The variable with the id of the app.
const CLIENT_ID: &str = "AZURE_CLIENT_ID";

/// The credential for a tenant. The emulator accepts any unless the document chooses one.
pub(super) fn credential(tenant: &Tenant, prompt: Prompt) -> Result<Credential, CommandError> {
    let not_utf8 = RefCell::new(None);
    let variable = |name: &str| match std::env::var(name) {
        Ok(value) => Some(value),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => {
            not_utf8.replace(Some(name.to_owned()));
            None
        }
    };
    let flow = variable(SIGN_IN).filter(|word| !word.is_empty());
    let credential = match (flow, &tenant.auth, tenant.cloud) {
        (Some(word), auth, _) => in_person(&word, auth.as_ref(), prompt, &variable),
        (None, Some(auth), _) => chosen(auth, prompt, &variable),
        (None, None, CloudName::Emulator) => Ok(Credential::emulator()),
        (None, None, _) => {
            Credential::from_env(&variable).map_err(|error| unavailable(error, &variable))
        }
    };
    match not_utf8.take() {
        Some(name) => Err(CommandError::variable_not_utf8(&name)),
        None => credential,
    }
}

/// The environment provides no credential; perhaps it does for Terraform.
fn unavailable(error: GraphError, variable: &dyn Fn(&str) -> Option<String>) -> CommandError {
    let error = CommandError::from(error);
    match habits::terraform_variables(variable) {
        Some(help) => error.helped(help),
        None => error,
    }
}

/// The credential of a person. Their app is not the one of the pipelines, so the variable comes before the document.
fn in_person(
    word: &str,
    auth: Option<&Auth>,
    prompt: Prompt,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Credential, CommandError> {
    let flow = match word {
        "browser" => SignInFlow::Browser,
        "deviceCode" => SignInFlow::DeviceCode,
        _ => {
            let message = format!("{SIGN_IN} is `{word}`, which is no way for a person to sign in");
            let help = format!("set it to `browser` or `deviceCode`, or unset {SIGN_IN}");
            return Err(CommandError::with_help(Exit::Usage, message, help));
        }
    };
    let client_id = variable(CLIENT_ID).filter(|id| !id.is_empty());
    let options = CredentialOptions {
        client_id: client_id.or_else(|| auth?.client_id.clone()),
        prompt: Some(prompt),
        ..CredentialOptions::default()
    };
    Ok(Credential::of(flow.auth_method(), options, variable)?)
}

fn chosen(
    auth: &Auth,
    prompt: Prompt,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Credential, CommandError> {
    let read = |source: &Option<SecretSource>| match source {
        Some(source) => read_secret(source, Path::new(""), &|name| std::env::var_os(name))
            .map(Some)
            .map_err(|error| CommandError::unreadable_credential(auth, source, &error)),
        None => Ok(None),
    };
    let text = |source| {
        Ok::<_, CommandError>(read(source)?.map(|hidden: RedactedText| hidden.expose().into()))
    };
    let certificate = read(&auth.certificate)?.map(|hidden| bytes(&hidden));
    let given = CredentialOptions {
        client_id: auth.client_id.clone(),
        secret: text(&auth.secret)?,
        certificate,
        password: text(&auth.password)?,
        service_connection: auth.service_connection_id.clone(),
        prompt: Some(prompt),
    };
    let method = match auth.method {
        SignInMethod::ClientSecret => AuthMethod::ClientSecret,
        SignInMethod::ClientCertificate => AuthMethod::ClientCertificate,
        SignInMethod::FederatedToken => AuthMethod::FederatedToken,
        SignInMethod::WorkloadIdentity => AuthMethod::WorkloadIdentity,
        SignInMethod::GithubActions => AuthMethod::GithubActions,
        SignInMethod::AzureDevOps => AuthMethod::AzureDevOps,
        SignInMethod::ManagedIdentity => AuthMethod::ManagedIdentity,
        SignInMethod::AzureCli => AuthMethod::AzureCli,
        SignInMethod::Browser => AuthMethod::Browser,
        SignInMethod::DeviceCode => AuthMethod::DeviceCode,
        SignInMethod::AccessToken => AuthMethod::AccessToken,
    };
    Ok(Credential::of(method, given, variable)?)
}

/// The bytes of a file are encoded in base64; a variable holds either base64 or PEM.
fn bytes(hidden: &RedactedText) -> Vec<u8> {
    let text: String = hidden.expose().split_whitespace().collect();
    STANDARD
        .decode(text)
        .unwrap_or_else(|_| hidden.expose().as_bytes().to_vec())
}
