//! `entraflow convert`

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use clap::{Args, ValueEnum};

use super::export::{clouds, tenant_id};
use crate::cli::command_error::CommandError;
use crate::cli::file;
use crate::cli::help;
use crate::cli::load::{load_error, today};
use crate::cli::output::TextOrJson;
use crate::cli::tenant_command::Files;
use crate::cli::terminal::Terminal;
use crate::convert::{self, Conversion, ConversionInput};
use crate::desired::{self, Tenant};
use crate::exit::Exit;
use crate::kinds::shape::TextRule;
use crate::kinds::{CloudName, TenantType, authentication_events_flow};
use crate::render::{self, ConversionReport};

/// Convert the files of an Azure AD B2C tenant to files of an External ID tenant, offline.
///
/// Lists every field that cannot be converted as it is, with its position and what to do.
#[derive(Args)]
#[command(after_help = help::example(
    "entraflow convert b2c --to external-id --out new --tenant-id shop.example"
))]
pub(in crate::cli) struct ConvertCommand {
    #[command(flatten)]
    files: Files,
    /// What to convert to.
    #[arg(long, value_enum)]
    to: To,
    /// The directory for the new files, which must be empty or not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The domain or GUID of the new tenant.
    #[arg(long, value_name = "TENANT", value_parser = tenant_id)]
    tenant_id: String,
    /// The cloud of the new tenant, if it is another one.
    #[arg(long, value_parser = clouds())]
    cloud: Option<CloudName>,
    /// The client id of the application that guards your endpoints. Without it connectors are not converted.
    #[arg(long, value_name = "GUID", value_parser = guid)]
    extension_app_id: Option<String>,
    /// The output format.
    #[arg(long, value_enum, default_value = "text")]
    format: TextOrJson,
}

/// What files can be converted to.
#[derive(Clone, Copy, ValueEnum)]
enum To {
    /// Microsoft Entra External ID.
    ExternalId,
}

fn guid(text: &str) -> Result<String, String> {
    match TextRule::Guid.accepts(text) {
        true => Ok(text.to_owned()),
        false => Err("not a GUID".to_owned()),
    }
}

impl ConvertCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let loaded = desired::load_documents(&self.files.paths, today());
        let (desired, documents) =
            loaded.map_err(|rejected| load_error(rejected, &self.files.paths))?;
        terminal.problems(&desired.warnings);
        let cloud = self.check(&desired.tenant)?;
        let Some(tenant) = documents.nodes.first() else {
            return Err(not_b2c(&desired.tenant));
        };
        let conversion = convert::convert(&ConversionInput {
            desired: &desired,
            tenant,
            tenant_id: &self.tenant_id,
            cloud,
            extension_app: self.extension_app_id.as_deref(),
            path_from: &|folder, file| path_from(file, &self.out.join(folder)),
        });
        write(&self.out, &conversion)?;
        let converted = ConversionReport {
            name: &desired.tenant.name,
            conversion: &conversion,
            directory: &self.out,
        };
        let format = self.format.into();
        let style = terminal.style();
        terminal.result(|out| render::conversion(out, &converted, format, style))?;
        Ok(Exit::Success)
    }

    /// Refuses input that cannot be converted, before anything is written. Returns the cloud of the new tenant.
    fn check(&self, tenant: &Tenant) -> Result<CloudName, CommandError> {
        let To::ExternalId = self.to;
        if tenant.tenant_type != TenantType::B2c {
            return Err(not_b2c(tenant));
        }
        let cloud = self.cloud.unwrap_or(tenant.cloud);
        if !authentication_events_flow::KIND.is_offered(cloud) {
            return Err(CommandError::usage(
                format!("there is no External ID in the cloud {}", cloud.as_str()),
                "name the cloud of the new tenant: `--cloud global`",
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

fn not_b2c(tenant: &Tenant) -> CommandError {
    CommandError::usage(
        format!(
            "{} is a tenant of type {}; nothing was written",
            tenant.name,
            tenant.tenant_type.as_str()
        ),
        "give the files of a tenant of type b2c as the PATH",
    )
}

fn not_empty(directory: &Path) -> CommandError {
    CommandError::usage(
        format!(
            "{} is not an empty directory; nothing was written",
            directory.display()
        ),
        "give a new one: `--out DIR`",
    )
}

fn write(directory: &Path, conversion: &Conversion) -> Result<(), CommandError> {
    for document in &conversion.documents {
        let path = directory.join(&document.path);
        let written = file::replace(&path, &document.text);
        written.map_err(|error| CommandError::unwritable(&path, error))?;
    }
    Ok(())
}

/// The path by which a file in `directory` refers to `file`: relative, unless `file` is absolute.
fn path_from(file: &Path, directory: &Path) -> String {
    if file.is_absolute() {
        return file.display().to_string();
    }
    let (file, directory) = (normalised(file), normalised(directory));
    let (mut there, mut here) = (
        file.components().peekable(),
        directory.components().peekable(),
    );
    while there.peek().is_some() && there.peek() == here.peek() {
        there.next();
        here.next();
    }
    let up = here.map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(there).collect();
    path.display().to_string()
}

/// An absolute path without `..`.
fn normalised(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut path = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => drop(path.pop()),
            component => path.push(component),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_from_is_relative_unless_the_file_is_absolute() {
        let path = |file: &str, directory: &str| path_from(Path::new(file), Path::new(directory));
        assert_eq!(
            path("b2c/secrets/a.txt", "new/providers"),
            "../../b2c/secrets/a.txt"
        );
        assert_eq!(
            path("secrets/a.txt", "../new/./providers/")
                .matches("..")
                .count(),
            2
        );
        assert_eq!(path("b2c/a.txt", "b2c/new"), "../a.txt");
        assert_eq!(path("/run/secrets/a.txt", "new"), "/run/secrets/a.txt");
    }
}
