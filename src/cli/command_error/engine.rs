//! Errors of the engine, shown at the documents that they are about.

use super::{CommandError, chain};
use crate::desired::Desired;
use crate::engine::EngineError;
use crate::exit::Exit;
use crate::kinds::Kind;
use crate::live::{Mismatch, MissingFromSnapshot, ReadError, Unmatched};
use crate::problem::Problem;

impl CommandError {
    /// There is no plan.
    pub(in crate::cli) fn engine(error: EngineError, desired: &Desired) -> Self {
        match error {
            EngineError::Files(problems) => Self::problems(problems),
            EngineError::UnknownOverride { ref nearest, .. }
            | EngineError::NothingSelected { ref nearest, .. } => {
                let help = match nearest {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "`entraflow list` shows the objects".to_owned(),
                };
                Self::usage(error.to_string(), help)
            }
            EngineError::PinnedReplace(_) => Self::usage(
                error.to_string(),
                "remove `id` from the document; the new object gets another one",
            ),
            EngineError::Read(error) => Self::reading(error, desired),
            EngineError::Fingerprints(error) => Self::file(&error),
        }
    }

    /// The tenant could not be read, and no document is the reason.
    pub(in crate::cli) fn reading_all(error: ReadError) -> Self {
        match error {
            ReadError::Graph(error) => error.into(),
            error => Self::new(Exit::Unexpected, chain(&error)),
        }
    }

    /// The objects that the files name could not be read.
    pub(in crate::cli) fn reading(error: ReadError, desired: &Desired) -> Self {
        match error {
            ReadError::Unmatched(unmatched) => Self::problems(
                unmatched
                    .iter()
                    .map(|unmatched| mismatch(unmatched, desired))
                    .collect(),
            ),
            ReadError::MissingFromSnapshot(lacks) => Self {
                exit: Exit::Stale,
                help: vec![
                    "take a new snapshot where the tenant can be reached: entraflow snapshot --out FILE; with --all it has everything"
                        .to_owned(),
                ],
                ..Self::problems(lacks.iter().map(|lack| lacking(lack, desired)).collect())
            },
            error => Self::reading_all(error),
        }
    }
}

fn lacking(lack: &MissingFromSnapshot, desired: &Desired) -> Problem {
    let MissingFromSnapshot {
        address,
        path,
        what,
    } = lack;
    let problem = Problem::error(format!("the snapshot does not have {what}"));
    let span = address
        .as_ref()
        .and_then(|address| desired.span_of(address, path));
    match span {
        Some(span) => problem.at(span.clone()).label("needed for this"),
        None => problem,
    }
}

fn mismatch(unmatched: &Unmatched, desired: &Desired) -> Problem {
    let Unmatched { address, reason } = unmatched;
    let (kind, name) = (address.kind(), address.name());
    let (message, help) = match reason {
        Mismatch::Ambiguous(ids) => {
            let all: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
            let (count, all) = (all.len(), all.join(", "));
            let message = format!("the tenant has {count} objects that match {address}");
            let help = match Kind::of(address) {
                Some(_) => format!("choose one with `id:` and one of {all}"),
                None => format!("refer to one by its id, one of {all}"),
            };
            (message, help)
        }
        Mismatch::UnknownType => {
            let message = format!("entraflow has no kind for {address}");
            (message, "refer to it by its id".to_owned())
        }
        Mismatch::NoSuchName => {
            let message = format!("the tenant has no {kind} called `{name}`");
            (message, "correct the name, or refer to it by id".to_owned())
        }
        Mismatch::NoSuchId(id) => {
            let message = format!("the tenant has no {kind} with the id {id}");
            (
                message,
                "correct the id, or remove it so that apply creates the object".to_owned(),
            )
        }
    };
    let problem = Problem::error(message).help(help);
    let mut foreign = desired.foreign.iter().filter(|(named, _)| named == address);
    match desired
        .spans
        .get(address)
        .or(foreign.next().map(|(_, span)| span))
    {
        Some(span) => foreign.fold(problem.at(span.clone()), |problem, (_, span)| {
            problem.related(span.clone(), "and here")
        }),
        None => problem,
    }
}
