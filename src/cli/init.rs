//! `entraflow init`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Terminal;
use super::export::Export;
use super::stop::Stop;
use crate::desired::tenant_record;
use crate::desired::yaml::scalar;
use crate::exit::Exit;
use crate::kinds::shape::{Choice, Shape};
use crate::starter;

/// What a clone of the repository makes for itself.
const IGNORED: &str = ".entraflow/";

/// Write the first files of a tenant: its document, a commented first object, and .gitignore.
///
/// Asks on a terminal for what the options leave out. Never overwrites a file.
///
/// With `--adopt` the tenant's user flows and all that hangs on them become files as well, as `entraflow export` writes
/// them, in place of the first object. That needs a way to sign in: `--auth` chooses one, else the environment offers it.
#[derive(Args)]
pub(super) struct Init {
    /// The directory for the files; made where it does not exist.
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// What kind of tenant it is.
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(words("type")))]
    tenant_type: Option<String>,
    /// Where the tenant lives; the emulator needs no tenant at all.
    #[arg(long, value_parser = PossibleValuesParser::new(words("cloud")))]
    cloud: Option<String>,
    /// The tenant's domain or its GUID.
    #[arg(long, value_name = "DOMAIN")]
    tenant_id: Option<String>,
    /// What the tenant is called in plans and reports.
    #[arg(long)]
    name: Option<String>,
    /// How to sign in, kept in the tenant document; without it the environment says how.
    #[arg(long, value_name = "WAY", value_parser = PossibleValuesParser::new(ways()))]
    auth: Option<String>,
    /// Write also what the tenant has: a file for each object, whose plan has no changes.
    #[arg(long)]
    adopt: bool,
}

impl Init {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let (directory, adopt) = (self.directory.clone(), self.adopt);
        let files = self.files(terminal)?;
        let written = write(&directory, &files)?;
        terminal.result(|out| tell(out, &directory, &files, &written))?;
        if adopt {
            terminal.result(|out| writeln!(out))?;
            let adopted = Export::all(&directory).run(terminal).await;
            return adopted.map_err(|stop| stop.before_adoption(&directory));
        }
        terminal.result(|out| tell_next(out, &directory))?;
        Ok(Exit::Success)
    }

    /// The files to write, by their names.
    fn files(self, terminal: &mut Terminal) -> Result<Vec<(String, String)>, Stop> {
        let document = self.directory.join("tenant.yaml");
        if document.exists() {
            return Err(Stop::tenant_exists(&document));
        }
        let tenant_type = answer(self.tenant_type, "type", terminal)?;
        let cloud = answer(self.cloud, "cloud", terminal)?;
        let tenant_id = answer(self.tenant_id, "tenantId", terminal)?;
        let name = answer(self.name, "name", terminal)?;
        let auth = self.auth.map(|way| ("auth", format!("{{ type: {way} }}")));
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
        files.push((".gitignore".to_owned(), format!("{IGNORED}\n")));
        Ok(files)
    }
}

impl Stop {
    /// The first files are there, and what the tenant has could not be written.
    fn before_adoption(self, directory: &Path) -> Self {
        let directory = directory.display();
        self.helped(format!(
            "the tenant document is written: `entraflow export {directory}` takes it from there"
        ))
    }
}

/// The ways to sign in.
fn ways() -> impl Iterator<Item = &'static str> {
    let variants = match tenant_record().field("auth").map(|field| &field.shape) {
        Some(Shape::Variants(variants)) => variants.as_slice(),
        _ => &[],
    };
    variants.iter().map(|variant| variant.name.as_str())
}

/// The words of a field of the tenant document, with what each means.
fn choices(field: &str) -> &'static [Choice] {
    match tenant_record().field(field).map(|field| &field.shape) {
        Some(Shape::Choice(choices)) => choices,
        _ => &[],
    }
}

fn words(field: &str) -> impl Iterator<Item = &'static str> {
    choices(field).iter().map(|choice| choice.word.as_str())
}

/// What was given, or else what somebody answers.
fn answer(given: Option<String>, field: &str, terminal: &mut Terminal) -> Result<String, Stop> {
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        return Ok(given);
    }
    if !terminal.can_ask() {
        return Err(Stop::nobody_to_ask());
    }
    let known = tenant_record().field(field);
    let doc = known.map(|field| field.doc.as_str()).unwrap_or_default();
    terminal.tell(doc);
    for Choice { word, doc, .. } in choices(field) {
        terminal.tell(&format!("  {word:15}  {doc}"));
    }
    loop {
        let answer = terminal.ask(&format!("{field}:"))?;
        let is_choice = words(field).next().is_none() || words(field).any(|word| word == answer);
        match answer.is_empty() {
            true => return Err(Stop::unanswered(field)),
            false if is_choice => return Ok(answer),
            false => {
                let words: Vec<_> = words(field).collect();
                terminal.tell(&format!("write one of {}", words.join(", ")));
            }
        }
    }
}

/// Writes the files that are not there yet, and says of each whether it was written.
fn write(directory: &Path, files: &[(String, String)]) -> Result<Vec<bool>, Stop> {
    fs::create_dir_all(directory).map_err(|error| Stop::unwritable(directory, error))?;
    let write = |(name, text): &(String, String)| {
        let path = directory.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        match file.and_then(|mut file| file.write_all(text.as_bytes())) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Stop::unwritable(&path, error)),
        }
    };
    files.iter().map(write).collect()
}

fn tell(
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
                writeln!(out, "kept   {path}, which should have a line {IGNORED}")?
            }
            false => writeln!(out, "kept   {path}")?,
        }
    }
    Ok(())
}

fn tell_next(out: &mut dyn Write, directory: &Path) -> io::Result<()> {
    let path = match directory == Path::new(".") {
        true => String::new(),
        false => format!(" {}", directory.display()),
    };
    let next = [
        (format!("validate{path}"), "checks the files, offline"),
        (format!("plan{path}"), "shows what would be made"),
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
