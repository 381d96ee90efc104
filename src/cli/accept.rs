//! What the tenant has, written into the files: each object in its place, comments and layout kept.
//!
//! Only what the files speak of is taken over, and no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::stop::Stop;
use super::{Terminal, saved};
use crate::desired::Desired;
use crate::diff::Change;
use crate::drift::{Drift, Finding, What};
use crate::export::{Existing, Export, Extent, Job, export};
use crate::live::Live;
use crate::model::{Address, Resources, Secret, Value};
use crate::problem::did_you_mean;

/// Writes into the files what the tenant has of these objects, or of all that differ; tells which files have changed.
pub(super) fn accept(
    addresses: &[Address],
    changes: &BTreeMap<Address, Change>,
    desired: &Desired,
    live: &Live,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    known(addresses, desired, live)?;
    let is_asked = |address: &Address| addresses.is_empty() || addresses.contains(address);
    let differs = |(address, change): (&Address, &Change)| match change {
        Change::Update(_) => is_asked(address).then(|| address.clone()),
        Change::Create(_) | Change::Delete(_) => None,
    };
    let told = |address: Address| {
        let (declared, live) = (live.declared.get(&address)?, live.resources.get(&address)?);
        Some((address, live.restricted_to(declared)))
    };
    let resources = changes
        .iter()
        .filter_map(differs)
        .filter_map(told)
        .collect();
    let export = written(&resources, desired, live);
    for (path, text) in &export.files {
        saved::replace(path, text).map_err(|error| {
            Stop::unexpected(&format!("{} cannot be written", path.display()), error)
        })?;
        terminal.tell(&format!("Accepted into {}.", path.display()));
    }
    for (address, why) in &export.left_out {
        terminal.tell(&format!("Not accepted: {address}: {why}"));
    }
    for (variable, path) in &export.variables {
        let path = path.display();
        terminal.tell(&format!(
            "{path} names the variable {variable}, for a secret that Graph does not show."
        ));
    }
    Ok(())
}

/// Refuses addresses that nothing is known of.
fn known(addresses: &[Address], desired: &Desired, live: &Live) -> Result<(), Stop> {
    let all: BTreeSet<_> = desired.places.keys().chain(&live.unmanaged).collect();
    let Some(address) = addresses.iter().find(|address| !all.contains(address)) else {
        return Ok(());
    };
    let names: Vec<_> = all.into_iter().map(ToString::to_string).collect();
    let nearest = did_you_mean(&address.to_string(), names.iter().map(String::as_str));
    let help = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`entraflow drift` shows what there is to accept".to_owned(),
    };
    let message = format!("there is no {address}, neither in the files nor in what was read");
    Err(Stop::usage(message, help))
}

/// The files as they are to be.
fn written(resources: &Resources, desired: &Desired, live: &Live) -> Export {
    export(&Job {
        resources,
        ids: &live.ids,
        places: &desired.places,
        variables: desired.variables(),
        root: &desired.tenant.directory,
        extent: Extent::Short,
        existing: Existing::Update,
        read: &|path| fs::read_to_string(path).ok(),
    })
}

/// What was not accepted, and what to do about it.
pub(super) fn left(drift: &Drift, addresses: &[Address]) -> BTreeSet<&'static str> {
    let is_asked = |address: &Address| addresses.is_empty() || addresses.contains(address);
    let help = |finding: &Finding| match &finding.what {
        What::Missing => {
            "what is missing stays declared: `entraflow apply` makes it, or take its document out"
        }
        What::Unwanted => "what the files want gone stays so: `entraflow apply` deletes it",
        What::Unmanaged => {
            "`entraflow export --only KIND/NAME` writes a document for what no file declares"
        }
        What::Changed {
            files: Some(Value::Secret(Secret::From(_))),
            ..
        } => "a secret cannot be read from the tenant: `entraflow apply` sets it",
        What::Changed { .. }
        | What::Lacking
        | What::Extra
        | What::Reordered { .. }
        | What::Rewritten(_) => match is_asked(&finding.address) {
            true => "a name, or a value that no file may hold, is not accepted: settle it by hand",
            false => "`--accept` without an address accepts the other objects, too",
        },
    };
    drift.findings.iter().map(help).collect()
}
