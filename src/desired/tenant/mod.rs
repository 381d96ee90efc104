//! The tenant document: the tenant that the files belong to, and how to connect to it.
//! Connects to nothing.

pub(in crate::desired) mod auth;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::Date;
use schemars::JsonSchema;

use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::shape::Record;
use crate::kinds::spec_types::{AnyValue, DomainName, IsoDate, NonEmptyString, TenantId};
use crate::kinds::{CloudName, Environment, KINDS, Kind, TenantType, schema_of};
use crate::model::{Fields, Severity, Value};
use crate::problem::{Problem, SourceFile, Span, did_you_mean};
use auth::{Auth, AuthSpec};

/// The default of `maxDeletes`.
const MAX_DELETES: usize = 3;
/// The default of `maxChangesPercent`.
const MAX_CHANGES_PERCENT: usize = 30;

/// The value of `kind:`.
pub const TENANT: &str = "tenant";
/// The one-line summary of the kind.
pub const TENANT_SUMMARY: &str = "The tenant that the files belong to, and how to connect to it.";

/// The tenant that the files belong to.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its name in plans and reports.
    pub name: String,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// Its type.
    pub tenant_type: TenantType,
    /// Its cloud.
    pub cloud: CloudName,
    /// The domains at which people sign in, if declared.
    pub sign_in_domains: Option<Vec<String>>,
    /// The limit of requests per minute, if set.
    pub requests_per_minute: Option<u32>,
    /// The limit of waiting per request in seconds, if set.
    pub max_wait_seconds: Option<u32>,
    /// The limit of waiting per run in seconds, if set.
    pub max_total_wait_seconds: Option<u32>,
    /// The limit of deleted objects per run.
    pub max_deletes: usize,
    /// The limit of changed and deleted live objects per run, in percent.
    pub max_changes_percent: usize,
    /// Whether dangers are objections.
    pub refuses_dangers: bool,
    /// The sign-in method; `None` selects one from the environment.
    pub auth: Option<Auth>,
    /// Rules for all objects of a kind, by kind.
    pub manage: BTreeMap<String, Manage>,
    /// Whether `entraflow probe --write` may create objects in it.
    pub probe_may_write: bool,
    /// The directory of the document, which must contain the files that documents refer to.
    pub directory: PathBuf,
    /// The span of the document's `kind`.
    pub span: Span,
}

/// Rules for all objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct Manage {
    /// Whether objects that no file declares are deleted.
    pub prune: bool,
    /// Name patterns (with `*` and `?`) of unmanaged objects that are not reported, with their spans.
    pub ignore: Vec<(String, Span)>,
    /// Name patterns (with `*` and `?`) of objects that are never deleted or replaced, with their spans.
    pub protect: Vec<(String, Span)>,
    /// The severity of drift; the first matching rule applies.
    pub drift: Vec<DriftRule>,
}

/// A rule for the severity of drift.
#[derive(Clone, Debug)]
pub struct DriftRule {
    /// The name pattern of the objects, with `*` and `?`.
    pub name: (String, Span),
    /// The pattern of the field's path, with `*` and `?`; `None` matches the object and all its fields.
    pub field: Option<(String, Span)>,
    /// The severity.
    pub severity: Severity,
    /// The reason for the rule.
    pub reason: String,
}

/// The tenant that the files belong to, and how to connect to it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantSpec {
    /// The name of the tenant in plans and reports.
    pub name: NonEmptyString,
    /// The tenant's domain name or tenant id (a GUID).
    pub tenant_id: TenantId,
    /// The type of the tenant, which determines the kinds that are available.
    pub r#type: TenantType,
    /// The cloud of the tenant. The document must name it.
    pub cloud: CloudName,
    /// The domains at which people sign in to applications, for `entraflow check-sign-in`: custom domains, and the
    /// domain of Microsoft if applications use it. By default that of Microsoft, if `tenantId` is the initial domain of
    /// the tenant: `contoso.b2clogin.com` for `contoso.onmicrosoft.com`.
    #[schemars(length(min = 1))]
    pub sign_in_domains: Option<Vec<DomainName>>,
    /// The sign-in method. By default, the first method that the environment provides. The emulator needs none.
    pub auth: Option<AuthSpec>,
    /// Directories and files whose documents also belong to the tenant, as paths relative to this file. A tenant
    /// document among them provides the fields that this one omits.
    pub include: Option<Vec<NonEmptyString>>,
    /// Values by name. `${values.name}` in a string of any document is replaced by the value. A string that is only
    /// `${values.name}` takes the type of the value; `$${` is a literal `${`.
    pub values: Option<BTreeMap<String, AnyValue>>,
    /// Limits of a run.
    pub limits: Option<LimitsSpec>,
    /// Rules for all objects of a kind, by kind: `manage: { apiConnector: { prune: true } }`.
    pub manage: Option<BTreeMap<String, ManageSpec>>,
    /// What `entraflow probe` may do in the tenant.
    pub probe: Option<ProbeSpec>,
}

