//! The tenant document: which tenant the files are about, and how to reach it.

pub(in crate::desired) mod auth;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::Date;
use schemars::JsonSchema;

use crate::desired::yaml::{Node, Value as Written};
use crate::kinds::shape::Record;
use crate::kinds::words::{Anything, Day, Words};
use crate::kinds::{CloudName, Home, KINDS, Kind, TenantType, schema_of};
use crate::model::{Fields, Severity, Value};
use crate::problem::{Place, Problem, Source, did_you_mean};
use auth::{Auth, AuthSpec};

/// The most deletes where the tenant document does not say.
const MAX_DELETES: usize = 3;
/// The largest part that changes where the tenant document does not say, in percent.
const MAX_CHANGES_PERCENT: usize = 30;

/// The word after `kind:`.
pub const TENANT: &str = "tenant";
/// What such a document is for.
pub const TENANT_SUMMARY: &str = "Which tenant the files are about, and how to reach it.";

/// The tenant that the files are about.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its name in the files.
    pub name: String,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// What kind of tenant it is.
    pub tenant_type: TenantType,
    /// Where it lives.
    pub cloud: CloudName,
    /// The most requests a minute, where the user says so.
    pub requests_per_minute: Option<u32>,
    /// The longest that one request waits, in seconds, where the user says so.
    pub max_wait_seconds: Option<u32>,
    /// The longest that a run waits for the tenant's busy Graph in all, in seconds, where the user says so.
    pub max_total_wait_seconds: Option<u32>,
    /// The most objects that one run may delete.
    pub max_deletes: usize,
    /// The largest part of the live objects that one run may change or delete, in percent.
    pub max_changes_percent: usize,
    /// How to sign in; `None` takes what the environment offers.
    pub auth: Option<Auth>,
    /// What holds for all objects of a kind.
    pub manage: BTreeMap<String, Manage>,
    /// The directory of the document: what files refer to must lie below it.
    pub directory: PathBuf,
    /// Where the document starts.
    pub place: Place,
}

/// What holds for all objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct Manage {
    /// Whether objects that no file declares are deleted.
    pub prune: bool,
    /// Objects that are left alone without being mentioned: names with `*` and `?`, and where each is written.
    pub ignore: Vec<(String, Place)>,
    /// Names, with `*` and `?`, of objects that are never deleted or replaced.
    pub protect: Vec<(String, Place)>,
    /// How bad drift is; the first rule that speaks of it holds.
    pub drift: Vec<DriftRule>,
}

/// How bad some drift is.
#[derive(Clone, Debug)]
pub struct DriftRule {
    /// The names of the objects, with `*` and `?`.
    pub name: (String, Place),
    /// The ways to the fields, with `*` and `?`; `None` is the object and all that is in it.
    pub field: Option<(String, Place)>,
    /// How bad it is.
    pub severity: Severity,
    /// Why.
    pub reason: String,
}

/// The tenant that the files are about, and how to reach it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantSpec {
    /// What the tenant is called in plans and reports.
    pub name: Words,
    /// The tenant's domain or its GUID.
    pub tenant_id: Words,
    /// What kind of tenant it is; it decides which kinds make sense.
    pub r#type: TenantType,
    /// Where the tenant lives. It must be written, never guessed.
    pub cloud: CloudName,
    /// How to sign in; where it is left out, the first way that the environment offers. The emulator lets everybody in.
    pub auth: Option<AuthSpec>,
    /// Directories and files whose documents belong to the tenant, too; paths count from this file. A tenant document
    /// among them says what this one leaves out.
    pub include: Option<Vec<Words>>,
    /// Values by name: `${values.name}` in a string of any document stands for one. A string that is nothing else
    /// takes the value's type; `$${` stands for `${`.
    pub values: Option<BTreeMap<String, Anything>>,
    /// Bounds of what a run may do.
    pub limits: Option<Limits>,
    /// What holds for all objects of a kind, by kind: `manage: { apiConnector: { prune: true } }`.
    pub manage: Option<BTreeMap<String, ManageSpec>>,
}

