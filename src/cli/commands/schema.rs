//! `entraflow schema`

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::file;
use crate::cli::help;
use crate::cli::terminal::Terminal;
use crate::exit::Exit;
use crate::schema;

/// Write the JSON Schema of every kind of document and output, for editors and programs.
#[derive(Args)]
#[command(after_help = help::example("entraflow schema schemas"))]
pub(in crate::cli) struct SchemaCommand {
    /// The directory to write to.
    #[arg(default_value = "schemas")]
    directory: PathBuf,
}

impl SchemaCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let files = schema::files();
        let written = write(&self.directory, &files);
        written.map_err(|error| CommandError::unwritable(&self.directory, error))?;
        let (count, directory) = (files.len(), self.directory.display());
        terminal.result(|out| writeln!(out, "{count} schemas are in {directory}."))?;
        Ok(Exit::Success)
    }
}

fn write(directory: &Path, files: &[(String, String)]) -> io::Result<()> {
    files
        .iter()
        .try_for_each(|(name, text)| file::replace(&directory.join(name), text))
}
