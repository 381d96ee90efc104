//! The commands, one per file: the doc comments of the arguments are the help.
//! Code that several commands share is in the parent directory.

mod apply;
mod check_sign_in;
pub(super) mod completions;
mod convert;
mod diagram;
mod drift;
mod emulator;
mod explain;
mod export;
mod fmt;
mod init;
mod list;
mod man;
mod plan;
mod probe;
mod render;
mod schema;
mod show;
mod snapshot;
mod validate;
mod version;
mod whoami;

use clap::Subcommand;

use crate::cli::command_error::CommandError;
use crate::cli::tenant_command::ForTenants;
use crate::cli::terminal::Terminal;
use crate::exit::Exit;

#[derive(Subcommand)]
pub(super) enum Command {
    Init(init::InitCommand),
    Validate(ForTenants<validate::ValidateCommand>),
    Plan(ForTenants<plan::PlanCommand>),
    Apply(ForTenants<apply::ApplyCommand>),
    Diagram(diagram::DiagramCommand),
    Whoami(whoami::WhoamiCommand),
    List(list::ListCommand),
    Show(show::ShowCommand),
    Probe(probe::ProbeCommand),
    Drift(ForTenants<drift::DriftCommand>),
    CheckSignIn(ForTenants<check_sign_in::CheckSignInCommand>),
    Snapshot(snapshot::SnapshotCommand),
    Export(export::ExportCommand),
    Convert(convert::ConvertCommand),
    Render(render::RenderCommand),
    Fmt(fmt::FmtCommand),
    Emulator(emulator::EmulatorCommand),
    Schema(schema::SchemaCommand),
    Explain(explain::ExplainCommand),
    Completions(completions::CompletionsCommand),
    Man(man::ManCommand),
    Version(version::VersionCommand),
}

impl Command {
    /// Runs the command. `program` is the whole command line, for its manual.
    pub(super) async fn run(
        self,
        program: clap::Command,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        match self {
            Self::Init(command) => command.run(terminal).await,
            Self::Validate(command) => command.run(terminal).await,
            Self::Plan(command) => command.run(terminal).await,
            Self::Apply(command) => command.run(terminal).await,
            Self::Diagram(command) => command.run(terminal),
            Self::Whoami(command) => command.run(terminal).await,
            Self::List(command) => command.run(terminal).await,
            Self::Show(command) => command.run(terminal).await,
            Self::Probe(command) => command.run(terminal).await,
            Self::Drift(command) => command.run(terminal).await,
            Self::CheckSignIn(command) => command.run(terminal).await,
            Self::Snapshot(command) => command.run(terminal).await,
            Self::Export(command) => command.run(terminal).await,
            Self::Convert(command) => command.run(terminal),
            Self::Render(command) => command.run(terminal),
            Self::Fmt(command) => command.run(terminal),
            Self::Emulator(command) => command.run(terminal).await,
            Self::Schema(command) => command.run(terminal),
            Self::Explain(command) => command.run(terminal),
            Self::Completions(command) => command.run(terminal),
            Self::Man(command) => command.run(program, terminal),
            Self::Version(command) => command.run(terminal),
        }
    }
}
