//! `entraflow init`

mod starter;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::export::{ExportCommand, tenant_id};
use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::terminal::Terminal;
use crate::desired::tenant_record;
use crate::desired::yaml::scalar;
use crate::exit::Exit;
use crate::kinds::CloudName;
use crate::kinds::shape::{EnumMember, Shape};

/// State of one clone, and the usual name of a saved plan: they do not belong into Git.
const IGNORED: [&str; 2] = [".entraflow/", "plan.json"];

/// Write the first files of a tenant: its document, a commented first object, and .gitignore.
///
/// Asks on a terminal for missing options. Never overwrites a file.
///
/// With `--adopt` the user flows of the tenant and their parts are exported as well, as `entraflow export` does, in place
/// of the first object. That needs a credential: `--auth` chooses one, else the environment does.
#[derive(Args)]
#[command(after_help = help::signing_in("entraflow init --type external --cloud emulator shop"))]
pub(in crate::cli) struct InitCommand {
    /// The directory for the files; created if it does not exist.
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// The type of the tenant.
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(words("type")))]
    tenant_type: Option<String>,
    /// The cloud of the tenant; `emulator` needs no real tenant.
    #[arg(long, value_parser = PossibleValuesParser::new(words("cloud")))]
    cloud: Option<String>,
    /// The domain or GUID of the tenant.
    #[arg(long, value_name = "DOMAIN", value_parser = tenant_id)]
    tenant_id: Option<String>,
    /// The name of the tenant in plans and reports.
    #[arg(long)]
    name: Option<String>,
    /// The credential to sign in with, written to the tenant document; without it the environment chooses.
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new(auth_types()))]
    auth: Option<String>,
    /// Export the tenant as well: a file for each object, so that a plan has no changes.
    #[arg(long)]
    adopt: bool,
}

impl InitCommand {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let (directory, adopt) = (self.directory.clone(), self.adopt);
        let files = self.files(terminal)?;
        let written = write(&directory, &files)?;
        terminal.result(|out| print_files(out, &directory, &files, &written))?;
        if adopt {
            terminal.result(|out| writeln!(out))?;
            let adopted = ExportCommand::all(&directory).run(terminal).await;
            return adopted.map_err(|error| error.after_init(&directory));
        }
        terminal.result(|out| print_next(out, &directory))?;
        Ok(Exit::Success)
    }

    /// Refuses to ask without a terminal.
    fn check_answerable(&self, terminal: &Terminal) -> Result<(), CommandError> {
        let options = [
            ("--type", &self.tenant_type),
            ("--cloud", &self.cloud),
            ("--tenant-id", &self.tenant_id),
            ("--name", &self.name),
        ];
        let is_missing = |given: &Option<String>| given.as_deref().is_none_or(str::is_empty);
        let missing = options.into_iter().filter(|(_, given)| is_missing(given));
        let missing: Vec<_> = missing.map(|(option, _)| option).collect();
        match missing.is_empty() || terminal.can_ask() {
            true => Ok(()),
            false => Err(CommandError::no_terminal(&missing)),
        }
    }

    /// The files to write, by their names.
    fn files(self, terminal: &mut Terminal) -> Result<Vec<(String, String)>, CommandError> {
        let document = self.directory.join("tenant.yaml");
        if document.exists() {
            return Err(CommandError::tenant_exists(&document));
        }
        self.check_answerable(terminal)?;
        let tenant_type = answer(self.tenant_type, "type", None, terminal)?;
        // It needs no real tenant.
        let default_cloud = CloudName::Emulator;
        let cloud = answer(self.cloud, "cloud", Some(default_cloud.as_str()), terminal)?;
        let tenant_id = answer(self.tenant_id, "tenantId", None, terminal)?;
        let name = answer(self.name, "name", default_name(&tenant_id), terminal)?;
        let auth = self
            .auth
            .map(|auth| ("auth", format!("{{ type: {auth} }}")));
        let fields: Vec<_> = [
            ("name", scalar(&name)),
            ("tenantId", scalar(&tenant_id)),
            ("type", scalar(&tenant_type)),
            ("cloud", scalar(&cloud)),
        ]
        .into_iter()
        .chain(auth)
        .collect();
        let mut files = vec![("tenant.yaml".to_owned(), starter::tenant(&fields))];
        if !self.adopt {
            files.extend(starter::objects(&tenant_type));
        }
        files.push((".gitignore".to_owned(), format!("{}\n", IGNORED.join("\n"))));
        Ok(files)
    }
}

