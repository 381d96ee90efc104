//! `probe --write`: the consent of the files and of the person, and the record of what a probe creates.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::assumptions::Observations;
use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::terminal::Terminal;
use crate::desired::Tenant;
use crate::exit::Exit;
use crate::kinds::CloudName;
use crate::local_file;
use crate::probe::{self, ExperimentError, Ledger};
use crate::rehearsal::emulated_type;

/// Creates, tries and deletes objects of the probe, if the tenant document and whoever runs it allow it.
pub(super) async fn write(
    tenant: &Tenant,
    connection: &Connection,
    is_approved: bool,
    seen: &mut Observations,
    terminal: &mut Terminal,
) -> Result<(), CommandError> {
    let question = format!(
        "Create objects named `entraflow-probe-…` in {}, try them, and delete them? Only `yes` does it:",
        tenant.name
    );
    if !is_approved && !terminal.confirm(&question)? {
        return Err(CommandError::declined());
    }
    let mut ledger = TagFile::of(tenant);
    let writer = connection.session.writer();
    let tenant_type = emulated_type(tenant.tenant_type);
    let made = probe::experiment(&writer, tenant_type, pause(tenant), &mut ledger, seen).await;
    made.map_err(|error| match error {
        ExperimentError::Graph(error) => CommandError::from(error).helped(
            "`entraflow probe --write` deletes what this run has created, if something is left",
        ),
        error @ ExperimentError::Foreign(_) => CommandError::with_help(
            Exit::Refused,
            error.to_string(),
            "delete them where they were created: `entraflow probe --write` in that directory does",
        ),
        error @ ExperimentError::NotDeleted(_) => CommandError::with_help(
            Exit::Partial,
            error.to_string(),
            "run `entraflow probe --write` again, or delete them by hand",
        ),
        error @ ExperimentError::Ledger(_) => {
            CommandError::unexpected("nothing more is created", error)
        }
    })
}

/// How long Graph gets to show a write. The emulator counts reads instead.
fn pause(tenant: &Tenant) -> Duration {
    match tenant.cloud {
        CloudName::Emulator => Duration::ZERO,
        CloudName::Global
        | CloudName::UsGovernment
        | CloudName::UsGovernmentDod
        | CloudName::China => Duration::from_secs(5),
    }
}

/// Refuses `--write` in a tenant whose document does not allow it.
pub(super) fn check_allowed(tenant: &Tenant) -> Result<(), CommandError> {
    match tenant.probe_may_write {
        true => Ok(()),
        false => Err(CommandError::with_help(
            Exit::Refused,
            format!(
                "the tenant document of {} does not allow `--write`",
                tenant.name
            ),
            "add `probe: { write: true }` to it, in a tenant whose users a probe cannot harm",
        )),
    }
}

/// `.entraflow/probe.json` in the directory of the tenant document.
struct TagFile(PathBuf);

#[derive(Default, Serialize, Deserialize)]
struct Tags {
    tags: Vec<String>,
}

impl TagFile {
    fn of(tenant: &Tenant) -> Self {
        Self(tenant.directory.join(".entraflow").join("probe.json"))
    }

    fn save(&self, tags: Vec<String>) -> io::Result<()> {
        if let Some(directory) = self.0.parent() {
            local_file::create_private_directory(directory)?;
        }
        let json = serde_json::to_string_pretty(&Tags { tags })?;
        // A kill in between leaves the old file.
        let new = self.0.with_extension("json.new");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => local_file::write_private(&new, &json)?,
        }
        fs::rename(&new, &self.0)
    }
}

impl Ledger for TagFile {
    fn tags(&self) -> io::Result<Vec<String>> {
        match local_file::read(&self.0, local_file::SMALL) {
            Ok(json) => Ok(serde_json::from_slice::<Tags>(&json)?.tags),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn add(&mut self, tag: &str) -> io::Result<()> {
        let mut tags = self.tags()?;
        tags.push(tag.to_owned());
        self.save(tags)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.save(Vec::new())
    }
}
