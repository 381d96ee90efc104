//! `entraflow explain`

use std::io::{self, Write};

use clap::Args;

use super::Terminal;
use super::stop::Stop;
use crate::desired::problem::did_you_mean;
use crate::desired::{TENANT, tenant_record};
use crate::exit::Exit;
use crate::kinds::shape::{Field, Record, Shape, Variant};
use crate::kinds::{KINDS, Kind};

/// Tell what a kind of document may hold; without a kind, which kinds there are.
#[derive(Args)]
pub(super) struct Explain {
    /// The kind, as after `kind:` in a file.
    kind: Option<String>,
}

impl Explain {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        match self.kind.as_deref() {
            None => terminal.result(kinds)?,
            Some(TENANT) => terminal.result(|out| {
                writeln!(
                    out,
                    "{TENANT}: which tenant the files are about, and how to reach it.\n"
                )?;
                record(out, tenant_record(), 0)
            })?,
            Some(name) => {
                let kind = Kind::find(name).ok_or_else(|| unknown(name))?;
                terminal.result(|out| explain(out, kind))?;
            }
        }
        Ok(Exit::Success)
    }
}

fn unknown(name: &str) -> Stop {
    let names = || KINDS.iter().map(|kind| kind.name).chain([TENANT]);
    let help = match did_you_mean(name, names()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the kinds are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Stop::usage(format!("there is no kind `{name}`"), help)
}

fn kinds(out: &mut dyn Write) -> io::Result<()> {
    let width = KINDS
        .iter()
        .map(|kind| kind.name.len())
        .max()
        .unwrap_or_default();
    writeln!(
        out,
        "{TENANT:width$}  Which tenant the files are about, and how to reach it."
    )?;
    KINDS
        .iter()
        .try_for_each(|kind| writeln!(out, "{:width$}  {}", kind.name, kind.summary))
}

fn explain(out: &mut dyn Write, kind: &Kind) -> io::Result<()> {
    writeln!(out, "{}: {}", kind.name, kind.summary)?;
    if let Some(why) = kind.deprecated {
        writeln!(out, "Deprecated: {why}.")?;
    }
    let tenants: Vec<_> = kind
        .tenants
        .iter()
        .map(|tenant_type| tenant_type.word())
        .collect();
    let collection = &kind.collection;
    writeln!(out)?;
    writeln!(out, "Tenants      {}", tenants.join(", "))?;
    writeln!(
        out,
        "Graph        {} of {}, page {}",
        collection.path, collection.version, kind.page
    )?;
    writeln!(
        out,
        "Permissions  {} to read, {} to write",
        kind.permissions.read, kind.permissions.write
    )?;
    writeln!(out)?;
    record(out, kind.record(), 0)
}

fn record(out: &mut dyn Write, record: &Record, depth: usize) -> io::Result<()> {
    record
        .fields
        .iter()
        .try_for_each(|field| self::field(out, field, depth))
}

fn field(out: &mut dyn Write, field: &Field, depth: usize) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let need = if field.required { ", required" } else { "" };
    let null = if field.clearable { ", or null" } else { "" };
    writeln!(
        out,
        "{indent}{}  ({}{null}{need})",
        field.name,
        field.shape.expected()
    )?;
    writeln!(out, "{indent}    {}", field.doc)?;
    inner(out, &field.shape, depth)
}

fn inner(out: &mut dyn Write, shape: &Shape, depth: usize) -> io::Result<()> {
    match shape {
        Shape::Record(record) => self::record(out, record, depth + 2),
        Shape::List(of) => inner(out, of, depth),
        Shape::Map(of) => inner(out, &of.shape, depth),
        Shape::Variants(variants) => variants
            .iter()
            .try_for_each(|variant| self::variant(out, variant, depth + 2)),
        Shape::Choice(choices) => {
            let documented = choices.iter().filter(|choice| !choice.doc.is_empty());
            let indent = "  ".repeat(depth + 2);
            documented
                .into_iter()
                .try_for_each(|choice| writeln!(out, "{indent}{}: {}", choice.word, choice.doc))
        }
        Shape::Text(_) | Shape::Bool | Shape::Number { .. } => Ok(()),
        Shape::Reference(_) | Shape::Secret(_) | Shape::Content => Ok(()),
    }
}

fn variant(out: &mut dyn Write, variant: &Variant, depth: usize) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    writeln!(out, "{indent}type: {}", variant.name)?;
    writeln!(out, "{indent}    {}", variant.doc)?;
    record(out, &variant.record, depth + 1)
}
