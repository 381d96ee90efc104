//! Who made the changes that a drift check has found: the newest entries of the directory audit log about the objects.
//! Never fails: what cannot be read is a note.
//!
//! Graph pages: directoryaudit-list, directoryaudit resource type. One read for each activity, however many objects were
//! found: Graph permits few reads of reports, and documents the filter by activity without a doubt. Whether an entry is about
//! an object is decided here. Only objects whose activities are not known are asked for one by one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use serde_json::Value as Json;

use crate::drift::{DriftFinding, DriftKind};
use crate::graph::{GraphError, ReadRequest, ReadResult, Reader, encode_segment};
use crate::kinds::{AuditActivities, CloudName, Kind};
use crate::model::{Actor, Address, AuditEntries, AuditEntry, ObjectId, Version};

/// The least privileged permission to read the audit log.
pub const PERMISSION: &str = "AuditLog.Read.All";

/// The permission that suffices as well, or is needed besides: the sources differ.
pub const OTHER_PERMISSION: &str = "Directory.Read.All";

/// For how long Graph keeps entries at most, in hours: 30 days.
const WINDOW_HOURS: i64 = 30 * 24;

/// How many entries of an object are shown.
const NEWEST: usize = 3;

/// The code of a tenant without a licence, and of an app that may not read the licences.
const UNLICENSED: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// What the audit log says about objects.
#[derive(Debug, Default, PartialEq)]
pub struct AuditTrail {
    /// The entries of each object.
    pub entries: AuditEntries,
    /// Why objects have none.
    pub notes: Vec<String>,
}

/// A read of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Query {
    /// The entries of an activity.
    Activity(&'static str),
    /// The entries about the object with this id.
    Target(String),
}

/// An object of which entries are sought.
struct Subject<'a> {
    address: &'a Address,
    kind: Option<&'static Kind>,
    id: Option<&'a ObjectId>,
}

/// An entry with its targets.
struct LoggedChange {
    entry: AuditEntry,
    targets: Vec<Target>,
}

/// A target of an entry.
struct Target {
    id: Option<String>,
    name: Option<String>,
}

/// The newest entries about the objects of `findings`, of which `ids` has the ids that are known. Asks nothing if there are
/// no findings.
pub async fn trail(
    findings: &[DriftFinding],
    ids: &BTreeMap<Address, ObjectId>,
    cloud: CloudName,
    reader: &Reader,
    now: Timestamp,
) -> AuditTrail {
    if findings.is_empty() {
        return AuditTrail::default();
    }
    if cloud == CloudName::China {
        return AuditTrail {
            notes: vec![not_read("Graph has none in the cloud in China")],
            ..AuditTrail::default()
        };
    }
    let mut queries: BTreeMap<&Address, BTreeSet<Query>> = BTreeMap::new();
    for finding in findings {
        let subject = Subject::of(&finding.address, ids);
        let sought = queries.entry(&finding.address).or_default();
        sought.extend(subject.queries(&finding.kind));
    }
    let reads: BTreeSet<&Query> = queries.values().flatten().collect();
    let gets = reads.iter().map(|query| query.read(now)).collect();
    let results = reader.get_many(gets).await.into_iter().map(changes);
    let results: BTreeMap<&Query, _> = reads.into_iter().zip(results).collect();
    let mut trail = AuditTrail::default();
    for (address, queries) in &queries {
        let subject = Subject::of(address, ids);
        let of_object = queries.iter().map(|query| &results[query]);
        let logged: Vec<_> = of_object.clone().flatten().flatten().collect();
        let entries = subject.newest(&logged);
        if !entries.is_empty() || of_object.clone().all(Result::is_ok) {
            trail.entries.insert((*address).clone(), entries);
        }
    }
    let reasons = results.values().filter_map(|result| result.as_ref().err());
    trail
        .notes
        .extend(reasons.take(1).map(|reason| not_read(reason)));
    trail.notes.extend(no_entries(&trail.entries));
    trail
}

impl<'a> Subject<'a> {
    fn of(address: &'a Address, ids: &'a BTreeMap<Address, ObjectId>) -> Self {
        Self {
            address,
            kind: Kind::of(address),
            id: ids.get(address),
        }
    }

