//! `entraflow.facts.json`: what `entraflow probe` has seen of a tenant, in the form of its report.
//! Only saves requests: a fact that a response contradicts is dropped, with a warning.

use std::io;

use super::command_error::CommandError;
use super::terminal::Terminal;
use crate::assumptions::{Choice, Expand, ParallelCreates, Question};
use crate::desired::{FACTS, Tenant};
use crate::graph::{Fact, Facts};
use crate::local_file;
use crate::probe::ProbeReport;

/// The facts that save requests, by the assumption whose answer they are.
const SAVING: [(Fact, &str); 2] = [
    (Fact::Expand, Expand::ROW.name),
    (Fact::ParallelCreates, ParallelCreates::ROW.name),
];

/// The answer of these assumptions that makes a request useless.
const REFUSED: &str = "refused";

/// The facts beside the tenant document; none without a file.
pub(super) fn facts(tenant: &Tenant) -> Result<Facts, CommandError> {
    let choices = answers(tenant)?;
    let served = SAVING.iter().filter_map(|(fact, name)| {
        let told = choices.iter().find(|choice| choice.row().name == *name)?;
        Some((*fact, told.answer().name != REFUSED))
    });
    Ok(Facts::new(served))
}

/// The answers to assumptions that the tenant gave to a probe; none without a file.
pub(super) fn answers(tenant: &Tenant) -> Result<Vec<Choice>, CommandError> {
    let path = tenant.directory.join(FACTS);
    let json = match local_file::read(&path, local_file::LARGE) {
        Ok(json) => json,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(&path.display().to_string(), &error)),
    };
    let choices = ProbeReport::read(&json).and_then(|report| report.choices());
    choices.map_err(|error| unusable(&path.display().to_string(), &error))
}

fn unusable(path: &str, error: &dyn std::error::Error) -> CommandError {
    CommandError::usage(
        format!("{path} cannot be used: {error}"),
        "delete it, or write it again with `entraflow probe --report`",
    )
}

/// Warns of the facts that a response has contradicted.
pub(super) fn warn_of_contradicted(facts: &Facts, terminal: &mut Terminal) {
    for fact in facts.contradicted() {
        let name = SAVING.iter().find(|(known, _)| *known == fact);
        let name = name.map_or("", |(_, name)| name);
        terminal.message(&format!(
            "warning: {FACTS} says that the tenant serves `{name}`, but it was refused: the fact was dropped for this run; \
             `entraflow probe --report {FACTS}` writes the file again"
        ));
    }
}
