//! The options by which one run does otherwise than the files and the tenant document say.

use std::collections::BTreeSet;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCompleter;

use super::complete::declared;
use super::only::OnlyArgs;
use crate::dangers::DangerRule;
use crate::engine::{Overrides, SecretSelection};
use crate::model::Address;
use crate::plan::DangerLimits;

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
    /// Refuse a plan with dangers, as `limits: { dangers: refuse }` in the tenant document does.
    #[arg(long)]
    refuse_dangers: bool,
    #[command(flatten)]
    dangers: DangerArgs,
    /// Send the secrets of this object again although no change is visible; can be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(declared))]
    set_secrets: Vec<Address>,
}

/// The dangers that one run may bring about.
#[derive(Args, Clone)]
pub(super) struct DangerArgs {
    /// Let the dangers of this rule pass; can be given several times.
    #[arg(long, value_name = "RULE", value_parser = rules())]
    allow_danger: Vec<DangerRule>,
}

impl DangerArgs {
    /// The rules whose dangers may pass.
    pub(super) fn allowed(&self) -> BTreeSet<DangerRule> {
        self.allow_danger.iter().copied().collect()
    }

    /// Whether a rule is named.
    pub(super) fn is_given(&self) -> bool {
        !self.allow_danger.is_empty()
    }
}

/// Reads the name of a rule.
fn rules() -> impl TypedValueParser<Value = DangerRule> {
    let names = DangerRule::ALL.map(|rule| PossibleValue::new(rule.as_str()).help(rule.summary()));
    PossibleValuesParser::new(names)
        .try_map(|name| DangerRule::named(&name).ok_or("there is no such rule"))
}

impl OverrideArgs {
    /// What the options say.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            only: self.only.only.clone(),
            allow_deletes: self.allow_deletes,
            allow_delete: self.allow_delete.clone(),
            allow_replace: self.allow_replace.clone(),
            secrets: SecretSelection::Unapplied(self.set_secrets.clone()),
            dangers: DangerLimits {
                refused: self.refuse_dangers,
                allowed: self.dangers.allowed(),
            },
        }
    }
}
