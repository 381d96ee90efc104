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
mod man;
mod many;
mod only;
mod origin;
mod output;
mod pager;
mod permissions;
mod plan;
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
use tracing_subscriber::EnvFilter;

use crate::exit::Exit;
use output::Output;
use stop::Stop;
use terminal::Terminal;

/// Plan and apply for the identity user flows of Microsoft Entra, from YAML files in Git.
#[derive(Parser)]
#[command(name = "entraflow", version, max_term_width = 100, after_help = after_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say more on standard error: -v each request, -vv also what it waited for.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
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
    log(cli.verbose);
    let outcome = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(cli.command.run(&mut terminal)),
        Err(error) => Err(Stop::unexpected("the runtime cannot start", error)),
    };
    outcome.unwrap_or_else(|stop| terminal.stop(&stop))
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

/// Logs go to standard error, without colour; `ENTRAFLOW_LOG` says more exactly than -v what is wanted.
fn log(verbose: u8) {
    let level = match verbose {
        0 => "off",
        1 => "entraflow=info",
        _ => "entraflow=debug",
    };
    let filter = EnvFilter::try_from_env("ENTRAFLOW_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    // A second run in one process keeps the first one's log; only tests do that.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .try_init();
}

fn after_help() -> String {
    let lines = Exit::ALL.map(|exit| format!("  {:2}  {}", exit.code(), exit.meaning()));
    format!(
        "New here? `entraflow init` writes the first files of a tenant.\n\nExit codes:\n{}",
        lines.join("\n")
    )
}
