//! `entraflow completions`, and what the scripts that it prints ask while somebody types.
//!
//! The scripts know nothing: they run entraflow, which sees the files and so completes addresses, too.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::CompletionCandidate;
use clap_complete::env::Shells;

use super::stop::Stop;
use super::{Cli, Terminal, load};
use crate::desired;
use crate::exit::Exit;

/// The variable by which a script asks, with the name of the shell.
const ASKING: &str = "ENTRAFLOW_COMPLETE";
/// The name of the program.
const NAME: &str = "entraflow";

/// Print the script that completes commands, options and addresses in a shell
///
/// bash:        source <(entraflow completions bash)
/// zsh:         source <(entraflow completions zsh)
/// fish:        entraflow completions fish | source
/// PowerShell:  entraflow completions powershell | Out-String | Invoke-Expression
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

/// A shell that can be taught to complete.
#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Completions {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let shell = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
        };
        if let Some(shell) = Shells::builtins().completer(shell) {
            terminal
                .result(|mut out| shell.write_registration(ASKING, NAME, NAME, NAME, &mut out))?;
        }
        Ok(Exit::Success)
    }
}

/// The shell that asks, if one does.
pub(super) fn asking() -> Option<OsString> {
    env::var_os(ASKING)
}

/// Says how the words after `--` may go on.
pub(super) fn answer(
    shell: &OsStr,
    arguments: Vec<OsString>,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let known = Shells::builtins();
    let Some(shell) = shell.to_str().and_then(|shell| known.completer(shell)) else {
        let message = format!("{ASKING} names no shell that is known");
        let help = format!("unset it: only scripts of `{NAME} completions` set it");
        return Err(Stop::usage(message, help));
    };
    let words = words(arguments);
    let here = env::current_dir().ok();
    terminal.result(|mut out| {
        shell.write_complete(&mut Cli::command(), words, here.as_deref(), &mut out)
    })?;
    Ok(Exit::Success)
}

/// What stands on the command line that is being typed.
fn words(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    arguments.by_ref().find(|word| word == "--");
    arguments.collect()
}

/// The addresses that go on from `current`, of the objects that the files declare: those of the paths that stand
/// behind the command, or of the working directory. Files with problems complete nothing.
pub(super) fn declared(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = words(env::args_os()).into_iter().skip(2);
    let mut paths: Vec<_> = typed
        .map(PathBuf::from)
        .filter(|path| path.exists())
        .collect();
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let Ok(desired) = desired::load(&paths, load::today()) else {
        return Vec::new();
    };
    let current = current.to_string_lossy().replace(['\\', '\'', '"'], "");
    let addresses = desired.resources.keys().map(ToString::to_string);
    let fitting = addresses.filter(|address| address.starts_with(&current));
    let is_bash = asking().is_some_and(|shell| shell == "bash");
    fitting
        .map(|address| if is_bash { escaped(&address) } else { address })
        .map(CompletionCandidate::new)
        .collect()
}

/// A word as bash takes it; the other shells put it into quotes themselves.
fn escaped(word: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_alphanumeric() || "/._-@%+,:=".contains(c) => vec![c],
        c => vec!['\\', c],
    };
    word.chars().flat_map(escape).collect()
}
