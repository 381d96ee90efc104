//! What a plan deletes or replaces, written down before it goes, as documents that bring it back.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::connect::Connection;
use super::stop::Stop;
use crate::desired::Desired;
use crate::export::{Document, Names, document, file_name};
use crate::live;
use crate::model::Address;
use crate::plan::Plan;

/// A backup: where it is, and the variables that its documents expect.
pub(super) struct Backup {
    directory: PathBuf,
    variables: Vec<String>,
}

impl Backup {
    /// Where the lost objects are, and how they come back.
    pub(super) fn note(&self) -> String {
        let directory = self.directory.display();
        let mut note = format!(
            "What goes is written down in {directory}. To bring it back, put those documents among the files of the \
             tenant in place of what removed them, and apply."
        );
        if !self.variables.is_empty() {
            let variables = self.variables.join(", ");
            note.push_str(&format!(" Graph does not show secrets: set {variables}."));
        }
        note
    }
}

/// Writes the live state of what the plan loses below `.entraflow/backup`; nothing where nothing is lost.
pub(super) async fn back_up(
    plan: &Plan,
    desired: &Desired,
    connection: &Connection,
) -> Result<Option<Backup>, Stop> {
    if plan.lost.is_empty() {
        return Ok(None);
    }
    let mut lost = plan.lost.clone();
    let read = live::read_contents(&connection.session.reader(), &mut lost, &plan.ids).await;
    read.map_err(|error| Stop::reading(error, desired))?;
    let is_declared =
        |address: &Address| lost.contains_key(address) || desired.resources.contains_key(address);
    let names = Names {
        ids: &plan.ids,
        is_declared: &is_declared,
    };
    let mut documents = BTreeMap::new();
    for (address, resource) in &lost {
        let document = document(address, resource, &names).map_err(|error| {
            Stop::unexpected(&format!("{address} cannot be written as YAML"), error)
        })?;
        documents.insert(address.clone(), document);
    }
    let now = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H%M%SZ")
        .to_string();
    let directory = desired
        .tenant
        .directory
        .join(".entraflow")
        .join("backup")
        .join(now);
    write(&directory, &documents).map_err(|error| {
        Stop::unexpected(
            &format!(
                "the backup {} cannot be written; nothing was applied",
                directory.display()
            ),
            error,
        )
    })?;
    let variables = documents
        .into_values()
        .flat_map(|document| document.variables)
        .collect();
    Ok(Some(Backup {
        directory,
        variables,
    }))
}

fn write(directory: &Path, documents: &BTreeMap<Address, Document>) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (address, document) in documents {
        fs::write(
            directory.join(format!("{}.yaml", file_name(address))),
            &document.yaml,
        )?;
        for (path, text) in &document.contents {
            let path = directory.join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, text)?;
        }
    }
    Ok(())
}
