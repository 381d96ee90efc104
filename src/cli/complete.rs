//! Answers the completion scripts: they run entraflow, which reads the files and so completes addresses, too.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap_complete::CompletionCandidate;
use clap_complete::env::Shells;

use super::command_error::CommandError;
use super::load;
use super::terminal::Terminal;
use crate::desired;
use crate::exit::Exit;
use crate::kinds::KINDS;
use crate::model::Address;

/// The variable by which a script requests completions; its value is the name of the shell.
pub(super) const REQUEST: &str = "ENTRAFLOW_COMPLETE";
/// The name of the program.
pub(super) const NAME: &str = "entraflow";

/// The shell whose script requests completions, if one does.
pub(super) fn requesting_shell() -> Option<OsString> {
    env::var_os(REQUEST)
}

/// Prints the completions of the words after `--`.
pub(super) fn answer(
    shell: &OsStr,
    arguments: Vec<OsString>,
    mut program: clap::Command,
    terminal: &mut Terminal,
) -> Result<Exit, CommandError> {
    let known = Shells::builtins();
    let Some(shell) = shell.to_str().and_then(|shell| known.completer(shell)) else {
        let message = format!("{REQUEST} does not name a known shell");
        let help = format!("unset it: only the scripts of `{NAME} completions` set it");
        return Err(CommandError::usage(message, help));
    };
    let words = words(arguments);
    let here = env::current_dir().ok();
    terminal
        .result(|mut out| shell.write_complete(&mut program, words, here.as_deref(), &mut out))?;
    Ok(Exit::Success)
}

/// The words of the command line that is being typed.
fn words(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    arguments.by_ref().find(|word| word == "--");
    arguments.collect()
}

/// The kinds of objects, to complete one.
pub(in crate::cli) fn kinds() -> Vec<CompletionCandidate> {
    let names = KINDS.iter().map(|kind| (kind.name, kind.summary));
    names
        .map(|(name, summary)| CompletionCandidate::new(name).help(Some(summary.into())))
        .collect()
}

/// The objects that the files declare: those of the paths among the words after the command, or of the working directory.
/// Files with problems declare nothing.
pub(in crate::cli) fn declared_by(words: impl IntoIterator<Item = OsString>) -> Vec<Address> {
    let typed = words.into_iter().skip(2);
    let mut paths: Vec<_> = typed
        .map(PathBuf::from)
        .filter(|path| path.exists())
        .collect();
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let desired = desired::load(&paths, load::today());
    desired.map_or_else(
        |_| Vec::new(),
        |desired| desired.resources.keys().cloned().collect(),
    )
}

/// The addresses that start with `current`, of the objects that the files declare.
pub(in crate::cli) fn declared(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().replace(['\\', '\'', '"'], "");
    let declared = declared_by(words(env::args_os()));
    let addresses = declared.iter().map(ToString::to_string);
    let matching = addresses.filter(|address| address.starts_with(&current));
    let is_bash = requesting_shell().is_some_and(|shell| shell == "bash");
    matching
        .map(|address| if is_bash { escaped(&address) } else { address })
        .map(CompletionCandidate::new)
        .collect()
}

/// The kinds and the addresses that start with `current`, of which `--only` selects objects.
pub(in crate::cli) fn selectable(current: &OsStr) -> Vec<CompletionCandidate> {
    let start = current.to_string_lossy();
    let kinds = kinds().into_iter();
    let kinds = kinds.filter(|kind| kind.get_value().to_string_lossy().starts_with(&*start));
    kinds.chain(declared(current)).collect()
}

/// A word escaped for bash; the other shells quote it themselves.
fn escaped(word: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_alphanumeric() || "/._-@%+,:=".contains(c) => vec![c],
        c => vec!['\\', c],
    };
    word.chars().flat_map(escape).collect()
}
