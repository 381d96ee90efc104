//! `--only KIND/NAME`: a run about some objects.

use std::ffi::OsString;

use clap::Args;
use clap::error::{ContextKind, ContextValue};
use clap_complete::ArgValueCompleter;

use super::complete::{declared_by, selectable};
use crate::engine::ObjectFilter;
use crate::model::Address;
use crate::problem::did_you_mean;

/// The option, as errors name it.
const ONLY: &str = "--only";

/// Which objects a run is about.
#[derive(Args, Clone)]
pub(super) struct OnlyArgs {
    /// Only objects of this kind with this name, and what they need; `*` and `?` are wildcards. Can be given several times.
    #[arg(long, value_name = "KIND/NAME", add = ArgValueCompleter::new(selectable))]
    pub(super) only: Vec<ObjectFilter>,
}

/// Names the objects of the files that a word after `--only` may mean that starts with no kind.
pub(super) fn suggest(error: &mut clap::Error, arguments: &[OsString]) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let is_only = text(ContextKind::InvalidArg).is_some_and(|option| option.starts_with(ONLY));
    let Some(word) = text(ContextKind::InvalidValue).filter(|_| is_only) else {
        return;
    };
    let meant = named(word, &declared_by(arguments.iter().cloned()));
    let options: Vec<_> = meant
        .iter()
        .map(|address| match address.name().contains(' ') {
            true => format!("`{ONLY} \"{address}\"`"),
            false => format!("`{ONLY} {address}`"),
        })
        .collect();
    if !options.is_empty() {
        let tip = format!("the files have {}", options.join(", "));
        let tip = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
}

/// The objects with this name, or with the nearest one, or else those whose names begin so.
fn named(word: &str, declared: &[Address]) -> Vec<Address> {
    let nearest = did_you_mean(word, declared.iter().map(Address::name));
    let (nearest, start) = (nearest.map(str::to_lowercase), word.to_lowercase());
    let is_meant = |address: &&Address| {
        let name = address.name().to_lowercase();
        match &nearest {
            Some(nearest) => name == *nearest,
            None => name.starts_with(&start),
        }
    };
    declared.iter().filter(is_meant).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;

    #[test]
    fn word_without_a_kind_means_the_objects_with_the_nearest_name() {
        let declared = [
            "apiConnector/Partner",
            "b2xUserFlow/Partner",
            "b2xUserFlow/Supplier",
        ];
        let declared = declared.map(address);
        let meant = |word| named(word, &declared).len();
        assert_eq!(meant("Partners"), 2);
        assert_eq!(meant("supplier"), 1);
        assert_eq!(meant("Sup"), 1);
        assert_eq!(meant("x"), 0);
    }
}
