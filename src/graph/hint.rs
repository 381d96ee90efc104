//! The likely cure for each documented failure of Microsoft Graph and of the token endpoint.
//! Never changes what an error says; it only adds a way out.

use super::error::ErrorKind;

/// Graph's codes for this family (concepts/errors and field reports), and the AADSTS codes of signing in
/// (reference-error-codes). In alphabetical order.
const BY_CODE: &[(&str, &str)] = &[
    (
        "AADB2C",
        "this API belongs to another type of tenant, or the app has no access to it: \
         check `type` in the tenant document, then the permissions of the app and their admin consent",
    ),
    (
        "AADB2C90063",
        "the service refuses this combination: user flow version 2 and flows for resource owner passwords are known to end so",
    ),
    (
        "AADSTS50013",
        "the signature of the federated token fits no key of its issuer: check the issuer of the app's federated credential",
    ),
    (
        "AADSTS50027",
        "the assertion is no JWT that Entra can read: check that the whole token is handed in",
    ),
    (
        "AADSTS50076",
        "Azure CLI has to ask for more than a password: run `az login` again",
    ),
    (
        "AADSTS53003",
        "a Conditional Access policy blocks this app: let an administrator of the tenant exclude it or allow this location",
    ),
    (
        "AADSTS65001",
        "grant admin consent for the permissions of the app in this tenant",
    ),
    (
        "AADSTS7000112",
        "the app is disabled in this tenant: let an administrator enable it",
    ),
    (
        "AADSTS700016",
        "no app with this client id in this tenant: check the client id and `tenantId`",
    ),
    (
        "AADSTS7000215",
        "the client secret is wrong: it is the value of the secret, not its id",
    ),
    (
        "AADSTS7000218",
        "the token endpoint got no proof: check how the tenant document or the environment says to sign in",
    ),
    (
        "AADSTS7000222",
        "the client secret has expired: make a new one for the app",
    ),
    (
        "AADSTS700023",
        "the assertion is for another token endpoint: check `tenantId` and `cloud`",
    ),
    (
        "AADSTS700024",
        "the assertion has expired: fetch a new one, and check the clock of this machine",
    ),
    (
        "AADSTS700027",
        "the app does not know this certificate: upload it in the app registration, at Certificates & secrets",
    ),
    (
        "AADSTS700082",
        "the sign-in of Azure CLI has expired: run `az login`",
    ),
    (
        "AADSTS70011",
        "the cloud in the tenant document does not fit the tenant: tokens are asked for per cloud",
    ),
    (
        "AADSTS70021",
        "no federated credential of the app fits: its issuer, subject and audience must be those of the token, letter by letter",
    ),
    (
        "AADSTS700211",
        "no federated credential of the app has this issuer: correct it there",
    ),
    (
        "AADSTS700212",
        "no federated credential of the app has this audience: it is api://AzureADTokenExchange in the global cloud",
    ),
    (
        "AADSTS700213",
        "no federated credential of the app has this subject: correct it there; branches, tags, environments and pull requests have subjects of their own",
    ),
    (
        "AADSTS90002",
        "no such tenant in this cloud: check `tenantId` and `cloud` in the tenant document",
    ),
    (
        "AADSTS900023",
        "`tenantId` is neither a GUID nor a domain name of a tenant",
    ),
    (
        "Authorization_RequestDenied",
        "grant the app the application permission that this request needs, with admin consent",
    ),
    (
        "BadRequest",
        "Graph does not take this as it is: its words say which part; `--trace-file FILE` writes down what was sent",
    ),
    (
        "Directory_ConcurrencyViolation",
        "something else changed the same directory object at the same time: run the command again",
    ),
    (
        "InvalidAuthenticationToken",
        "the token is expired, malformed or meant for another service: get one for Microsoft Graph in this cloud",
    ),
    (
        "MethodNotAllowed",
        "Graph does not offer this method here; a link (`$ref`) knows only GET, POST, PUT and DELETE",
    ),
    (
        "TooManyRequests",
        "Graph allows about 200 requests a minute to an app in a tenant: run when nothing else uses this app, \
         lower `limits.requestsPerMinute`, or let it wait longer (`limits.maxWaitSeconds`, `limits.maxTotalWaitSeconds`)",
    ),
    (
        "UnknownError",
        "the service behind Graph failed without a reason: run the command again, and quote the request id to Microsoft's support",
    ),
    (
        "activityLimitReached",
        "Graph allows no more for now: run the command again later, or lower `limits.requestsPerMinute`",
    ),
    (
        "generalException",
        "Graph itself failed: run the command again later, and quote the request id to Microsoft's support",
    ),
    (
        "invalidRange",
        "a page of a list is not there any more: run the command again",
    ),
    (
        "invalidRequest",
        "Graph does not take this as it is: its words say which part; `--trace-file FILE` writes down what was sent",
    ),
    (
        "itemNotFound",
        "something that the request names is not in the tenant any more: run the command again, it looks anew",
    ),
    (
        "nameAlreadyExists",
        "something else has this name: choose another one, or say with `id:` that it is meant",
    ),
    (
        "notAllowed",
        "Graph does not allow this for this object: its words say why; leave it out of the files, or change it by hand",
    ),
    (
        "notSupported",
        "this tenant or this cloud does not have it: check `type` and `cloud` in the tenant document",
    ),
    (
        "quotaLimitReached",
        "the tenant holds as many as it may: delete what is not used any more",
    ),
    (
        "resourceModified",
        "something else changed the object meanwhile: run the command again, it plans anew",
    ),
    (
        "serviceNotAvailable",
        "Graph is out of order for now: run the command again later",
    ),
    (
        "unauthenticated",
        "the token is missing or not valid any more: sign in again, `entraflow whoami` tells as whom",
    ),
];

