//! Changes → what the tenant has that the files do not say, each finding with its severity and its place.
//!
//! A pure function of what `diff` found. It never says what to do about it; that is a plan's business.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;

use crate::desired::Desired;
use crate::diff::{
    Change, ContentChange, Difference, ItemAction, ItemChange, ListChange, OrderChange,
};
use crate::kinds::Kind;
use crate::live::{matches, matches_text};
use crate::model::{Address, FieldChange, FieldPath, Presence, Reference, Secret, Severity, Value};
use crate::plan::Target;
use crate::problem::Place;

/// How a tenant differs from its files.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The tenant.
    pub target: Target,
    /// The differences, by address.
    pub findings: Vec<Finding>,
    /// What the user should know although it is no difference.
    pub warnings: Vec<String>,
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The object.
    pub address: Address,
    /// The way to what differs inside the object; empty for the object itself.
    pub path: FieldPath,
    /// How bad it is.
    pub severity: Severity,
    /// What differs.
    pub what: What,
    /// Where the files speak of it; of the object where they do not name the field.
    pub place: Option<Place>,
    /// The reason of the rule that set the severity.
    pub reason: Option<String>,
}

/// What differs.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The files declare the object, and the tenant does not have it.
    Missing,
    /// The tenant has the object, and the files want it gone.
    Unwanted,
    /// The tenant has the object, and no file speaks of it.
    Unmanaged,
    /// A field has another value; `None` where there is none.
    Changed {
        /// What the files say.
        files: Option<Value>,
        /// What the tenant has.
        tenant: Option<Value>,
    },
    /// The files name a member of a set or a part of a list, and the tenant does not have it.
    Lacking,
    /// The tenant has a member of a set or a part of a list that the files do not name, or want gone.
    Extra,
    /// A list stands in another order.
    Reordered {
        /// The order of the files.
        files: Vec<Reference>,
        /// The order of the tenant.
        tenant: Vec<Reference>,
    },
    /// A text reads otherwise: in the tenant `before`, in the files `after`.
    Rewritten(ContentChange),
}

/// How bad some findings are; the first rule that speaks of a finding holds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The names of the objects.
    pub name: Pattern,
    /// The ways to the fields; `None` is the object and all that is in it.
    pub field: Option<Pattern>,
    /// How bad it is.
    pub severity: Severity,
    /// Why.
    pub reason: String,
}

/// Rules by kind.
pub type Rules = BTreeMap<String, Vec<Rule>>;

impl Drift {
    /// How many findings there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let is_such = |finding: &&Finding| finding.severity == severity;
        self.findings.iter().filter(is_such).count()
    }

    /// Whether the tenant has drifted: notes do not count.
    pub fn is_found(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity < Severity::Note)
    }
}

impl What {
    /// The word on screen and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unwanted => "unwanted",
            Self::Unmanaged => "unmanaged",
            Self::Changed { .. } => "changed",
            Self::Lacking => "lacking",
            Self::Extra => "extra",
            Self::Reordered { .. } => "reordered",
            Self::Rewritten(_) => "rewritten",
        }
    }

    /// What it means, alone or after the name of what differs.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Missing => "declared, and not in the tenant",
            Self::Unwanted => "in the tenant, and the files want it gone",
            Self::Unmanaged => "in the tenant, and no file declares it",
            Self::Changed {
                files: Some(Value::Secret(Secret::From(_))),
                tenant: Some(Value::Secret(_)),
            } => "is another secret than the one that was applied",
            Self::Changed { .. } => "is not as the files say",
            Self::Lacking => "is not in the tenant",
            Self::Extra => "is in the tenant, and not in the files",
            Self::Reordered { .. } => "stands in another order",
            Self::Rewritten(_) => "reads otherwise",
        }
    }
}

impl Finding {
    /// The finding in a few words, without the object.
    pub fn message(&self) -> String {
        let words = self.what.words();
        match self.path.segments() {
            [] => words.to_owned(),
            _ => format!("{} {words}", self.path),
        }
    }
}

/// What the tenant has that the files do not say, by address.
pub fn findings(
    changes: &BTreeMap<Address, Change>,
    unmanaged: &BTreeSet<Address>,
    desired: &Desired,
    rules: &Rules,
) -> Vec<Finding> {
    let kinds = desired.resources.keys().map(Address::kind).collect();
    let judge = Judge {
        desired,
        rules,
        kinds,
    };
    let changed = changes
        .iter()
        .flat_map(|(address, change)| judge.change(address, change));
    let unmanaged = unmanaged
        .iter()
        .map(|address| judge.finding(address, FieldPath::default(), What::Unmanaged));
    let mut findings: Vec<_> = changed.chain(unmanaged).collect();
    findings.sort_by(|one, other| one.address.cmp(&other.address));
    findings
}

struct Judge<'a> {
    desired: &'a Desired,
    rules: &'a Rules,
    /// The kinds that files declare.
    kinds: BTreeSet<&'a str>,
}

