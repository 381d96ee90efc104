//! How to reach one tenant.
//! Never contains a credential.

use std::path::PathBuf;

use crate::graph::cloud::Cloud;
use crate::graph::facts::Facts;
use crate::graph::telemetry::Telemetry;
use crate::graph::wait_limit::MaxWait;

/// How to reach one tenant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cloud of the tenant.
    pub cloud: Cloud,
    /// The tenant's id or one of its domain names.
    pub tenant: String,
    /// The most requests in any minute; `None` is 200, Graph's limit for an app in a tenant, and unlimited on the emulator.
    pub requests_per_minute: Option<u32>,
    /// How long to wait for a Graph that throttles or is unavailable.
    pub max_wait: MaxWait,
    /// A PEM file with the only certificate authorities to trust; `None` trusts those of the machine.
    pub ca_file: Option<PathBuf>,
    /// What is known of the tenant.
    pub facts: Facts,
    /// Where the session reports to.
    pub telemetry: Telemetry,
}

impl Settings {
    /// The default settings for `tenant` in `cloud`.
    pub fn new(cloud: Cloud, tenant: impl Into<String>) -> Self {
        Settings {
            cloud,
            tenant: tenant.into(),
            requests_per_minute: None,
            max_wait: MaxWait::default(),
            ca_file: None,
            facts: Facts::default(),
            telemetry: Telemetry::default(),
        }
    }
}