/// What `entraflow probe` may do in a tenant.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeSpec {
    /// Whether `--write` may create objects, try them, and delete them. Their names begin with `entraflow-probe-`.
    pub write: bool,
}

/// Rules for all objects of a kind.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManageSpec {
    /// Whether live objects that no file declares are deleted. By default they are reported as unmanaged and stay.
    pub prune: Option<bool>,
    /// Unmanaged objects that are not reported. A rule that matches no object is an error.
    pub ignore: Option<Vec<IgnoreSpec>>,
    /// Name patterns, with `*` and `?`, of objects that are never deleted or replaced, whatever other settings and
    /// options allow.
    pub protect: Option<Vec<NonEmptyString>>,
    /// The severity of differences between the tenant and the files; the first matching rule applies.
    pub drift: Option<Vec<DriftSpec>>,
}

/// A rule for the severity of drift.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DriftSpec {
    /// The name pattern of the objects, with `*` and `?`.
    pub name: NonEmptyString,
    /// The path of the field as `entraflow drift` shows it, with `*` and `?`: `languages*`. By default, the rule
    /// applies to the whole object.
    pub field: Option<NonEmptyString>,
    /// The severity. A note is shown and does not affect the exit code.
    pub severity: Severity,
    /// The reason for the rule.
    pub reason: NonEmptyString,
    /// The last day on which the rule is valid. After that day the rule is an error.
    pub until: Option<IsoDate>,
}

/// A rule for unmanaged objects that are not reported.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IgnoreSpec {
    /// The name pattern, with `*` and `?`.
    pub name: NonEmptyString,
    /// The reason for the rule.
    pub reason: NonEmptyString,
    /// The last day on which the rule is valid. After that day the rule is an error.
    pub until: Option<IsoDate>,
}

/// Limits of a run.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitsSpec {
    /// The limit of requests to Graph per minute. Graph allows about 200 per application and tenant.
    #[schemars(range(min = 1, max = 10000))]
    pub requests_per_minute: Option<u32>,
    /// The limit of waiting per request, in seconds, over all retries, when Graph throttles or fails; then the run
    /// gives up. The default is 600; 0 disables waiting.
    #[schemars(range(min = 0, max = 86400))]
    pub max_wait_seconds: Option<u32>,
    /// The limit of waiting per run and tenant, in seconds, when Graph throttles. The default is 3600. Concurrent
    /// waits of several requests count once; pacing to `requestsPerMinute` does not count.
    #[schemars(range(min = 0, max = 86400))]
    pub max_total_wait_seconds: Option<u32>,
    /// The limit of objects that one run deletes, replacements included. The default is 3.
    pub max_deletes: Option<u32>,
    /// The limit of live objects that one run changes or deletes, in percent. The default is 30. It applies to
    /// tenants with ten or more live objects.
    #[schemars(range(min = 0, max = 100))]
    pub max_changes_percent: Option<u32>,
    /// What happens to a plan with dangers. The default is `show`.
    pub dangers: Option<DangersSpec>,
}

/// What happens to a plan with dangers.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DangersSpec {
    /// They are shown first.
    Show,
    /// Each is an objection, unless `--allow-danger` names its rule.
    Refuse,
}

/// Whether this is a tenant document.
pub(in crate::desired) fn is_tenant(node: &Node) -> bool {
    node.get("kind").and_then(Node::as_str) == Some(TENANT)
}

/// The shape of a tenant document.
pub fn record() -> &'static Record {
    static RECORD: OnceLock<Record> = OnceLock::new();
    RECORD.get_or_init(|| Record::compile(&schema_of::<TenantSpec>()))
}

impl Tenant {
    /// The type and cloud of the tenant, which determine the kinds that are available.
    pub fn environment(&self) -> Environment {
        Environment {
            tenant: self.tenant_type,
            cloud: self.cloud,
        }
    }

