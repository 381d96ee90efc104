//! The way to a tenant: the cloud that its document names; for `emulator` one that runs already, or one of our own.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::stop::Stop;
use crate::desired::{CloudName, Tenant};
use crate::emulator::{self, Emulator, Options};
use crate::graph::{self, Cloud, Credential, GraphError, Requests, Session, Settings};
use crate::kinds::TenantType;
use crate::plan::Target;
use crate::render::Reading;

/// The variable with the address of an emulator that runs already.
const RUNNING: &str = "ENTRAFLOW_EMULATOR";

/// What an emulator answers that plays another tenant.
const NO_SUCH_TENANT: &str = "AADSTS90002";

/// A connection to a tenant.
pub(super) struct Connection {
    pub(super) session: Session,
    pub(super) target: Target,
    emulator: Option<Emulator>,
}

impl Connection {
    /// Signs in to the tenant.
    pub(super) async fn open(tenant: &Tenant) -> Result<Self, Stop> {
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
        let credential = match tenant.cloud {
            CloudName::Emulator => Credential::emulator(),
            _ => Credential::from_env(|name| std::env::var(name).ok())?,
        };
        let mut settings = Settings::new(cloud, &tenant.tenant_id);
        settings.requests_per_minute = tenant.requests_per_minute;
        if let Some(seconds) = tenant.max_wait_seconds {
            settings.max_wait = Duration::from_secs(seconds.into());
        }
        let session = graph::connect(settings, credential)
            .await
            .map_err(|error| refused(error, tenant))?;
        let target = Target {
            name: tenant.name.clone(),
            tenant_id: tenant.tenant_id.clone(),
            tenant_type: tenant.tenant_type,
            cloud: words,
        };
        Ok(Self {
            session,
            target,
            emulator,
        })
    }

    /// What the reading so far has cost.
    pub(super) fn reading(&self) -> Reading {
        let Requests {
            requests,
            round_trips,
        } = self.session.requests();
        Reading::Graph {
            requests,
            round_trips,
        }
    }

    /// Ends the connection; the emulator has written its state already.
    pub(super) async fn close(self) {
        if let Some(emulator) = self.emulator {
            emulator.stop().await;
        }
    }
}

/// What cannot be connected to an emulator is an address in the environment.
fn refused(error: GraphError, tenant: &Tenant) -> Stop {
    let another = error.code() == Some(NO_SUCH_TENANT);
    let mut stop = Stop::from(error);
    if tenant.cloud == CloudName::Emulator {
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
        tenant_type: match tenant.tenant_type {
            TenantType::Workforce => emulator::TenantType::Workforce,
            TenantType::B2c => emulator::TenantType::B2c,
            TenantType::External => emulator::TenantType::External,
        },
        data: Some(data.to_owned()),
        ..Options::default()
    };
    emulator::start(options)
        .await
        .map_err(|error| Stop::unexpected("the local emulator cannot start", error))
}
