//! Drift: the differences between tenant and files, each with its severity and its span in a file.
//!
//! A pure function of the changes that `diff` found. Never plans a change.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;

use crate::dangers::Danger;
use crate::desired::Desired;
use crate::diff::{
    Change, ContentChange, Difference, ItemAction, ItemChange, ListChange, OrderChange,
};
use crate::kinds::Kind;
use crate::live::{Live, matches, matches_text};
use crate::model::{
    Address, AuditEntries, FieldChange, FieldPath, Namesakes, Presence, Reference, Secret,
    Severity, Value,
};
use crate::plan::{SecretToCompare, Selection, TargetTenant};
use crate::problem::Span;

/// How a tenant differs from its files.
#[derive(Clone, Debug)]
pub struct DriftReport {
    /// The tenant.
    pub target: TargetTenant,
    /// The findings, by address.
    pub findings: Vec<DriftFinding>,
    /// What the tenant does otherwise than the files that people should know first.
    pub dangers: Vec<Danger>,
    /// Warnings that are not differences.
    pub warnings: Vec<String>,
    /// Remarks on what is right and may be meant otherwise.
    pub notes: Vec<String>,
    /// The secrets that could not be compared with those last applied.
    pub not_compared: Vec<SecretToCompare>,
    /// Whether all that the files declare could be read.
    pub is_complete: bool,
    /// What the check is about.
    pub selection: Selection,
    /// What the audit log says about the objects; empty if it was not asked.
    pub audit: AuditEntries,
}

/// One difference.
#[derive(Clone, Debug)]
pub struct DriftFinding {
    /// The object.
    pub address: Address,
    /// The path of the difference in the object; empty for the object itself.
    pub path: FieldPath,
    /// Its severity.
    pub severity: Severity,
    /// The kind of difference.
    pub kind: DriftKind,
    /// Where the files declare the field, or the object if they do not declare the field.
    pub span: Option<Span>,
    /// The reason in the rule that set the severity.
    pub reason: Option<String>,
}

/// The kind of a difference.
#[derive(Clone, Debug, PartialEq)]
pub enum DriftKind {
    /// The object is declared, but missing in the tenant.
    Missing,
    /// The object is declared, and several live objects have its name.
    Ambiguous(Namesakes),
    /// The object exists, but is declared as absent, or pruned.
    Unwanted,
    /// The object exists, and no file declares it.
    Unmanaged,
    /// A field has another value; `None` is no value.
    Changed {
        /// The declared value.
        files: Option<Value>,
        /// The live value.
        tenant: Option<Value>,
    },
    /// A declared member of a set or item of a list is missing in the tenant.
    MissingMember,
    /// The tenant has a member of a set or an item of a list that is not declared, or is declared as absent.
    ExtraMember,
    /// A list is in another order.
    Reordered {
        /// The declared order.
        files: Vec<Reference>,
        /// The live order.
        tenant: Vec<Reference>,
    },
    /// A text differs: `before` is live, `after` is declared.
    Rewritten(ContentChange),
}

/// Sets the severity of findings. The first rule that matches a finding applies.
#[derive(Clone, Debug)]
pub struct SeverityRule {
    /// The names of the objects.
    pub name: Pattern,
    /// The paths of the fields; `None` matches the object and everything in it.
    pub field: Option<Pattern>,
    /// The severity.
    pub severity: Severity,
    /// The reason.
    pub reason: String,
}

/// Severity rules by kind.
pub type SeverityRules = BTreeMap<String, Vec<SeverityRule>>;

impl DriftReport {
    /// The number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let has_severity = |finding: &&DriftFinding| finding.severity == severity;
        self.findings.iter().filter(has_severity).count()
    }

    /// Whether the tenant has drifted. Notes do not count.
    pub fn is_found(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity < Severity::Note)
    }
}

impl DriftKind {
    /// The name on screen and in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ambiguous(_) => "ambiguous",
            Self::Unwanted => "unwanted",
            Self::Unmanaged => "unmanaged",
            Self::Changed { .. } => "changed",
            Self::MissingMember => "missingMember",
            Self::ExtraMember => "extraMember",
            Self::Reordered { .. } => "reordered",
            Self::Rewritten(_) => "rewritten",
        }
    }

    /// A description, to be used alone or after the path.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Missing => "declared, but not in the tenant",
            Self::Ambiguous(_) => "several live objects have this name",
            Self::Unwanted => "in the tenant, but the files require its absence",
            Self::Unmanaged => "in the tenant, but not declared",
            Self::Changed {
                files: Some(Value::Secret(Secret::From(_))),
                tenant: Some(Value::Secret(_)),
            } => "differs from the secret that was applied",
            Self::Changed { .. } => "differs from the files",
            Self::MissingMember => "is missing in the tenant",
            Self::ExtraMember => "is in the tenant, but not in the files",
            Self::Reordered { .. } => "is in another order",
            Self::Rewritten(_) => "has another text",
        }
    }
}