    /// A tenant that has no document yet.
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
            sign_in_domains: None,
            requests_per_minute: None,
            max_wait_seconds: None,
            max_total_wait_seconds: None,
            max_deletes: MAX_DELETES,
            max_changes_percent: MAX_CHANGES_PERCENT,
            refuses_dangers: false,
            auth: None,
            manage: BTreeMap::new(),
            probe_may_write: false,
            directory,
            span: Span::new(&SourceFile::new("", String::new()), 0..0),
        }
    }

    /// The tenant, from the checked fields of a document; `None` if a required one was rejected, which is already
    /// reported.
    pub(in crate::desired) fn from_fields(
        fields: &Fields,
        directory: PathBuf,
        span: Span,
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
        let limits = match fields.get("limits") {
            Some(Value::Map(limits)) => limits.clone(),
            _ => Fields::new(),
        };
        let limit = |name: &str| match limits.get(name)? {
            Value::Number(number) => number.as_u64()?.try_into().ok(),
            _ => None,
        };
        let may_write = |probe: &Value| match probe {
            Value::Map(probe) => probe.get("write") == Some(&Value::Bool(true)),
            _ => false,
        };
        let usize_limit = |name: &str| limit(name).map(|limit: u32| limit as usize);
        Some(Self {
            name: text("name")?.to_owned(),
            tenant_id: text("tenantId")?.to_owned(),
            tenant_type,
            cloud,
            sign_in_domains: fields.get("signInDomains").and_then(texts),
            requests_per_minute: limit("requestsPerMinute"),
            max_wait_seconds: limit("maxWaitSeconds"),
            max_total_wait_seconds: limit("maxTotalWaitSeconds"),
            max_deletes: usize_limit("maxDeletes").unwrap_or(MAX_DELETES),
            max_changes_percent: usize_limit("maxChangesPercent").unwrap_or(MAX_CHANGES_PERCENT),
            refuses_dangers: limits.get("dangers").and_then(Value::as_text) == Some("refuse"),
            auth: None,
            manage: BTreeMap::new(),
            probe_may_write: fields.get("probe").is_some_and(may_write),
            directory,
            span,
        })
    }
}

/// The texts of a list.
fn texts(list: &Value) -> Option<Vec<String>> {
    let Value::List(values) = list else {
        return None;
    };
    let texts = values.iter().filter_map(Value::as_text);
    Some(texts.map(str::to_owned).collect())
}

/// The rules of a tenant document whose shape was checked. Reports unknown kinds and expired rules.
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
            let problem = Problem::error(format!("unknown kind `{}`", entry.key));
            problems.push(problem.at(entry.key_span.clone()).help(help));
            continue;
        }
        problems.extend(always_there(&entry.key, &entry.value));
        let list = |field: &str| match entry.value.get(field).map(|node| &node.value) {
            Some(NodeValue::List(nodes)) => nodes.as_slice(),
            _ => &[],
        };
        problems.extend(
            list("ignore")
                .iter()
                .chain(list("drift"))
                .filter_map(|rule| expired(rule, today)),
        );
        let named = |name: &Node| Some((name.as_str()?.to_owned(), name.span.clone()));
        let manage = Manage {
            prune: matches!(
                entry.value.get("prune").map(|node| &node.value),
                Some(NodeValue::Bool(true))
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

/// Reports `prune` for a kind whose object cannot be deleted.
fn always_there(kind: &str, rules: &Node) -> Option<Problem> {
    let prune = rules.get("prune")?;
    let is_wrong =
        matches!(prune.value, NodeValue::Bool(true)) && Kind::find(kind)?.is_always_there();
    is_wrong.then(|| {
        Problem::error(format!("{kind} cannot be pruned"))
            .at(prune.span.clone())
            .help("each tenant has exactly one, which cannot be deleted: remove the rule")
    })
}

/// The rule, from a node whose shape was checked.
fn drift_rule(rule: &Node) -> Option<DriftRule> {
    let named = |field: &str| {
        let node = rule.get(field)?;
        Some((node.as_str()?.to_owned(), node.span.clone()))
    };
    let word = rule.get("severity")?.as_str()?;
    let is_it = |severity: &Severity| severity.as_str().eq_ignore_ascii_case(word);
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
    let problem = Problem::error(format!("this rule expired on {last}"))
        .at(until.span.clone())
        .help("remove the rule, or set a later day if the reason still applies");
    (last < today).then_some(problem)
}
