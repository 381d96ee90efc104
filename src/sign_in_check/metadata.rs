//! Compares the OpenID Connect metadata of a flow with what it must be.
//! Reads nothing.
//!
//! Azure AD B2C (pages "Overview of tokens", "Web sign-in with OpenID Connect", "Enable custom domains"): the issuer is
//! `https://{domain}/{tenant id}/v2.0/`, or `https://{domain}/tfp/{tenant id}/{flow}/v2.0/` by a setting of the flow that Graph
//! does not show; the endpoints have the flow in their path, or in the parameter `p`. External ID: the issuer is
//! `https://{domain}/{tenant id}/v2.0`, and its domain may begin with the tenant id instead (AzureAD/microsoft-authentication-library-for-js#8592).

use serde_json::Value as Json;
use url::{Position, Url};
use uuid::Uuid;

/// What metadata must be about.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    /// The domain at which it was read.
    pub(super) domain: &'a str,
    /// The id of the tenant.
    pub(super) tenant: Uuid,
    /// The id of the flow, if the flow has its own metadata.
    pub(super) flow: Option<&'a str>,
}

/// The addresses to which applications send people, or from which they get tokens and keys.
const ENDPOINTS: [&str; 3] = ["authorization_endpoint", "token_endpoint", "jwks_uri"];

/// The domain of External ID, before which is the name or the id of the tenant.
const EXTERNAL_ID: &str = ".ciamlogin.com";

/// The differences, each in a sentence; none if an application can use the metadata.
pub(super) fn differences(metadata: &Json, expected: Expected<'_>) -> Vec<String> {
    let endpoints = ENDPOINTS.into_iter();
    let endpoints = endpoints.filter_map(|name| endpoint(name, metadata, expected).err());
    issuer(metadata, expected)
        .err()
        .into_iter()
        .chain(endpoints)
        .collect()
}

fn issuer(metadata: &Json, expected: Expected<'_>) -> Result<(), String> {
    let url = address("issuer", metadata, expected)?;
    let path: Vec<_> = segments(&url).collect();
    let (tenant, flow) = match path.as_slice() {
        [tenant, "v2.0"] => (*tenant, None),
        ["tfp", tenant, flow, "v2.0"] => (*tenant, Some(*flow)),
        _ => return Err(format!("`issuer` is {url}, which is not that of a tenant")),
    };
    if Uuid::parse_str(tenant) != Ok(expected.tenant) {
        let own = expected.tenant;
        return Err(format!("`issuer` is of the tenant {tenant}, not of {own}"));
    }
    match (flow, expected.flow) {
        (Some(flow), Some(own)) if !flow.eq_ignore_ascii_case(own) => {
            Err(format!("`issuer` is of the flow {flow}, not of {own}"))
        }
        _ => Ok(()),
    }
}

fn endpoint(name: &str, metadata: &Json, expected: Expected<'_>) -> Result<(), String> {
    let url = address(name, metadata, expected)?;
    let Some(flow) = expected.flow else {
        return Ok(());
    };
    let in_query = url
        .query_pairs()
        .any(|(key, value)| key == "p" && value.eq_ignore_ascii_case(flow));
    let in_path = segments(&url).any(|segment| segment.eq_ignore_ascii_case(flow));
    match in_path || in_query {
        true => Ok(()),
        false => Err(format!("`{name}` is not of the flow {flow}: {url}")),
    }
}

/// An address of the metadata, which must be at the domain.
fn address(name: &str, metadata: &Json, expected: Expected<'_>) -> Result<Url, String> {
    let text = metadata[name].as_str();
    let text = text.ok_or_else(|| format!("`{name}` is missing"))?;
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https");
    let url = url.ok_or_else(|| format!("`{name}` is not an https address: {text}"))?;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    match is_at_domain(host, expected) {
        true => Ok(url),
        false => {
            let domain = expected.domain;
            Err(format!("`{name}` is at {host}, not at {domain}: {url}"))
        }
    }
}

/// Whether a host, with its port if it has one, is the domain, or that of External ID with the id of the tenant.
fn is_at_domain(host: &str, expected: Expected<'_>) -> bool {
    let by_id = || format!("{}{EXTERNAL_ID}", expected.tenant);
    host.eq_ignore_ascii_case(expected.domain)
        || (expected.flow.is_none() && host.eq_ignore_ascii_case(&by_id()))
}

