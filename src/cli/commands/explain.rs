//! `entraflow explain`

use std::io::{self, Write};
use std::iter;

use clap::Args;
use clap_complete::{ArgValueCandidates, CompletionCandidate};

use crate::audit;
use crate::cli::command_error::CommandError;
use crate::cli::complete;
use crate::cli::help;
use crate::cli::terminal::Terminal;
use crate::desired::{RENAMED_FROM, TENANT, TENANT_SUMMARY, tenant_record};
use crate::engine::permissions::of_references;
use crate::exit::Exit;
use crate::kinds::shape::{Field, Record, Shape, Variant};
use crate::kinds::{KINDS, Kind, Permissions};
use crate::problem::did_you_mean;
use crate::schema::{ENSURE, FORMER_NAME, PATCH};

/// The width of a line, in characters.
const WIDTH: usize = 80;

/// Show the fields of a kind of document; without a kind, list the kinds.
#[derive(Args)]
#[command(after_help = help::example("entraflow explain b2xUserFlow"))]
pub(in crate::cli) struct ExplainCommand {
    /// The kind, as in `kind:` of a document.
    #[arg(add = ArgValueCandidates::new(candidates))]
    kind: Option<String>,
}

/// The kinds of documents, to complete one.
fn candidates() -> Vec<CompletionCandidate> {
    let tenant = CompletionCandidate::new(TENANT).help(Some(TENANT_SUMMARY.into()));
    complete::kinds().into_iter().chain([tenant]).collect()
}

impl ExplainCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        match self.kind.as_deref() {
            None => terminal.result(kinds)?,
            Some(TENANT) => terminal.result(tenant)?,
            Some(name) => {
                let kind = Kind::find(name).ok_or_else(|| unknown(name))?;
                terminal.result(|out| explain(out, kind))?;
            }
        }
        Ok(Exit::Success)
    }
}

fn unknown(name: &str) -> CommandError {
    let names = || KINDS.iter().map(|kind| kind.name).chain([TENANT]);
    let help = match did_you_mean(name, names()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the kinds are {}", names().collect::<Vec<_>>().join(", ")),
    };
    CommandError::usage(format!("unknown kind `{name}`"), help)
}

fn kinds(out: &mut dyn Write) -> io::Result<()> {
    let rows = KINDS.iter().map(|kind| (kind.name, kind.summary));
    table(out, 0, iter::once((TENANT, TENANT_SUMMARY)).chain(rows))
}

fn tenant(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{TENANT}: {TENANT_SUMMARY}\n")?;
    record(out, tenant_record(), 0)
}

fn explain(out: &mut dyn Write, kind: &Kind) -> io::Result<()> {
    fold(out, 0, 0, &format!("{}: {}", kind.name, kind.summary))?;
    if let Some(why) = kind.constraints.deprecated {
        fold(out, 0, 0, &format!("Deprecated: {why}."))?;
    }
    let words = kind.tenants.iter().map(|tenant_type| tenant_type.as_str());
    let tenants = words.collect::<Vec<_>>().join(", ");
    let (collection, page) = (&kind.collection, kind.page);
    let graph = format!("{} of {}, page {page}", collection.path, collection.version);
    let Permissions { read, write, .. } = kind.permissions;
    let permissions = match read == write {
        true => format!("{read} to read and to write"),
        false => format!("{read} to read, {write} to write"),
    };
    writeln!(out)?;
    let clouds: Vec<_> = kind.clouds.iter().map(|cloud| cloud.as_str()).collect();
    let clouds = clouds.join(", ");
    let roles = kind.permissions.administrators.iter();
    let roles: Vec<_> = roles.map(|role| role.name).collect();
    let roles = format!("{}, if a person signs in", roles.join(" or "));
    let references = of_references(kind).into_iter();
    let references: Vec<_> = references
        .map(|(permission, kinds)| format!("{permission} to read {}", kinds.join(", ")))
        .collect();
    let references = references.join("; ");
    let activities: Vec<_> = kind.audit.all().into_iter().collect();
    let audit = format!(
        "{}; `drift --who` shows them, with {}",
        activities.join(", "),
        audit::PERMISSION
    );
    let has_role = !kind.permissions.administrators.is_empty();
    let rows = [
        Some(("Tenants", tenants.as_str())),
        Some(("Clouds", &clouds)),
        Some(("Graph", &graph)),
        Some(("Permissions", &permissions)),
        (!references.is_empty()).then_some(("References", &references)),
        has_role.then_some(("Directory role", &roles)),
        (!activities.is_empty()).then_some(("Audit log", &audit)),
    ];
    table(out, 0, rows.into_iter().flatten())?;
    writeln!(out)?;
    record(out, kind.record(), 0)?;
    fold(out, 0, 8, "ensure  present or absent")?;
    fold(out, 4, 4, ENSURE)?;
    fold(out, 0, 8, "patch  true or false")?;
    fold(out, 4, 4, PATCH)?;
    if kind.name_field().is_none() {
        return Ok(());
    }
    fold(out, 0, 8, &format!("{RENAMED_FROM}  a non-empty string"))?;
    fold(out, 4, 4, FORMER_NAME)
}

