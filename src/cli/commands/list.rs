//! `entraflow list`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCandidates;

use crate::cli::command_error::CommandError;
use crate::cli::complete;
use crate::cli::connect::Connection;
use crate::cli::help;
use crate::cli::load;
use crate::cli::permissions;
use crate::cli::terminal::Terminal;
use crate::desired::{Desired, Tenant};
use crate::engine::permissions::Access;
use crate::engine::{self, ObjectFilter};
use crate::exit::Exit;
use crate::kinds::{KINDS, Kind};
use crate::live::{self, Inventory, InventoryObject, ReadError, ReadFilter};
use crate::model::{Address, printable};
use crate::plan::TargetTenant;
use crate::problem::did_you_mean;
use crate::render::{self, Format, ListReport, ListedObject, ReadStats};

/// List the objects of the tenant with their ids, and the files that declare them.
///
/// Built-in objects, and those that belong to another object, are left out; objects of a deprecated kind are listed only
/// if KIND names it. A kind that the token may not read is reported, and the others are listed.
#[derive(Args)]
#[command(override_usage = "entraflow list [OPTIONS] [KIND] [PATH]...")]
#[command(after_help = help::signing_in("entraflow list b2xUserFlow"))]
pub(in crate::cli) struct ListCommand {
    /// A kind of objects, or KIND/NAME with `*` and `?` as wildcards; then files and directories with the tenant's documents.
    #[arg(value_name = "KIND|PATH", add = ArgValueCandidates::new(complete::kinds))]
    words: Vec<String>,
    /// The output format.
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

/// The formats of a list.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ListFormat {
    /// For people.
    Text,
    /// For programs; `entraflow schema` writes its JSON Schema.
    Json,
    /// KIND/NAME of each object on a line.
    Name,
}

impl ListCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let (filter, paths) = arguments(&self.words)?;
        let desired = load::load(&paths, terminal)?;
        terminal.redact_secrets_of(&desired, Path::new(""));
        let connection = Connection::open(&desired.tenant, terminal).await?;
        let inventory = read(filter.as_ref(), &desired, &connection, terminal).await?;
        let (target, reading) = (connection.target.clone(), connection.reading());
        connection.close(terminal).await;
        if let Some(note) = engine::unlisted_note(&inventory.unlisted) {
            terminal.message(&format!("warning: {note}"));
        }
        let report = report(filter.as_ref(), &inventory, &desired, &target, reading);
        show(&report, self.format, terminal)?;
        Ok(match inventory.errors.is_empty() {
            true => Exit::Success,
            false => Exit::Incomplete,
        })
    }
}

/// The objects to list, and the paths.
fn arguments(words: &[String]) -> Result<(Option<ObjectFilter>, Vec<PathBuf>), CommandError> {
    let named = words.first().and_then(|word| ObjectFilter::of_kind(word));
    let (filter, paths) = match named {
        Some(filter) => {
            let help = "`*` and `?` are wildcards, `[` starts a set of characters";
            let filter = filter.map_err(|message| CommandError::usage(message, help))?;
            (Some(filter), &words[1..])
        }
        None => (None, words),
    };
    let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
    match paths
        .first()
        .filter(|path| filter.is_none() && !path.exists())
    {
        Some(word) => Err(neither_kind_nor_path(&word.display().to_string())),
        None if paths.is_empty() => Ok((filter, vec![PathBuf::from(".")])),
        None => Ok((filter, paths)),
    }
}

fn neither_kind_nor_path(word: &str) -> CommandError {
    let kind = word.split('/').next().unwrap_or(word);
    let help = match did_you_mean(kind, KINDS.iter().map(|kind| kind.name)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`entraflow explain` lists the kinds".to_owned(),
    };
    CommandError::usage(format!("`{word}` is neither a kind nor a path"), help)
}

/// Lists the objects of the tenant. Fails if no kind can be listed.
async fn read(
    only: Option<&ObjectFilter>,
    desired: &Desired,
    connection: &Connection,
    terminal: &mut Terminal,
) -> Result<Inventory, CommandError> {
    let rules =
        engine::read_rules(desired).map_err(|error| CommandError::engine(error, desired))?;
    let is_declared = |kind: &Kind| {
        let mut declared = desired.resources.keys().chain(&desired.absent);
        declared.any(|address| address.kind() == kind.name)
    };
    let filter = ReadFilter {
        includes_kind: &|kind| match only {
            Some(only) => only.is_of(kind),
            None => kind.constraints.deprecated.is_none() || is_declared(kind),
        },
        includes_object: &|address| only.is_none_or(|only| only.matches(address)),
        pins: &desired.pins,
        environment: desired.tenant.environment(),
    };
    let kinds = live::inventory_kinds(&filter);
    let objects = "the objects to list";
    permissions::check(connection, &kinds, Access::Read, objects, terminal);
    let reader = connection.session.reader();
    let inventory = live::inventory(&reader, &filter, &rules, &desired.resources).await;
    let mut inventory = inventory.map_err(CommandError::reading_all)?;
    match inventory.errors.pop_first() {
        Some((_, error)) if inventory.objects.is_empty() => Err(CommandError::reading_all(error)),
        Some((kind, error)) => {
            inventory.errors.insert(kind, error);
            Ok(inventory)
        }
        None => Ok(inventory),
    }
}

