//! The endpoints of the Microsoft identity platform for one tenant, and what its token endpoint issues.
//! Never decides with which grant an app or a person signs in.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::graph::auth::access_token::{AccessToken, lifetime_until};
use crate::graph::auth::token_request::TokenRequest;
use crate::graph::cloud::Cloud;
use crate::graph::encode::encode_segment;
use crate::graph::error::GraphError;
use crate::graph::request::RequestLine;
use crate::graph::transport::{GraphResponse, Transport};
use crate::graph::wait_limit::MaxWait;
use crate::model::Method;

/// The OAuth 2.0 endpoints of one tenant.
pub(crate) struct OAuth {
    /// Their common root, without a trailing slash.
    root: String,
    /// The scope that stands for every permission of Graph that the app was granted.
    pub(crate) scope: String,
    pub(crate) max_wait: MaxWait,
}

impl OAuth {
    pub(crate) fn new(cloud: &Cloud, tenant: &str, max_wait: MaxWait) -> Self {
        let tenant = encode_segment(tenant);
        OAuth {
            root: format!("{}/{tenant}/oauth2/v2.0", cloud.authority()),
            scope: cloud.scope(),
            max_wait,
        }
    }

    /// The address of an endpoint.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    /// Posts a form to an endpoint. `secret` is the one that the form contains.
    pub(crate) async fn post(
        &self,
        transport: &Transport,
        endpoint: &str,
        form: &[(&str, &str)],
        secret: Option<&SecretString>,
    ) -> Result<OAuthResponse, GraphError> {
        let line = RequestLine {
            method: Method::Post,
            target: self.endpoint(endpoint),
        };
        let build = || transport.http().post(&line.target).form(form);
        let request = TokenRequest {
            line: &line,
            build: &build,
            secret,
            max_wait: self.max_wait,
        };
        let response = request.send(transport).await?;
        Ok(OAuthResponse { response, line })
    }
}

/// A successful response of an endpoint.
pub(crate) struct OAuthResponse {
    response: GraphResponse,
    line: RequestLine,
}

impl OAuthResponse {
    pub(crate) fn new(response: GraphResponse, line: RequestLine) -> Self {
        OAuthResponse { response, line }
    }

    /// A text that the response must have.
    pub(crate) fn text(&self, name: &str) -> Result<&str, GraphError> {
        self.optional_text(name).ok_or_else(|| {
            let message = format!("the response has no `{name}`");
            self.response.unexpected(&self.line, &message)
        })
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&str> {
        self.response.body.get(name).and_then(Value::as_str)
    }

    /// A number of seconds. Some endpoints write numbers as strings.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let number = self.response.body.get(name)?;
        number.as_i64().or_else(|| number.as_str()?.parse().ok())
    }

    /// A duration in seconds.
    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        let seconds = u64::try_from(self.number(name)?).unwrap_or(0);
        Some(Duration::from_secs(seconds))
    }

    /// The access token. Managed identities return the time of its expiry only.
    pub(crate) fn access_token(&self) -> Result<AccessToken, GraphError> {
        let value = self.text("access_token")?;
        let until = || self.number("expires_on").map(lifetime_until);
        let lifetime = self.duration("expires_in").or_else(until);
        Ok(AccessToken::with_lifetime(
            value,
            lifetime.unwrap_or_default(),
        ))
    }
}
