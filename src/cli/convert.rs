//! `entraflow convert`

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use clap::{Args, ValueEnum};

use super::export::clouds;
use super::load::today;
use super::stop::Stop;
use super::{Files, Terminal};
use crate::convert::{self, Conversion, Job};
use crate::desired::{self, Tenant};
use crate::exit::Exit;
use crate::kinds::shape::TextRule;
use crate::kinds::{CloudName, TenantType, authentication_events_flow};
use crate::render::{self, ConversionReport, Format};

/// Write the files of an External ID tenant that say what those of an Azure AD B2C tenant say, offline.
///
/// Tells of every field that does not carry over as it is: where it stands, and what to do.
#[derive(Args)]
pub(super) struct Convert {
    #[command(flatten)]
    files: Files,
    /// What to convert to.
    #[arg(long, value_enum)]
    to: To,
    /// The directory for the new files, which is empty or not there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The domain or GUID of the new tenant.
    #[arg(long, value_name = "TENANT")]
    tenant_id: String,
    /// Where the new tenant lives, if not where the old one does.
    #[arg(long, value_parser = clouds())]
    cloud: Option<CloudName>,
    /// The client id of the application that guards your endpoints. Without it connectors are left out.
    #[arg(long, value_name = "GUID", value_parser = guid)]
    extension_app_id: Option<String>,
    /// The form of the output.
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

/// What files can be converted to.
#[derive(Clone, Copy, ValueEnum)]
enum To {
    /// Microsoft Entra External ID.
    ExternalId,
}

/// The form of the output.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// For programs; described by schemas/conversion.schema.json.
    Json,
}

fn guid(text: &str) -> Result<String, String> {
    match TextRule::Guid.accepts(text) {
        true => Ok(text.to_owned()),
        false => Err("this is no GUID".to_owned()),
    }
}

impl Convert {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let loaded = desired::load_documents(&self.files.paths, today());
        let (desired, documents) = loaded.map_err(Stop::files)?;
        terminal.problems(&desired.warnings);
        let cloud = self.check(&desired.tenant)?;
        let Some(tenant) = documents.nodes.first() else {
            return Err(not_b2c(&desired.tenant));
        };
        let conversion = convert::convert(&Job {
            desired: &desired,
            tenant,
            tenant_id: &self.tenant_id,
            cloud,
            extension_app: self.extension_app_id.as_deref(),
            path_from: &|folder, file| way_to(file, &self.out.join(folder)),
        });
        write(&self.out, &conversion)?;
        let told = ConversionReport {
            name: &desired.tenant.name,
            conversion: &conversion,
            directory: &self.out,
        };
        let format = match self.format {
            Form::Text => Format::Text,
            Form::Json => Format::Json,
        };
        let style = terminal.style();
        terminal.result(|out| render::conversion(out, &told, format, style))?;
        Ok(Exit::Success)
    }

    /// Refuses what cannot be converted, before anything is written. The answer is the cloud of the new tenant.
    fn check(&self, tenant: &Tenant) -> Result<CloudName, Stop> {
        let To::ExternalId = self.to;
        if tenant.tenant_type != TenantType::B2c {
            return Err(not_b2c(tenant));
        }
        let cloud = self.cloud.unwrap_or(tenant.cloud);
        if !authentication_events_flow::KIND.is_offered(cloud) {
            return Err(Stop::usage(
                format!("there is no External ID in the cloud {}", cloud.word()),
                "say where the new tenant lives: `--cloud global`".to_owned(),
            ));
        }
        let is_taken = match fs::read_dir(&self.out) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        };
        match is_taken {
            true => Err(not_empty(&self.out)),
            false => Ok(cloud),
        }
    }
}

fn not_b2c(tenant: &Tenant) -> Stop {
    Stop::usage(
        format!(
            "{} is a tenant of type {}; nothing was written",
            tenant.name,
            tenant.tenant_type.word()
        ),
        "give the files of a tenant of type b2c as the PATH".to_owned(),
    )
}

fn not_empty(directory: &Path) -> Stop {
    Stop::usage(
        format!(
            "{} is not an empty directory; nothing was written",
            directory.display()
        ),
        "give a new one: `--out DIR`".to_owned(),
    )
}

fn write(directory: &Path, conversion: &Conversion) -> Result<(), Stop> {
    for document in &conversion.documents {
        let path = directory.join(&document.path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, &document.text));
        written.map_err(|error| Stop::unwritable(&path, error))?;
    }
    Ok(())
}

/// How a file in a directory names another file: by a relative way, unless it was named by an absolute one.
fn way_to(file: &Path, directory: &Path) -> String {
    if file.is_absolute() {
        return file.display().to_string();
    }
    let (file, directory) = (plain(file), plain(directory));
    let (mut there, mut here) = (
        file.components().peekable(),
        directory.components().peekable(),
    );
    while there.peek().is_some() && there.peek() == here.peek() {
        there.next();
        here.next();
    }
    let up = here.map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(there).collect();
    way.display().to_string()
}

/// A path from the root, without steps that lead back.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            component => plain.push(component),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_the_way_to_it() {
        let way = |file: &str, directory: &str| way_to(Path::new(file), Path::new(directory));
        assert_eq!(
            way("b2c/secrets/a.txt", "new/providers"),
            "../../b2c/secrets/a.txt"
        );
        assert_eq!(
            way("secrets/a.txt", "../new/./providers/")
                .matches("..")
                .count(),
            2
        );
        assert_eq!(way("b2c/a.txt", "b2c/new"), "../a.txt");
        assert_eq!(way("/run/secrets/a.txt", "new"), "/run/secrets/a.txt");
    }
}
