//! `entraflow completions`

use clap::{Args, ValueEnum};
use clap_complete::env::Shells;

use crate::cli::command_error::CommandError;
use crate::cli::complete::{NAME, REQUEST};
use crate::cli::help;
use crate::cli::terminal::Terminal;
use crate::exit::Exit;

/// Print the script that completes commands, options and addresses in a shell
///
/// bash:        source <(entraflow completions bash)
/// zsh:         source <(entraflow completions zsh)
/// fish:        entraflow completions fish | source
/// PowerShell:  entraflow completions powershell | Out-String | Invoke-Expression
#[derive(Args)]
#[command(after_help = help::example("entraflow completions bash"))]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct CompletionsCommand {
    /// The shell.
    shell: Shell,
}

/// A shell with completion.
#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl CompletionsCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let shell = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
        };
        if let Some(shell) = Shells::builtins().completer(shell) {
            terminal
                .result(|mut out| shell.write_registration(REQUEST, NAME, NAME, NAME, &mut out))?;
        }
        Ok(Exit::Success)
    }
}