/// What holds for all objects of a kind.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManageSpec {
    /// Whether live objects that no file declares are deleted. Without it they are listed and left alone.
    pub prune: Option<bool>,
    /// Live objects that are nobody's business here. A rule that finds nothing to ignore is a problem.
    pub ignore: Option<Vec<IgnoreSpec>>,
    /// Names, with `*` and `?`, of objects that are never deleted or replaced, whatever else is said.
    pub protect: Option<Vec<Words>>,
    /// How bad it is when the tenant differs from the files; the first rule that speaks of a difference holds.
    pub drift: Option<Vec<DriftSpec>>,
}

/// How bad some drift is.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DriftSpec {
    /// The name of the objects, with `*` and `?`.
    pub name: Words,
    /// The way to the field as `entraflow drift` shows it, with `*` and `?`: `languages*`. Left out, the rule speaks of
    /// the whole object.
    pub field: Option<Words>,
    /// How bad it is. Notes are shown and do not count.
    pub severity: Severity,
    /// Why.
    pub reason: Words,
    /// The last day on which the rule holds. After it the rule is a problem.
    pub until: Option<Day>,
}

/// Live objects that are nobody's business here.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IgnoreSpec {
    /// The name, with `*` and `?`.
    pub name: Words,
    /// Why.
    pub reason: Words,
    /// The last day on which the rule holds. After it the rule is a problem.
    pub until: Option<Day>,
}

/// Bounds of what a run may do.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// The most requests to Graph in a minute. Graph allows about 200 for an application in a tenant.
    #[schemars(range(min = 1, max = 10000))]
    pub requests_per_minute: Option<u32>,
    /// The longest that one request waits for a busy or failing Graph before the run gives up, all its attempts
    /// together; 600 when left out, and 0 never waits.
    #[schemars(range(min = 0, max = 86400))]
    pub max_wait_seconds: Option<u32>,
    /// The longest that a run waits for a busy Graph in all before it gives up this tenant; 3600 when left out. What
    /// several requests wait for at the same time counts once, and keeping to `requestsPerMinute` does not count.
    #[schemars(range(min = 0, max = 86400))]
    pub max_total_wait_seconds: Option<u32>,
    /// The most objects that one run may delete, replaced ones included; 3 where nothing is said.
    pub max_deletes: Option<u32>,
    /// The largest part, in percent, of the live objects that one run may change or delete; 30 where nothing is said. It
    /// counts from ten live objects on.
    #[schemars(range(min = 0, max = 100))]
    pub max_changes_percent: Option<u32>,
}

/// Whether this is a tenant document.
pub(in crate::desired) fn is_tenant(node: &Node) -> bool {
    node.get("kind").and_then(Node::as_str) == Some(TENANT)
}

/// What a tenant document may hold.
pub fn record() -> &'static Record {
    static RECORD: OnceLock<Record> = OnceLock::new();
    RECORD.get_or_init(|| Record::compile(&schema_of::<TenantSpec>()))
}

impl Tenant {
    /// Where it lives, which says what kinds of objects there are.
    pub fn home(&self) -> Home {
        Home {
            tenant: self.tenant_type,
            cloud: self.cloud,
        }
    }

    /// A tenant that no file is about yet.
    pub fn new(
        name: &str,
        tenant_id: &str,
        tenant_type: TenantType,
        cloud: CloudName,
        directory: PathBuf,
    ) -> Self {
        Self {
            name: name.to_owned(),
            tenant_id: tenant_id.to_owned(),
            tenant_type,
            cloud,
            requests_per_minute: None,
            max_wait_seconds: None,
            max_total_wait_seconds: None,
            max_deletes: MAX_DELETES,
            max_changes_percent: MAX_CHANGES_PERCENT,
            auth: None,
            manage: BTreeMap::new(),
            directory,
            place: Place::new(&Source::new("", String::new()), 0..0),
        }
    }

