//! Which saved plans were applied, beside the tenant: a plan is applied once.
//!
//! It does not say whether a plan still holds; a plan that was applied on another machine is found by that.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::saved;
use super::stop::Stop;
use crate::plan::saved_plan::Digest;

/// As many as are remembered. An older plan is stale long since.
const MOST: usize = 1000;

/// A saved plan that was applied.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Applied {
    digest: Digest,
    time: String,
}

/// When the plan was applied to the tenant in this directory, if it was.
pub(super) fn when(tenant: &Path, digest: &Digest) -> Result<Option<String>, Stop> {
    let applied = read(tenant)?;
    let found = applied
        .into_iter()
        .find(|applied| applied.digest == *digest);
    Ok(found.map(|applied| applied.time))
}

/// Remembers a plan. The caller is alone.
pub(super) fn add(tenant: &Path, digest: &Digest) -> Result<(), Stop> {
    let mut applied = read(tenant)?;
    applied.push(Applied {
        digest: digest.clone(),
        time: Timestamp::now()
            .strftime("%Y-%m-%d %H:%M:%S UTC")
            .to_string(),
    });
    let oldest = applied.len().saturating_sub(MOST);
    let text = serde_json::to_string_pretty(&applied[oldest..]).map_err(io::Error::from);
    let path = path(tenant);
    text.and_then(|text| saved::write(&path, &text))
        .map_err(|error| {
            let what = format!("{} cannot be written", path.display());
            Stop::unexpected(&what, error)
        })
}

fn read(tenant: &Path) -> Result<Vec<Applied>, Stop> {
    let path = path(tenant);
    let text = match saved::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other,
    };
    let applied = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::from));
    applied.map_err(|error| Stop::applied_unknown(&path, error))
}

fn path(tenant: &Path) -> PathBuf {
    tenant.join(".entraflow").join("applied.json")
}
