//! `--only KIND/GLOB`: which objects a command is about.

use std::str::FromStr;

use glob::Pattern;

use crate::kinds::{KINDS, Kind};
use crate::live::matches;
use crate::model::Address;
use crate::problem::did_you_mean;

/// Objects of a kind by their names.
#[derive(Clone)]
pub(super) struct Only {
    written: String,
    kind: &'static Kind,
    names: Pattern,
}

impl Only {
    /// Whether this speaks of objects of the kind.
    pub(super) fn is_of(&self, kind: &Kind) -> bool {
        self.kind.name == kind.name
    }

    /// Whether this speaks of the object.
    pub(super) fn is_about(&self, address: &Address) -> bool {
        self.kind.name == address.kind() && matches(&self.names, address)
    }

    /// As it stands on the command line.
    pub(super) fn written(&self) -> &str {
        &self.written
    }
}

impl FromStr for Only {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let (kind, names) = written.split_once('/').unwrap_or((written, "*"));
        let kinds = || KINDS.iter().map(|kind| kind.name);
        let Some(kind) = Kind::find(kind) else {
            return Err(match did_you_mean(kind, kinds()) {
                Some(nearest) => format!("there is no kind `{kind}`; did you mean `{nearest}`?"),
                None => {
                    let kinds = kinds().collect::<Vec<_>>().join(", ");
                    format!("there is no kind `{kind}`; the kinds are {kinds}")
                }
            });
        };
        let names =
            Pattern::new(names).map_err(|error| format!("`{names}` is no pattern: {error}"))?;
        Ok(Self {
            written: written.to_owned(),
            kind,
            names,
        })
    }
}