impl CommandError {
    /// The first files are written, but the export failed.
    fn after_init(self, directory: &Path) -> Self {
        let directory = directory.display();
        self.helped(format!(
            "the tenant document is written: `entraflow export {directory}` exports the tenant once this is fixed"
        ))
    }
}

/// The credential types.
fn auth_types() -> impl Iterator<Item = &'static str> {
    let variants = match tenant_record().field("auth").map(|field| &field.shape) {
        Some(Shape::Variants(variants)) => variants.as_slice(),
        _ => &[],
    };
    variants.iter().map(|variant| variant.name.as_str())
}

/// The values of a field of the tenant document, with their descriptions.
fn choices(field: &str) -> &'static [EnumMember] {
    match tenant_record().field(field).map(|field| &field.shape) {
        Some(Shape::Enum(choices)) => choices,
        _ => &[],
    }
}

fn words(field: &str) -> impl Iterator<Item = &'static str> {
    choices(field).iter().map(|choice| choice.word.as_str())
}

/// The name of a tenant, from its domain; none from a GUID.
fn default_name(tenant_id: &str) -> Option<&str> {
    let (name, _) = tenant_id.split_once('.')?;
    Some(name).filter(|name| !name.is_empty())
}

/// The value of the option, or else the answer of the user; an empty answer takes the default.
fn answer(
    given: Option<String>,
    field: &str,
    default: Option<&str>,
    terminal: &mut Terminal,
) -> Result<String, CommandError> {
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        return Ok(given);
    }
    let known = tenant_record().field(field);
    let doc = known.map(|field| field.doc.as_str()).unwrap_or_default();
    terminal.message(doc);
    for EnumMember { word, doc, .. } in choices(field) {
        terminal.message(&format!("  {word:15}  {doc}"));
    }
    loop {
        let question = match default {
            Some(default) => format!("{field} [{default}]:"),
            None => format!("{field}:"),
        };
        let mut answer = terminal.ask(&question)?;
        if answer.is_empty() {
            answer = default.unwrap_or_default().to_owned();
        }
        match (answer.is_empty(), known.map(|field| &field.shape)) {
            (true, _) => return Err(CommandError::empty_answer(field)),
            (false, Some(Shape::Enum(choices))) if !choices.iter().any(|it| it.word == answer) => {
                let words: Vec<_> = words(field).collect();
                terminal.message(&format!("answer with one of {}", words.join(", ")));
            }
            (false, Some(Shape::Text(rule))) if !rule.accepts(&answer) => {
                terminal.message(&format!("answer with {}", rule.expected()));
            }
            (false, _) => return Ok(answer),
        }
    }
}

/// Writes the files that do not exist yet; the result says which ones.
fn write(directory: &Path, files: &[(String, String)]) -> Result<Vec<bool>, CommandError> {
    fs::create_dir_all(directory).map_err(|error| CommandError::unwritable(directory, error))?;
    let write = |(name, text): &(String, String)| {
        let path = directory.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        match file.and_then(|mut file| file.write_all(text.as_bytes())) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(CommandError::unwritable(&path, error)),
        }
    };
    files.iter().map(write).collect()
}

fn print_files(
    out: &mut dyn Write,
    directory: &Path,
    files: &[(String, String)],
    written: &[bool],
) -> io::Result<()> {
    for ((name, _), is_written) in files.iter().zip(written) {
        let path = directory.join(name);
        let path = path.strip_prefix(".").unwrap_or(&path).display();
        match is_written {
            true => writeln!(out, "wrote  {path}")?,
            false if name == ".gitignore" => {
                let lines = IGNORED.join(" and ");
                writeln!(out, "kept   {path}, which should have the lines {lines}")?
            }
            false => writeln!(out, "kept   {path}")?,
        }
    }
    Ok(())
}

fn print_next(out: &mut dyn Write, directory: &Path) -> io::Result<()> {
    let path = match directory == Path::new(".") {
        true => String::new(),
        false => format!(" {}", directory.display()),
    };
    let next = [
        (format!("validate{path}"), "checks the files, offline"),
        (format!("plan{path}"), "shows what would be created"),
        ("explain".to_owned(), "lists the kinds and their fields"),
    ];
    let width = next
        .iter()
        .map(|(command, _)| command.chars().count())
        .max();
    let width = width.unwrap_or_default();
    writeln!(out, "\nNext:")?;
    next.iter()
        .try_for_each(|(command, does)| writeln!(out, "  entraflow {command:width$}  {does}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_name_is_the_first_label_of_the_domain() {
        assert_eq!(default_name("shop.onmicrosoft.com"), Some("shop"));
        assert_eq!(default_name("6f1a2b3c-0000-0000-0000-000000000000"), None);
    }
}
