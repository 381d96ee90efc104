//! The way to a tenant: the cloud that its document names; for `emulator` one that runs already, or one of our own.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::Terminal;
use super::credential::credential;
use super::emulator::played_as;
use super::progress::Progress;
use super::stop::Stop;
use crate::desired::Tenant;
use crate::emulator::{self, Emulator, Options};
use crate::exit::Exit;
use crate::graph::{
    self, Cloud, ErrorKind, GraphError, Identity, RequestCounts, Session, Settings, Who,
    encode_segment,
};
use crate::kinds::{CloudName, wire};
use crate::plan::Target;
use crate::render::Reading;

/// The variable with the address of an emulator that runs already.
const RUNNING: &str = "ENTRAFLOW_EMULATOR";

/// The variable with the file of the only authorities to trust.
const CA_FILE: &str = "ENTRAFLOW_CA_FILE";

/// What an emulator answers that plays another tenant.
const NO_SUCH_TENANT: &str = "AADSTS90002";

/// A connection to a tenant.
pub(super) struct Connection {
    pub(super) session: Session,
    pub(super) target: Target,
    /// Who signed in; `None` where the token is opaque.
    pub(super) identity: Option<Identity>,
    /// Where an administrator consents to what an app asks for.
    pub(super) consent: Option<String>,
    /// What is shown of it.
    pub(super) progress: Progress,
    emulator: Option<Emulator>,
}

impl Connection {
    /// Signs in to the tenant.
    pub(super) async fn open(tenant: &Tenant, terminal: &mut Terminal) -> Result<Self, Stop> {
        let (cloud, words, emulator) = match tenant.cloud {
            CloudName::Emulator => local(tenant).await?,
            CloudName::Global => (Cloud::Global, "Microsoft Graph".to_owned(), None),
            CloudName::UsGovernment => (
                Cloud::UsGovernment,
                "Microsoft Graph for US government (L4)".to_owned(),
                None,
            ),
            CloudName::UsGovernmentDod => (
                Cloud::UsGovernmentDoD,
                "Microsoft Graph for US government (L5, DoD)".to_owned(),
                None,
            ),
            CloudName::China => (
                Cloud::China,
                "Microsoft Graph in China (21Vianet)".to_owned(),
                None,
            ),
        };
        let credential = credential(tenant)?;
        let authority = match cloud {
            Cloud::Emulator { .. } => None,
            _ => Some(cloud.authority().to_owned()),
        };
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
        settings.telemetry.known_segments = wire::path_words();
        let activity = settings.telemetry.activity.clone();
        let progress = Progress::of(terminal.progress(), activity);
        let session = graph::connect(settings, credential)
            .await
            .map_err(|error| refused(error, tenant))?;
        let identity = session.identity().await?;
        match &identity {
            Some(identity) => is_of(tenant, identity)?,
            None => terminal.tell(
                "note: the token is opaque, so what it allows is unknown until Graph refuses something",
            ),
        }
        let consent = identity
            .as_ref()
            .zip(authority)
            .map(|(identity, authority)| consent(&authority, tenant, identity));
        let target = Target {
            name: tenant.name.clone(),
            tenant_id: tenant.tenant_id.clone(),
            tenant_type: tenant.tenant_type,
            cloud: words,
        };
        Ok(Self {
            session,
            target,
            identity,
            consent,
            progress,
            emulator,
        })
    }

    /// What the reading so far has cost.
    pub(super) fn reading(&self) -> Reading {
        let RequestCounts {
            requests,
            round_trips,
        } = self.session.requests();
        Reading::Graph {
            requests,
            round_trips,
        }
    }

    /// Whether an emulator was started for this connection.
    pub(super) fn is_embedded(&self) -> bool {
        self.emulator.is_some()
    }

    /// Ends the connection; the emulator has written its state already.
    pub(super) async fn close(self) {
        self.progress.ends();
        if let Some(emulator) = self.emulator {
            emulator.stop().await;
        }
    }
}

/// Refuses a token of another tenant, which a machine's identity and Azure CLI may give.
fn is_of(tenant: &Tenant, identity: &Identity) -> Result<(), Stop> {
    let own = Uuid::parse_str(&tenant.tenant_id);
    let other = identity
        .tenant
        .as_deref()
        .and_then(|id| Uuid::parse_str(id).ok());
    match (own, other) {
        (Ok(own), Some(other)) if own != other => Err(Stop::with_help(
            Exit::Denied,
            format!("the token is for the tenant {other}, and the files are about {own}"),
            "sign in to that tenant, or correct `tenantId` in the tenant document",
        )),
        _ => Ok(()),
    }
}

fn consent(authority: &str, tenant: &Tenant, identity: &Identity) -> String {
    let app = match &identity.who {
        Who::App { id, .. } => id,
        Who::User { app, .. } => app,
    };
    let tenant = encode_segment(&tenant.tenant_id);
    format!(
        "{authority}/{tenant}/adminconsent?client_id={}",
        encode_segment(app)
    )
}

/// What cannot be connected to an emulator is an address in the environment.
fn refused(error: GraphError, tenant: &Tenant) -> Stop {
    let another = error.code() == Some(NO_SUCH_TENANT);
    let is_address = !matches!(error.kind(), ErrorKind::SignIn | ErrorKind::Tls);
    let mut stop = Stop::from(error);
    if tenant.cloud == CloudName::Emulator && (another || is_address) {
        if another {
            let (id, word) = (&tenant.tenant_id, tenant.tenant_type.word());
            let help =
                format!("`entraflow emulator --tenant {id} --type {word}` plays this tenant");
            stop.help.push(help);
        }
        let help = format!("mend {RUNNING}, or unset it to have an emulator started");
        stop.help.push(help);
    }
    stop
}

/// The emulator that the environment names, else one that keeps its state beside the tenant's files.
async fn local(tenant: &Tenant) -> Result<(Cloud, String, Option<Emulator>), Stop> {
    let words = |place: &dyn fmt::Display| format!("the local emulator ({place})");
    if let Some(url) = std::env::var(RUNNING).ok().filter(|url| !url.is_empty()) {
        let words = words(&url);
        return Ok((Cloud::Emulator { url }, words, None));
    }
    let data = tenant.directory.join(".entraflow").join("graph.json");
    let emulator = start(tenant, &data).await?;
    let url = emulator.url().to_owned();
    Ok((
        Cloud::Emulator { url },
        words(&data.display()),
        Some(emulator),
    ))
}

async fn start(tenant: &Tenant, data: &Path) -> Result<Emulator, Stop> {
    let options = Options {
        tenant: tenant.tenant_id.clone(),
        tenant_type: played_as(tenant.tenant_type),
        data: Some(data.to_owned()),
        ..Options::default()
    };
    emulator::start(options)
        .await
        .map_err(|error| Stop::unexpected("the local emulator cannot start", error))
}
