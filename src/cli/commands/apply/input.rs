//! The input of an apply: the desired state that the files declare, or the one that a saved plan was made from.
//!
//! A saved plan is refused here if it is for another tenant, was applied before, or is stale.

use std::path::{Path, PathBuf};

use super::applied;
use crate::cli::command_error::CommandError;
use crate::cli::terminal::Terminal;
use crate::cli::{load, saved_plan};
use crate::desired::{self, Desired};
use crate::engine::{self, Overrides};
use crate::exit::Exit;
use crate::journal;
use crate::model::SavedFile;
use crate::plan::saved_plan::{Digest, SavedPlan, SavedTenant};
use crate::plan::{DangerLimits, Plan};
use crate::render::{self, Resume};

/// What an apply brings about.
pub(super) struct ApplyInput {
    pub(super) desired: Desired,
    pub(super) overrides: Overrides,
    /// The directory that relative paths of secrets start from.
    pub(super) base: PathBuf,
    saved: Option<OpenedPlan>,
}

/// A saved plan and the file that it was read from.
struct OpenedPlan {
    path: PathBuf,
    saved: SavedPlan,
    digest: Digest,
}

impl ApplyInput {
    /// Loads the files or the saved plan that the paths name.
    pub(super) fn find(
        paths: &[PathBuf],
        overrides: Overrides,
        terminal: &mut Terminal,
    ) -> Result<Self, CommandError> {
        let is_plan = |path: &&PathBuf| load::saved_file(path) == Some(SavedFile::Plan);
        let saved = paths.iter().find(is_plan);
        match saved {
            Some(path) if paths.len() > 1 || overrides != Overrides::default() => {
                let message = format!(
                    "{} is a saved plan: apply takes no other paths and no overrides with it",
                    path.display()
                );
                let help = "a saved plan is applied as it is; give other paths and overrides to `entraflow plan --out`";
                Err(CommandError::usage(message, help))
            }
            Some(path) => Self::open(path),
            None => Ok(Self {
                desired: load::load(paths, terminal)?,
                overrides,
                base: PathBuf::new(),
                saved: None,
            }),
        }
    }

    fn open(path: &Path) -> Result<Self, CommandError> {
        let (saved, digest) = saved_plan::open(path)?;
        let base = base(&saved);
        let tenant = desired::load_tenant(&base.join(&saved.tenant.document), load::today())
            .map_err(CommandError::problems)?;
        let now = saved_plan::tenant(&tenant);
        if !is_same(&saved.tenant, &now) {
            return Err(CommandError::plan_of_other_tenant(
                path,
                &saved.tenant,
                &now,
            ));
        }
        let desired = saved_plan::desired(&saved.input, tenant);
        let input = &saved.input;
        let only = input.only.iter().map(|only| only.parse());
        let only = only
            .collect::<Result<_, String>>()
            .map_err(|message| CommandError::unusable_selection(path, &message))?;
        let overrides = Overrides {
            only,
            allow_deletes: input.allow_deletes,
            allow_delete: input.allow_delete.iter().cloned().collect(),
            allow_replace: input.allow_replace.iter().cloned().collect(),
            secrets: engine::selected_by(&saved.steps, &base),
            dangers: DangerLimits {
                refused: input.refuse_dangers,
                allowed: input.allow_dangers.clone(),
            },
        };
        Ok(Self {
            desired,
            overrides,
            base,
            saved: Some(OpenedPlan {
                path: path.to_owned(),
                saved,
                digest,
            }),
        })
    }

    /// Refuses a saved plan that was applied before.
    pub(super) fn check_not_applied(&self) -> Result<(), CommandError> {
        let Some(OpenedPlan { path, digest, .. }) = &self.saved else {
            return Ok(());
        };
        match applied::when(&self.desired.tenant.directory, digest)? {
            Some(time) => Err(CommandError::already_applied(path, &time)),
            None => Ok(()),
        }
    }

    /// Says that the last run in the directory of the tenant did not complete, if so, and how this one continues.
    pub(super) fn note_interrupted(&self, terminal: &mut Terminal) -> bool {
        let interrupted = journal::interrupted(&self.desired.tenant.directory);
        if let Some(run) = &interrupted {
            terminal.message(&format!("note: {run}"));
            terminal.message(&format!("help: {}", self.continues()));
        }
        interrupted.is_some()
    }

    /// Refuses a saved plan that differs from the one that is made now, and shows how.
    pub(super) fn check_not_stale(
        &self,
        now: &Plan,
        terminal: &mut Terminal,
    ) -> Result<(), CommandError> {
        let Some(OpenedPlan { path, saved, .. }) = &self.saved else {
            return Ok(());
        };
        let Some(stale) = saved.stale(now) else {
            return match now.rotated_since.is_empty() {
                true => Ok(()),
                false => Err(CommandError::secrets_changed_since(path, now)),
            };
        };
        terminal.explain(|out, style| render::stale(out, &stale, now, style))?;
        Err(CommandError::stale_plan(path, &saved.version))
    }

    /// How a run that is incomplete is continued.
    pub(super) fn resume(&self) -> Resume {
        match &self.saved {
            Some(_) => Resume::NewPlan,
            None => Resume::SameCommand,
        }
    }

    /// What becomes of an earlier run that was interrupted.
    pub(super) fn continues(&self) -> String {
        match &self.saved {
            Some(OpenedPlan { path, .. }) => format!(
                "if it was of this plan, the plan is stale: {}",
                CommandError::replan(path)
            ),
            None => "this run re-reads the tenant and applies what remains".to_owned(),
        }
    }

    /// The error of a run that ended before its steps did: a saved plan is not continued.
    pub(super) fn ended(&self, error: CommandError) -> CommandError {
        match (&self.saved, error.exit) {
            (Some(OpenedPlan { path, .. }), Exit::Partial) => CommandError {
                help: vec![CommandError::replan(path)],
                ..error
            },
            _ => error,
        }
    }

    /// A saved plan is stale as well if the tenant cannot be matched any more with the files that it was made from.
    pub(super) fn unreadable(&self, error: CommandError) -> CommandError {
        match (&self.saved, error.exit) {
            (Some(_), Exit::Problems) => CommandError {
                exit: Exit::Stale,
                ..error
            },
            _ => error,
        }
    }

    /// Records that a saved plan was applied. A failure is a warning only: the outcome of the run must be reported.
    pub(super) fn record_applied(&self, terminal: &mut Terminal) {
        let directory = &self.desired.tenant.directory;
        let added = match &self.saved {
            Some(OpenedPlan { digest, .. }) => applied::add(directory, digest),
            None => Ok(()),
        };
        if let Err(error) = added {
            terminal.message(&format!("warning: {}", error.message));
        }
    }
}

/// The directory that paths start from: the one where the plan was made, and on another machine the working directory.
fn base(saved: &SavedPlan) -> PathBuf {
    let is_here = std::env::current_dir().is_ok_and(|here| here == saved.working_directory);
    match !is_here
        && saved
            .working_directory
            .join(&saved.tenant.document)
            .exists()
    {
        true => saved.working_directory.clone(),
        false => PathBuf::new(),
    }
}

fn is_same(then: &SavedTenant, now: &SavedTenant) -> bool {
    let SavedTenant {
        name: _,
        document: _,
        tenant_id,
        r#type,
        cloud,
    } = then;
    tenant_id.eq_ignore_ascii_case(&now.tenant_id) && *r#type == now.r#type && *cloud == now.cloud
}
