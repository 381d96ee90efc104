//! What a run is to bring about: what files say, or what a saved plan took from them.
//!
//! A saved plan is refused here where it is not for this tenant, was applied before, or no longer holds.

use std::path::{Path, PathBuf};

use super::bounds::Leave;
use super::rotation::Choice;
use super::stop::Stop;
use super::{Terminal, applied, load, rotation, saved};
use crate::desired::{self, Desired, Tenant};
use crate::exit::Exit;
use crate::model::{Resources, SavedFile};
use crate::plan::Plan;
use crate::plan::saved_plan::{Digest, Saved, SavedInput, SavedTenant};
use crate::render;

/// What is to be brought about: what the files say, or what a saved plan took from them.
pub(super) struct Task {
    pub(super) desired: Desired,
    pub(super) leave: Leave,
    /// Which secrets of live objects are set anew.
    pub(super) choice: Choice,
    /// The directory that the paths of secrets count from.
    pub(super) base: PathBuf,
    saved: Option<Opened>,
}

/// A saved plan and the file that it was read from.
struct Opened {
    path: PathBuf,
    saved: Saved,
    digest: Digest,
}

impl Task {
    /// What the paths of an apply name.
    pub(super) fn find(
        paths: &[PathBuf],
        leave: Leave,
        terminal: &mut Terminal,
    ) -> Result<Self, Stop> {
        let is_plan = |path: &&PathBuf| load::saved_file(path) == Some(SavedFile::Plan);
        let saved = paths.iter().find(is_plan);
        match saved {
            Some(path) if paths.len() > 1 || leave != Leave::default() => {
                let message = format!(
                    "{} is a saved plan, and more is given with it",
                    path.display()
                );
                let help = "a saved plan is applied as it is: other paths and leave belong to `entraflow plan --out`";
                Err(Stop::usage(message, help.to_owned()))
            }
            Some(path) => Self::open(path),
            None => Ok(Self {
                desired: load::load(paths, terminal)?,
                choice: Choice::Changed(leave.set_secrets.clone()),
                leave,
                base: PathBuf::new(),
                saved: None,
            }),
        }
    }

    fn open(path: &Path) -> Result<Self, Stop> {
        let (saved, digest) = saved::open(path)?;
        let base = base(&saved);
        let tenant = desired::load_tenant(&base.join(&saved.tenant.document), load::today())
            .map_err(Stop::problems)?;
        let now = self::tenant(&tenant);
        if !is_same(&saved.tenant, &now) {
            return Err(Stop::other_tenant(path, &saved.tenant, &now));
        }
        let SavedInput {
            resources,
            absent,
            pins,
            allow_deletes,
            allow_replace,
        } = saved.input.clone();
        let leave = Leave {
            allow_deletes,
            allow_replace: allow_replace.into_iter().collect(),
            // The steps say it.
            set_secrets: Vec::new(),
        };
        let desired = Desired {
            tenant,
            resources: resources.into(),
            absent,
            pins,
            places: Default::default(),
            secrets: Vec::new(),
            foreign: Vec::new(),
            documents: Default::default(),
            warnings: Vec::new(),
        };
        Ok(Self {
            desired,
            leave,
            choice: Choice::Exactly(rotation::of_steps(&saved.steps)),
            base,
            saved: Some(Opened {
                path: path.to_owned(),
                saved,
                digest,
            }),
        })
    }

    /// Refuses a saved plan that was applied before.
    pub(super) fn is_first(&self) -> Result<(), Stop> {
        let Some(Opened { path, digest, .. }) = &self.saved else {
            return Ok(());
        };
        match applied::when(&self.desired.tenant.directory, digest)? {
            Some(time) => Err(Stop::already_applied(path, &time)),
            None => Ok(()),
        }
    }

    /// Refuses a saved plan that would not be made again, and tells what would be.
    pub(super) fn still_holds(&self, now: &Plan, terminal: &mut Terminal) -> Result<(), Stop> {
        let Some(Opened { path, saved, .. }) = &self.saved else {
            return Ok(());
        };
        let Some(stale) = saved.stale(now) else {
            return Ok(());
        };
        terminal.explain(|out, style| render::stale(out, &stale, now, style))?;
        Err(Stop::stale_plan(path, &saved.version))
    }

    /// The tenant can no longer be matched with what a saved plan asks for: that is one way of being stale.
    pub(super) fn unreadable(&self, stop: Stop) -> Stop {
        match (&self.saved, stop.exit) {
            (Some(_), Exit::Problems) => Stop {
                exit: Exit::Stale,
                ..stop
            },
            _ => stop,
        }
    }

    /// Remembers that a saved plan was applied. The run goes on where that fails: what was done must be reported.
    pub(super) fn remember(&self, terminal: &mut Terminal) {
        let directory = &self.desired.tenant.directory;
        let added = match &self.saved {
            Some(Opened { digest, .. }) => applied::add(directory, digest),
            None => Ok(()),
        };
        if let Err(stop) = added {
            terminal.tell(&format!("warning: {}", stop.message));
        }
    }
}

/// Where paths count from: where the plan was made, and on another machine the working directory.
fn base(saved: &Saved) -> PathBuf {
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
        document: _,
        tenant_id,
        r#type,
        cloud,
    } = then;
    tenant_id.eq_ignore_ascii_case(&now.tenant_id) && *r#type == now.r#type && *cloud == now.cloud
}

/// What a saved plan keeps of what it was made from.
pub(super) fn asked(desired: &Desired, leave: &Leave) -> SavedInput {
    SavedInput {
        resources: Resources::clone(&desired.resources),
        absent: desired.absent.clone(),
        pins: desired.pins.clone(),
        allow_deletes: leave.allow_deletes,
        allow_replace: leave.allow_replace.iter().cloned().collect(),
    }
}

/// What a saved plan says of its tenant.
pub(super) fn tenant(tenant: &Tenant) -> SavedTenant {
    SavedTenant {
        document: PathBuf::from(tenant.place.source.name()),
        tenant_id: tenant.tenant_id.clone(),
        r#type: tenant.tenant_type,
        cloud: tenant.cloud.word().to_owned(),
    }
}
