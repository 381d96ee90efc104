//! The way to a tenant: the cloud that its document names, or the embedded emulator.

use std::path::Path;
use std::time::Duration;

use super::stop::Stop;
use crate::desired::{CloudName, Tenant};
use crate::emulator::{self, Emulator, Options};
use crate::graph::{self, Cloud, Credential, Session, Settings};
use crate::kinds::TenantType;
use crate::plan::Target;

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
            CloudName::Emulator => {
                let data = tenant.directory.join(".entraflow").join("graph.json");
                let emulator = start(tenant, &data).await?;
                let cloud = Cloud::Emulator {
                    url: emulator.url().to_owned(),
                };
                (
                    cloud,
                    format!("the local emulator ({})", data.display()),
                    Some(emulator),
                )
            }
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
        let credential = match emulator {
            Some(_) => Credential::emulator(),
            None => Credential::from_env(|name| std::env::var(name).ok())?,
        };
        let mut settings = Settings::new(cloud, &tenant.tenant_id);
        settings.requests_per_minute = tenant.requests_per_minute;
        if let Some(seconds) = tenant.max_wait_seconds {
            settings.max_wait = Duration::from_secs(seconds.into());
        }
        let session = graph::connect(settings, credential).await?;
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

    /// Ends the connection; the emulator has written its state already.
    pub(super) async fn close(self) {
        if let Some(emulator) = self.emulator {
            emulator.stop().await;
        }
    }
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