    /// What is asked about a finding on the object.
    fn queries(&self, found: &DriftKind) -> Vec<Query> {
        let activities = self.kind.map(|kind| activities(found, &kind.audit));
        match activities.filter(|activities| !activities.is_empty()) {
            Some(activities) => activities.into_iter().map(Query::Activity).collect(),
            None => {
                let id = self.id.map_or(self.address.name(), ObjectId::as_str);
                vec![Query::Target(id.to_owned())]
            }
        }
    }

    /// The newest entries about the object.
    fn newest(&self, logged: &[&LoggedChange]) -> Vec<AuditEntry> {
        let of_object = logged.iter().filter(|logged| {
            let mut targets = logged.targets.iter();
            targets.any(|target| self.is(target))
        });
        let mut entries: Vec<_> = of_object.map(|logged| logged.entry.clone()).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.time));
        entries.truncate(NEWEST);
        entries
    }

    /// Whether a target is the object: by its id, or by its name if the id of either is not known.
    fn is(&self, target: &Target) -> bool {
        match (self.id, &target.id) {
            (Some(own), Some(id)) => own.as_str().eq_ignore_ascii_case(id),
            (None, _) | (_, None) => {
                let texts = [&target.id, &target.name].into_iter().flatten();
                let mut names = texts.map(|text| match self.kind {
                    Some(kind) => kind.name_from(text),
                    None => text.clone(),
                });
                names.any(|name| name.to_lowercase() == self.address.name().to_lowercase())
            }
        }
    }
}

/// The activities that may have led to a finding.
fn activities(found: &DriftKind, of: &AuditActivities) -> Vec<&'static str> {
    match found {
        DriftKind::Missing => of.delete.to_vec(),
        DriftKind::Ambiguous(_) | DriftKind::Unwanted | DriftKind::Unmanaged => {
            [of.create, of.update].concat()
        }
        DriftKind::Changed { .. }
        | DriftKind::MissingMember
        | DriftKind::ExtraMember
        | DriftKind::Reordered { .. }
        | DriftKind::Rewritten(_) => of.update.to_vec(),
    }
}

impl Query {
    fn read(&self, now: Timestamp) -> ReadRequest {
        let start = now.saturating_sub(WINDOW_HOURS.hours()).unwrap_or(now);
        let start = start.strftime("%Y-%m-%dT%H:%M:%SZ");
        let literal = |text: &str| encode_segment(&text.replace('\'', "''"));
        let object = match self {
            Self::Activity(name) => format!("activityDisplayName%20eq%20'{}'", literal(name)),
            Self::Target(id) => {
                format!("targetResources/any(t:t/id%20eq%20'{}')", literal(id))
            }
        };
        ReadRequest {
            version: Version::V1,
            path: format!(
                "/auditLogs/directoryAudits?$filter=activityDateTime%20ge%20{start}%20and%20{object}\
                 &$orderby=activityDateTime%20desc"
            ),
        }
    }
}

/// The changes in a response, or why there is none.
fn changes(result: ReadResult) -> Result<Vec<LoggedChange>, String> {
    let response = result.map_err(|error| reason(&error))?;
    let response = response.ok_or("Graph does not have it in this tenant")?;
    let entries = response.body["value"].as_array();
    let is_done = |entry: &&Json| entry["result"] != "failure";
    let done = entries.into_iter().flatten().filter(is_done);
    Ok(done.filter_map(change).collect())
}

