//! `entraflow diagram`

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use crate::cli::command_error::CommandError;
use crate::cli::complete::declared;
use crate::cli::help;
use crate::cli::load;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::desired::Desired;
use crate::exit::Exit;
use crate::kinds::Kind;
use crate::model::Address;
use crate::picture::{self, Journeys, Picture};
use crate::problem::did_you_mean;
use crate::render::{self, DiagramFormat};

/// Draw the files, offline: the journey of a user through each flow, or the references between objects.
#[derive(Args)]
#[command(after_help = help::example("entraflow diagram tenants/prod"))]
pub(in crate::cli) struct DiagramCommand {
    #[command(flatten)]
    files: Files,
    /// A flow; can be given several times. Without it, all flows are drawn.
    #[arg(long = "flow", value_name = "KIND/NAME", add = ArgValueCompleter::new(declared_flows))]
    flows: Vec<Address>,
    /// What to draw.
    #[arg(long, value_enum, default_value = "journey")]
    of: Of,
    /// The format of the diagram.
    #[arg(long, value_enum, default_value = "mermaid")]
    format: DiagramFormat,
    /// Write the diagram to a file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What a diagram shows.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The journey of a user through each flow, as far as the files declare it.
    Journey,
    /// The references between objects; with `--flow`, the objects that the flows need and those that start them.
    References,
}

impl DiagramCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let desired = load::load(&self.files.paths, terminal)?;
        let flows = self.selected(&desired)?;
        let pictures = match self.of {
            Of::Journey => journeys(&flows, &desired)?,
            Of::References => vec![self.references(&flows, &desired)],
        };
        match &self.out {
            None => terminal.result(|out| render::pictures(out, &pictures, self.format))?,
            Some(path) => {
                self.save(path, &pictures).map_err(|error| {
                    let what = format!("the diagram cannot be written to {}", path.display());
                    CommandError::unexpected(&what, error)
                })?;
                terminal.message(&format!("Written to {}.", path.display()));
            }
        }
        Ok(Exit::Success)
    }

    /// The flows that the options name, or all.
    fn selected(&self, desired: &Desired) -> Result<BTreeSet<Address>, CommandError> {
        let declared: BTreeSet<Address> = picture::flows(&desired.resources).cloned().collect();
        if let Some(unknown) = self.flows.iter().find(|flow| !declared.contains(flow)) {
            return Err(no_such_flow(unknown, &declared));
        }
        match self.flows.is_empty() {
            true => Ok(declared),
            false => Ok(self.flows.iter().cloned().collect()),
        }
    }

    fn references(&self, flows: &BTreeSet<Address>, desired: &Desired) -> Picture {
        if self.flows.is_empty() {
            return picture::references(&desired.resources, |_| true);
        }
        let near = picture::neighbours(flows, &desired.resources);
        picture::references(&desired.resources, |address| near.contains(address))
    }

    fn save(&self, path: &PathBuf, pictures: &[Picture]) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        render::pictures(&mut file, pictures, self.format)?;
        file.flush()
    }
}

/// Completions of the addresses of flows.
fn declared_flows(current: &OsStr) -> Vec<CompletionCandidate> {
    let is_flow = |candidate: &CompletionCandidate| {
        let address = candidate.get_value().to_str().map(str::parse::<Address>);
        let kind = address.and_then(|address| Kind::of(&address.ok()?));
        kind.is_some_and(Kind::is_flow)
    };
    declared(current).into_iter().filter(is_flow).collect()
}

fn journeys(flows: &BTreeSet<Address>, desired: &Desired) -> Result<Vec<Picture>, CommandError> {
    if flows.is_empty() {
        return Err(CommandError::usage(
            "the files declare no flow, so there is no journey to draw",
            "`--of references` draws the references between the declared objects",
        ));
    }
    let journeys = Journeys::new(&desired.resources);
    Ok(flows.iter().map(|flow| journeys.of(flow)).collect())
}

fn no_such_flow(unknown: &Address, declared: &BTreeSet<Address>) -> CommandError {
    let names: Vec<_> = declared.iter().map(Address::to_string).collect();
    let unknown = unknown.to_string();
    let help = match did_you_mean(&unknown, names.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if names.is_empty() => "the files declare no flow".to_owned(),
        None => format!("the flows are {}", names.join(", ")),
    };
    CommandError::usage(format!("no file declares the flow `{unknown}`"), help)
}