fn record(out: &mut dyn Write, record: &Record, indent: usize) -> io::Result<()> {
    record
        .fields
        .iter()
        .try_for_each(|field| self::field(out, field, indent))
}

fn field(out: &mut dyn Write, field: &Field, indent: usize) -> io::Result<()> {
    let expected = match &field.shape {
        Shape::Enum(_) => "one of the values below".to_owned(),
        shape => shape.expected(),
    };
    let need = if field.required { "required, " } else { "" };
    let null = if field.clearable { ", or null" } else { "" };
    let head = format!("{}  {need}{expected}{null}", field.name);
    fold(out, indent, indent + 8, &head)?;
    fold(out, indent + 4, indent + 4, &field.doc)?;
    if !field.only_with.is_empty() {
        let need = if field.needed {
            "Needed with"
        } else {
            "Only with"
        };
        let with = format!("{need} `type: {}`.", field.only_with.join("`, `"));
        fold(out, indent + 4, indent + 4, &with)?;
    }
    inner(out, &field.shape, indent + 4)
}

/// Describes the fields, items or values of a shape.
fn inner(out: &mut dyn Write, shape: &Shape, indent: usize) -> io::Result<()> {
    match shape {
        Shape::Record(record) => self::record(out, record, indent),
        Shape::List { of, .. } => inner(out, of, indent),
        Shape::Map(of) => inner(out, &of.shape, indent),
        Shape::Variants(variants) => variants
            .iter()
            .try_for_each(|variant| self::variant(out, variant, indent)),
        Shape::Enum(choices) => {
            let rows = choices
                .iter()
                .map(|choice| (choice.word.as_str(), choice.doc.as_str()));
            table(out, indent, rows)
        }
        Shape::Text(_) | Shape::Bool | Shape::Number { .. } => Ok(()),
        Shape::Reference(_) | Shape::Secret(_) | Shape::Content => Ok(()),
    }
}

fn variant(out: &mut dyn Write, variant: &Variant, indent: usize) -> io::Result<()> {
    writeln!(out, "{:indent$}type: {}", "", variant.name)?;
    fold(out, indent + 4, indent + 4, &variant.doc)?;
    record(out, &variant.record, indent + 4)
}

/// Values in a column, each with its description.
fn table<'a>(
    out: &mut dyn Write,
    indent: usize,
    rows: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> io::Result<()> {
    let width = rows.clone().map(|(word, _)| word.len()).max();
    let width = width.unwrap_or_default();
    rows.into_iter().try_for_each(|(word, meaning)| {
        let text = format!("{word:width$}  {meaning}");
        fold(out, indent, indent + width + 2, &text)
    })
}

/// Writes a text in lines of at most `WIDTH` characters, with an indent of its own for all but the first.
fn fold(out: &mut dyn Write, first: usize, others: usize, text: &str) -> io::Result<()> {
    let mut line = " ".repeat(first);
    let mut rest = text;
    while let Some(end) = fit(rest, WIDTH.saturating_sub(line.chars().count())) {
        let (now, later) = rest.split_at(end);
        writeln!(out, "{line}{}", now.trim_end())?;
        rest = later.trim_start();
        line = " ".repeat(others);
    }
    writeln!(out, "{line}{rest}")
}

/// Where to break a text that is too long; `None` if it fits or is one word.
fn fit(text: &str, width: usize) -> Option<usize> {
    let (most, _) = text.char_indices().nth(width)?;
    let spaces = text.match_indices(' ').map(|(span, _)| span);
    let (before, after): (Vec<_>, Vec<_>) = spaces.partition(|span| *span <= most);
    before.last().or(after.first()).copied()
}
