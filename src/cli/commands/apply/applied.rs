//! `.entraflow/applied.json`: which saved plans were applied, so that each is applied once.
//!
//! It does not say whether a plan is stale; that check also finds a plan that was applied on another machine.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cli::command_error::CommandError;
use crate::cli::file;
use crate::plan::saved_plan::Digest;

/// How many plans are kept. An older one has long been stale.
const KEPT: usize = 1000;

/// A saved plan that was applied.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Applied {
    digest: Digest,
    time: String,
}

/// When the plan was applied to the tenant in this directory, if it was.
pub(super) fn when(tenant: &Path, digest: &Digest) -> Result<Option<String>, CommandError> {
    let applied = read(tenant)?;
    let found = applied
        .into_iter()
        .find(|applied| applied.digest == *digest);
    Ok(found.map(|applied| applied.time))
}

/// Records a plan. The caller holds the lock of the tenant.
pub(super) fn add(tenant: &Path, digest: &Digest) -> Result<(), CommandError> {
    let mut applied = read(tenant)?;
    applied.push(Applied {
        digest: digest.clone(),
        time: Timestamp::now()
            .strftime("%Y-%m-%d %H:%M:%S UTC")
            .to_string(),
    });
    let oldest = applied.len().saturating_sub(KEPT);
    let text = serde_json::to_string_pretty(&applied[oldest..]).map_err(io::Error::from);
    let path = path(tenant);
    text.and_then(|text| file::write(&path, &text))
        .map_err(|error| {
            let what = format!("{} cannot be written", path.display());
            CommandError::unexpected(&what, error)
        })
}

fn read(tenant: &Path) -> Result<Vec<Applied>, CommandError> {
    let path = path(tenant);
    let text = match file::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other,
    };
    let applied = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::from));
    applied.map_err(|error| CommandError::unreadable_applied_plans(&path, error))
}

fn path(tenant: &Path) -> PathBuf {
    tenant.join(".entraflow").join("applied.json")
}
