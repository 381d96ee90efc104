//! The options by which one run does otherwise than the files and the tenant document say.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::complete::declared;
use super::only::OnlyArgs;
use crate::engine::{Overrides, SecretSelection};
use crate::model::Address;

/// What one run does otherwise.
#[derive(Args, Clone)]
pub(super) struct OverrideArgs {
    #[command(flatten)]
    only: OnlyArgs,
    /// Delete at most this many objects in this run, in place of `maxDeletes` in the tenant document.
    #[arg(long, value_name = "N")]
    allow_deletes: Option<usize>,
    /// Delete the object with this id if the files require it, although no document can express it; can be given several
    /// times.
    #[arg(long, value_name = "KIND/ID")]
    allow_delete: Vec<Address>,
    /// Delete this object and create it again if Graph accepts a change only on create; can be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(declared))]
    allow_replace: Vec<Address>,
    /// Send the secrets of this object again although no change is visible; can be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(declared))]
    set_secrets: Vec<Address>,
}

impl OverrideArgs {
    /// What the options say.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            only: self.only.only.clone(),
            allow_deletes: self.allow_deletes,
            allow_delete: self.allow_delete.clone(),
            allow_replace: self.allow_replace.clone(),
            secrets: SecretSelection::Changed(self.set_secrets.clone()),
        }
    }
}
