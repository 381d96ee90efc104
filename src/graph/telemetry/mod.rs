//! What a session reports about itself: its activity for a person at a terminal, its trace for a support case.
//! Never changes what is sent.

mod activity;
pub(crate) mod trace;

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use activity::{Activity, SessionProgress, WaitReason};
pub use trace::Trace;

use crate::graph::redact::KnownSecrets;
use crate::graph::request::ReadOnlyAction;

/// Where a session reports to.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// Its progress.
    pub activity: Arc<Activity>,
    /// The file for each request and its response.
    pub trace: Option<Arc<Trace>>,
    /// The secrets that no error quotes.
    pub secrets: KnownSecrets,
    /// The path segments that Graph defines; logs show every other segment as `{id}`.
    pub known_segments: BTreeSet<&'static str>,
}

impl Telemetry {
    /// Keeps a secret out of errors, logs and the trace from now on.
    pub(crate) fn add_secret(&self, secret: &SecretString) {
        self.secrets.add([secret.expose_secret()]);
    }

    /// A path with `{id}` for each id. A whole URL, which only token endpoints have, is returned as it is.
    pub(crate) fn route(&self, path: &str) -> String {
        let Some(below) = path.strip_prefix('/') else {
            return path.to_owned();
        };
        let (version, rest) = below.split_once('/').unwrap_or((below, ""));
        let is_known = |segment: &str| {
            segment.starts_with('$')
                || ReadOnlyAction::is_segment(segment)
                || self.known_segments.contains(segment)
        };
        let segments = rest.split('/').map(|segment| match is_known(segment) {
            true => segment,
            false => "{id}",
        });
        let segments: Vec<_> = segments.collect();
        format!("/{version}/{}", segments.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_replaces_ids_and_keeps_known_segments() {
        let telemetry = Telemetry {
            known_segments: BTreeSet::from(["identity", "b2xUserFlows", "languages"]),
            ..Telemetry::default()
        };
        let route = |path| telemetry.route(path);
        assert_eq!(
            route("/v1.0/identity/b2xUserFlows/B2X_1_A/languages/fr/$ref"),
            "/v1.0/identity/b2xUserFlows/{id}/languages/{id}/$ref"
        );
        assert_eq!(route("/beta/$batch"), "/beta/$batch");
        let endpoint = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";
        assert_eq!(route(endpoint), endpoint);
    }
}