impl Judge<'_> {
    fn change(&self, address: &Address, change: &Change) -> Vec<Finding> {
        let whole = |what| vec![self.finding(address, FieldPath::default(), what)];
        let found = match change {
            Change::Create(_) => return whole(What::Missing),
            Change::Delete(_) => return whole(What::Unwanted),
            Change::Update(difference) => differences(Kind::of(address), difference),
        };
        found
            .into_iter()
            .map(|(path, what)| self.finding(address, path, what))
            .collect()
    }

    fn finding(&self, address: &Address, path: FieldPath, what: What) -> Finding {
        let rule = self.rule(address, &path);
        Finding {
            severity: rule.map_or_else(
                || self.severity(address, &path, &what),
                |rule| rule.severity,
            ),
            reason: rule.map(|rule| rule.reason.clone()),
            place: self.desired.place(address, &path).cloned(),
            address: address.clone(),
            path,
            what,
        }
    }

    fn rule(&self, address: &Address, path: &FieldPath) -> Option<&Rule> {
        let speaks = |rule: &&Rule| {
            let of_field = |field| matches_text(field, &path.to_string());
            matches(&rule.name, address) && rule.field.as_ref().is_none_or(of_field)
        };
        self.rules.get(address.kind())?.iter().find(speaks)
    }

    /// How bad a finding is where no rule says so.
    fn severity(&self, address: &Address, path: &FieldPath, what: &What) -> Severity {
        let is_destination = || Kind::of(address).is_some_and(|kind| kind.is_destination(path));
        match what {
            What::Missing | What::Unwanted => Severity::Error,
            What::Unmanaged if self.kinds.contains(address.kind()) => Severity::Warning,
            What::Unmanaged => Severity::Note,
            What::Changed { .. }
            | What::Lacking
            | What::Extra
            | What::Reordered { .. }
            | What::Rewritten(_) => match is_destination() {
                true => Severity::Error,
                false => Severity::Warning,
            },
        }
    }
}

/// The single differences of an object.
fn differences(kind: Option<&Kind>, difference: &Difference) -> Vec<(FieldPath, What)> {
    let Difference {
        fields,
        links,
        slots,
        lists,
    } = difference;
    let mut found: Vec<_> = fields
        .iter()
        .map(|change| field(&FieldPath::default(), change))
        .collect();
    for link in links {
        let what = match link.presence {
            Presence::Present => What::Lacking,
            Presence::Absent => What::Extra,
        };
        let path = FieldPath::default().field(&link.field);
        found.push((path.item(link.target.name()), what));
    }
    for slot in slots {
        let holder = kind.and_then(|kind| kind.single_ref_field(&slot.step));
        let path = FieldPath::of_fields(holder.unwrap_or_default()).field(&slot.step);
        let value = |side: &Option<Reference>| side.clone().map(Value::Reference);
        let (files, tenant) = (value(&slot.after), value(&slot.before));
        found.push((path, What::Changed { files, tenant }));
    }
    found.extend(lists.iter().flat_map(|change| list(kind, change)));
    found
}

fn field(base: &FieldPath, change: &FieldChange) -> (FieldPath, What) {
    let FieldChange {
        path,
        before,
        after,
    } = change;
    let (files, tenant) = (after.clone(), before.clone());
    (base.fields(path), What::Changed { files, tenant })
}

fn list(kind: Option<&Kind>, change: &ListChange) -> Vec<(FieldPath, What)> {
    let ListChange {
        field: name,
        items,
        order,
    } = change;
    let path = FieldPath::default().field(name);
    let contents = kind
        .and_then(|kind| kind.lists.iter().find(|list| list.field == name.as_str()))
        .and_then(|list| list.contents.as_ref());
    let contents = contents.map_or("", |contents| contents.field);
    let mut found: Vec<_> = items
        .iter()
        .flat_map(|item| part(path.item(item.key.name()), item, contents))
        .collect();
    let order = order.as_ref().filter(|order| stands_otherwise(order));
    found.extend(order.map(|order| {
        let (files, tenant) = (order.after.clone(), order.before.clone());
        (path, What::Reordered { files, tenant })
    }));
    found
}

/// Whether parts that both sides have stand in another order; of parts that come and go it is said already.
fn stands_otherwise(order: &OrderChange) -> bool {
    let OrderChange { before, after } = order;
    let staying = before.iter().filter(|key| after.contains(key));
    let wanted = after.iter().filter(|key| before.contains(key));
    !staying.eq(wanted)
}

fn part(path: FieldPath, item: &ItemChange, contents: &str) -> Vec<(FieldPath, What)> {
    match item.action {
        ItemAction::Create => vec![(path, What::Lacking)],
        ItemAction::Delete => vec![(path, What::Extra)],
        ItemAction::Update => {
            let fields = item.fields.iter().map(|change| field(&path, change));
            let texts = item.contents.iter().map(|change| {
                let path = path.field(contents).field(&change.name);
                (path, What::Rewritten(change.clone()))
            });
            fields.chain(texts).collect()
        }
    }
}
