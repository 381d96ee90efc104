//! A document of a known kind: the address of its object, and whether the object must exist.
//! Reads `kind`, the name and `ensure`, and no other field.

use std::sync::Arc;

use super::recognise::{kind_names, nearest_kind};
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::{Kind, Naming};
use crate::model::{Address, Presence};
use crate::problem::{Problem, Span};

/// The field with the former name of an object.
pub const RENAMED_FROM: &str = "renamedFrom";

/// A document of a known kind.
pub(in crate::desired) struct ObjectDocument {
    pub(in crate::desired) kind: &'static Kind,
    pub(in crate::desired) node: Arc<Node>,
    /// The span of the value of `kind:`, where messages point for the whole document.
    pub(in crate::desired) span: Span,
}

impl ObjectDocument {
    /// The document, if it has a known kind; otherwise a problem is reported.
    pub(super) fn of(node: Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let listed = || kind_names().collect::<Vec<_>>().join(", ");
        let is_broken = |node: &Node| matches!(node.value, NodeValue::Broken);
        if is_broken(&node) || node.get("kind").is_some_and(is_broken) {
            return None;
        }
        if !matches!(node.value, NodeValue::Map(_)) {
            let problem = Problem::error(format!(
                "expected a document, which is a map with `kind:`, found {}",
                node.kind_name()
            ))
            .at(node.span);
            problems.push(problem);
            return None;
        }
        let Some(written) = node.get("kind") else {
            let problem = Problem::error("`kind` is missing")
                .at(node.head_span())
                .help(format!("add `kind:` with one of {}", listed()));
            problems.push(problem);
            return None;
        };
        let span = written.span.clone();
        if let Some(kind) = written.as_str().and_then(Kind::find) {
            let node = Arc::new(node);
            return Some(Self { kind, node, span });
        }
        let nearest = written.as_str().and_then(nearest_kind);
        let problem = Problem::error(format!("unknown kind `{}`", span.text())).at(span.clone());
        problems.push(match nearest {
            Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
            None => problem.help(format!("the kinds are {}", listed())),
        });
        None
    }
}

/// The address of a document and the span of its name, or of its `id` if the object has no name; `None` if the name is missing
/// or invalid, which the shape check reports.
pub(in crate::desired) fn address(
    kind: &Kind,
    node: &Node,
    span: &Span,
    problems: &mut Vec<Problem>,
) -> Option<(Address, Span)> {
    let Some(field) = kind.name_field() else {
        return Some((Address::new(kind.name, kind.name_from("")), span.clone()));
    };
    let by_id = || node.get("id").filter(|_| kind.constraints.may_be_nameless);
    let named = node.get(field).or_else(by_id)?;
    let written = match &named.value {
        NodeValue::Map(_) => named.get("id")?.as_str()?,
        _ => named.as_str()?,
    };
    let name = kind.name_from(written);
    if matches!(kind.naming, Naming::Prefixed(_)) && name != written {
        let problem = Problem::error(format!(
            "`{written}` has the prefix that Graph adds to the name"
        ))
        .at(named.span.clone())
        .help(format!("write the name without the prefix: `{name}`"));
        problems.push(problem);
    }
    Some((Address::new(kind.name, name), named.span.clone()))
}

/// The address that the object of a document may still have in the tenant: the former value of the field with its name.
pub(in crate::desired) fn renamed_from(
    kind: &Kind,
    node: &Node,
    address: &Address,
    problems: &mut Vec<Problem>,
) -> Option<Address> {
    let entry = node.entry(RENAMED_FROM)?;
    let former = entry.value.as_str().filter(|name| !name.is_empty());
    let former = former.map(|name| Address::new(kind.name, kind.name_from(name)));
    let is_pinned = kind.is_pinned_by_id() && node.get("id").is_some();
    let (message, help) = match (kind.name_field(), &former) {
        (None, _) => (
            format!("{} has no name that could change", kind.name),
            "remove `renamedFrom`".to_owned(),
        ),
        (Some(field), None) => (
            "expected a name".to_owned(),
            format!("write the former value of `{field}`"),
        ),
        (Some(_), Some(_)) if is_pinned => (
            "`id` and `renamedFrom` both select the live object".to_owned(),
            "remove `renamedFrom`: the object with this `id` gets the new name".to_owned(),
        ),
        (Some(field), Some(former)) if former == address => (
            format!("`renamedFrom` is the present value of `{field}`"),
            "write the former name, or remove `renamedFrom`".to_owned(),
        ),
        (Some(_), Some(_)) => return former,
    };
    let problem = Problem::error(message).at(entry.key_span.clone());
    problems.push(problem.help(help));
    None
}

/// The value of `ensure`: whether the object must exist.
pub(in crate::desired) fn presence(
    kind: &Kind,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Presence {
    let Some(ensure) = node.get("ensure") else {
        return Presence::Present;
    };
    let name = kind
        .name_field()
        .and_then(|field| node.get(field)?.as_str());
    let name = kind.name_from(name.unwrap_or_default());
    match ensure.as_str() {
        Some("present") => Presence::Present,
        Some("absent") if kind.is_always_there() => {
            let problem = Problem::error(format!("{} cannot be deleted", kind.name))
                .at(ensure.span.clone())
                .help("each tenant has exactly one: declare its fields, or remove the document");
            problems.push(problem);
            Presence::Present
        }
        Some("absent") if kind.is_permanent(&name) => {
            let problem = Problem::error(format!("{}/{name} cannot be deleted", kind.name))
                .at(ensure.span.clone())
                .help("each tenant has it: declare its fields, or remove the document");
            problems.push(problem);
            Presence::Absent
        }
        Some("absent") => Presence::Absent,
        _ => {
            let problem = Problem::error(format!(
                "`{}` is not one of present, absent",
                ensure.span.text()
            ))
            .at(ensure.span.clone())
            .help("`absent` deletes the object; `present` is the default");
            problems.push(problem);
            Presence::Present
        }
    }
}
