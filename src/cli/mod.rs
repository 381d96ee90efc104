//! The command line: one command a file, the doc comment of its arguments is its help.
//!
//! A command tells the story of its stages; what can go wrong ends in `Stop`.

mod accept;
mod alone;
mod applied;
mod apply;
mod backup;
mod bounds;
mod compare;
mod completions;
mod connect;
mod convert;
mod credential;
mod diagram;
mod drift;
mod emulator;
mod explain;
mod export;
mod extensions;
mod fmt;
mod init;
mod interrupt;
mod load;
mod log;
mod man;
mod many;
mod only;
mod origin;
mod output;
mod pager;
mod permissions;
mod plan;
mod progress;
mod render;
mod rotation;
mod saved;
mod schema;
mod shard;
mod snapshot;
mod source;
mod stop;
mod task;
mod terminal;
mod validate;
mod whoami;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::exit::Exit;
use log::Log;
use output::Output;
use stop::Stop;
use terminal::Terminal;

/// Plan and apply for the identity user flows of Microsoft Entra, from YAML files in Git.
#[derive(Parser)]
#[command(name = "entraflow", version, max_term_width = 100, after_help = after_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: Log,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Validate(validate::Validate),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Diagram(diagram::Diagram),
    Whoami(whoami::Whoami),
    Drift(drift::Drift),
    Snapshot(snapshot::Snapshot),
    Export(export::Export),
    Convert(convert::Convert),
    Render(render::Render),
    Fmt(fmt::Fmt),
    Emulator(emulator::Emulator),
    Schema(schema::Schema),
    Explain(explain::Explain),
    Completions(completions::Completions),
    Man(man::Man),
}

/// The files of one tenant.
#[derive(Args, Clone)]
struct Files {
    /// Files and directories with the tenant's documents.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
}

/// Runs the command that the arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let mut terminal = Terminal::new();
    let arguments: Vec<_> = arguments.into_iter().collect();
    if let Some(shell) = completions::asking() {
        let answer = completions::answer(&shell, arguments, &mut terminal);
        return answer.unwrap_or_else(|stop| terminal.stop(&stop));
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return terminal.usage(error),
    };
    let outcome = match terminal.clone().with(&cli.log) {
        Ok(prepared) => {
            terminal = prepared;
            start(cli.command, &mut terminal)
        }
        Err(stop) => Err(stop),
    };
    let exit = outcome.unwrap_or_else(|stop| terminal.stop(&stop));
    terminal.close();
    exit
}

fn start(command: Command, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Stop::unexpected("the runtime cannot start", error))?;
    runtime.block_on(command.run(terminal))
}

impl Command {
    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        match self {
            Self::Init(command) => command.run(terminal).await,
            Self::Validate(command) => many::each(command, terminal).await,
            Self::Plan(command) => many::each(command, terminal).await,
            Self::Apply(command) => many::each(command, terminal).await,
            Self::Diagram(command) => command.run(terminal),
            Self::Whoami(command) => command.run(terminal).await,
            Self::Drift(command) => many::each(command, terminal).await,
            Self::Snapshot(command) => command.run(terminal).await,
            Self::Export(command) => command.run(terminal).await,
            Self::Convert(command) => command.run(terminal),
            Self::Render(command) => command.run(terminal),
            Self::Fmt(command) => command.run(terminal),
            Self::Emulator(command) => command.run(terminal).await,
            Self::Schema(command) => command.run(terminal),
            Self::Explain(command) => command.run(terminal),
            Self::Completions(command) => command.run(terminal),
            Self::Man(command) => command.run(terminal),
        }
    }
}

fn after_help() -> String {
    let lines = Exit::ALL.map(|exit| format!("  {:2}  {}", exit.code(), exit.meaning()));
    format!(
        "New here? `entraflow init` writes the first files of a tenant.\n\nExit codes:\n{}",
        lines.join("\n")
    )
}