impl DriftFinding {
    /// The finding as a sentence, without the object.
    pub fn message(&self) -> String {
        if let DriftKind::Ambiguous(found) = &self.kind {
            return found.message();
        }
        let description = self.kind.description();
        match self.path.segments() {
            [] => description.to_owned(),
            _ => format!("{} {description}", self.path),
        }
    }

    /// How to resolve it, if it depends on the finding.
    pub fn help(&self) -> Option<String> {
        let DriftKind::Ambiguous(found) = &self.kind else {
            return None;
        };
        Some(found.help(self.address.kind()))
    }
}

/// The findings, by address.
pub fn findings(
    changes: &BTreeMap<Address, Change>,
    live: &Live,
    desired: &Desired,
    rules: &SeverityRules,
) -> Vec<DriftFinding> {
    let kinds = desired.resources.keys().map(Address::kind).collect();
    let classifier = Classifier {
        desired,
        rules,
        shared_names: &live.shared_names,
        kinds,
    };
    let changed = changes
        .iter()
        .flat_map(|(address, change)| classifier.change(address, change));
    let of_object = |address, what| classifier.finding(address, FieldPath::default(), what);
    let unmanaged = live.unmanaged.iter();
    let unmanaged = unmanaged.map(|address| of_object(address, DriftKind::Unmanaged));
    let ambiguous = live
        .namesakes
        .iter()
        .map(|(address, found)| of_object(address, DriftKind::Ambiguous(found.clone())));
    let mut findings: Vec<_> = changed.chain(unmanaged).chain(ambiguous).collect();
    findings.sort_by(|one, other| one.address.cmp(&other.address));
    findings
}

/// The dangers of the objects that have drifted: rules may have made notes of what is found of the others.
pub fn dangers_of_drifted(mut dangers: Vec<Danger>, findings: &[DriftFinding]) -> Vec<Danger> {
    let found = findings
        .iter()
        .filter(|finding| finding.severity < Severity::Note);
    let drifted: BTreeSet<_> = found.map(|finding| &finding.address).collect();
    dangers.retain(|danger| drifted.contains(&danger.address));
    dangers
}

struct Classifier<'a> {
    desired: &'a Desired,
    rules: &'a SeverityRules,
    /// The addresses by id of objects that share a name: each with that name, which rules may be about.
    shared_names: &'a BTreeMap<Address, Address>,
    /// The kinds that files declare.
    kinds: BTreeSet<&'a str>,
}

impl Classifier<'_> {
    fn change(&self, address: &Address, change: &Change) -> Vec<DriftFinding> {
        let of_object = |what| vec![self.finding(address, FieldPath::default(), what)];
        let found = match change {
            Change::Create => return of_object(DriftKind::Missing),
            Change::Delete => return of_object(DriftKind::Unwanted),
            Change::Update(difference) => differences(Kind::of(address), difference),
        };
        found
            .into_iter()
            .map(|(path, what)| self.finding(address, path, what))
            .collect()
    }

    fn finding(&self, address: &Address, path: FieldPath, what: DriftKind) -> DriftFinding {
        let rule = self.rule(address, &path);
        DriftFinding {
            severity: rule.map_or_else(
                || self.severity(address, &path, &what),
                |rule| rule.severity,
            ),
            reason: rule.map(|rule| rule.reason.clone()),
            span: self.desired.span_of(address, &path).cloned(),
            address: address.clone(),
            path,
            kind: what,
        }
    }

    fn rule(&self, address: &Address, path: &FieldPath) -> Option<&SeverityRule> {
        let shared = self.shared_names.get(address);
        let matches_finding = |rule: &&SeverityRule| {
            let of_field = |field| matches_text(field, &path.to_string());
            let is_named = matches(&rule.name, address)
                || shared.is_some_and(|shared| matches(&rule.name, shared));
            is_named && rule.field.as_ref().is_none_or(of_field)
        };
        self.rules.get(address.kind())?.iter().find(matches_finding)
    }

    /// The severity of a finding that no rule matches.
    fn severity(&self, address: &Address, path: &FieldPath, what: &DriftKind) -> Severity {
        let is_destination = || Kind::of(address).is_some_and(|kind| kind.is_destination(path));
        match what {
            DriftKind::Missing | DriftKind::Ambiguous(_) | DriftKind::Unwanted => Severity::Error,
            DriftKind::Unmanaged if self.kinds.contains(address.kind()) => Severity::Warning,
            DriftKind::Unmanaged => Severity::Note,
            DriftKind::Changed { .. }
            | DriftKind::MissingMember
            | DriftKind::ExtraMember
            | DriftKind::Reordered { .. }
            | DriftKind::Rewritten(_) => match is_destination() {
                true => Severity::Error,
                false => Severity::Warning,
            },
        }
    }
}

