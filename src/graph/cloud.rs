//! Where Microsoft Graph and its token authority live, cloud by cloud.
//! Never guesses: the tenant document names the cloud.

use std::net::IpAddr;

use reqwest::Url;

use crate::graph::error::{ErrorKind, GraphError};

/// A cloud of Microsoft Entra; tokens of one are worthless in another (concepts/deployments).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cloud {
    /// The emulator at `url`, which is its own authority.
    Emulator {
        /// The root, such as `http://127.0.0.1:8080`, without a version.
        url: String,
    },
    /// The worldwide cloud, GCC included.
    Global,
    /// US government L4 (GCC High).
    UsGovernment,
    /// US government L5 (DoD).
    UsGovernmentDoD,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// The root of the token endpoints, without a slash at its end.
    pub fn authority(&self) -> &str {
        match self {
            Cloud::Emulator { url } => url.trim_end_matches('/'),
            Cloud::Global => "https://login.microsoftonline.com",
            Cloud::UsGovernment | Cloud::UsGovernmentDoD => "https://login.microsoftonline.us",
            Cloud::China => "https://login.chinacloudapi.cn",
        }
    }

    /// The root of Graph, without a version and without a slash at its end.
    pub fn graph(&self) -> &str {
        match self {
            Cloud::Emulator { url } => url.trim_end_matches('/'),
            Cloud::Global => "https://graph.microsoft.com",
            Cloud::UsGovernment => "https://graph.microsoft.us",
            Cloud::UsGovernmentDoD => "https://dod-graph.microsoft.us",
            Cloud::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Whom tokens of other identity providers are for that this cloud takes in place of a secret
    /// (workload-identity-federation-create-trust).
    pub(super) fn exchange(&self) -> &'static str {
        match self {
            Cloud::Emulator { .. } | Cloud::Global => "api://AzureADTokenExchange",
            Cloud::UsGovernment | Cloud::UsGovernmentDoD => "api://AzureADTokenExchangeUSGov",
            Cloud::China => "api://AzureADTokenExchangeChina",
        }
    }

    /// The scope that asks for every application permission that was granted; the emulator plays the global cloud.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.resource())
    }

    /// Graph as tokens name it.
    pub(super) fn resource(&self) -> &str {
        match self {
            Cloud::Emulator { .. } => Cloud::Global.graph(),
            Cloud::Global | Cloud::UsGovernment | Cloud::UsGovernmentDoD | Cloud::China => {
                self.graph()
            }
        }
    }

    /// The Graph root as a URL; refused when it is that of an emulator elsewhere: what is tried out stays here.
    pub(super) fn root(&self) -> Result<Url, GraphError> {
        let refused = |why: &str| {
            let message = format!("`{}` cannot be the root of Graph: {why}", self.graph());
            Err(GraphError::setup(ErrorKind::Other, message))
        };
        match Url::parse(self.graph()) {
            Err(_) => refused("it is not a URL"),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => refused("it is not http"),
            Ok(url) if matches!(self, Cloud::Emulator { .. }) && !is_loopback(&url) => {
                refused("an emulator runs on this machine, at 127.0.0.1 or localhost")
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                refused("a root has neither query nor fragment")
            }
            Ok(url) => Ok(url),
        }
    }
}

/// Whether `url` lies below the Graph root, the only place that ever gets the token.
pub(super) fn is_below(root: &str, url: &Url) -> bool {
    let below = url.as_str().strip_prefix(root);
    below.is_some_and(|path| path.starts_with("/v1.0/") || path.starts_with("/beta/"))
}

/// Whether requests to `url` stay on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emulator(url: &str) -> Cloud {
        Cloud::Emulator { url: url.into() }
    }

    #[test]
    fn each_cloud_has_its_authority_its_graph_and_its_scope() {
        let rows = [
            (
                Cloud::Global,
                "login.microsoftonline.com",
                "graph.microsoft.com",
            ),
            (
                Cloud::UsGovernment,
                "login.microsoftonline.us",
                "graph.microsoft.us",
            ),
            (
                Cloud::UsGovernmentDoD,
                "login.microsoftonline.us",
                "dod-graph.microsoft.us",
            ),
            (
                Cloud::China,
                "login.chinacloudapi.cn",
                "microsoftgraph.chinacloudapi.cn",
            ),
        ];
        for (cloud, authority, graph) in rows {
            assert_eq!(cloud.authority(), format!("https://{authority}"));
            assert_eq!(cloud.graph(), format!("https://{graph}"));
            assert_eq!(cloud.scope(), format!("https://{graph}/.default"));
            assert!(cloud.root().is_ok());
        }
        let local = emulator("http://127.0.0.1:8080/");
        assert_eq!(local.graph(), "http://127.0.0.1:8080");
        assert_eq!(local.scope(), "https://graph.microsoft.com/.default");
    }

    #[test]
    fn an_emulator_is_on_this_machine() {
        for url in [
            "http://127.0.0.1:1",
            "http://localhost:1",
            "https://[::1]:1",
        ] {
            assert!(emulator(url).root().is_ok(), "{url}");
        }
        let refusal = |url: &str| emulator(url).root().unwrap_err().to_string();
        assert_eq!(
            refusal("http://example.com"),
            "`http://example.com` cannot be the root of Graph: an emulator runs on this machine, at 127.0.0.1 or localhost"
        );
        assert_eq!(
            refusal("ftp://127.0.0.1"),
            "`ftp://127.0.0.1` cannot be the root of Graph: it is not http"
        );
        assert_eq!(
            refusal("nonsense"),
            "`nonsense` cannot be the root of Graph: it is not a URL"
        );
        assert_eq!(
            refusal("https://localhost?a=b"),
            "`https://localhost?a=b` cannot be the root of Graph: a root has neither query nor fragment"
        );
    }
}
