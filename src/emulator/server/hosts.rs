//! Which requests are served: those that a program on this machine addresses to the emulator.
//! Never looks at a path, a token or a body.
//!
//! A web page can send requests to loopback, also under a name of its own that it points there (DNS rebinding). A browser
//! states the name in `Host` and the page in `Origin`, or, without an origin, that the page is foreign in `Sec-Fetch-Site`.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;
use axum::http::header::{AsHeaderName, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;

use crate::emulator::protocol::response::GraphError;

const FETCH_SITE: &str = "sec-fetch-site";

/// The names of this machine, besides its loopback addresses and `localhost`.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts(Vec<String>);

impl AllowedHosts {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| plain(name)).collect())
    }

    /// Refuses a request that is not addressed to this machine, or that a foreign web page sends.
    pub(crate) fn check(&self, parts: &Parts) -> Result<(), GraphError> {
        let target = parts.uri.authority().map(Authority::as_str);
        let hosts: Vec<_> = values(&parts.headers, HOST).chain(target).collect();
        if hosts.is_empty() || !hosts.iter().all(|host| self.allows(host)) {
            let message = "The emulator serves requests to a loopback host only; `--host NAME` adds the name of the Host header.";
            return Err(GraphError::new(421, "EmulatorHost", message));
        }
        let mut origins = values(&parts.headers, ORIGIN).peekable();
        let is_foreign = match origins.peek() {
            Some(_) => !origins.all(|origin| self.allows_origin(origin)),
            None => values(&parts.headers, FETCH_SITE).any(|site| site == "cross-site"),
        };
        match is_foreign {
            true => {
                let message = "The emulator serves no requests of web pages from other hosts.";
                Err(GraphError::new(403, "EmulatorOrigin", message))
            }
            false => Ok(()),
        }
    }

    fn allows_origin(&self, origin: &str) -> bool {
        origin
            .split_once("://")
            .is_some_and(|(_, authority)| self.allows(authority))
    }

    /// Whether `host`, with or without a port, is this machine.
    fn allows(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = plain(authority.host());
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = match (address.parse(), address.parse::<Ipv6Addr>()) {
            (Ok(address), _) => Ipv4Addr::is_loopback(&address),
            (_, Ok(address)) => address.to_canonical().is_loopback(),
            _ => name == "localhost" || name.ends_with(".localhost"),
        };
        !host.contains('@') && (is_loopback || self.0.contains(&name))
    }
}

/// The values of a header; one that is not text is empty, which no rule allows.
fn values(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values.map(|value| value.to_str().unwrap_or_default())
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn status(target: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let hosts = AllowedHosts::new(&["Graph.Test".to_owned()]);
        match hosts.check(&parts) {
            Ok(()) => 200,
            Err(error) => error.status(),
        }
    }

    #[test]
    fn hosts_are_loopback_or_named() {
        for host in [
            "127.0.0.1:8585",
            "127.9.9.9",
            "localhost",
            "LOCALHOST.:1",
            "graph.localhost",
            "[::1]:8585",
            "[::ffff:127.0.0.1]",
            "graph.test:80",
            "GRAPH.test.",
        ] {
            assert_eq!(status("/", &[("host", host)]), 200, "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8585",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "0.0.0.0",
            "10.0.0.1",
            "[::]",
            "localhost@evil.example",
            "evil@localhost",
            "a.graph.test",
            "2130706433",
        ] {
            assert_eq!(status("/", &[("host", host)]), 421, "{host}");
        }
        assert_eq!(status("/", &[]), 421);
        let both = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(status("/", &both), 421);
        let local = [("host", "localhost")];
        assert_eq!(status("http://evil.example/", &local), 421);
        assert_eq!(status("http://localhost/", &local), 200);
    }

    #[test]
    fn origins_are_loopback_or_named() {
        let local = ("host", "localhost");
        for origin in [
            "http://localhost:3000",
            "https://127.0.0.1",
            "http://[::1]:1",
            "https://graph.test",
        ] {
            assert_eq!(status("/", &[local, ("origin", origin)]), 200, "{origin}");
        }
        for origin in [
            "https://evil.example",
            "http://localhost.evil.example",
            "null",
            "",
            "localhost",
            "file://",
            "chrome-extension://abc",
        ] {
            assert_eq!(status("/", &[local, ("origin", origin)]), 403, "{origin}");
        }
        assert_eq!(status("/", &[local, ("sec-fetch-site", "cross-site")]), 403);
        assert_eq!(status("/", &[local, ("sec-fetch-site", "none")]), 200);
    }
}
