//! Objects that differ after an apply.
//! Compares nothing: `verify` does.

use super::diff_text;
use super::style::{Style, shown};
use crate::apply::report::Deviation;
use crate::diff::Difference;
use crate::model::{Presence, Reference};

/// The lines of an object that differs after an apply; the first line is its address.
pub(super) fn lines(deviation: &Deviation, style: Style) -> Vec<String> {
    let address = shown(deviation.address());
    let Difference {
        fields,
        links,
        single_refs,
        lists,
    } = match deviation {
        Deviation::Missing(_) => return vec![format!("{address} does not exist")],
        Deviation::NotDeleted(_) => return vec![format!("{address} still exists")],
        Deviation::Ambiguous(_, found) => {
            let help = format!("  help: {}", shown(&found.help(deviation.address().kind())));
            return vec![format!("{address}: {}", shown(&found.message())), help];
        }
        Deviation::Differs(_, difference) => difference,
    };
    let mut lines = vec![address];
    lines.extend(indented(diff_text::fields(fields, style)));
    for link in links {
        let word = match link.presence {
            Presence::Present => "does not contain",
            Presence::Absent => "also contains",
        };
        let target = shown(&link.target.name());
        lines.push(format!("  {} {word} {target}", link.field));
    }
    for slot in single_refs {
        let name = |side: &Option<Reference>| {
            side.as_ref()
                .map_or("none".to_owned(), |reference| shown(&reference.name()))
        };
        let (before, after) = (name(&slot.before), name(&slot.after));
        lines.push(format!("  {}  {before} → {after}", slot.field));
    }
    for list in lists {
        for item in &list.items {
            let key = shown(&item.key.name());
            lines.push(format!("  {}[{key}] differs", list.field));
            lines.extend(indented(indented(diff_text::fields(&item.fields, style))));
        }
        if list.order.is_some() {
            lines.push(format!("  {} is in a different order", list.field));
        }
    }
    lines
}

fn indented(lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("  {line}"))
}
