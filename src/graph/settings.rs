//! How to reach one tenant.
//! Never holds a credential.

use std::path::PathBuf;

use crate::graph::cloud::Cloud;
use crate::graph::telemetry::Telemetry;
use crate::graph::wait_limit::MaxWait;

/// How to reach one tenant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the tenant lives.
    pub cloud: Cloud,
    /// The tenant's id or one of its domain names.
    pub tenant: String,
    /// The most requests in any minute; `None` is 200, Graph's limit for an app in a tenant, and none on the emulator.
    pub requests_per_minute: Option<u32>,
    /// How long a busy or unreachable Graph is waited for.
    pub max_wait: MaxWait,
    /// PEM certificates of the only authorities to trust; `None` trusts those of the machine.
    pub ca_file: Option<PathBuf>,
    /// Where the session tells what it does.
    pub telemetry: Telemetry,
}

impl Settings {
    /// The usual settings for `tenant` in `cloud`.
    pub fn new(cloud: Cloud, tenant: impl Into<String>) -> Self {
        Settings {
            cloud,
            tenant: tenant.into(),
            requests_per_minute: None,
            max_wait: MaxWait::default(),
            ca_file: None,
            telemetry: Telemetry::default(),
        }
    }
}
