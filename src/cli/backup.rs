//! What a plan deletes or replaces, written down before it goes, as documents that bring it back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::connect::Connection;
use super::stop::Stop;
use crate::desired::Desired;
use crate::export::{DocumentOptions, ExportDocument, Extent, ReferenceNames, document, file_name};
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
    let variables = RefCell::default();
    let mut documents = BTreeMap::new();
    for (address, resource) in &lost {
        let style = DocumentOptions {
            names: ReferenceNames {
                ids: &plan.ids,
                is_declared: &is_declared,
            },
            extent: Extent::Backup,
            pages: format!("pages/{}/", file_name(address)),
            variables: &variables,
        };
        let document = document(address, resource, &style).map_err(|error| {
            Stop::unexpected(&format!("{address} cannot be written down"), error)
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

fn write(directory: &Path, documents: &BTreeMap<Address, ExportDocument>) -> io::Result<()> {
    let mut namesakes: BTreeMap<String, usize> = BTreeMap::new();
    for (address, document) in documents {
        let name = file_name(address);
        // Objects whose names differ only in what files cannot be called go into directories of their own.
        let namesake = namesakes.entry(name.to_lowercase()).or_default();
        *namesake += 1;
        let directory = match *namesake {
            1 => directory.to_owned(),
            number => directory.join(number.to_string()),
        };
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(format!("{name}.yaml")), document.yaml())?;
        for (path, text) in &document.contents {
            let path = directory.join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_like_names_are_all_written_down() {
        let document = |name: &str| ExportDocument {
            members: [("displayName".to_owned(), name.into())]
                .into_iter()
                .collect(),
            contents: BTreeMap::from([("pages/a.json".to_owned(), name.to_owned())]),
            ..ExportDocument::default()
        };
        let documents = BTreeMap::from([
            (Address::new("apiConnector", "A b"), document("one")),
            (Address::new("apiConnector", "a/b"), document("two")),
        ]);
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &documents).unwrap();
        let text = |path: &str| fs::read_to_string(directory.path().join(path)).unwrap();
        assert_eq!(text("apiConnector.A-b.yaml"), "displayName: one\n");
        assert_eq!(text("pages/a.json"), "one");
        assert_eq!(text("2/apiConnector.a-b.yaml"), "displayName: two\n");
        assert_eq!(text("2/pages/a.json"), "two");
    }
}
