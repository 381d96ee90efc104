//! What a session leaves for those who watch it: its activity for people at a terminal, and a trace for a support case.
//! Never changes what is sent.

mod activity;
pub(crate) mod trace;

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::SecretString;

use crate::graph::request::ReadOnlyAction;

pub use activity::{Activity, Cause, SessionProgress};
pub use trace::Trace;

/// Where a session tells what it does.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// How far it is.
    pub activity: Arc<Activity>,
    /// Where each request goes, with its answer.
    pub trace: Option<Arc<Trace>>,
    /// The segments of paths that are words of Graph and no ids: what is none of them is `{id}` in a log.
    pub words: BTreeSet<&'static str>,
}

impl Telemetry {
    /// Keeps a secret out of the trace from now on.
    pub(crate) fn hide(&self, secret: &SecretString) {
        if let Some(trace) = &self.trace {
            trace.hide(secret);
        }
    }

    /// A path with `{id}` for each id; a whole URL, which only token endpoints have, as it is.
    pub(crate) fn route(&self, path: &str) -> String {
        let Some(below) = path.strip_prefix('/') else {
            return path.to_owned();
        };
        let (version, rest) = below.split_once('/').unwrap_or((below, ""));
        let is_word = |segment: &str| {
            segment.starts_with('$')
                || ReadOnlyAction::is_segment(segment)
                || self.words.contains(segment)
        };
        let segments = rest.split('/').map(|segment| match is_word(segment) {
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
    fn a_route_has_the_words_of_a_path_and_none_of_its_ids() {
        let telemetry = Telemetry {
            words: BTreeSet::from(["identity", "b2xUserFlows", "languages"]),
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