/// The statuses of the reference (concepts/errors) that say more than the kind of failure does.
const BY_STATUS: &[(u16, &str)] = &[
    (
        402,
        "the tenant lacks what this costs: check its licences and its billing",
    ),
    (405, "this may exist in the beta version of Graph only"),
    (406, MISTAKE),
    (410, "Graph does not offer this any more: update entraflow"),
    (411, MISTAKE),
    (
        413,
        "it is too large for Graph: shorten the text or the list that is sent",
    ),
    (415, MISTAKE),
    (416, MISTAKE),
    (
        422,
        "Graph understands this and cannot do it: its words say why",
    ),
    (
        424,
        "it needs another request that failed: run the command again",
    ),
    (
        501,
        "this Graph does not know the request: check `cloud` in the tenant document",
    ),
    (507, "the tenant is full: delete what is not used any more"),
    (
        509,
        "too much was sent for now: run the command again later",
    ),
];

const MISTAKE: &str = "this is a mistake of entraflow or of a proxy on the way: write it down with `--trace-file` and report it";

/// The cure for `code`, or else for the status, or else for the kind of failure.
pub(super) fn hint(
    kind: ErrorKind,
    code: Option<&str>,
    status: Option<u16>,
) -> Option<&'static str> {
    let of_code = |code: &str| {
        BY_CODE
            .iter()
            .find_map(|(known, cure)| known.eq_ignore_ascii_case(code).then_some(*cure))
    };
    if let Some(cure) = code.and_then(of_code) {
        return Some(cure);
    }
    let of_status = |(known, cure): &(u16, &'static str)| (Some(*known) == status).then_some(*cure);
    if let Some(cure) = BY_STATUS.iter().find_map(of_status) {
        return Some(cure);
    }
    match kind {
        ErrorKind::SignIn => Some("check the credential, the tenant and the cloud"),
        ErrorKind::Permission => of_code("Authorization_RequestDenied"),
        ErrorKind::Throttled => of_code("TooManyRequests"),
        ErrorKind::Unreachable => {
            Some("check the network, the proxy settings and `cloud` in the tenant document")
        }
        ErrorKind::BadAnswer => Some(
            "something between this machine and Graph may have answered: check proxies and `cloud`",
        ),
        ErrorKind::Server => Some(
            "Graph itself failed: run the command again later, and quote the request id to Microsoft's support",
        ),
        ErrorKind::Conflict => {
            Some("something else changed or took the same object: run the command again")
        }
        ErrorKind::BadRequest => of_code("BadRequest"),
        ErrorKind::NotFound => of_code("itemNotFound"),
        ErrorKind::NotKept | ErrorKind::Untrusted | ErrorKind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use serde_json::{Value, json};

    use super::super::answer::{Body, Raw};
    use super::super::error::Label;
    use super::*;
    use crate::model::Method;

    #[test]
    fn codes_stand_in_order_and_once() {
        assert!(BY_CODE.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_known_code_is_found_in_any_case_and_before_the_kind() {
        let cure = hint(ErrorKind::Permission, Some("aadb2c"), Some(403)).unwrap();
        assert!(cure.starts_with("this API belongs to another type of tenant"));
    }

    #[test]
    fn an_unknown_code_gets_the_cure_of_its_kind() {
        let denied = hint(ErrorKind::Permission, Some("accessDenied"), Some(403));
        assert_eq!(
            denied,
            hint(
                ErrorKind::Permission,
                Some("Authorization_RequestDenied"),
                None
            )
        );
        assert_eq!(
            hint(ErrorKind::BadRequest, Some("AnotherCode"), Some(400)),
            hint(ErrorKind::BadRequest, Some("BadRequest"), Some(400)),
        );
        assert_eq!(
            hint(ErrorKind::BadRequest, Some("Request_BadRequest"), Some(405)),
            Some("this may exist in the beta version of Graph only")
        );
    }

    #[test]
    fn every_documented_failure_has_a_cure() {
        let list = include_str!("../../tests/graph/errors.json");
        let list: Vec<Value> = serde_json::from_str(list).unwrap();
        for documented in &list {
            let status = documented["status"].as_u64().unwrap();
            let code = documented["code"].as_str();
            let body = match code {
                Some(code) if code.starts_with("AADSTS") => {
                    json!({ "error": "invalid_client", "error_description": format!("{code}: no.") })
                }
                _ => json!({ "error": { "code": code.unwrap_or_default(), "message": "no" } }),
            };
            let status = u16::try_from(status).unwrap();
            let raw = Raw::new(status, &HeaderMap::new(), Body::Json(body), 0);
            let label = Label {
                method: Method::Get,
                path: "/v1.0/a".to_owned(),
            };
            let Err(failure) = raw.judge(&label) else {
                panic!("{documented} is no failure");
            };
            assert_eq!(failure.error.code(), code, "{documented}");
            assert!(failure.error.hint().is_some(), "{documented} has no cure");
        }
    }
}
