//! `entraflow snapshot`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::file;
use crate::cli::help;
use crate::cli::load;
use crate::cli::permissions;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::Tenant;
use crate::engine;
use crate::engine::permissions::Access;
use crate::exit::Exit;
use crate::live::{SnapshotScope, read_for_snapshot, snapshot_kinds};
use crate::render::count;
use crate::snapshot::{Snapshot, SnapshotTenant};

/// Save the live state, for plans without network and credentials. Writes nothing to the tenant.
///
/// A snapshot holds all objects of the kinds that the files declare, of the kinds that these refer to or that refer to
/// these, and the page texts that the files name. It holds no secret.
#[derive(Args)]
#[command(after_help = help::signing_in("entraflow snapshot --out tenant.snapshot.json"))]
pub(in crate::cli) struct SnapshotCommand {
    #[command(flatten)]
    files: Files,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Save all kinds and all page texts, whatever the files declare. This can take many requests.
    #[arg(long)]
    all: bool,
}

impl SnapshotCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let desired = load::load(&self.files.paths, terminal)?;
        terminal.redact_secrets_of(&desired, Path::new(""));
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let rules = engine::read_rules(&desired);
        let rules = rules.map_err(|error| CommandError::engine(error, &desired))?;
        let breadth = if self.all {
            SnapshotScope::All
        } else {
            SnapshotScope::Declared
        };
        let scope = engine::scope(&desired, &rules);
        let kinds = snapshot_kinds(&scope, breadth);
        permissions::check(
            &connection,
            &kinds,
            Access::Read,
            "the objects to save",
            terminal,
        );
        let taken = jiff::Timestamp::now();
        let answers = read_for_snapshot(&connection.session.reader(), &scope, breadth).await;
        let snapshot = Snapshot {
            taken,
            tenant: tenant(&desired.tenant, &connection),
            answers: answers.map_err(|error| CommandError::reading(error, &desired))?,
        };
        let requests = connection.session.requests().requests;
        connection.close(terminal).await;
        file::save_text(&self.out, "the snapshot", snapshot.write())?;
        let (file, requests) = (self.out.display(), count(requests, "request"));
        terminal.message(&format!(
            "Saved to {file}, with {requests}. `entraflow plan --live {file}` plans from it."
        ));
        Ok(Exit::Success)
    }
}

fn tenant(tenant: &Tenant, connection: &Connection) -> SnapshotTenant {
    SnapshotTenant {
        tenant_id: tenant.tenant_id.clone(),
        r#type: tenant.tenant_type,
        cloud: tenant.cloud.as_str().to_owned(),
        cloud_description: connection.target.cloud.clone(),
    }
}
