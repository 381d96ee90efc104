//! The source of the live state: the tenant, or a snapshot of it.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use super::command_error::CommandError;
use super::connect::Connection;
use super::file;
use super::permissions;
use super::terminal::Terminal;
use crate::desired::{Desired, Tenant};
use crate::engine::permissions::Access;
use crate::engine::{self, Overrides};
use crate::graph::Reader;
use crate::plan::TargetTenant;
use crate::render::ReadStats;
use crate::snapshot::{Snapshot, SnapshotTenant};

/// Which live state is read.
#[derive(Args, Clone)]
pub(super) struct StateArgs {
    /// Read a snapshot in place of the tenant: no network, no credentials.
    #[arg(long, value_name = "SNAPSHOT")]
    pub(super) live: Option<std::path::PathBuf>,
}

/// The source of the live state.
pub(super) enum StateSource {
    /// The tenant.
    Tenant(Box<Connection>),
    /// A snapshot of it.
    Snapshot {
        reader: Reader,
        target: TargetTenant,
        taken: jiff::Timestamp,
    },
}

impl StateArgs {
    /// Refuses a snapshot for several tenants.
    pub(super) fn check_several(&self) -> Result<(), CommandError> {
        match &self.live {
            None => Ok(()),
            Some(_) => Err(CommandError::one_tenant_only("a snapshot holds one tenant")),
        }
    }

    /// Opens the snapshot, or else a connection to the tenant with the permissions to read what the files name.
    pub(super) async fn open(
        &self,
        desired: &Desired,
        overrides: &Overrides,
        terminal: &mut Terminal,
    ) -> Result<StateSource, CommandError> {
        terminal.redact_secrets_of(desired, Path::new(""));
        match &self.live {
            Some(path) => open(path, &desired.tenant),
            None => {
                let connection = Connection::open(&desired.tenant, terminal).await?;
                permissions::check_reading(&connection, desired, overrides, terminal)?;
                Ok(StateSource::Tenant(Box::new(connection)))
            }
        }
    }
}

impl StateSource {
    pub(super) fn reader(&self) -> Reader {
        match self {
            Self::Tenant(connection) => connection.session.reader(),
            Self::Snapshot { reader, .. } => reader.clone(),
        }
    }

    pub(super) fn target(&self) -> &TargetTenant {
        match self {
            Self::Tenant(connection) => &connection.target,
            Self::Snapshot { target, .. } => target,
        }
    }

    /// Warns if the token seems not to allow Graph to validate objects of these kinds.
    pub(super) fn check_validation(&self, kinds: &BTreeSet<&'static str>, terminal: &mut Terminal) {
        if let Self::Tenant(connection) = self {
            let objects = "the objects that the files declare";
            permissions::check(connection, kinds, Access::Validate, objects, terminal);
        }
    }

    /// Notes that the token seems not to allow reading the audit log.
    pub(super) fn check_audit_log(&self, terminal: &mut Terminal) {
        if let Self::Tenant(connection) = self {
            permissions::check_audit_log(connection, terminal);
        }
    }

    /// The requests that reading has made so far.
    pub(super) fn reading(&self) -> ReadStats {
        match self {
            Self::Tenant(connection) => connection.reading(),
            Self::Snapshot { taken, .. } => ReadStats::Snapshot {
                taken: *taken,
                now: jiff::Timestamp::now(),
            },
        }
    }

    pub(super) async fn close(self, terminal: &mut Terminal) {
        match self {
            Self::Tenant(connection) => connection.close(terminal).await,
            Self::Snapshot { .. } => {}
        }
    }
}

/// Reads a snapshot.
pub(super) fn read_snapshot(path: &Path) -> Result<Snapshot, CommandError> {
    let text = file::read(path).map_err(|error| {
        let what = format!("the snapshot {} cannot be read", path.display());
        CommandError::unexpected(&what, error)
    })?;
    Snapshot::read(&text).map_err(|error| CommandError::unusable_snapshot(path, &error))
}

fn open(path: &Path, tenant: &Tenant) -> Result<StateSource, CommandError> {
    let Snapshot {
        taken,
        tenant: then,
        answers,
    } = read_snapshot(path)?;
    if !is_same(&then, tenant) {
        return Err(CommandError::snapshot_of_other_tenant(path, &then, tenant));
    }
    Ok(StateSource::Snapshot {
        reader: Reader::from_snapshot(answers),
        target: engine::target(tenant, then.cloud_description),
        taken,
    })
}

fn is_same(then: &SnapshotTenant, now: &Tenant) -> bool {
    then.tenant_id.eq_ignore_ascii_case(&now.tenant_id)
        && then.r#type == now.tenant_type
        && then.cloud == now.cloud.as_str()
}
