//! `KIND/GLOB`: which objects a run works on.
//! It knows no object.

use std::str::FromStr;

use glob::Pattern;

use crate::kinds::{KINDS, Kind};
use crate::live;
use crate::model::Address;
use crate::problem::did_you_mean;

/// Objects of a kind by their names.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectFilter {
    written: String,
    kind: &'static str,
    names: Pattern,
}

impl ObjectFilter {
    /// The filter that a word means, if it starts with the name of a kind.
    pub fn of_kind(word: &str) -> Option<Result<Self, String>> {
        let (kind, _) = word.split_once('/').unwrap_or((word, ""));
        Kind::find(kind).map(|_| word.parse())
    }

    /// Whether the filter can match objects of the kind.
    pub fn is_of(&self, kind: &Kind) -> bool {
        self.kind == kind.name
    }

    /// Whether the filter matches the object.
    pub fn matches(&self, address: &Address) -> bool {
        self.kind == address.kind() && live::matches(&self.names, address)
    }

    /// The filter as written on the command line.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl FromStr for ObjectFilter {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let (kind, names) = written.split_once('/').unwrap_or((written, "*"));
        let kinds = || KINDS.iter().map(|kind| kind.name);
        let Some(kind) = Kind::find(kind) else {
            return Err(match did_you_mean(kind, kinds()) {
                Some(nearest) => format!("unknown kind `{kind}`; did you mean `{nearest}`?"),
                None => format!("unknown kind `{kind}`; `entraflow explain` lists the kinds"),
            });
        };
        let names = Pattern::new(names)
            .map_err(|error| format!("`{names}` is not a valid pattern: {error}"))?;
        Ok(Self {
            written: written.to_owned(),
            kind: kind.name,
            names,
        })
    }
}