/// Why the tenant has no objects of a kind, or fewer than expected.
fn note(only: Option<&ObjectFilter>, tenant: &Tenant) -> Option<String> {
    let kind = KINDS
        .iter()
        .find(|kind| only.is_some_and(|only| only.is_of(kind)))?;
    let environment = tenant.environment();
    let types = kind.tenants.iter().map(|it| it.as_str());
    let types = types.collect::<Vec<_>>().join(" and ");
    match kind.constraints.deprecated {
        _ if !kind.tenants.contains(&environment.tenant) => Some(format!(
            "a tenant of type {} has no {}: it exists in tenants of type {types}",
            environment.tenant.as_str(),
            kind.name
        )),
        _ if !kind.is_offered(environment.cloud) => Some(format!(
            "the cloud {} does not offer {}",
            environment.cloud.as_str(),
            kind.name
        )),
        deprecated => deprecated.map(|why| format!("{} is deprecated: {why}", kind.name)),
    }
}

fn report<'a>(
    only: Option<&ObjectFilter>,
    inventory: &Inventory,
    desired: &Desired,
    target: &'a TargetTenant,
    reading: ReadStats,
) -> ListReport<'a> {
    let listed = |object: &'_ InventoryObject| {
        let InventoryObject {
            name,
            id,
            ownership,
        } = object;
        ListedObject {
            name: name.clone(),
            id: id.clone(),
            ownership: Some(*ownership),
            span: desired.spans.get(name).cloned(),
        }
    };
    let unread = inventory.errors.iter();
    ListReport {
        target,
        objects: inventory.objects.iter().map(listed).collect(),
        unread: unread
            .map(|(kind, error)| (*kind, first_line(error)))
            .collect(),
        notes: note(only, &desired.tenant).into_iter().collect(),
        reading,
    }
}

/// Prints the objects.
fn show(
    report: &ListReport<'_>,
    format: ListFormat,
    terminal: &mut Terminal,
) -> Result<(), CommandError> {
    let format = match format {
        ListFormat::Text => Format::Text,
        ListFormat::Json => Format::Json,
        ListFormat::Name => {
            let mut names = report.objects.iter().map(|object| &object.name);
            let line = |name: &Address| printable(&name.to_string());
            return terminal
                .result(|out| names.try_for_each(|name| writeln!(out, "{}", line(name))));
        }
    };
    let style = terminal.style();
    terminal.result(|out| render::list(out, report, format, style))
}

fn first_line(error: &ReadError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{CloudName, TenantType};

    #[test]
    fn kind_that_the_tenant_does_not_have_or_that_is_deprecated_is_explained() {
        let (workforce, cloud) = (TenantType::Workforce, CloudName::Global);
        let tenant = Tenant::new("shop", "shop.example", workforce, cloud, PathBuf::new());
        let note = |kind: &str| note(Some(&kind.parse().unwrap()), &tenant);
        let other =
            "a tenant of type workforce has no b2cUserFlow: it exists in tenants of type b2c";
        assert_eq!(note("b2cUserFlow").as_deref(), Some(other));
        let deprecated = note("userFlow").unwrap_or_default();
        assert!(
            deprecated.starts_with("userFlow is deprecated: "),
            "{deprecated}"
        );
        assert_eq!(note("b2xUserFlow/*"), None);
    }

    fn parsed(words: &[&str]) -> Result<(Option<String>, Vec<String>), String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let (filter, paths) = arguments(&words)
            .map_err(|error| format!("{}; {}", error.message, error.help.join("; ")))?;
        let paths = paths.iter().map(|path| path.display().to_string());
        Ok((
            filter.map(|filter| filter.written().to_owned()),
            paths.collect(),
        ))
    }

    #[test]
    fn first_word_is_a_kind_or_a_path() {
        let of = |filter: Option<&str>, path: &str| {
            Ok((filter.map(str::to_owned), vec![path.to_owned()]))
        };
        assert_eq!(parsed(&[]), of(None, "."));
        assert_eq!(parsed(&["src"]), of(None, "src"));
        assert_eq!(parsed(&["apiConnector"]), of(Some("apiConnector"), "."));
        let words = ["apiConnector/Check*", "src"];
        assert_eq!(parsed(&words), of(Some("apiConnector/Check*"), "src"));
    }

    #[test]
    fn first_word_that_is_neither_is_refused_with_the_nearest_kind() {
        let error = "`apiConector` is neither a kind nor a path; did you mean `apiConnector`?";
        assert_eq!(parsed(&["apiConector"]), Err(error.to_owned()));
        let error = "`no/where` is neither a kind nor a path; `entraflow explain` lists the kinds";
        assert_eq!(parsed(&["no/where"]), Err(error.to_owned()));
    }
}
