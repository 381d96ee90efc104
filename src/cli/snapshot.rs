//! `entraflow snapshot`

use std::path::PathBuf;

use clap::Args;

use super::bounds::{self, Leave};
use super::compare::scope;
use super::connect::Connection;
use super::permissions::{self, Use};
use super::stop::Stop;
use super::{Files, Terminal, load, saved};
use crate::desired::Tenant;
use crate::exit::Exit;
use crate::live::{SnapshotScope, read_for_snapshot, snapshot_kinds};
use crate::render::count;
use crate::snapshot::{Snapshot as Taken, SnapshotTenant};

/// Save what the tenant has, for plans without network and credentials. Writes nothing to the tenant.
///
/// It holds all objects of the kinds that the files declare, that these refer to or that refer to these, and of page texts
/// those that the files name. It holds no secret.
#[derive(Args)]
pub(super) struct Snapshot {
    #[command(flatten)]
    files: Files,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Save all kinds and all page texts, whatever the files say. It may take many requests.
    #[arg(long)]
    all: bool,
}

impl Snapshot {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let rules = bounds::rules(&desired, &Leave::default())?;
        let breadth = if self.all {
            SnapshotScope::All
        } else {
            SnapshotScope::Declared
        };
        let scope = scope(&desired, &rules);
        let kinds = snapshot_kinds(&scope, breadth);
        permissions::check(&connection, &kinds, Use::Read, "what is to be saved")?;
        let taken = jiff::Timestamp::now();
        let answers = read_for_snapshot(&connection.session.reader(), &scope, breadth).await;
        let snapshot = Taken {
            taken,
            tenant: tenant(&desired.tenant, &connection),
            answers: answers.map_err(|error| Stop::reading(error, &desired))?,
        };
        let requests = connection.session.requests().requests;
        connection.close().await;
        saved::save_text(&self.out, "the snapshot", snapshot.write())?;
        let (file, requests) = (self.out.display(), count(requests, "request"));
        terminal.tell(&format!(
            "Saved to {file}, with {requests}. `entraflow plan --live {file}` plans from it."
        ));
        Ok(Exit::Success)
    }
}

fn tenant(tenant: &Tenant, connection: &Connection) -> SnapshotTenant {
    SnapshotTenant {
        tenant_id: tenant.tenant_id.clone(),
        r#type: tenant.tenant_type,
        cloud: tenant.cloud.word().to_owned(),
        cloud_description: connection.target.cloud.clone(),
    }
}
