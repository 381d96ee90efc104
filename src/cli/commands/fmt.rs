//! `entraflow fmt`

use std::fs;
use std::path::Path;

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::files;
use crate::desired::format::{Unformatted, format};
use crate::exit::Exit;
use crate::problem::{Problem, visible};

/// Put the YAML files into canonical layout: keys in the order of the schema, two spaces a level, comments kept.
///
/// What a file says stays the same. Files with anchors, tags and the like are left alone, and so are JSON files.
#[derive(Args)]
pub(in crate::cli) struct Fmt {
    #[command(flatten)]
    files: Files,
    /// Write nothing; end with 3 where a file would change.
    #[arg(long)]
    check: bool,
}

/// What became of a file.
enum Outcome {
    Same,
    Changed,
    Unusual,
    Unreadable(Vec<Problem>),
}

impl Fmt {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let mut problems = Vec::new();
        let mut found = files::find(&self.files.paths, &mut problems);
        found.retain(|path| is_yaml(path));
        let (mut told, mut same) = (Vec::new(), 0);
        for path in &found {
            let name = visible(&path.display().to_string());
            match self.bring(path)? {
                Outcome::Same => same += 1,
                Outcome::Unusual => {
                    let why = "it has anchors, tags or the like";
                    terminal.message(&format!("note: {name} is left alone: {why}"));
                }
                Outcome::Changed => told.push(name),
                Outcome::Unreadable(more) => problems.extend(more),
            }
        }
        let word = if self.check {
            "would change"
        } else {
            "changed"
        };
        let changed = told.len();
        terminal.result(|out| {
            told.iter()
                .try_for_each(|name| writeln!(out, "{word}  {name}"))?;
            writeln!(out, "{changed} {word}, {same} in order")
        })?;
        match problems.is_empty() {
            false => Err(CommandError::problems(problems)),
            true if self.check && changed > 0 => Ok(Exit::Problems),
            true => Ok(Exit::Success),
        }
    }

    fn bring(&self, path: &Path) -> Result<Outcome, CommandError> {
        let source = match files::read(path) {
            Ok(source) => source,
            Err(problem) => return Ok(Outcome::Unreadable(vec![problem])),
        };
        let formatted = match format(source.name(), source.text()) {
            Ok(formatted) => formatted,
            Err(Unformatted::Unusual) => return Ok(Outcome::Unusual),
            Err(Unformatted::Unreadable(problems)) => return Ok(Outcome::Unreadable(problems)),
        };
        if formatted == source.text() {
            return Ok(Outcome::Same);
        }
        if !self.check {
            fs::write(path, formatted).map_err(|error| CommandError::unwritable(path, error))?;
        }
        Ok(Outcome::Changed)
    }
}

fn is_yaml(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ending == "yaml" || ending == "yml"
}
