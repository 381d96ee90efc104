//! Errors about secrets of the files: those that cannot be read, and those that a saved plan does not know.

use std::path::Path;

use super::CommandError;
use crate::apply::{MissingSecret, SecretError};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::plan::Plan;
use crate::problem::Problem;

impl CommandError {
    /// Secrets that the plan sends could not be read.
    pub(in crate::cli) fn missing_secrets(missing: &[MissingSecret], desired: &Desired) -> Self {
        let problem = |missing: &MissingSecret| {
            let span = desired
                .secrets
                .iter()
                .find(|(source, _)| *source == missing.source);
            let problem = match &missing.error {
                SecretError::Unreadable(message) => format!("a secret cannot be read: {message}"),
                SecretError::Unusual(message) => format!("this is not a secret: {message}"),
            };
            let problem = Problem::error(problem).help(missing.error.help());
            match span {
                Some((_, span)) => problem.at(span.clone()),
                None => problem,
            }
        };
        Self::problems(missing.iter().map(problem).collect())
    }

    /// Secrets that can be read here are not the ones last applied, and the saved plan takes them for unchanged.
    pub(in crate::cli) fn secrets_changed_since(path: &Path, plan: &Plan) -> Self {
        let secrets = plan.rotated_since.iter();
        let secrets = secrets.flat_map(|(address, fields)| {
            fields.iter().map(move |field| format!("{address} {field}"))
        });
        let message = format!(
            "the saved plan {} is stale: another secret than the one last applied is here now, of {}; nothing was sent",
            path.display(),
            secrets.collect::<Vec<_>>().join(", ")
        );
        Self::with_help(Exit::Stale, message, Self::replan(path)).helped(
            "where the plan is made, the secret must be this one, or none: then apply compares it",
        )
    }
}
