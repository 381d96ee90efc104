//! The connection to a tenant in the cloud that its document names; for `emulator` to a running one, or to an embedded one.

use std::env::VarError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::command_error::CommandError;
use super::credential::credential;
use super::facts::{facts, warn_of_contradicted};
use super::progress::Progress;
use super::sign_in_prompt;
use super::terminal::Terminal;
use crate::desired::Tenant;
use crate::emulator::{self, Emulator, Options};
use crate::engine;
use crate::exit::Exit;
use crate::graph::{
    self, Cloud, ErrorKind, Facts, GraphError, Identity, Principal, RequestCounts, Session,
    Settings, encode_segment,
};
use crate::kinds::{CloudName, wire};
use crate::plan::TargetTenant;
use crate::rehearsal::emulated_type;
use crate::render::ReadStats;

/// The variable with the URL of a running emulator.
const EMULATOR_URL: &str = "ENTRAFLOW_EMULATOR";

/// The variable with the file of the certificate authorities to trust; no others are trusted then.
const CA_FILE: &str = "ENTRAFLOW_CA_FILE";

/// The error code of an emulator that does not have the tenant.
const NO_SUCH_TENANT: &str = "AADSTS90002";

/// A connection to a tenant.
pub(super) struct Connection {
    pub(super) session: Session,
    pub(super) target: TargetTenant,
    /// Who signed in; `None` if the token is opaque.
    pub(super) identity: Option<Identity>,
    /// The page where an administrator consents to the permissions of the app.
    pub(super) consent: Option<String>,
    /// The progress line.
    pub(super) progress: Progress,
    facts: Facts,
    emulator: Option<Emulator>,
}

impl Connection {
    /// Signs in to the tenant.
    pub(super) async fn open(
        tenant: &Tenant,
        terminal: &mut Terminal,
    ) -> Result<Self, CommandError> {
        let (cloud, description, emulator) = cloud(tenant).await?;
        let credential = credential(tenant, sign_in_prompt::prompt(tenant, terminal))?;
        let authority = match cloud {
            Cloud::Emulator { .. } => None,
            _ => Some(cloud.authority().to_owned()),
        };
        let facts = facts(tenant)?;
        let settings = Settings {
            facts: facts.clone(),
            ..settings(cloud, tenant, terminal)
        };
        let activity = settings.telemetry.activity.clone();
        let progress = Progress::of(terminal.progress(), activity);
        let session = graph::connect(settings, credential)
            .await
            .map_err(|error| sign_in_failed(error, tenant, emulator.is_none()))?;
        let identity = session.identity().await?;
        match &identity {
            Some(identity) => check_tenant(tenant, identity)?,
            None => terminal.message(
                "note: the token is opaque: missing permissions show only when Graph refuses a request",
            ),
        }
        let consent = identity
            .as_ref()
            .zip(authority)
            .map(|(identity, authority)| consent(&authority, tenant, identity));
        let target = engine::target(tenant, description);
        Ok(Self {
            session,
            target,
            identity,
            consent,
            progress,
            facts,
            emulator,
        })
    }

    /// The requests that reading has made so far.
    pub(super) fn reading(&self) -> ReadStats {
        let RequestCounts {
            requests,
            round_trips,
        } = self.session.requests();
        ReadStats::Graph {
            requests,
            round_trips,
        }
    }

    /// Whether an emulator was started for this connection.
    pub(super) fn is_embedded(&self) -> bool {
        self.emulator.is_some()
    }

    /// Closes the connection; an embedded emulator has saved its state already.
    pub(super) async fn close(self, terminal: &mut Terminal) {
        self.progress.finish();
        warn_of_contradicted(&self.facts, terminal);
        if let Some(emulator) = self.emulator {
            emulator.stop().await;
        }
    }
}

/// The cloud, how plans and reports describe it, and the emulator if one is embedded.
async fn cloud(tenant: &Tenant) -> Result<(Cloud, String, Option<Emulator>), CommandError> {
    let (cloud, description) = match tenant.cloud {
        CloudName::Emulator => return local(tenant).await,
        CloudName::Global => (Cloud::Global, "Microsoft Graph"),
        CloudName::UsGovernment => (
            Cloud::UsGovernment,
            "Microsoft Graph for US government (L4)",
        ),
        CloudName::UsGovernmentDod => (
            Cloud::UsGovernmentDoD,
            "Microsoft Graph for US government (L5, DoD)",
        ),
        CloudName::China => (Cloud::China, "Microsoft Graph in China (21Vianet)"),
    };
    Ok((cloud, description.to_owned(), None))
}

/// The settings of the tenant document and the environment.
fn settings(cloud: Cloud, tenant: &Tenant, terminal: &Terminal) -> Settings {
    let mut settings = Settings::new(cloud, &tenant.tenant_id);
    settings.requests_per_minute = tenant.requests_per_minute;
    if let Some(seconds) = tenant.max_wait_seconds {
        settings.max_wait.request = Duration::from_secs(seconds.into());
    }
    if let Some(seconds) = tenant.max_total_wait_seconds {
        settings.max_wait.run = Duration::from_secs(seconds.into());
    }
    settings.ca_file = std::env::var_os(CA_FILE)
        .filter(|file| !file.is_empty())
        .map(PathBuf::from);
    settings.telemetry.trace = terminal.trace();
    settings.telemetry.secrets = terminal.secrets();
    settings.telemetry.known_segments = wire::path_words();
    let of_probe = emulator::route_words();
    settings.telemetry.known_segments.extend(of_probe);
    settings
}

