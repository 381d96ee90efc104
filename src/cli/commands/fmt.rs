//! `entraflow fmt`

use std::path::{Path, absolute};

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::file;
use crate::cli::help;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::files;
use crate::desired::format::{Unformatted, format};
use crate::exit::Exit;
use crate::problem::{Problem, visible};

/// Format the YAML files: keys in the order of the schema, two spaces a level, comments kept.
///
/// The content of a file does not change. Files with anchors or tags, JSON files, and files of other programs are not
/// formatted.
#[derive(Args)]
#[command(after_help = help::example("entraflow fmt --check"))]
pub(in crate::cli) struct FmtCommand {
    #[command(flatten)]
    files: Files,
    /// Write nothing; end with 3 if a file would change.
    #[arg(long)]
    check: bool,
}

/// The result for a file.
enum Formatted {
    Same,
    Changed,
    /// Not formatted: it holds no document of ours.
    Foreign,
    /// Not formatted: it has syntax that would be lost.
    Unusual,
    Unreadable(Vec<Problem>),
}

impl FmtCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let mut problems = Vec::new();
        let mut found = files::find(&self.files.paths, &mut problems);
        found.retain(|path| is_yaml(path));
        let (mut changed, mut same) = (Vec::new(), 0);
        for path in &found {
            let name = visible(&path.display().to_string());
            match self.format(path)? {
                Formatted::Same => same += 1,
                Formatted::Foreign if !self.is_named(path) => {}
                Formatted::Foreign => {
                    terminal.message(&not_formatted(&name, "it holds no document"))
                }
                Formatted::Unusual => {
                    terminal.message(&not_formatted(&name, "it has anchors or tags"))
                }
                Formatted::Changed => changed.push(name),
                Formatted::Unreadable(more) => problems.extend(more),
            }
        }
        let word = if self.check {
            "would change"
        } else {
            "changed"
        };
        terminal.result(|out| {
            changed
                .iter()
                .try_for_each(|name| writeln!(out, "{word}  {name}"))?;
            writeln!(out, "{} {word}, {same} unchanged", changed.len())
        })?;
        match problems.is_empty() {
            false => Err(CommandError::problems(problems)),
            true if self.check && !changed.is_empty() => Ok(Exit::Problems),
            true => Ok(Exit::Success),
        }
    }

    /// Whether the command line names the file itself, not a directory around it.
    fn is_named(&self, file: &Path) -> bool {
        let is_same = |path: &Path| matches!((absolute(path), absolute(file)), (Ok(path), Ok(file)) if path == file);
        self.files.paths.iter().any(|path| is_same(path))
    }

    fn format(&self, path: &Path) -> Result<Formatted, CommandError> {
        let source = match files::read(path) {
            Ok(source) => source,
            Err(problem) => return Ok(Formatted::Unreadable(vec![problem])),
        };
        let formatted = match format(source.name(), source.text()) {
            Ok(formatted) => formatted,
            Err(Unformatted::Unusual) => return Ok(Formatted::Unusual),
            Err(Unformatted::Foreign) => return Ok(Formatted::Foreign),
            Err(Unformatted::Unreadable(problems)) => return Ok(Formatted::Unreadable(problems)),
        };
        if formatted == source.text() {
            return Ok(Formatted::Same);
        }
        if !self.check {
            file::replace(path, &formatted)
                .map_err(|error| CommandError::unwritable(path, error))?;
        }
        Ok(Formatted::Changed)
    }
}

fn not_formatted(name: &str, why: &str) -> String {
    format!("note: {name} is not formatted: {why}")
}

fn is_yaml(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ending == "yaml" || ending == "yml"
}
