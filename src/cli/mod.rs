//! The command line: `commands` has one command per file; the other files are shared by several.
//!
//! A command is the story of its stages; each failure becomes a `CommandError` with its exit code.

mod assume;
mod colour;
mod command_error;
mod commands;
mod complete;
mod connect;
mod credential;
mod facts;
mod file;
mod habits;
mod help;
mod interrupt;
mod load;
mod log;
mod missing_secrets;
mod only;
mod origin;
mod output;
mod overrides;
mod pager;
mod permissions;
mod progress;
mod rehearsal;
mod saved_plan;
mod shard;
mod sign_in;
mod sign_in_prompt;
mod signals;
mod state_source;
mod strict;
mod tenant_command;
mod terminal;

use std::ffi::OsString;

use clap::{CommandFactory, Parser};

use crate::exit::Exit;
use colour::ColourChoice;
use command_error::CommandError;
use commands::Command;
use log::Log;
use terminal::Terminal;

/// Plan and apply for the identity user flows of Microsoft Entra, from YAML files in Git.
#[derive(Parser)]
#[command(name = "entraflow", version, max_term_width = 100, after_help = after_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Use colours: auto (on a terminal, and in the logs of CI services that show them), always or never. NO_COLOR and
    /// CLICOLOR_FORCE decide for auto.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    color: ColourChoice,
    #[command(flatten)]
    log: Log,
}

/// Runs the command that the arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let mut terminal = Terminal::new(ColourChoice::Auto);
    let arguments: Vec<_> = arguments.into_iter().collect();
    if let Some(shell) = complete::requesting_shell() {
        let answer = complete::answer(&shell, arguments, Cli::command(), &mut terminal);
        return answer.unwrap_or_else(|error| terminal.error(&error));
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(mut error) => {
            habits::correct_tip(&mut error, &arguments);
            only::suggest(&mut error, &arguments);
            return terminal.usage(&error);
        }
    };
    let outcome = match Terminal::new(cli.color).with(&cli.log) {
        Ok(prepared) => {
            terminal = prepared;
            start(cli.command, &mut terminal)
        }
        Err(error) => Err(error),
    };
    let exit = outcome.unwrap_or_else(|error| terminal.error(&error));
    terminal.close();
    exit
}

fn start(command: Command, terminal: &mut Terminal) -> Result<Exit, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CommandError::unexpected("the runtime cannot start", error))?;
    runtime.block_on(command.run(Cli::command(), terminal))
}

fn after_help() -> String {
    let lines = Exit::ALL.map(|exit| format!("  {:2}  {}", exit.code(), exit.meaning()));
    format!(
        "New here? `entraflow init` writes the first files of a tenant.\n\nExit codes:\n{}",
        lines.join("\n")
    )
}
