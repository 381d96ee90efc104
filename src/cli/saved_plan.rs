//! Saved plans: written by `plan`, read by `apply`.
//!
//! What a saved plan holds, and whether it is stale, is decided in `plan::saved_plan`.

use std::path::{Path, PathBuf};

use super::command_error::CommandError;
use super::file;
use super::terminal::Terminal;
use crate::desired::{Desired, Tenant};
use crate::engine::Overrides;
use crate::model::Resources;
use crate::plan::Plan;
use crate::plan::saved_plan::{Digest, SavedInput, SavedPlan, SavedTenant, plaintext_secrets};

/// Says why a plan is not saved.
pub(super) fn refuse(path: &Path, why: &str, terminal: &mut Terminal) {
    terminal.message(&format!("Not saved to {}: {why}.", path.display()));
}

/// Saves a plan that may run, for `entraflow apply FILE`.
pub(super) fn save(
    path: &Path,
    plan: &Plan,
    desired: &Desired,
    overrides: &Overrides,
    terminal: &mut Terminal,
) -> Result<(), CommandError> {
    let shown = path.display();
    if !plan.objections.is_empty() {
        refuse(path, "a plan with objections cannot be applied", terminal);
        return Ok(());
    }
    let clear = plaintext_secrets(plan);
    if !clear.is_empty() {
        return Err(CommandError::secrets_in_clear(&clear, desired));
    }
    let failed =
        |error| CommandError::unexpected(&format!("the plan cannot be saved to {shown}"), error);
    let made_in = std::env::current_dir().map_err(failed)?;
    let saved = SavedPlan::new(
        plan,
        tenant(&desired.tenant),
        made_in,
        asked(desired, overrides),
        jiff::Timestamp::now(),
    );
    file::save_text(path, "the plan", saved.write())?;
    terminal.message(&format!(
        "Saved to {shown}. `entraflow apply {shown}` applies exactly this plan."
    ));
    Ok(())
}

/// Reads a saved plan.
pub(super) fn open(path: &Path) -> Result<(SavedPlan, Digest), CommandError> {
    let text = file::read(path).map_err(|error| {
        let what = format!("the saved plan {} cannot be read", path.display());
        CommandError::unexpected(&what, error)
    })?;
    SavedPlan::read(&text).map_err(|error| CommandError::unusable_plan(path, &error))
}

/// The desired state that a saved plan was made from, for this tenant.
pub(super) fn desired(input: &SavedInput, tenant: Tenant) -> Desired {
    let SavedInput {
        resources,
        absent,
        pins,
        renames,
        only: _,
        allow_deletes: _,
        allow_delete: _,
        allow_replace: _,
        refuse_dangers: _,
        allow_dangers: _,
    } = input;
    Desired {
        tenant,
        resources: resources.clone().into(),
        absent: absent.clone(),
        pins: pins.clone(),
        renames: renames.clone(),
        spans: Default::default(),
        secrets: Vec::new(),
        foreign: Vec::new(),
        documents: Default::default(),
        warnings: Vec::new(),
    }
}

fn asked(desired: &Desired, overrides: &Overrides) -> SavedInput {
    SavedInput {
        resources: Resources::clone(&desired.resources),
        absent: desired.absent.clone(),
        pins: desired.pins.clone(),
        renames: desired.renames.clone(),
        only: overrides
            .only
            .iter()
            .map(|only| only.written().to_owned())
            .collect(),
        allow_deletes: overrides.allow_deletes,
        allow_delete: overrides.allow_delete.iter().cloned().collect(),
        allow_replace: overrides.allow_replace.iter().cloned().collect(),
        refuse_dangers: overrides.dangers.refused,
        allow_dangers: overrides.dangers.allowed.clone(),
    }
}

/// How a saved plan identifies its tenant.
pub(super) fn tenant(tenant: &Tenant) -> SavedTenant {
    SavedTenant {
        name: tenant.name.clone(),
        document: PathBuf::from(tenant.span.source.name()),
        tenant_id: tenant.tenant_id.clone(),
        r#type: tenant.tenant_type,
        cloud: tenant.cloud.as_str().to_owned(),
    }
}
