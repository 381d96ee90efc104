//! The boxes of a journey before and after a change, as one list: what stays, what is new, and what goes.
//!
//! Compares what a user sees, not the objects.

use std::collections::BTreeMap;

use super::{NodeChange, NodeKind, PictureLine, PictureNode};
use crate::kinds::JourneyStage;

/// The boxes of a journey, by stage.
pub(super) type Stages = BTreeMap<JourneyStage, Vec<PictureNode>>;

/// Both sides in one, each box with its change. A new journey has no changes of its own: its objects have theirs.
pub(super) fn compared(mut before: Stages, after: Stages) -> Stages {
    if before.is_empty() {
        return after;
    }
    let mut both = after;
    for stage in JourneyStage::ALL {
        let before = before.remove(&stage).unwrap_or_default();
        let after = both.remove(&stage).unwrap_or_default();
        both.insert(stage, nodes(before, after));
    }
    both
}

/// The boxes after the change, and those that go, each before the box that followed it.
fn nodes(before: Vec<PictureNode>, after: Vec<PictureNode>) -> Vec<PictureNode> {
    let mut both: Vec<_> = after
        .into_iter()
        .map(|node| match before.iter().find(|old| is_same(old, &node)) {
            Some(old) => with_changed_lines(node, old),
            None => changed(node, NodeChange::Created),
        })
        .collect();
    let mut next = both.len();
    for old in before.into_iter().rev() {
        match both.iter().position(|node| is_same(&old, node)) {
            Some(at) => next = at,
            None => {
                next = before_new(&both, next, |node| node.change);
                both.insert(next, changed(old, NodeChange::Deleted));
            }
        }
    }
    both
}

/// The index before the new entries that end at `next`: what goes is shown before what replaces it.
fn before_new<T>(entries: &[T], next: usize, change: impl Fn(&T) -> NodeChange) -> usize {
    let new = entries[..next].iter().rev();
    next - new
        .take_while(|entry| change(entry) == NodeChange::Created)
        .count()
}

fn is_same(one: &PictureNode, other: &PictureNode) -> bool {
    (one.kind, &one.name, &one.caption) == (other.kind, &other.name, &other.caption)
}

fn changed(node: PictureNode, change: NodeChange) -> PictureNode {
    PictureNode { change, ..node }
}

/// A box that stays, with the lines that are new, and those that go before the line that followed them. A page whose lines
/// change is changed.
fn with_changed_lines(node: PictureNode, old: &PictureNode) -> PictureNode {
    let marked = |line: &PictureLine, change| PictureLine {
        change,
        ..line.clone()
    };
    let is_in =
        |lines: &[PictureLine], line: &PictureLine| lines.iter().any(|it| it.text == line.text);
    let mut lines: Vec<_> = node
        .lines
        .iter()
        .map(|line| match is_in(&old.lines, line) {
            true => line.clone(),
            false => marked(line, NodeChange::Created),
        })
        .collect();
    let mut next = lines.len();
    for line in old.lines.iter().rev() {
        match lines.iter().position(|it| it.text == line.text) {
            Some(at) => next = at,
            None => {
                next = before_new(&lines, next, |line| line.change);
                lines.insert(next, marked(line, NodeChange::Deleted));
            }
        }
    }
    let is_reordered = node.kind == NodeKind::Page && node.lines != old.lines;
    let is_marked = lines
        .iter()
        .any(|line| line.change != NodeChange::Unchanged);
    let change = match is_marked || is_reordered {
        true => NodeChange::Changed,
        false => node.change,
    };
    PictureNode {
        lines,
        change,
        ..node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, lines: &[&str]) -> PictureNode {
        let lines = lines
            .iter()
            .map(|line| PictureLine::new((*line).to_owned()));
        PictureNode {
            name: name.to_owned(),
            caption: String::new(),
            lines: lines.collect(),
            kind: NodeKind::Page,
            change: NodeChange::Unchanged,
            address: None,
        }
    }

    fn shown(nodes: &[PictureNode]) -> Vec<String> {
        let sign = |change| match change {
            NodeChange::Unchanged => ' ',
            NodeChange::Created => '+',
            NodeChange::Deleted => '-',
            NodeChange::Changed | NodeChange::Replaced => '~',
        };
        let node = |node: &PictureNode| {
            let lines = node.lines.iter();
            let lines = lines.map(|line| format!(" {}{}", sign(line.change), line.text));
            format!(
                "{}{}{}",
                sign(node.change),
                node.name,
                lines.collect::<String>()
            )
        };
        nodes.iter().map(node).collect()
    }

    #[test]
    fn box_that_goes_is_before_the_one_that_followed_it() {
        let of = |names: &[&str]| names.iter().map(|name| node(name, &[])).collect();
        let both = nodes(of(&["a", "b", "c", "d"]), of(&["new", "b", "d"]));
        assert_eq!(shown(&both), ["-a", "+new", " b", "-c", " d"]);
    }

    #[test]
    fn page_shows_which_questions_change() {
        let page = |lines: &[&str]| vec![node("Page", lines)];
        let changed = |before: &[&str], after: &[&str]| shown(&nodes(page(before), page(after)));
        assert_eq!(
            changed(&["Name", "Town"], &["Name", "Town"]),
            [" Page  Name  Town"]
        );
        assert_eq!(
            changed(&["Name", "Town"], &["Name (optional)", "Town"]),
            ["~Page -Name +Name (optional)  Town"]
        );
        assert_eq!(
            changed(&["Name", "Town"], &["Town", "Name"]),
            ["~Page  Town  Name"]
        );
    }

    #[test]
    fn new_journey_has_no_changes_of_its_own() {
        let after = Stages::from([(JourneyStage::Page, vec![node("Page", &["Name"])])]);
        let both = compared(Stages::new(), after.clone());
        assert_eq!(shown(&both[&JourneyStage::Page]), [" Page  Name"]);
        let gone = compared(after, Stages::new());
        assert_eq!(shown(&gone[&JourneyStage::Page]), ["-Page  Name"]);
    }
}
