//! Text output of exports.

use std::io::{self, Write};

use crate::export::{ExportResult, FileAction};
use crate::model::Address;
use crate::render::reports::ExportReport;
use crate::render::strings::count;
use crate::render::style::{Style, Tone, shown};

pub(in crate::render) fn export(
    out: &mut dyn Write,
    report: &ExportReport<'_>,
    style: Style,
) -> io::Result<()> {
    let ExportReport {
        target,
        export,
        missing,
        unread,
        requests,
        round_trips,
        directory,
    } = report;
    let title = format!("Export of {} from {}", target.name, target.cloud);
    writeln!(out, "{}", style.paint(Tone::Strong, &title))?;
    writeln!(
        out,
        "{} tenant {}",
        target.tenant_type.as_str(),
        shown(&target.tenant_id)
    )?;
    files(out, export, style)?;
    omissions(out, export, missing)?;
    if !unread.is_empty() {
        writeln!(out, "\nLeft out, because Graph refuses to read it:")?;
        unread
            .iter()
            .try_for_each(|part| writeln!(out, "  {}", shown(part)))?;
    }
    let of = |action| {
        export
            .documents
            .iter()
            .filter(|document| document.action == action)
            .count() as u64
    };
    let numbers = format!(
        "{} created, {} updated, {} unchanged.",
        count(of(FileAction::Create), "document"),
        of(FileAction::Update),
        of(FileAction::Keep)
    );
    writeln!(out, "\n{}", style.paint(Tone::Strong, &numbers))?;
    writeln!(
        out,
        "Requests: {requests} to read the tenant, in {}.",
        count(*round_trips, "round trip")
    )?;
    let directory = match directory.as_os_str().is_empty() {
        true => String::new(),
        false => format!(" {}", directory.display()),
    };
    writeln!(
        out,
        "Review the files, then run: entraflow plan{}",
        shown(&directory)
    )
}

/// What is not in the files, and what the user has to provide.
fn omissions(out: &mut dyn Write, export: &ExportResult, missing: &[Address]) -> io::Result<()> {
    if !export.not_exported.is_empty() {
        writeln!(out, "\nNot exported:")?;
        for (address, reason) in &export.not_exported {
            writeln!(out, "  {}: {}", shown(address), shown(reason))?;
        }
    }
    if !missing.is_empty() {
        writeln!(out, "\nDeclared, but not in the tenant:")?;
        missing
            .iter()
            .try_for_each(|address| writeln!(out, "  {}", shown(address)))?;
    }
    if !export.variables.is_empty() {
        writeln!(
            out,
            "\nSecrets to provide, because Graph does not return them:"
        )?;
        let variables = export
            .variables
            .iter()
            .map(|(name, path)| (name.as_str(), path.display().to_string()));
        columns(out, variables.collect())?;
    }
    if !export.not_shown.is_empty() {
        writeln!(
            out,
            "\nFields left out, because Graph does not show them; they are not changed:"
        )?;
        let fields = export.not_shown.iter();
        let fields = fields.map(|(field, path)| (field.as_str(), path.display().to_string()));
        columns(out, fields.collect())?;
    }
    Ok(())
}

fn files(out: &mut dyn Write, export: &ExportResult, style: Style) -> io::Result<()> {
    let documents = export
        .documents
        .iter()
        .filter(|document| document.action != FileAction::Keep);
    let width = documents
        .clone()
        .map(|document| document.path.display().to_string().chars().count())
        .max();
    if let Some(width) = width {
        writeln!(out)?;
        for document in documents {
            let (tone, sign) = match document.action {
                FileAction::Create => (Tone::Added, '+'),
                FileAction::Update | FileAction::Keep => (Tone::Changed, '~'),
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
