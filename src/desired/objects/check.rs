//! Checks on one document that no schema expresses: kinds that the tenant does not have, built-in objects, repeated
//! items.
//! Checks no document against another; `cross_checks` does.

use std::collections::BTreeMap;

use crate::desired::tenant::Tenant;
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::{Kind, TenantType, Violation};
use crate::model::Fields;
use crate::problem::{Problem, ProblemLevel, Span};

/// Reports the type of the tenant, if the kinds of several documents are missing in it, and another type has all kinds.
pub(in crate::desired) fn wrong_type<'a>(
    tenant: &Tenant,
    documents: impl Iterator<Item = (&'static Kind, &'a Span)>,
) -> Option<Problem> {
    let kinds: Vec<_> = documents.map(|(kind, _)| kind).collect();
    let misfits = |of: TenantType| kinds.iter().filter(move |kind| !kind.tenants.contains(&of));
    let (own, number) = (
        tenant.tenant_type.as_str(),
        misfits(tenant.tenant_type).count(),
    );
    let mut types = TenantType::ALL.into_iter();
    let fitting = types.find(|of| misfits(*of).next().is_none())?.as_str();
    (number > 1).then(|| {
        let message = format!(
            "a tenant of type `{own}` does not have the kinds of {number} documents, and one of type `{fitting}` has all"
        );
        Problem::error(message).at(tenant.span.clone()).help(format!(
            "write `type: {fitting}`, or move the documents to the directory of another tenant"
        ))
    })
}

/// Reports kinds that this type of tenant does not have.
pub(in crate::desired) fn check_tenant_type<'a>(
    tenant: &'a Tenant,
    documents: impl Iterator<Item = (&'static Kind, &'a Span)>,
) -> impl Iterator<Item = Problem> {
    let misfits = documents.filter(|(kind, _)| !kind.tenants.contains(&tenant.tenant_type));
    misfits.map(|(kind, span)| {
        let words: Vec<_> = kind
            .tenants
            .iter()
            .map(|tenant_type| tenant_type.as_str())
            .collect();
        let own = tenant.tenant_type.as_str();
        Problem::error(format!("a tenant of type `{own}` has no {}", kind.name))
            .at(span.clone())
            .related(tenant.span.clone(), "the tenant is declared here")
            .help(format!(
                "{} exists in tenants of type {}",
                kind.name,
                words.join(" and ")
            ))
    })
}

/// Reports kinds that the tenant's cloud does not offer.
pub(in crate::desired) fn check_cloud<'a>(
    tenant: &'a Tenant,
    documents: impl Iterator<Item = (&'static Kind, &'a Span)>,
) -> impl Iterator<Item = Problem> {
    let missing = documents.filter(|(kind, _)| !kind.is_offered(tenant.cloud));
    missing.map(|(kind, span)| {
        let clouds: Vec<_> = kind.clouds.iter().map(|cloud| cloud.as_str()).collect();
        let own = tenant.cloud.as_str();
        Problem::error(format!("the cloud `{own}` does not offer {}", kind.name))
            .at(span.clone())
            .related(tenant.span.clone(), "the tenant is declared here")
            .help(format!(
                "{} is documented for {}",
                kind.name,
                clouds.join(" and ")
            ))
    })
}

/// That the kind is deprecated.
pub(in crate::desired) fn deprecated(kind: &Kind, span: &Span) -> Option<Problem> {
    let why = kind.constraints.deprecated?;
    let problem = Problem::warning(format!("{} is deprecated", kind.name));
    Some(problem.at(span.clone()).help(why))
}

/// Applies the checks that the kind describes.
pub(in crate::desired) fn check_document(
    kind: &Kind,
    node: &Node,
    fields: &Fields,
    span: &Span,
) -> Vec<Problem> {
    let mut problems: Vec<_> = deprecated(kind, span).into_iter().collect();
    let name = kind.name_field().unwrap_or("id");
    let is_unnamed = node.get(name).is_none() && node.get("id").is_none();
    if kind.constraints.may_be_nameless && is_unnamed {
        let help = format!("add `{name}:`, or `id:` for a live object without a name");
        let problem = Problem::error(format!("`{name}` is missing"));
        problems.push(problem.at(span.clone()).help(help));
    }
    for rejected in kind.constraints.rejected_values {
        let value = fields
            .get(rejected.field)
            .map(|value| match value.as_text() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            });
        if value.as_deref() == Some(rejected.value) {
            let span = node.get(rejected.field).map_or(span, |node| &node.span);
            let message = format!(
                "Graph is known to reject `{}: {}`",
                rejected.field, rejected.value
            );
            problems.push(
                Problem::warning(message)
                    .at(span.clone())
                    .help(rejected.why),
            );
        }
    }
    problems.extend(violations(kind, node, fields));
    problems.extend(create_needs(kind, node));
    problems.extend(built_in(kind, node));
    for list in kind.parts.lists {
        problems.extend(repeated(node.get(list.field), |item| item.get(list.key)));
    }
    for link in kind.parts.links {
        problems.extend(repeated(node.get(link.field), Some));
    }
    problems
}

