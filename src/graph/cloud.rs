//! The endpoints of Microsoft Graph and of its token authority in each cloud.
//! Never guesses a cloud: the tenant document names it.

use std::net::IpAddr;

use reqwest::Url;

use crate::graph::error::{ErrorKind, GraphError};

/// A cloud of Microsoft Entra; a token of one cloud is not valid in another (concepts/deployments).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cloud {
    /// The emulator at `url`, which also issues its tokens.
    Emulator {
        /// The root, such as `http://127.0.0.1:8080`, without a version.
        url: String,
    },
    /// The worldwide cloud, including GCC.
    Global,
    /// US government L4 (GCC High).
    UsGovernment,
    /// US government L5 (DoD).
    UsGovernmentDoD,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// The root of the token endpoints, without a trailing slash.
    pub fn authority(&self) -> &str {
        match self {
            Cloud::Emulator { url } => url.trim_end_matches('/'),
            Cloud::Global => "https://login.microsoftonline.com",
            Cloud::UsGovernment | Cloud::UsGovernmentDoD => "https://login.microsoftonline.us",
            Cloud::China => "https://login.chinacloudapi.cn",
        }
    }

    /// The root of Graph, without a version and without a trailing slash.
    pub fn graph(&self) -> &str {
        match self {
            Cloud::Emulator { url } => url.trim_end_matches('/'),
            Cloud::Global => "https://graph.microsoft.com",
            Cloud::UsGovernment => "https://graph.microsoft.us",
            Cloud::UsGovernmentDoD => "https://dod-graph.microsoft.us",
            Cloud::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The audience that a federated token must have in this cloud (workload-identity-federation-create-trust).
    pub(super) fn federated_audience(&self) -> &'static str {
        match self {
            Cloud::Emulator { .. } | Cloud::Global => "api://AzureADTokenExchange",
            Cloud::UsGovernment | Cloud::UsGovernmentDoD => "api://AzureADTokenExchangeUSGov",
            Cloud::China => "api://AzureADTokenExchangeChina",
        }
    }

    /// The scope that requests all granted application permissions; that of the emulator is that of the global cloud.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.resource())
    }

    /// The resource identifier of Graph in token requests.
    pub(super) fn resource(&self) -> &str {
        match self {
            Cloud::Emulator { .. } => Cloud::Global.graph(),
            Cloud::Global | Cloud::UsGovernment | Cloud::UsGovernmentDoD | Cloud::China => {
                self.graph()
            }
        }
    }

    /// Where the request for a public address goes: to itself, or in the emulator's cloud to the emulator, which serves
    /// `https://host/path` at `{root}/host/path`.
    pub(super) fn route(&self, address: &Url) -> Result<Url, GraphError> {
        let Cloud::Emulator { .. } = self else {
            return Ok(address.clone());
        };
        let mut url = self.root()?;
        let host = address.host_str().unwrap_or_default();
        let root = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{root}/{host}{}", address.path()));
        url.set_query(address.query());
        Ok(url)
    }

    /// The Graph root as a URL. An emulator on another machine is an error, so that secrets that are tried out do not leave
    /// this machine.
    pub(super) fn root(&self) -> Result<Url, GraphError> {
        let invalid = |why: &str| {
            let message = format!(
                "`{}` cannot be used as the root of Graph: {why}",
                self.graph()
            );
            Err(GraphError::before_request(ErrorKind::Other, message))
        };
        match Url::parse(self.graph()) {
            Err(_) => invalid("it is not a URL"),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                invalid("its scheme is neither http nor https")
            }
            Ok(url) if matches!(self, Cloud::Emulator { .. }) && !is_loopback(&url) => {
                invalid("an emulator must run on this machine, at 127.0.0.1 or localhost")
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                invalid("it has a query or a fragment")
            }
            Ok(url) => Ok(url),
        }
    }
}

/// Whether `url` is below the Graph root; the token is never sent anywhere else.
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
    fn cloud_defines_authority_root_and_scope() {
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
    fn public_address_goes_to_itself_or_to_the_emulator() {
        let address = Url::parse("https://a.b2clogin.com/a.example/B2C_1_A/keys?p=1").unwrap();
        let routed = |cloud: Cloud| cloud.route(&address).unwrap().to_string();
        assert_eq!(routed(Cloud::Global), address.as_str());
        let local = "http://127.0.0.1:8080/a.b2clogin.com/a.example/B2C_1_A/keys?p=1";
        assert_eq!(routed(emulator("http://127.0.0.1:8080/")), local);
    }

    #[test]
    fn emulator_root_must_be_on_this_machine() {
        for url in [
            "http://127.0.0.1:1",
            "http://localhost:1",
            "https://[::1]:1",
        ] {
            assert!(emulator(url).root().is_ok(), "{url}");
        }
        let message = |url: &str| emulator(url).root().unwrap_err().to_string();
        assert_eq!(
            message("http://example.com"),
            "`http://example.com` cannot be used as the root of Graph: an emulator must run on this machine, at 127.0.0.1 or localhost"
        );
        assert_eq!(
            message("ftp://127.0.0.1"),
            "`ftp://127.0.0.1` cannot be used as the root of Graph: its scheme is neither http nor https"
        );
        assert_eq!(
            message("nonsense"),
            "`nonsense` cannot be used as the root of Graph: it is not a URL"
        );
        assert_eq!(
            message("https://localhost?a=b"),
            "`https://localhost?a=b` cannot be used as the root of Graph: it has a query or a fragment"
        );
    }
}