/// The segments of a path that are not empty.
fn segments(url: &Url) -> impl Iterator<Item = &str> {
    let segments = url.path_segments().into_iter().flatten();
    segments.filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "b07624bf-a5cd-47be-97e4-42702c46c74e";

    /// The metadata of a flow of Azure AD B2C, with these members in place of its own.
    fn b2c(others: &Json) -> Vec<String> {
        let root = "https://shop.b2clogin.com/shop.onmicrosoft.com/b2c_1_a";
        let metadata = json!({
            "issuer": format!("https://shop.b2clogin.com/{TENANT}/v2.0/"),
            "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{root}/oauth2/v2.0/token"),
            "jwks_uri": format!("{root}/discovery/v2.0/keys"),
        });
        compared("shop.b2clogin.com", Some("B2C_1_A"), metadata, others)
    }

    fn external(others: &Json) -> Vec<String> {
        let root = format!("https://shop.ciamlogin.com/{TENANT}");
        let metadata = json!({
            "issuer": format!("https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"),
            "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{root}/oauth2/v2.0/token"),
            "jwks_uri": format!("{root}/discovery/v2.0/keys"),
        });
        compared("shop.ciamlogin.com", None, metadata, others)
    }

    fn compared(
        domain: &str,
        flow: Option<&str>,
        mut metadata: Json,
        others: &Json,
    ) -> Vec<String> {
        for (name, value) in others.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let tenant = Uuid::parse_str(TENANT).unwrap();
        let expected = Expected {
            domain,
            tenant,
            flow,
        };
        differences(&metadata, expected)
    }

    #[test]
    fn documented_forms_of_the_metadata_are_right() {
        let of_flow = format!("https://shop.b2clogin.com/tfp/{TENANT}/b2c_1_a/v2.0/");
        let in_query = "https://shop.b2clogin.com/shop.onmicrosoft.com/oauth2/v2.0/token?p=b2c_1_a";
        let by_name = format!("https://shop.ciamlogin.com/{TENANT}/v2.0");
        let none = Vec::<String>::new();
        assert_eq!(b2c(&json!({})), none);
        assert_eq!(b2c(&json!({ "issuer": of_flow })), none);
        assert_eq!(b2c(&json!({ "token_endpoint": in_query })), none);
        assert_eq!(external(&json!({})), none);
        assert_eq!(external(&json!({ "issuer": by_name })), none);
    }

    #[test]
    fn issuer_of_another_tenant_flow_or_host_is_a_difference() {
        let other = "00000000-0000-4000-8000-000000000001";
        let cases = [
            (
                format!("https://shop.b2clogin.com/{other}/v2.0/"),
                format!("`issuer` is of the tenant {other}, not of {TENANT}"),
            ),
            (
                format!("https://shop.b2clogin.com/tfp/{TENANT}/B2C_1_B/v2.0/"),
                "`issuer` is of the flow B2C_1_B, not of B2C_1_A".to_owned(),
            ),
            (
                format!("https://evil.example/{TENANT}/v2.0/"),
                format!(
                    "`issuer` is at evil.example, not at shop.b2clogin.com: https://evil.example/{TENANT}/v2.0/"
                ),
            ),
            (
                format!("http://shop.b2clogin.com/{TENANT}/v2.0/"),
                format!(
                    "`issuer` is not an https address: http://shop.b2clogin.com/{TENANT}/v2.0/"
                ),
            ),
            (
                "https://shop.b2clogin.com/".to_owned(),
                "`issuer` is https://shop.b2clogin.com/, which is not that of a tenant".to_owned(),
            ),
        ];
        for (issuer, expected) in cases {
            assert_eq!(b2c(&json!({ "issuer": issuer })), [expected]);
        }
        // Only External ID has issuers by the id of the tenant.
        let by_id = format!("https://{TENANT}.ciamlogin.com/{TENANT}/v2.0");
        assert_eq!(b2c(&json!({ "issuer": by_id })).len(), 1);
    }

    #[test]
    fn endpoint_elsewhere_or_of_another_flow_is_a_difference() {
        let other = "https://shop.b2clogin.com/shop.onmicrosoft.com/B2C_1_B/oauth2/v2.0/token";
        let expected = format!("`token_endpoint` is not of the flow B2C_1_A: {other}");
        assert_eq!(b2c(&json!({ "token_endpoint": other })), [expected]);
        let away = "https://shop.ciamlogin.com:8443/keys";
        let expected =
            format!("`jwks_uri` is at shop.ciamlogin.com:8443, not at shop.ciamlogin.com: {away}");
        assert_eq!(external(&json!({ "jwks_uri": away })), [expected]);
        let missing = json!({ "authorization_endpoint": null, "issuer": 1 });
        let expected = ["`issuer` is missing", "`authorization_endpoint` is missing"];
        assert_eq!(external(&missing), expected);
    }
}
