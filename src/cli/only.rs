//! `--only KIND/NAME`: a run about some objects.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::complete::selectable;
use crate::engine::ObjectFilter;

/// Which objects a run is about.
#[derive(Args, Clone)]
pub(super) struct OnlyArgs {
    /// Only objects of this kind with this name, and what they need; `*` and `?` are wildcards. Can be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(selectable))]
    pub(super) only: Vec<ObjectFilter>,
}