/// The differences of an object.
fn differences(kind: Option<&Kind>, difference: &Difference) -> Vec<(FieldPath, DriftKind)> {
    let Difference {
        fields,
        links,
        single_refs,
        lists,
    } = difference;
    let mut found: Vec<_> = fields
        .iter()
        .map(|change| field(&FieldPath::default(), change))
        .collect();
    for link in links {
        let what = match link.presence {
            Presence::Present => DriftKind::MissingMember,
            Presence::Absent => DriftKind::ExtraMember,
        };
        let path = FieldPath::default().field(&link.field);
        found.push((path.item(link.target.name()), what));
    }
    for slot in single_refs {
        let holder = kind.and_then(|kind| kind.single_ref_field(&slot.field));
        let path = FieldPath::of_fields(holder.unwrap_or_default()).field(&slot.field);
        let value = |side: &Option<Reference>| side.clone().map(Value::Reference);
        let (files, tenant) = (value(&slot.after), value(&slot.before));
        found.push((path, DriftKind::Changed { files, tenant }));
    }
    found.extend(lists.iter().flat_map(|change| list(kind, change)));
    found
}

fn field(base: &FieldPath, change: &FieldChange) -> (FieldPath, DriftKind) {
    let FieldChange {
        path,
        before,
        after,
    } = change;
    let (files, tenant) = (after.clone(), before.clone());
    (base.fields(path), DriftKind::Changed { files, tenant })
}

fn list(kind: Option<&Kind>, change: &ListChange) -> Vec<(FieldPath, DriftKind)> {
    let ListChange {
        field: name,
        items,
        order,
    } = change;
    let path = FieldPath::default().field(name);
    let contents = kind
        .and_then(|kind| {
            kind.parts
                .lists
                .iter()
                .find(|list| list.field == name.as_str())
        })
        .and_then(|list| list.contents.as_ref());
    let contents = contents.map_or("", |contents| contents.field);
    let mut found: Vec<_> = items
        .iter()
        .flat_map(|item| list_item(path.item(item.key.name()), item, contents))
        .collect();
    let order = order.as_ref().filter(|order| is_reordered(order));
    found.extend(order.map(|order| {
        let (files, tenant) = (order.after.clone(), order.before.clone());
        (path, DriftKind::Reordered { files, tenant })
    }));
    found
}

/// Whether the items on both sides are in another order. Created and deleted items are reported separately.
fn is_reordered(order: &OrderChange) -> bool {
    let OrderChange { before, after } = order;
    let retained = before.iter().filter(|key| after.contains(key));
    let desired = after.iter().filter(|key| before.contains(key));
    !retained.eq(desired)
}

fn list_item(path: FieldPath, item: &ItemChange, contents: &str) -> Vec<(FieldPath, DriftKind)> {
    match item.action {
        ItemAction::Create => vec![(path, DriftKind::MissingMember)],
        ItemAction::Delete => vec![(path, DriftKind::ExtraMember)],
        ItemAction::Update => {
            let fields = item.fields.iter().map(|change| field(&path, change));
            let texts = item.contents.iter().map(|change| {
                let path = path.field(contents).field(&change.name);
                (path, DriftKind::Rewritten(change.clone()))
            });
            fields.chain(texts).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dangers::DangerRule;
    use crate::model::samples::address;

    #[test]
    fn dangers_are_those_of_objects_with_more_than_notes() {
        let of = |name: &str, severity| DriftFinding {
            address: address(name),
            path: FieldPath::default(),
            severity,
            kind: DriftKind::MissingMember,
            span: None,
            reason: None,
        };
        let findings = [
            of("apiConnector/a", Severity::Warning),
            of("apiConnector/b", Severity::Note),
        ];
        let danger = |name: &str| Danger {
            rule: DangerRule::OtherHost,
            address: address(name),
            message: String::new(),
        };
        let dangers = vec![danger("apiConnector/a"), danger("apiConnector/b")];
        let kept = dangers_of_drifted(dangers, &findings);
        assert_eq!(kept, [danger("apiConnector/a")]);
    }
}