fn change(entry: &Json) -> Option<LoggedChange> {
    let text = |value: &Json| {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let targets = entry["targetResources"].as_array().into_iter().flatten();
    let targets = targets.map(|target| Target {
        id: text(&target["id"]),
        name: text(&target["displayName"]),
    });
    let (user, app) = (&entry["initiatedBy"]["user"], &entry["initiatedBy"]["app"]);
    let person = ["userPrincipalName", "displayName", "id"];
    let person = person.into_iter().find_map(|name| text(&user[name]));
    let (id, name) = (text(&app["appId"]), text(&app["displayName"]));
    let actor = match person {
        Some(person) => Actor::Person(person),
        None if id.is_some() || name.is_some() => Actor::Application { id, name },
        None => Actor::Unknown,
    };
    Some(LoggedChange {
        entry: AuditEntry {
            time: entry["activityDateTime"].as_str()?.parse().ok()?,
            activity: text(&entry["activityDisplayName"])?,
            actor,
        },
        targets: targets.collect(),
    })
}

fn not_read(reason: &str) -> String {
    format!("the audit log was not read: {reason}")
}

/// Why Graph does not show the log.
fn reason(error: &GraphError) -> String {
    let code = error.code().unwrap_or_default();
    let answer = match error.status() {
        Some(status) => format!("Graph answers {status} {code}"),
        None => error.to_string(),
    };
    match (error.status(), code) {
        (Some(403), UNLICENSED) => format!(
            "{answer}, as for a tenant without a licence for it, and for an app without {OTHER_PERMISSION}"
        ),
        (Some(403), _) => format!(
            "{answer}; it needs {PERMISSION}, and perhaps {OTHER_PERMISSION}; a person also needs a directory role that may \
             read it, such as Reports Reader"
        ),
        _ => answer,
    }
}

/// Why the log may have no entry of an object that was changed.
fn no_entries(entries: &AuditEntries) -> Option<String> {
    let number = entries
        .values()
        .filter(|entries| entries.is_empty())
        .count();
    let objects = match number {
        0 => return None,
        1 => "1 object".to_owned(),
        number => format!("{number} objects"),
    };
    Some(format!(
        "the audit log has no entry about {objects}: entries come minutes or hours after a change, and Graph keeps them for 7 \
         days, or for 30 with a premium licence"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::SavedResponses;
    use crate::model::{FieldPath, Severity};

    fn now() -> Timestamp {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    fn subject<'a>(address: &'a Address, ids: &'a BTreeMap<Address, ObjectId>) -> Subject<'a> {
        Subject::of(address, ids)
    }

    fn target(id: Option<&str>, name: &str) -> Target {
        Target {
            id: id.map(str::to_owned),
            name: Some(name.to_owned()),
        }
    }

    #[test]
    fn finding_asks_for_the_activities_that_may_have_led_to_it() {
        let ids = BTreeMap::new();
        let connector = Address::new("apiConnector", "Validate");
        let queries = |found: &DriftKind| subject(&connector, &ids).queries(found);
        let activity = Query::Activity;
        assert_eq!(
            queries(&DriftKind::Missing),
            [activity("Delete Api connector")]
        );
        let created = [
            activity("Create Api connector"),
            activity("Update Api connector"),
        ];
        assert_eq!(queries(&DriftKind::Unmanaged), created);
        let extra = queries(&DriftKind::ExtraMember);
        assert_eq!(extra, [activity("Update Api connector")]);
    }

    #[test]
    fn object_without_known_activities_is_asked_for_by_its_id() {
        let address = Address::new("b2cAuthenticationMethodsPolicy", "policy");
        let ids = BTreeMap::from([(address.clone(), ObjectId::new("x"))]);
        let queries = subject(&address, &ids).queries(&DriftKind::ExtraMember);
        assert_eq!(queries, [Query::Target("x".to_owned())]);
        let unknown = Address::new("newThing", "o'1");
        let queries = subject(&unknown, &ids).queries(&DriftKind::Unmanaged);
        assert_eq!(queries, [Query::Target("o'1".to_owned())]);
        assert_eq!(
            queries[0].read(now()).path,
            "/auditLogs/directoryAudits?$filter=activityDateTime%20ge%202026-10-31T12:00:00Z%20and%20\
             targetResources/any(t:t/id%20eq%20'o%27%271')&$orderby=activityDateTime%20desc"
        );
    }

    #[test]
    fn target_is_the_object_by_its_id_or_else_by_its_name() {
        let flow = Address::new("b2xUserFlow", "Partner");
        let ids = BTreeMap::from([(flow.clone(), ObjectId::new("B2X_1_Partner"))]);
        let live = subject(&flow, &ids);
        assert!(live.is(&target(Some("b2x_1_partner"), "other")));
        assert!(!live.is(&target(Some("B2X_1_Other"), "Partner")));
        assert!(live.is(&target(None, "B2X_1_PARTNER")));
        let none = BTreeMap::new();
        let gone = subject(&flow, &none);
        assert!(gone.is(&target(Some("B2X_1_Partner"), "")));
        assert!(gone.is(&target(Some("x"), "partner")));
        assert!(!gone.is(&target(Some("x"), "Partners")));
    }

    #[test]
    fn entry_says_who_made_a_change() {
        let actor = |initiator: Json| {
            let entry = json!({"activityDateTime": "2026-11-30T12:00:00.5Z", "activityDisplayName": "Update user flow",
                "initiatedBy": initiator, "targetResources": [{"id": "a", "displayName": null}]});
            change(&entry).unwrap().entry.actor
        };
        let user = json!({"user": {"id": "u", "displayName": "Kim", "userPrincipalName": null}, "app": null});
        assert_eq!(actor(user), Actor::Person("Kim".to_owned()));
        let app = json!({"user": null, "app": {"appId": "a", "displayName": "Portal"}});
        let expected = Actor::Application {
            id: Some("a".to_owned()),
            name: Some("Portal".to_owned()),
        };
        assert_eq!(actor(app), expected);
        assert_eq!(actor(json!(null)), Actor::Unknown);
    }

    #[test]
    fn newest_entries_of_an_object_are_shown() {
        let address = Address::new("apiConnector", "Validate");
        let ids = BTreeMap::from([(address.clone(), ObjectId::new("c"))]);
        let logged = |hour: i64, id: &str| LoggedChange {
            entry: AuditEntry {
                time: now().saturating_sub(hour.hours()).unwrap(),
                activity: "Update Api connector".to_owned(),
                actor: Actor::Unknown,
            },
            targets: vec![target(Some(id), "")],
        };
        let all = [
            logged(9, "c"),
            logged(2, "c"),
            logged(1, "d"),
            logged(3, "c"),
            logged(4, "c"),
        ];
        let entries = subject(&address, &ids).newest(&all.iter().collect::<Vec<_>>());
        let hours = entries
            .iter()
            .map(|entry| (now() - entry.time).get_seconds() / 3600);
        assert_eq!(hours.collect::<Vec<_>>(), [2, 3, 4]);
    }

    fn finding(kind: &str) -> DriftFinding {
        DriftFinding {
            address: Address::new(kind, "A"),
            path: FieldPath::default(),
            severity: Severity::Warning,
            kind: DriftKind::Unmanaged,
            span: None,
            reason: None,
        }
    }

    /// The trail of findings with a reader that has no response.
    async fn trail_of(findings: &[DriftFinding], cloud: CloudName) -> AuditTrail {
        let reader = Reader::from_snapshot(SavedResponses::default());
        trail(findings, &BTreeMap::new(), cloud, &reader, now()).await
    }

    #[tokio::test]
    async fn nothing_is_read_without_findings() {
        let trail = trail_of(&[], CloudName::Global).await;
        assert_eq!(trail, AuditTrail::default());
    }

    #[tokio::test]
    async fn log_that_is_not_read_has_one_note_and_no_entries() {
        let findings = [finding("b2xUserFlow"), finding("apiConnector")];
        let china = trail_of(&findings, CloudName::China).await;
        assert_eq!(china.entries, AuditEntries::new());
        assert_eq!(
            china.notes,
            ["the audit log was not read: Graph has none in the cloud in China"]
        );
        let failed = trail_of(&findings, CloudName::Global).await;
        assert_eq!(failed.entries, AuditEntries::new());
        let [note] = failed.notes.as_slice() else {
            panic!("{:?}", failed.notes);
        };
        assert!(note.starts_with("the audit log was not read: "), "{note}");
    }

    #[test]
    fn permissions_are_the_documented_ones() {
        let routes = include_str!("../tests/graph/routes.json");
        let routes: Vec<Json> = serde_json::from_str(routes).unwrap();
        let is_list = |route: &&Json| {
            route["path"] == "/auditLogs/directoryAudits" && route["version"] == "v1.0"
        };
        let list = routes.iter().find(is_list).unwrap();
        let documented = json!([PERMISSION, OTHER_PERMISSION]);
        assert_eq!(list["permissions_app"], documented);
    }
}
