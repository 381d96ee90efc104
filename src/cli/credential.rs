//! The credential of a tenant: the one that its document chooses, or else the one that the environment provides.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::command_error::CommandError;
use crate::apply::read_secret;
use crate::desired::{Auth, AuthWay, Tenant};
use crate::graph::{Credential, Given, Way};
use crate::kinds::CloudName;
use crate::model::{Hidden, SecretSource};

/// The credential for a tenant. The emulator accepts any unless the document chooses one.
pub(super) fn credential(tenant: &Tenant) -> Result<Credential, CommandError> {
    match (&tenant.auth, tenant.cloud) {
        (Some(auth), _) => chosen(auth),
        (None, CloudName::Emulator) => Ok(Credential::emulator()),
        (None, _) => Ok(Credential::from_env(&variable)?),
    }
}

fn chosen(auth: &Auth) -> Result<Credential, CommandError> {
    let read = |source: &Option<SecretSource>| match source {
        Some(source) => read_secret(source, Path::new(""), &variable)
            .map(Some)
            .map_err(|message| CommandError::unreadable_credential(auth, source, &message)),
        None => Ok(None),
    };
    let text =
        |source| Ok::<_, CommandError>(read(source)?.map(|hidden: Hidden| hidden.expose().into()));
    let certificate = read(&auth.certificate)?.map(|hidden| bytes(&hidden));
    let given = Given {
        client_id: auth.client_id.clone(),
        secret: text(&auth.secret)?,
        certificate,
        password: text(&auth.password)?,
        service_connection: auth.service_connection_id.clone(),
    };
    let way = match auth.way {
        AuthWay::ClientSecret => Way::ClientSecret,
        AuthWay::ClientCertificate => Way::ClientCertificate,
        AuthWay::FederatedToken => Way::FederatedToken,
        AuthWay::WorkloadIdentity => Way::WorkloadIdentity,
        AuthWay::GithubActions => Way::GithubActions,
        AuthWay::AzureDevOps => Way::AzureDevOps,
        AuthWay::ManagedIdentity => Way::ManagedIdentity,
        AuthWay::AzureCli => Way::AzureCli,
        AuthWay::AccessToken => Way::AccessToken,
    };
    Ok(Credential::of(way, given, &variable)?)
}

/// The bytes of a file are encoded in base64; a variable holds either base64 or PEM.
fn bytes(hidden: &Hidden) -> Vec<u8> {
    let text: String = hidden.expose().split_whitespace().collect();
    STANDARD
        .decode(text)
        .unwrap_or_else(|_| hidden.expose().as_bytes().to_vec())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
