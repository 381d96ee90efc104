//! `entraflow probe`

mod write;

use std::path::PathBuf;

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::file;
use crate::cli::help;
use crate::cli::load;
use crate::cli::output::TextOrJson;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::exit::Exit;
use crate::probe::{self, ProbeReport};
use crate::rehearsal::emulated_type;
use crate::render::{self, ProbeResult};

/// Ask a tenant what is not known about Microsoft Graph, and compare its answers with what entraflow assumes.
///
/// For the first day with a real tenant, and for who reports a fault. Reads each kind of object and a few objects of each;
/// a token with fewer permissions sees less. docs/assumptions.md lists the questions.
#[derive(Args)]
#[command(after_help = help::signing_in("entraflow probe"))]
pub(in crate::cli) struct ProbeCommand {
    #[command(flatten)]
    files: Files,
    /// The output format.
    #[arg(long, value_enum, default_value = "text")]
    format: TextOrJson,
    /// Write a report as JSON to a file: the answers, and the shapes of responses, without a name, an id, an address or a
    /// text of the tenant. `entraflow emulator --assume-from FILE` behaves as this tenant.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Also settle what only writing can: create objects named `entraflow-probe-…`, try them, and delete them. Only in a
    /// tenant whose document has `probe: { write: true }`, after asking. Changes no setting of the tenant and no attribute.
    #[arg(long)]
    write: bool,
    /// Write without asking.
    #[arg(long, requires = "write")]
    yes: bool,
}

impl ProbeCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let desired = load::load(&self.files.paths, terminal)?;
        let tenant = &desired.tenant;
        if self.write {
            write::check_allowed(tenant)?;
        }
        let connection = Connection::open(tenant, terminal).await?;
        let permissions = connection
            .identity
            .as_ref()
            .map(|it| it.permissions.clone());
        let reader = connection.session.reader();
        let mut seen =
            probe::survey(&reader, emulated_type(tenant.tenant_type), permissions).await?;
        if self.write {
            write::write(tenant, &connection, self.yes, &mut seen, terminal).await?;
        }
        let settled = probe::settle(&seen);
        let (tenant_type, cloud) = (tenant.tenant_type.as_str(), tenant.cloud.as_str());
        let report = ProbeReport::new(&seen, &settled, tenant_type, cloud);
        let result = ProbeResult {
            target: &connection.target,
            settled: &settled,
            report: &report,
            requests: connection.session.requests().requests,
            writes: seen.writes() as u64,
        };
        let (format, style) = (self.format.into(), terminal.style());
        terminal.result(|out| render::probe(out, &result, format, style))?;
        connection.close(terminal).await;
        if let Some(path) = &self.report {
            file::save_text(path, "the report", report.to_json())?;
        }
        Ok(Exit::Success)
    }
}
