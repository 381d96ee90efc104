//! The tenant document: which tenant the files are about, and how to reach it.

use std::path::PathBuf;
use std::sync::OnceLock;

use schemars::JsonSchema;

use super::problem::Place;
use crate::kinds::shape::Record;
use crate::kinds::words::Words;
use crate::kinds::{TenantType, schema_of};
use crate::model::{Fields, Value};

/// The word after `kind:`.
pub const TENANT: &str = "tenant";

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
    /// The directory of the document: what files refer to must lie below it.
    pub directory: PathBuf,
    /// Where the document starts.
    pub place: Place,
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
    /// Bounds of what a run may do.
    pub limits: Option<Limits>,
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
}

/// Where a tenant lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CloudName {
    /// The local Microsoft Graph of entraflow; nothing leaves the machine.
    Emulator,
    /// The worldwide cloud.
    Global,
    /// Microsoft cloud for the US government (L4, GCC High).
    UsGovernment,
    /// Microsoft cloud for the US Department of Defense (L5).
    #[serde(rename = "usGovernmentDoD")]
    UsGovernmentDod,
    /// Microsoft cloud in China, run by 21Vianet.
    China,
}

/// What a tenant document may hold.
pub fn record() -> &'static Record {
    static RECORD: OnceLock<Record> = OnceLock::new();
    RECORD.get_or_init(|| Record::compile(&schema_of::<TenantSpec>()))
}

impl Tenant {
    /// Takes the checked fields of a document; `None` when one was refused and is reported already.
    pub(super) fn from_fields(fields: &Fields, directory: PathBuf, place: Place) -> Option<Self> {
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
        Some(Self {
            name: text("name")?.to_owned(),
            tenant_id: text("tenantId")?.to_owned(),
            tenant_type,
            cloud,
            requests_per_minute: limit("requestsPerMinute"),
            max_wait_seconds: limit("maxWaitSeconds"),
            directory,
            place,
        })
    }
}
