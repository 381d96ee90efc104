//! What a document cannot say although each of its fields may: names, built-in objects, repeated parts.

use std::collections::BTreeMap;

use crate::desired::tenant::Tenant;
use crate::desired::yaml::{Node, Value as Written};
use crate::kinds::Kind;
use crate::model::Fields;
use crate::problem::{Place, Problem};

/// The kinds that the type of tenant does not have.
pub(in crate::desired) fn kinds_fit<'a>(
    tenant: &'a Tenant,
    documents: impl Iterator<Item = (&'static Kind, &'a Place)>,
) -> impl Iterator<Item = Problem> {
    let misfits = documents.filter(|(kind, _)| !kind.tenants.contains(&tenant.tenant_type));
    misfits.map(|(kind, place)| {
        let words: Vec<_> = kind
            .tenants
            .iter()
            .map(|tenant_type| tenant_type.word())
            .collect();
        let own = tenant.tenant_type.word();
        Problem::error(format!("a tenant of type {own} has no {}", kind.name))
            .at(place.clone())
            .related(tenant.place.clone(), "the tenant is declared here")
            .help(format!(
                "{} exists in tenants of type {}",
                kind.name,
                words.join(" and ")
            ))
    })
}

/// The kinds that the tenant's cloud does not offer.
pub(in crate::desired) fn kinds_offered<'a>(
    tenant: &'a Tenant,
    documents: impl Iterator<Item = (&'static Kind, &'a Place)>,
) -> impl Iterator<Item = Problem> {
    let missing = documents.filter(|(kind, _)| !kind.is_offered(tenant.cloud));
    missing.map(|(kind, place)| {
        let clouds: Vec<_> = kind.clouds.iter().map(|cloud| cloud.word()).collect();
        let own = tenant.cloud.word();
        Problem::error(format!("the cloud {own} does not offer {}", kind.name))
            .at(place.clone())
            .related(tenant.place.clone(), "the tenant is declared here")
            .help(format!(
                "{} is documented for {}",
                kind.name,
                clouds.join(" and ")
            ))
    })
}

/// What the kind's data has to say about a document.
pub(in crate::desired) fn in_document(
    kind: &Kind,
    node: &Node,
    fields: &Fields,
    place: &Place,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(why) = kind.deprecated {
        problems.push(
            Problem::warning(format!("{} is deprecated", kind.name))
                .at(place.clone())
                .help(why),
        );
    }
    for refused in kind.refused {
        let value = fields
            .get(refused.field)
            .map(|value| match value.as_text() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            });
        if value.as_deref() == Some(refused.value) {
            let place = node.get(refused.field).map_or(place, |node| &node.place);
            let message = format!(
                "Graph is known to refuse `{}: {}`",
                refused.field, refused.value
            );
            problems.push(
                Problem::warning(message)
                    .at(place.clone())
                    .help(refused.why),
            );
        }
    }
    let found = kind.check.map(|check| check(fields)).unwrap_or_default();
    problems.extend(found.into_iter().map(|finding| {
        Problem::error(finding.message)
            .at(node.nearest(&finding.path).head_place())
            .help(finding.help)
    }));
    problems.extend(built_in(kind, node));
    for list in kind.lists {
        problems.extend(repeated(node.get(list.field), |item| item.get(list.key)));
    }
    for link in kind.links {
        problems.extend(repeated(node.get(link.field), Some));
    }
    problems
}

/// Built-in objects are referred to, never declared.
fn built_in(kind: &Kind, node: &Node) -> Option<Problem> {
    let named = node.get(kind.name_field()?)?;
    let name = named.as_str()?;
    let is_built_in = kind
        .built_in
        .ids
        .iter()
        .any(|id| id.eq_ignore_ascii_case(name));
    is_built_in.then(|| {
        Problem::error(format!("`{name}` is built in and cannot be declared"))
            .at(named.place.clone())
            .help("refer to it by this name without declaring it, or choose another name")
    })
}

/// Elements of a list that have the same key as an earlier one.
fn repeated<'a>(
    list: Option<&'a Node>,
    key: impl Fn(&'a Node) -> Option<&'a Node>,
) -> Vec<Problem> {
    let Some(Written::List(elements)) = list.map(|list| &list.value) else {
        return Vec::new();
    };
    let mut seen: BTreeMap<String, &Place> = BTreeMap::new();
    let mut problems = Vec::new();
    for node in elements.iter().filter_map(key) {
        let Some(name) = node.as_str() else {
            continue;
        };
        match seen.get(&name.to_lowercase()) {
            Some(earlier) => {
                let problem = Problem::error(format!("`{name}` is in the list twice"))
                    .at(node.place.clone())
                    .related((*earlier).clone(), "here before")
                    .help("keep one of the two");
                problems.push(problem);
            }
            None => {
                seen.insert(name.to_lowercase(), &node.place);
            }
        }
    }
    problems
}
