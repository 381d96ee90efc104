//! Where the live state comes from: the tenant itself, or a snapshot of it.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use super::bounds::Leave;
use super::connect::Connection;
use super::permissions::{self, Use};
use super::stop::Stop;
use super::{Terminal, saved};
use crate::desired::{Desired, Tenant};
use crate::graph::Reader;
use crate::plan::Target;
use crate::render::Reading;
use crate::snapshot::{Snapshot, SnapshotTenant};

/// Which live state is looked at.
#[derive(Args, Clone)]
pub(super) struct Live {
    /// Look at a snapshot instead of the tenant: no network, no credentials.
    #[arg(long, value_name = "SNAPSHOT")]
    pub(super) live: Option<std::path::PathBuf>,
}

/// Where the live state comes from.
pub(super) enum Source {
    /// The tenant.
    Tenant(Box<Connection>),
    /// A snapshot of it.
    Snapshot {
        reader: Reader,
        target: Target,
        taken: jiff::Timestamp,
    },
}

impl Live {
    /// Refuses what holds only one tenant.
    pub(super) fn fits_several(&self) -> Result<(), Stop> {
        match &self.live {
            None => Ok(()),
            Some(_) => Err(Stop::one_tenant_only("a snapshot holds one tenant")),
        }
    }

    /// Opens the snapshot, or else a connection to the tenant that may read what the files talk about.
    pub(super) async fn open(
        &self,
        desired: &Desired,
        leave: &Leave,
        terminal: &mut Terminal,
    ) -> Result<Source, Stop> {
        match &self.live {
            Some(path) => open(path, &desired.tenant),
            None => {
                let connection = Connection::open(&desired.tenant, terminal).await?;
                permissions::check_reading(&connection, desired, leave)?;
                Ok(Source::Tenant(Box::new(connection)))
            }
        }
    }
}

impl Source {
    pub(super) fn reader(&self) -> Reader {
        match self {
            Self::Tenant(connection) => connection.session.reader(),
            Self::Snapshot { reader, .. } => reader.clone(),
        }
    }

    pub(super) fn target(&self) -> &Target {
        match self {
            Self::Tenant(connection) => &connection.target,
            Self::Snapshot { target, .. } => target,
        }
    }

    /// Stops the run where the token does not allow to have Graph judge these kinds.
    pub(super) fn may_judge(&self, kinds: &BTreeSet<&'static str>) -> Result<(), Stop> {
        match self {
            Self::Tenant(connection) => {
                permissions::check(connection, kinds, Use::Judge, "what the files declare")
            }
            Self::Snapshot { .. } => Ok(()),
        }
    }

    /// What the reading so far has cost.
    pub(super) fn reading(&self) -> Reading {
        match self {
            Self::Tenant(connection) => connection.reading(),
            Self::Snapshot { taken, .. } => Reading::Snapshot {
                taken: *taken,
                now: jiff::Timestamp::now(),
            },
        }
    }

    pub(super) async fn close(self) {
        match self {
            Self::Tenant(connection) => connection.close().await,
            Self::Snapshot { .. } => {}
        }
    }
}

fn open(path: &Path, tenant: &Tenant) -> Result<Source, Stop> {
    let text = saved::read(path).map_err(|error| {
        let what = format!("the snapshot {} cannot be read", path.display());
        Stop::unexpected(&what, error)
    })?;
    let snapshot = Snapshot::read(&text).map_err(|error| Stop::unusable_snapshot(path, &error))?;
    let Snapshot {
        taken,
        tenant: then,
        answers,
    } = snapshot;
    if !is_same(&then, tenant) {
        return Err(Stop::snapshot_of_another(path, &then, tenant));
    }
    Ok(Source::Snapshot {
        reader: Reader::of(answers),
        target: Target {
            name: tenant.name.clone(),
            tenant_id: tenant.tenant_id.clone(),
            tenant_type: tenant.tenant_type,
            cloud: then.cloud_description,
        },
        taken,
    })
}

fn is_same(then: &SnapshotTenant, now: &Tenant) -> bool {
    then.tenant_id.eq_ignore_ascii_case(&now.tenant_id)
        && then.r#type == now.tenant_type
        && then.cloud == now.cloud.word()
}
