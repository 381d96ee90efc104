//! A local copy of a tenant: an emulator in this process with what was read of the tenant.

use std::time::Duration;

use super::RehearsalError;
use crate::assumptions::{Assumptions, Choice};
use crate::desired::Tenant;
use crate::emulator::{self, Emulator, Fault, Options, SavedBodies, Seed, TenantType};
use crate::graph::{self, Cloud, Credential, MaxWait, Reader, Session, Settings, Writer};
use crate::kinds;

/// A running copy.
pub(super) struct LocalTenant {
    emulator: Emulator,
    session: Session,
}

/// A writer of a local copy. It can be made of nothing else: no address of a service leads to one.
pub(super) struct RehearsalWriter(Writer);

impl RehearsalWriter {
    /// What `apply` takes.
    pub(super) fn as_writer(&self) -> &Writer {
        &self.0
    }
}

impl LocalTenant {
    /// Starts a copy of which these bodies say what it has.
    pub(super) async fn start(
        tenant: &Tenant,
        bodies: SavedBodies,
        assumptions: &Assumptions,
        faults: &[Fault],
    ) -> Result<Self, RehearsalError> {
        let options = Options {
            tenant: tenant.tenant_id.clone(),
            tenant_type: emulated_type(tenant.tenant_type),
            seed: Some(Seed::Saved(bodies)),
            assumptions: assumptions.clone(),
            faults: faults.to_vec(),
            explains_refusals: true,
            ..Options::default()
        };
        let emulator = emulator::start(options).await?;
        let url = emulator.url().to_owned();
        let mut settings = Settings::new(Cloud::Emulator { url }, &tenant.tenant_id);
        settings.max_wait = MaxWait {
            request: Duration::ZERO,
            run: Duration::ZERO,
        };
        let session = graph::connect(settings, Credential::emulator()).await?;
        Ok(Self { emulator, session })
    }

    pub(super) fn reader(&self) -> Reader {
        self.session.reader()
    }

    pub(super) fn rehearsal_writer(&self) -> RehearsalWriter {
        RehearsalWriter(self.session.writer())
    }

    /// The other answers under which a request would have been accepted that was refused.
    pub(super) fn alternatives(&self) -> Vec<Choice> {
        self.emulator.alternatives()
    }

    pub(super) async fn stop(self) {
        self.emulator.stop().await;
    }
}

/// The tenant type in the terms of the emulator.
pub fn emulated_type(tenant_type: kinds::TenantType) -> TenantType {
    match tenant_type {
        kinds::TenantType::Workforce => TenantType::Workforce,
        kinds::TenantType::B2c => TenantType::B2c,
        kinds::TenantType::External => TenantType::External,
    }
}
