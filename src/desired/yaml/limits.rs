//! How large and how deep a file's trees may become, so that no file takes all memory.
//! Builds nothing: the builder asks before it does.

use super::Entry;
use crate::problem::{Place, Problem};

/// How deep values may be nested; Graph's own go to about ten.
pub(super) const DEPTH: usize = 64;
/// What the trees of one file may take: ten times the largest file.
const SIZE: usize = 160 << 20;
/// What may be copied because of anchors and aliases.
const COPIED: usize = 16 << 20;

/// What a tree weighs: about its bytes in memory, and how deep it is nested.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) size: usize,
    pub(super) height: usize,
}

impl Weight {
    /// One value without what is nested in it, counted as an entry of a map, the largest form.
    pub(super) fn of(text: &str) -> Self {
        let size = size_of::<Entry>() + text.len();
        Self { size, height: 0 }
    }

    /// Adds what is nested in it.
    pub(super) fn hold(&mut self, nested: Self) {
        self.size += nested.size;
        self.height = self.height.max(nested.height + 1);
    }
}

/// What the trees of a file weigh so far.
#[derive(Default)]
pub(super) struct Budget {
    size: usize,
    copied: usize,
}

impl Budget {
    /// Room for a value that is written in the file.
    pub(super) fn write(&mut self, weight: Weight, place: &Place) -> Result<(), Problem> {
        self.size += weight.size;
        if self.size <= SIZE {
            return Ok(());
        }
        let problem = Problem::error("this file holds too many values")
            .at(place)
            .label(format!("up to here they take {} MiB of memory", SIZE >> 20))
            .help("split it: all files below a directory are read together");
        Err(problem)
    }

    /// Room for a copy of a value.
    pub(super) fn copy(&mut self, weight: Weight, place: &Place) -> Result<(), Problem> {
        self.copied += weight.size;
        if self.copied <= COPIED {
            return Ok(());
        }
        let problem = Problem::error("anchors and aliases make this file too large")
            .at(place)
            .label(format!("up to here they repeat {} MiB", COPIED >> 20))
            .help("write the values out, or split the file");
        Err(problem)
    }
}

/// Refuses nesting below the limit.
pub(super) fn check_depth(depth: usize, place: &Place) -> Result<(), Problem> {
    if depth <= DEPTH {
        return Ok(());
    }
    Err(too_deep(place))
}

pub(super) fn too_deep(place: &Place) -> Problem {
    Problem::error(format!("values are nested more than {DEPTH} levels deep"))
        .at(place)
        .label("this is one level too many")
        .help("nothing in Microsoft Graph is nested so deep: is a bracket missing above, or a line indented too far?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    /// A file that reaches this limit takes seconds to read without optimisation.
    #[test]
    fn more_values_than_memory_is_meant_for_stop_the_file() {
        let place = Place::new(&Source::new("a.yaml", "x".into()), 0..1);
        let nearly = Weight {
            size: SIZE,
            height: 0,
        };
        let mut budget = Budget::default();

        assert!(budget.write(nearly, &place).is_ok());
        let Err(problem) = budget.write(Weight::of(""), &place) else {
            panic!("not refused");
        };

        assert_eq!(problem.message, "this file holds too many values");
    }
}