/// What the checks of the kind find.
fn violations(kind: &Kind, node: &Node, fields: &Fields) -> Vec<Problem> {
    let checks = [
        (kind.constraints.check, ProblemLevel::Error),
        (kind.constraints.doubtful, ProblemLevel::Warning),
    ];
    let checks = checks
        .into_iter()
        .filter_map(|(check, level)| Some((check?, level)));
    let found = checks.flat_map(|(check, level)| {
        let problem = move |violation: Violation| {
            Problem::new(level, violation.message)
                .at(node.nearest(&violation.path).head_span())
                .help(violation.help)
        };
        check(fields).into_iter().map(problem)
    });
    found.collect()
}

/// Fields without which Graph creates no such object. One that Graph may not show may be missing in an export.
fn create_needs(kind: &Kind, node: &Node) -> impl Iterator<Item = Problem> {
    let is_given = |field: &str| node.get(field).is_some_and(|given| !given.is_empty_list());
    let of_type = node.get("type").and_then(Node::as_str);
    let missing = kind.missing_on_create(of_type, is_given);
    let missing = missing.filter(|need| {
        let field = kind.record().field(need.field);
        !field.is_some_and(|field| field.may_be_hidden)
    });
    missing.map(|need| {
        Problem::warning(need.message(kind))
            .at(need
                .with
                .and_then(|with| node.get(with))
                .unwrap_or(node)
                .head_span())
            .help(need.help())
    })
}

/// Built-in objects can be referred to, but not declared.
fn built_in(kind: &Kind, node: &Node) -> Option<Problem> {
    let named = node.get(kind.name_field()?)?;
    let name = named.as_str()?;
    let is_built_in = kind
        .collection
        .built_in
        .ids
        .iter()
        .any(|id| id.eq_ignore_ascii_case(name));
    is_built_in.then(|| {
        Problem::error(format!("`{name}` is built in and cannot be declared"))
            .at(named.span.clone())
            .help("remove the document and refer to it by this name, or choose another name")
    })
}

/// Items of a list with the same key as an earlier one.
fn repeated<'a>(
    list: Option<&'a Node>,
    key: impl Fn(&'a Node) -> Option<&'a Node>,
) -> Vec<Problem> {
    let Some(NodeValue::List(elements)) = list.map(|list| &list.value) else {
        return Vec::new();
    };
    let mut seen: BTreeMap<String, &Span> = BTreeMap::new();
    let mut problems = Vec::new();
    for node in elements.iter().filter_map(key) {
        let Some(name) = node.as_str() else {
            continue;
        };
        match seen.get(&name.to_lowercase()) {
            Some(earlier) => {
                let problem = Problem::error(format!("duplicate item `{name}`"))
                    .at(node.span.clone())
                    .related((*earlier).clone(), "first listed here")
                    .help("remove one of them");
                problems.push(problem);
            }
            None => {
                seen.insert(name.to_lowercase(), &node.span);
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::kinds::CloudName;
    use crate::problem::SourceFile;

    /// The message about the type of a workforce tenant with documents of these kinds.
    fn message(kinds: &[&str]) -> Option<String> {
        let (workforce, cloud) = (TenantType::Workforce, CloudName::Global);
        let tenant = Tenant::new("shop", "shop.example", workforce, cloud, PathBuf::new());
        let span = Span::new(&SourceFile::new("a.yaml", String::new()), 0..0);
        let kinds = kinds.iter().filter_map(|kind| Kind::find(kind));
        let problem = wrong_type(&tenant, kinds.map(|kind| (kind, &span)));
        problem.map(|problem| problem.message)
    }

    #[test]
    fn type_is_wrong_if_several_documents_do_not_fit_and_another_type_has_all() {
        assert_eq!(
            message(&["b2cUserFlow", "apiConnector", "b2cUserFlow"]).as_deref(),
            Some(
                "a tenant of type `workforce` does not have the kinds of 2 documents, and one of type `b2c` has all"
            )
        );
        assert_eq!(message(&["b2cUserFlow", "apiConnector"]), None);
        assert_eq!(
            message(&["b2cUserFlow", "b2cUserFlow", "b2xUserFlow"]),
            None
        );
    }
}
