//! Backups: the objects that a plan deletes or replaces, saved first as documents that can be applied again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::desired::Desired;
use crate::export::{
    DocumentDetail, DocumentOptions, ExportDocument, ReferenceNames, document, file_name, request,
};
use crate::kinds::{Kind, Naming};
use crate::live;
use crate::local_file;
use crate::model::{Address, ObjectId};
use crate::plan::Plan;

/// A backup: its directory, and what restoring it takes besides its documents.
pub(super) struct Backup {
    directory: PathBuf,
    /// The variables that the documents refer to.
    variables: Vec<String>,
    /// The number of documents.
    documents: usize,
    /// The objects that documents cannot restore.
    by_hand: Vec<Address>,
}

impl Backup {
    /// Where the backup is, and how to restore it.
    pub(super) fn note(&self) -> String {
        let directory = self.directory.display();
        let mut note = format!("The objects to be deleted are backed up in {directory}.");
        if self.documents > 0 {
            note.push_str(
                " To restore them, replace the documents or rules that delete them with those documents, and apply.",
            );
        }
        if !self.variables.is_empty() {
            let variables = self.variables.join(", ");
            note.push_str(&format!(" Graph does not return secrets: set {variables}."));
        }
        if !self.by_hand.is_empty() {
            let names: Vec<_> = self.by_hand.iter().map(ToString::to_string).collect();
            note.push_str(&format!(
                " Documents cannot restore {}: send the requests in {directory}/{REQUESTS} by hand.",
                names.join(", ")
            ));
        }
        note
    }
}

/// The name that an object has in the tenant: a replace may give it another one.
fn present_name(address: &Address, ids: &BTreeMap<Address, ObjectId>) -> Address {
    let by_id = Kind::of(address).filter(|kind| matches!(kind.naming, Naming::Prefixed(_)));
    match by_id.zip(ids.get(address)) {
        Some((kind, id)) => Address::new(kind.name, kind.name_from(id.as_str())),
        None => address.clone(),
    }
}

/// The folder of the requests that restore what documents cannot.
const REQUESTS: &str = "requests";

/// Saves the live state that the plan discards to `.entraflow/backup`; nothing if it discards none.
pub(super) async fn back_up(
    plan: &Plan,
    desired: &Desired,
    connection: &Connection,
) -> Result<Option<Backup>, CommandError> {
    if plan.discarded_state.is_empty() {
        return Ok(None);
    }
    let mut discarded = plan.discarded_state.clone();
    let read = live::read_contents(&connection.session.reader(), &mut discarded, &plan.ids).await;
    let unread = read.map_err(|error| CommandError::reading(error, desired))?;
    if let Some(part) = unread.into_iter().next() {
        return Err(CommandError::reading(part.into(), desired));
    }
    let is_declared = |address: &Address| {
        discarded.contains_key(address) || desired.resources.contains_key(address)
    };
    let variables = RefCell::default();
    let (mut documents, mut requests) = (BTreeMap::new(), BTreeMap::new());
    for (address, resource) in &discarded {
        let style = DocumentOptions {
            names: ReferenceNames {
                ids: &plan.ids,
                is_declared: &is_declared,
            },
            extent: DocumentDetail::Backup,
            pages: format!("pages/{}/", file_name(address)),
            variables: &variables,
        };
        let document = document(&present_name(address, &plan.ids), resource, &style);
        let listed = plan.discarded_json.get(address).zip(Kind::of(address));
        if let Some((listed, kind)) = listed {
            let request = request(kind, listed, document.as_ref().ok());
            requests.insert(address.clone(), request);
            continue;
        }
        let document = document.map_err(|error| {
            CommandError::unexpected(&format!("{address} cannot be backed up"), error)
        })?;
        documents.insert(address.clone(), document);
    }
    let directory = directory(&desired.tenant.directory);
    let written = write(&directory, &documents)
        .and_then(|()| write_requests(&directory.join(REQUESTS), &requests));
    written.map_err(|error| {
        let path = directory.display();
        let what = format!("the backup {path} cannot be written; nothing was applied");
        CommandError::unexpected(&what, error)
    })?;
    let count = documents.len();
    let variables = documents
        .into_values()
        .flat_map(|document| document.variables)
        .collect();
    Ok(Some(Backup {
        directory,
        variables,
        documents: count,
        by_hand: requests.into_keys().collect(),
    }))
}

/// The directory of a backup of now. Another apply may have made one in the same second.
fn directory(tenant: &Path) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ");
    first_unused(&tenant.join(".entraflow/backup"), &now.to_string())
}

/// A directory of this name, or with a number after it if there is one already.
fn first_unused(parent: &Path, name: &str) -> PathBuf {
    let mut path = parent.join(name);
    for number in 2.. {
        if path.symlink_metadata().is_err() {
            break;
        }
        path = parent.join(format!("{name}-{number}"));
    }
    path
}

fn write_requests(directory: &Path, requests: &BTreeMap<Address, Json>) -> io::Result<()> {
    for (number, (address, request)) in (1..).zip(requests) {
        local_file::create_private_directory(directory)?;
        let path = directory.join(format!("{number}.{}.json", file_name(address)));
        local_file::write_private(&path, &format!("{request:#}\n"))?;
    }
    Ok(())
}

fn write(directory: &Path, documents: &BTreeMap<Address, ExportDocument>) -> io::Result<()> {
    let mut file_names: BTreeMap<String, usize> = BTreeMap::new();
    for (address, document) in documents {
        let name = file_name(address);
        // Objects whose file names would be the same get directories of their own.
        let count = file_names.entry(name.to_lowercase()).or_default();
        *count += 1;
        let directory = match *count {
            1 => directory.to_owned(),
            number => directory.join(number.to_string()),
        };
        local_file::create_private_directory(&directory)?;
        let path = directory.join(format!("{name}.yaml"));
        local_file::write_private(&path, &document.yaml())?;
        for (path, text) in &document.contents {
            let path = directory.join(path);
            path.parent()
                .map_or(Ok(()), local_file::create_private_directory)?;
            local_file::write_private(&path, text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn backups_of_the_same_second_have_directories_of_their_own() {
        let parent = tempfile::tempdir().unwrap();
        let made = (0..3).map(|_| {
            let directory = first_unused(parent.path(), "2026");
            fs::create_dir(&directory).unwrap();
            directory.file_name().unwrap().to_owned()
        });
        assert_eq!(made.collect::<Vec<_>>(), ["2026", "2026-2", "2026-3"]);
    }

    #[test]
    fn objects_with_the_same_file_name_are_all_backed_up() {
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
