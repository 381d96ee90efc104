//! Why a tenant could not be read, told where the files speak of what is missing.

use super::{Stop, chain};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::kinds::Kind;
use crate::live::{Mismatch, MissingFromSnapshot, ReadError, Unmatched};
use crate::problem::Problem;

impl Stop {
    /// The tenant could not be read as a whole.
    pub(in crate::cli) fn reading_all(error: ReadError) -> Self {
        match error {
            ReadError::Graph(error) => error.into(),
            error => Self::new(Exit::Unexpected, chain(&error)),
        }
    }

    /// What the files talk about could not be read.
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
                    "take a new snapshot where there is access to the tenant: entraflow snapshot --out FILE; with --all it has everything"
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
    let place = address
        .as_ref()
        .and_then(|address| desired.place(address, path));
    match place {
        Some(place) => problem.at(place.clone()).label("needed for this"),
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
            let message = format!("the tenant has {count} objects that are {address}");
            let help = match Kind::of(address) {
                Some(_) => format!("say which one is meant with `id:` and one of {all}"),
                None => format!("write the id of the one that is meant, one of {all}"),
            };
            (message, help)
        }
        Mismatch::NoSuchName => {
            let message = format!("the tenant has no {kind} called `{name}`");
            (message, "correct the name, or write the id".to_owned())
        }
        Mismatch::NoSuchId(id) => {
            let message = format!("the tenant has no {kind} with the id {id}");
            (
                message,
                "correct the id, or take it out to have the object made".to_owned(),
            )
        }
    };
    let problem = Problem::error(message).help(help);
    let mut foreign = desired.foreign.iter().filter(|(named, _)| named == address);
    match desired
        .places
        .get(address)
        .or(foreign.next().map(|(_, place)| place))
    {
        Some(place) => foreign.fold(problem.at(place.clone()), |problem, (_, place)| {
            problem.related(place.clone(), "and here")
        }),
        None => problem,
    }
}
