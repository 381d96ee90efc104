//! Exports for people.

use std::io::{self, Write};
use std::path::Path;

use super::count;
use super::style::{Style, Tone, shown};
use crate::export::{Export, Fate};
use crate::model::Address;
use crate::plan::Target;

/// What is told of an export beside the export itself.
pub struct Exporting<'a> {
    /// The tenant.
    pub target: &'a Target,
    /// What it comes to.
    pub export: &'a Export,
    /// The declared objects that the tenant does not have.
    pub missing: &'a [Address],
    /// Requests that were made.
    pub requests: u64,
    /// Round trips that they took.
    pub round_trips: u64,
    /// The directory to plan with.
    pub directory: &'a Path,
}

pub(super) fn export(out: &mut dyn Write, told: &Exporting<'_>, style: Style) -> io::Result<()> {
    let Exporting {
        target,
        export,
        missing,
        requests,
        round_trips,
        directory,
    } = told;
    let title = format!("Export of {} from {}", target.name, target.cloud);
    writeln!(out, "{}", style.paint(Tone::Strong, &title))?;
    writeln!(
        out,
        "{} tenant {}",
        target.tenant_type.word(),
        shown(&target.tenant_id)
    )?;
    files(out, export, style)?;
    if !export.left_out.is_empty() {
        writeln!(out, "\nNot exported:")?;
        for (address, why) in &export.left_out {
            writeln!(out, "  {}: {}", shown(address), shown(why))?;
        }
    }
    if !missing.is_empty() {
        writeln!(out, "\nDeclared, and not in the tenant:")?;
        missing
            .iter()
            .try_for_each(|address| writeln!(out, "  {}", shown(address)))?;
    }
    if !export.variables.is_empty() {
        writeln!(
            out,
            "\nSecrets to fill in, because Graph does not show them:"
        )?;
        let variables = export
            .variables
            .iter()
            .map(|(name, path)| (name.as_str(), path.display().to_string()));
        columns(out, variables.collect())?;
    }
    let of = |fate| {
        export
            .documents
            .iter()
            .filter(|document| document.fate == fate)
            .count() as u64
    };
    let numbers = format!(
        "{} written, {} updated, {} left as they are.",
        count(of(Fate::New), "object"),
        of(Fate::Updated),
        of(Fate::Kept)
    );
    writeln!(out, "\n{}", style.paint(Tone::Strong, &numbers))?;
    writeln!(
        out,
        "Requests: {requests} made to read, in {}.",
        count(*round_trips, "round trip")
    )?;
    let directory = match directory.as_os_str().is_empty() {
        true => String::new(),
        false => format!(" {}", directory.display()),
    };
    writeln!(
        out,
        "Look at the files, and plan: entraflow plan{}",
        shown(&directory)
    )
}

fn files(out: &mut dyn Write, export: &Export, style: Style) -> io::Result<()> {
    let documents = export
        .documents
        .iter()
        .filter(|document| document.fate != Fate::Kept);
    let width = documents
        .clone()
        .map(|document| document.path.display().to_string().chars().count())
        .max();
    if let Some(width) = width {
        writeln!(out)?;
        for document in documents {
            let (tone, sign) = match document.fate {
                Fate::New => (Tone::Added, '+'),
                Fate::Updated | Fate::Kept => (Tone::Changed, '~'),
            };
            let path = document.path.display().to_string();
            let line = format!("{sign} {path:width$}  {}", document.address);
            writeln!(out, "{}", style.paint(tone, &line))?;
        }
    }
    Ok(())
}

fn columns(out: &mut dyn Write, rows: Vec<(&str, String)>) -> io::Result<()> {
    let width = rows
        .iter()
        .map(|(first, _)| first.chars().count())
        .max()
        .unwrap_or_default();
    rows.iter()
        .try_for_each(|(first, second)| writeln!(out, "  {first:width$}  {}", shown(second)))
}
