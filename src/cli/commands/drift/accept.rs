//! Writes the live state into the files: each object into its document, with comments and layout kept.
//!
//! Only declared fields are written, and no secret.

use std::collections::BTreeSet;
use std::fs;

use crate::cli::command_error::CommandError;
use crate::cli::file;
use crate::cli::terminal::Terminal;
use crate::dangers::DangerRule;
use crate::desired::Desired;
use crate::drift::{DriftFinding, DriftKind, DriftReport};
use crate::engine::Comparison;
use crate::exit::Exit;
use crate::export::{DocumentDetail, ExistingFiles, ExportInput, ExportResult, export};
use crate::live::Live;
use crate::model::{Address, Resources, Secret, Value};
use crate::plan::DangerLimits;
use crate::problem::did_you_mean;
use crate::render;

/// What is to be accepted, and how.
pub(super) struct Acceptance<'a> {
    /// The objects; all that differ if there are none.
    pub(super) addresses: &'a [Address],
    /// The rules whose dangers may pass.
    pub(super) allowed: BTreeSet<DangerRule>,
    /// Whether no question is asked.
    pub(super) without_asking: bool,
    /// The drift.
    pub(super) findings: Vec<DriftFinding>,
}

impl Acceptance<'_> {
    /// Shows what it takes and asks, then writes the live state into the files and prints which files have changed.
    pub(super) fn write(
        &self,
        comparison: &Comparison,
        desired: &Desired,
        terminal: &mut Terminal,
    ) -> Result<(), CommandError> {
        check_known(self.addresses, desired, &comparison.live)?;
        let is_asked =
            |address: &Address| self.addresses.is_empty() || self.addresses.contains(address);
        let resources = comparison.live_as_declared(&is_asked);
        let export = export_to_files(&resources, desired, &comparison.live);
        if !export.files.is_empty() {
            self.approve(&resources, comparison, terminal)?;
        }
        write(&export, terminal)
    }

    /// Shows what is written and its dangers, refuses them unless they are allowed, and asks.
    fn approve(
        &self,
        resources: &Resources,
        comparison: &Comparison,
        terminal: &mut Terminal,
    ) -> Result<(), CommandError> {
        let dangers = comparison.dangers(resources);
        let is_accepted = |finding: &&DriftFinding| resources.contains_key(&finding.address);
        let accepted: Vec<_> = self.findings.iter().filter(is_accepted).collect();
        terminal.explain(|out, style| render::acceptance(out, &accepted, &dangers, style))?;
        let limits = DangerLimits {
            refused: true,
            allowed: self.allowed.clone(),
        };
        let refused: BTreeSet<_> = limits.refused_of(&dangers).map(|of| of.rule).collect();
        if !refused.is_empty() {
            return Err(CommandError::dangerous_to_accept(&refused));
        }
        let question = "Write this into the files? Only `yes` writes it:";
        match self.without_asking || terminal.confirm(question)? {
            true => Ok(()),
            false => Err(CommandError::not_accepted()),
        }
    }
}

fn write(export: &ExportResult, terminal: &mut Terminal) -> Result<(), CommandError> {
    for (path, text) in &export.files {
        file::replace(path, text).map_err(|error| {
            CommandError::unexpected(&format!("{} cannot be written", path.display()), error)
        })?;
        terminal.message(&format!("Accepted into {}.", path.display()));
    }
    for (address, why) in &export.not_exported {
        terminal.message(&format!("Not accepted: {address}: {why}"));
    }
    for (variable, path) in &export.variables {
        let path = path.display();
        terminal.message(&format!(
            "{path} refers to the variable {variable}: Graph does not return the secret."
        ));
    }
    Ok(())
}

impl CommandError {
    /// What is to be accepted has dangers that are not allowed.
    fn dangerous_to_accept(rules: &BTreeSet<DangerRule>) -> Self {
        let options = rules.iter().map(|rule| format!("`--allow-danger {rule}`"));
        let options = options.collect::<Vec<_>>().join(" and ");
        Self::with_help(
            Exit::Refused,
            "nothing was written: the tenant differs from the files in a dangerous way",
            format!("`entraflow apply` reverts the tenant; to accept it, add {options}"),
        )
    }

    /// The answer was no.
    fn not_accepted() -> Self {
        Self::with_help(
            Exit::Unexpected,
            "nothing was written: there was no answer `yes`",
            "`--yes` accepts without asking",
        )
    }
}

/// Refuses addresses that are neither declared nor live.
fn check_known(addresses: &[Address], desired: &Desired, live: &Live) -> Result<(), CommandError> {
    let all: BTreeSet<_> = desired.spans.keys().chain(&live.unmanaged).collect();
    let Some(address) = addresses.iter().find(|address| !all.contains(address)) else {
        return Ok(());
    };
    let names: Vec<_> = all.into_iter().map(ToString::to_string).collect();
    let nearest = did_you_mean(&address.to_string(), names.iter().map(String::as_str));
    let help = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`entraflow drift` lists what can be accepted".to_owned(),
    };
    let message = format!("there is no {address}, neither in the files nor in the live state");
    Err(CommandError::usage(message, help))
}

/// The files with the live state in them.
fn export_to_files(resources: &Resources, desired: &Desired, live: &Live) -> ExportResult {
    export(&ExportInput {
        resources,
        ids: &live.ids,
        places: &desired.spans,
        variables: desired.variables(),
        root: &desired.tenant.directory,
        extent: DocumentDetail::Short,
        existing: ExistingFiles::Update,
        read: &|path| fs::read_to_string(path).ok(),
    })
}

/// What to do about the drift that was not accepted.
pub(super) fn remaining(drift: &DriftReport, addresses: &[Address]) -> BTreeSet<&'static str> {
    let is_asked = |address: &Address| addresses.is_empty() || addresses.contains(address);
    let help = |finding: &DriftFinding| match &finding.kind {
        DriftKind::Missing => {
            "a missing object stays declared: `entraflow apply` creates it, or remove its document"
        }
        DriftKind::Ambiguous(_) => {
            "a name of several live objects is not accepted: each finding says how to resolve it"
        }
        DriftKind::Unwanted => {
            "an object declared as absent stays so: `entraflow apply` deletes it"
        }
        DriftKind::Unmanaged => {
            "`entraflow export --only KIND/NAME` writes a document for an unmanaged object"
        }
        DriftKind::Changed {
            files: Some(Value::Secret(Secret::From(_))),
            ..
        } => "Graph does not return secrets: `entraflow apply` sets the declared one",
        DriftKind::Changed { .. }
        | DriftKind::MissingMember
        | DriftKind::ExtraMember
        | DriftKind::Reordered { .. }
        | DriftKind::Rewritten(_) => match is_asked(&finding.address) {
            true => {
                "a name, or a value that a file cannot hold, is not accepted: edit the document by hand"
            }
            false => "`--accept` without an address accepts the other objects as well",
        },
    };
    drift.findings.iter().map(help).collect()
}
