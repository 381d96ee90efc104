//! `entraflow diagram`

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::completions::declared;
use super::stop::Stop;
use super::{Files, Terminal, load};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::kinds::Kind;
use crate::model::Address;
use crate::picture::{self, Journeys, Picture};
use crate::problem::did_you_mean;
use crate::render::{self, DiagramFormat};

/// Draw the files, offline: the way of a person through each flow, or which object refers to which.
#[derive(Args)]
pub(super) struct Diagram {
    #[command(flatten)]
    files: Files,
    /// A flow; can be given several times. Without it, all flows are drawn.
    #[arg(long = "flow", value_name = "KIND/NAME", add = ArgValueCompleter::new(declared_flows))]
    flows: Vec<Address>,
    /// What is drawn.
    #[arg(long, value_enum, default_value = "journey")]
    of: Of,
    /// The language of the picture.
    #[arg(long, value_enum, default_value = "mermaid")]
    format: DiagramFormat,
    /// Write the picture to a file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What there is to draw.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// What a person meets on the way through each flow: what the files leave out is not on it.
    Journey,
    /// Which object refers to which; of flows, with all that they need and what starts them.
    References,
}

impl Diagram {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let flows = self.chosen(&desired)?;
        let pictures = match self.of {
            Of::Journey => journeys(&flows, &desired)?,
            Of::References => vec![self.references(&flows, &desired)],
        };
        match &self.out {
            None => terminal.result(|out| render::pictures(out, &pictures, self.format))?,
            Some(path) => {
                self.save(path, &pictures).map_err(|error| {
                    let what = format!("the picture cannot be written to {}", path.display());
                    Stop::unexpected(&what, error)
                })?;
                terminal.tell(&format!("Drawn to {}.", path.display()));
            }
        }
        Ok(Exit::Success)
    }

    /// The flows that were asked for, or all.
    fn chosen(&self, desired: &Desired) -> Result<BTreeSet<Address>, Stop> {
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

/// The addresses of flows that somebody may be typing.
fn declared_flows(current: &OsStr) -> Vec<CompletionCandidate> {
    let is_flow = |candidate: &CompletionCandidate| {
        let address = candidate.get_value().to_str().map(str::parse::<Address>);
        let kind = address.and_then(|address| Kind::of(&address.ok()?));
        kind.is_some_and(Kind::is_flow)
    };
    declared(current).into_iter().filter(is_flow).collect()
}

fn journeys(flows: &BTreeSet<Address>, desired: &Desired) -> Result<Vec<Picture>, Stop> {
    if flows.is_empty() {
        return Err(Stop::usage(
            "the files declare no flow, so there is no journey to draw".to_owned(),
            "`--of references` draws what the files do declare".to_owned(),
        ));
    }
    let journeys = Journeys::new(&desired.resources);
    Ok(flows.iter().map(|flow| journeys.of(flow)).collect())
}

fn no_such_flow(unknown: &Address, declared: &BTreeSet<Address>) -> Stop {
    let names: Vec<_> = declared.iter().map(Address::to_string).collect();
    let unknown = unknown.to_string();
    let help = match did_you_mean(&unknown, names.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if names.is_empty() => "the files declare no flow".to_owned(),
        None => format!("the flows are {}", names.join(", ")),
    };
    Stop::usage(format!("no file declares the flow `{unknown}`"), help)
}