    /// Takes the checked fields of a document; `None` when one was refused and is reported already.
    pub(in crate::desired) fn from_fields(
        fields: &Fields,
        directory: PathBuf,
        place: Place,
    ) -> Option<Self> {
        let text = |name: &str| fields.get(name)?.as_text();
        let tenant_type = match text("type")? {
            "workforce" => TenantType::Workforce,
            "b2c" => TenantType::B2c,
            _ => TenantType::External,
        };
        let cloud = match text("cloud")? {
            "emulator" => CloudName::Emulator,
            "global" => CloudName::Global,
            "usGovernment" => CloudName::UsGovernment,
            "usGovernmentDoD" => CloudName::UsGovernmentDod,
            _ => CloudName::China,
        };
        let limit = |name: &str| match fields.get("limits")? {
            Value::Map(limits) => match limits.get(name)? {
                Value::Number(number) => number.as_u64()?.try_into().ok(),
                _ => None,
            },
            _ => None,
        };
        let usize_limit = |name: &str| limit(name).map(|limit: u32| limit as usize);
        Some(Self {
            name: text("name")?.to_owned(),
            tenant_id: text("tenantId")?.to_owned(),
            tenant_type,
            cloud,
            requests_per_minute: limit("requestsPerMinute"),
            max_wait_seconds: limit("maxWaitSeconds"),
            max_total_wait_seconds: limit("maxTotalWaitSeconds"),
            max_deletes: usize_limit("maxDeletes").unwrap_or(MAX_DELETES),
            max_changes_percent: usize_limit("maxChangesPercent").unwrap_or(MAX_CHANGES_PERCENT),
            auth: None,
            manage: BTreeMap::new(),
            directory,
            place,
        })
    }
}

/// The rules of a tenant document whose shape was checked: reports kinds that there are not and rules that have expired.
pub(in crate::desired) fn manage(
    node: &Node,
    today: Date,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Manage> {
    let mut rules = BTreeMap::new();
    let entries = node.get("manage").map(Node::entries).unwrap_or_default();
    for entry in entries {
        if Kind::find(&entry.key).is_none() {
            let names = || KINDS.iter().map(|kind| kind.name);
            let help = match did_you_mean(&entry.key, names()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("the kinds are {}", names().collect::<Vec<_>>().join(", ")),
            };
            let problem = Problem::error(format!("there is no kind `{}`", entry.key));
            problems.push(problem.at(entry.key_place.clone()).help(help));
            continue;
        }
        problems.extend(always_there(&entry.key, &entry.value));
        let list = |field: &str| match entry.value.get(field).map(|node| &node.value) {
            Some(Written::List(nodes)) => nodes.as_slice(),
            _ => &[],
        };
        problems.extend(
            list("ignore")
                .iter()
                .chain(list("drift"))
                .filter_map(|rule| expired(rule, today)),
        );
        let named = |name: &Node| Some((name.as_str()?.to_owned(), name.place.clone()));
        let manage = Manage {
            prune: matches!(
                entry.value.get("prune").map(|node| &node.value),
                Some(Written::Bool(true))
            ),
            ignore: list("ignore")
                .iter()
                .filter_map(|rule| named(rule.get("name")?))
                .collect(),
            protect: list("protect").iter().filter_map(named).collect(),
            drift: list("drift").iter().filter_map(drift_rule).collect(),
        };
        rules.insert(entry.key.to_string(), manage);
    }
    rules
}

/// What cannot be deleted cannot be pruned either.
fn always_there(kind: &str, rules: &Node) -> Option<Problem> {
    let prune = rules.get("prune")?;
    let is_wrong =
        matches!(prune.value, Written::Bool(true)) && Kind::find(kind)?.is_always_there();
    is_wrong.then(|| {
        Problem::error(format!("{kind} cannot be pruned"))
            .at(prune.place.clone())
            .help("each tenant has exactly one, which nobody can delete: take the rule out")
    })
}

/// A rule whose shape was checked.
fn drift_rule(rule: &Node) -> Option<DriftRule> {
    let named = |field: &str| {
        let node = rule.get(field)?;
        Some((node.as_str()?.to_owned(), node.place.clone()))
    };
    let word = rule.get("severity")?.as_str()?;
    let is_it = |severity: &Severity| severity.word().eq_ignore_ascii_case(word);
    Some(DriftRule {
        name: named("name")?,
        field: named("field"),
        severity: Severity::ALL.into_iter().find(is_it)?,
        reason: rule.get("reason")?.as_str()?.to_owned(),
    })
}

fn expired(rule: &Node, today: Date) -> Option<Problem> {
    let until = rule.get("until")?;
    let last: Date = until.as_str()?.parse().ok()?;
    let problem = Problem::error(format!("this rule held until {last}"))
        .at(until.place.clone())
        .help("take the rule out, or give it a new day if it still has a reason");
    (last < today).then_some(problem)
}