/// Refuses a token of another tenant, which managed identities and Azure CLI can return.
fn check_tenant(tenant: &Tenant, identity: &Identity) -> Result<(), CommandError> {
    let own = Uuid::parse_str(&tenant.tenant_id);
    let other = identity
        .tenant
        .as_deref()
        .and_then(|id| Uuid::parse_str(id).ok());
    match (own, other) {
        (Ok(own), Some(other)) if own != other => Err(CommandError::with_help(
            Exit::Denied,
            format!("the token is for the tenant {other}, but the files declare {own}"),
            "sign in to that tenant, or correct `tenantId` in the tenant document",
        )),
        _ => Ok(()),
    }
}

fn consent(authority: &str, tenant: &Tenant, identity: &Identity) -> String {
    let app = match &identity.principal {
        Principal::App { id, .. } => id,
        Principal::User { app, .. } => app,
    };
    let tenant = encode_segment(&tenant.tenant_id);
    format!(
        "{authority}/{tenant}/adminconsent?client_id={}",
        encode_segment(app)
    )
}

/// Explains a failed sign-in; the URL of an emulator that the environment names can be wrong.
fn sign_in_failed(error: GraphError, tenant: &Tenant, is_emulator_named: bool) -> CommandError {
    let is_other_tenant = error.code() == Some(NO_SUCH_TENANT);
    let is_unreachable = !matches!(error.kind(), ErrorKind::SignIn | ErrorKind::Tls);
    let mut error = CommandError::from(error);
    let uses_named = is_emulator_named && tenant.cloud == CloudName::Emulator;
    if uses_named && (is_other_tenant || is_unreachable) {
        if is_other_tenant {
            let (id, word) = (&tenant.tenant_id, tenant.tenant_type.as_str());
            let help =
                format!("`entraflow emulator --tenant {id} --type {word}` emulates this tenant");
            error.help.push(help);
        }
        let help = format!("correct {EMULATOR_URL}, or unset it to use the embedded emulator");
        error.help.push(help);
    }
    error
}

/// The emulator that the environment names, else an embedded one with its state in the tenant's directory.
async fn local(tenant: &Tenant) -> Result<(Cloud, String, Option<Emulator>), CommandError> {
    let description = |location: &dyn fmt::Display| format!("the local emulator ({location})");
    if let Some(url) = emulator_url()? {
        let description = description(&url);
        return Ok((Cloud::Emulator { url }, description, None));
    }
    let data = state_file(&tenant.directory);
    let emulator = start(tenant, &data).await?;
    let url = emulator.url().to_owned();
    Ok((
        Cloud::Emulator { url },
        description(&data.display()),
        Some(emulator),
    ))
}

fn emulator_url() -> Result<Option<String>, CommandError> {
    match std::env::var(EMULATOR_URL) {
        Ok(url) if url.is_empty() => Ok(None),
        Ok(url) => Ok(Some(without_user(&url))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(CommandError::variable_not_utf8(EMULATOR_URL)),
    }
}

fn state_file(directory: &Path) -> PathBuf {
    directory.join(".entraflow").join("graph.json")
}

/// The state of the embedded emulator of a tenant; `None` if a running emulator is used.
pub(super) fn embedded_state(directory: &Path) -> Option<PathBuf> {
    let uses_running = matches!(emulator_url(), Ok(Some(_)));
    (!uses_running).then(|| state_file(directory))
}

/// The URL without a user name and a password: the emulator needs none, and no output may show one. It need not be valid.
fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

async fn start(tenant: &Tenant, data: &Path) -> Result<Emulator, CommandError> {
    let options = Options {
        tenant: tenant.tenant_id.clone(),
        tenant_type: emulated_type(tenant.tenant_type),
        data: Some(data.to_owned()),
        ..Options::default()
    };
    emulator::start(options)
        .await
        .map_err(|error| CommandError::unexpected("the local emulator cannot start", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired;

    #[test]
    fn variable_of_the_emulator_is_blamed_only_where_it_is_set() {
        let directory = tempfile::TempDir::new().unwrap();
        let document = directory.path().join("tenant.yaml");
        let text = "kind: tenant\nname: shop\ntenantId: shop.example\ntype: b2c\ncloud: emulator\n";
        std::fs::write(&document, text).unwrap();
        let tenant = desired::load_tenant(&document, jiff::civil::date(2026, 1, 1)).unwrap();
        let help = |is_emulator_named| {
            let error = GraphError::before_request(ErrorKind::InvalidResponse, "no answer");
            sign_in_failed(error, &tenant, is_emulator_named).help
        };
        let blame = "correct ENTRAFLOW_EMULATOR, or unset it to use the embedded emulator";
        assert!(help(false).iter().all(|help| help != blame));
        assert!(help(true).iter().any(|help| help == blame));
    }

    #[test]
    fn user_and_password_of_an_emulator_are_dropped_also_from_an_invalid_url() {
        assert_eq!(
            without_user("http://127.0.0.1:8080"),
            "http://127.0.0.1:8080"
        );
        assert_eq!(
            without_user("http://ci:pa@ss@127.0.0.1:8080/x"),
            "http://127.0.0.1:8080/x"
        );
        assert_eq!(without_user("http://ci:p/w@localhost"), "http://localhost");
        assert_eq!(without_user("nonsense"), "nonsense");
    }
}
