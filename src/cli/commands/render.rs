//! `entraflow render`

use std::io::{self, Write};

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::load;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::yaml::{self, Node};
use crate::desired::{self, Documents};
use crate::exit::Exit;
use crate::problem::{Span, visible};

/// The largest column of origins; longer lines push them to the right.
const WIDEST: usize = 60;

/// Print the documents after includes, values and patches: YAML, with the origin of each line.
///
/// Paths of pages and secrets are relative to the file of the line. A secret in clear is masked.
#[derive(Args)]
#[command(after_help = help::example("entraflow render tenants/prod"))]
pub(in crate::cli) struct RenderCommand {
    #[command(flatten)]
    files: Files,
}

impl RenderCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let (desired, documents) = desired::load_documents(&self.files.paths, load::today())
            .map_err(|rejected| load::load_error(rejected, &self.files.paths))?;
        terminal.problems(&desired.warnings);
        terminal.result(|out| write(out, &documents))?;
        Ok(Exit::Success)
    }
}

fn write(out: &mut dyn Write, documents: &Documents) -> io::Result<()> {
    for (index, node) in documents.nodes.iter().enumerate() {
        if index > 0 {
            writeln!(out, "---")?;
        }
        document(out, node, documents)?;
    }
    Ok(())
}

fn document(out: &mut dyn Write, node: &Node, documents: &Documents) -> io::Result<()> {
    let lines = yaml::lines(node);
    let widths = lines.iter().map(|line| line.text.chars().count());
    let column = widths
        .filter(|width| *width <= WIDEST)
        .max()
        .unwrap_or_default();
    lines.iter().try_for_each(|line| {
        let origin = origin(line.span);
        let sources = documents.sources(line.span).iter();
        let sources: String = sources
            .map(|span| format!(" < {}", self::origin(span)))
            .collect();
        writeln!(out, "{:column$}  # {origin}{sources}", line.text)
    })
}

fn origin(span: &Span) -> String {
    format!("{}:{}", visible(span.source.name()), span.line())
}
