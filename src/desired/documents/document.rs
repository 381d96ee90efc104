//! A document of a known kind: which object it is about, and whether that object must exist.
//! Reads `kind`, the name and `ensure`, and no other field.

use std::sync::Arc;

use crate::desired::tenant::TENANT;
use crate::desired::yaml::{Node, Value as Written};
use crate::kinds::{KINDS, Kind, Naming};
use crate::model::{Address, Presence};
use crate::problem::{Place, Problem, did_you_mean};

/// A document of a known kind.
pub(in crate::desired) struct Document {
    pub(in crate::desired) kind: &'static Kind,
    pub(in crate::desired) node: Arc<Node>,
    /// The value of `kind:`, which stands for the whole document in messages.
    pub(in crate::desired) place: Place,
}

impl Document {
    /// The document with its kind, or a problem.
    pub(super) fn of(node: Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let words = || KINDS.iter().map(|kind| kind.name).chain([TENANT]);
        let listed = || words().collect::<Vec<_>>().join(", ");
        let is_broken = |node: &Node| matches!(node.value, Written::Broken);
        if is_broken(&node) || node.get("kind").is_some_and(is_broken) {
            return None;
        }
        if !matches!(node.value, Written::Map(_)) {
            let problem = Problem::error(format!(
                "expected a document, a map with `kind:`, found {}",
                node.kind_name()
            ))
            .at(node.place);
            problems.push(problem);
            return None;
        }
        let Some(written) = node.get("kind") else {
            let problem = Problem::error("`kind` is missing")
                .at(node.head_place())
                .help(format!(
                    "every document says what it is about with `kind:` and one of {}",
                    listed()
                ));
            problems.push(problem);
            return None;
        };
        let place = written.place.clone();
        if let Some(kind) = written.as_str().and_then(Kind::find) {
            let node = Arc::new(node);
            return Some(Self { kind, node, place });
        }
        let nearest = written
            .as_str()
            .and_then(|word| did_you_mean(word, words()));
        let problem =
            Problem::error(format!("there is no kind `{}`", place.text())).at(place.clone());
        problems.push(match nearest {
            Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
            None => problem.help(format!("the kinds are {}", listed())),
        });
        None
    }
}

/// The address of a document and where its name stands; `None` when the name is missing or wrong, which the shape
/// reports.
pub(in crate::desired) fn address(
    kind: &Kind,
    node: &Node,
    place: &Place,
    problems: &mut Vec<Problem>,
) -> Option<(Address, Place)> {
    let Some(field) = kind.name_field() else {
        return Some((Address::new(kind.name, kind.name_from("")), place.clone()));
    };
    let named = node.get(field)?;
    let written = match &named.value {
        Written::Map(_) => named.get("id")?.as_str()?,
        _ => named.as_str()?,
    };
    let name = kind.name_from(written);
    if matches!(kind.naming, Naming::Prefixed(_)) && name != written {
        let problem = Problem::error(format!(
            "`{written}` is the name under which Graph stores the flow"
        ))
        .at(named.place.clone())
        .help(format!("write the bare name: `{name}`"));
        problems.push(problem);
    }
    Some((Address::new(kind.name, name), named.place.clone()))
}

/// Whether a document wants its object to be there.
pub(in crate::desired) fn presence(
    kind: &Kind,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Presence {
    let Some(ensure) = node.get("ensure") else {
        return Presence::Present;
    };
    match ensure.as_str() {
        Some("present") => Presence::Present,
        Some("absent") if kind.is_always_there() => {
            let problem = Problem::error(format!("{} cannot be deleted", kind.name))
                .at(ensure.place.clone())
                .help(
                    "each tenant has exactly one: say how it should be, or take the document out",
                );
            problems.push(problem);
            Presence::Present
        }
        Some("absent") => Presence::Absent,
        _ => {
            let problem = Problem::error(format!(
                "`{}` is not one of present, absent",
                ensure.place.text()
            ))
            .at(ensure.place.clone())
            .help("`absent` deletes the object, `present` is what a document says anyway");
            problems.push(problem);
            Presence::Present
        }
    }
}
