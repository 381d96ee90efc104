//! The likely fix for each documented failure of Microsoft Graph and of the token endpoint.
//! Never changes the text of an error.

use crate::graph::error::kind::ErrorKind;

/// Graph's codes for this family of APIs (concepts/errors and field reports), and the AADSTS codes of the token endpoint
/// (reference-error-codes), in alphabetical order.
const BY_CODE: &[(&str, &str)] = &[
    (
        "AADB2C",
        "this API is for another type of tenant, or the app has no access to it: \
         check `type` in the tenant document, then the app's permissions and their admin consent",
    ),
    (
        "AADB2C90063",
        "the service does not support this combination; known cases: user flow version 2, and flows for resource owner passwords",
    ),
    (
        "AADB2C99039",
        "self-service sign-up is off in this tenant: switch it on with `kind: authenticationFlowsPolicy`",
    ),
    (
        "AADSTS50011",
        "register the redirect URI http://localhost for the app, as a mobile and desktop application",
    ),
    (
        "AADSTS50013",
        "the signature of the federated token matches no key of its issuer: check the issuer of the app's federated credential",
    ),
    (
        "AADSTS50027",
        "Entra cannot parse the assertion as a JWT: check that the token is complete",
    ),
    (
        "AADSTS50076",
        "multi-factor authentication is required: sign in again, with `az login` if Azure CLI signs in",
    ),
    (
        "AADSTS53003",
        "a Conditional Access policy blocks this app: ask an administrator of the tenant to exclude the app or to allow this location",
    ),
    (
        "AADSTS65001",
        "grant admin consent for the app's permissions in this tenant",
    ),
    (
        "AADSTS7000112",
        "the app is disabled in this tenant: ask an administrator to enable it",
    ),
    (
        "AADSTS700016",
        "there is no app with this client id in this tenant: check the client id and `tenantId`",
    ),
    (
        "AADSTS7000215",
        "the client secret is wrong: use the value of the secret, not its id",
    ),
    (
        "AADSTS7000218",
        "the token endpoint received no client secret or assertion: check `auth` in the tenant document and the environment \
         variables; if a person signs in, allow public client flows for the app",
    ),
    (
        "AADSTS7000222",
        "the client secret has expired: create a new one for the app",
    ),
    (
        "AADSTS700023",
        "the audience of the assertion is another token endpoint: check `tenantId` and `cloud`",
    ),
    (
        "AADSTS700024",
        "the assertion has expired: get a new one, and check the clock of this machine",
    ),
    (
        "AADSTS700027",
        "the certificate is not registered for the app: upload it in the app registration, under Certificates & secrets",
    ),
    (
        "AADSTS700082",
        "the sign-in has expired: sign in again, with `az login` if Azure CLI signs in",
    ),
    (
        "AADSTS70011",
        "the tenant is not in the cloud that the tenant document names: check `cloud`",
    ),
    (
        "AADSTS70020",
        "the code has expired: run the command again, and enter the code within 15 minutes",
    ),
    (
        "AADSTS70021",
        "no federated credential of the app matches the token: issuer, subject and audience must be equal, including case",
    ),
    (
        "AADSTS700211",
        "no federated credential of the app has this issuer: correct the issuer in the app registration",
    ),
    (
        "AADSTS700212",
        "no federated credential of the app has this audience: in the global cloud it is `api://AzureADTokenExchange`",
    ),
    (
        "AADSTS700213",
        "no federated credential of the app has this subject: add it in the app registration; branches, tags, environments and pull requests have different subjects",
    ),
    (
        "AADSTS90002",
        "there is no such tenant in this cloud: check `tenantId` and `cloud` in the tenant document",
    ),
    (
        "AADSTS900023",
        "`tenantId` is neither a GUID nor a domain name of a tenant",
    ),
    (
        "Authorization_RequestDenied",
        "grant the app the permission for this request, with admin consent; a person needs a directory role, too, which \
         `entraflow whoami` names",
    ),
    (
        "BadRequest",
        "Graph rejects the content of the request: its message names the part; `--trace-file FILE` records what was sent",
    ),
    (
        "Directory_ConcurrencyViolation",
        "the same directory object was changed concurrently: run the command again",
    ),
    (
        "InvalidAuthenticationToken",
        "the token is expired, malformed or for another service: get one for Microsoft Graph in this cloud",
    ),
    (
        "MethodNotAllowed",
        "Graph does not support this method here; a link (`$ref`) supports only GET, POST, PUT and DELETE",
    ),
    (
        "TooManyRequests",
        "Graph allows an app about 200 requests per minute and tenant: run the command while nothing else uses this app, \
         lower `limits.requestsPerMinute`, or raise `limits.maxWaitSeconds` and `limits.maxTotalWaitSeconds`",
    ),
    (
        "UnknownError",
        "the service behind Graph failed without a reason: run the command again; if it fails again, give the request id to Microsoft support",
    ),
    (
        "activityLimitReached",
        "Graph throttles this app: run the command again later, or lower `limits.requestsPerMinute`",
    ),
    (
        "generalException",
        "Graph failed: run the command again later; if it fails again, give the request id to Microsoft support",
    ),
    (
        "invalidRange",
        "a page of the list no longer exists: run the command again",
    ),
    (
        "invalidRequest",
        "Graph rejects the content of the request: its message names the part; `--trace-file FILE` records what was sent",
    ),
    (
        "itemNotFound",
        "an object that the request names no longer exists in the tenant: run the command again to re-read the tenant",
    ),
    (
        "nameAlreadyExists",
        "another object has this name: choose another name, or set `id:` to manage the existing object",
    ),
    (
        "notAllowed",
        "Graph does not allow this for this object: its message says why; remove it from the files, or change it in the portal",
    ),
    (
        "notSupported",
        "this tenant or this cloud does not support it: check `type` and `cloud` in the tenant document",
    ),
    (
        "quotaLimitReached",
        "the tenant has reached its quota: delete objects that are no longer used",
    ),
    (
        "resourceModified",
        "the object was changed concurrently: run the command again to make a new plan",
    ),
    (
        "serviceNotAvailable",
        "Graph is unavailable: run the command again later",
    ),
    (
        "unauthenticated",
        "the token is missing or no longer valid: sign in again; `entraflow whoami` shows the identity",
    ),
];

/// What Graph says in a message that has a fix of its own, whatever the code: it has one code for several failures (field
/// reports). In lowercase, the first that matches.
const BY_TEXT: &[(&str, &str)] = &[
    (
        "does not have any of the required",
        "grant the app one of the permissions that Graph names, with admin consent; a person needs a directory role, too, which \
         `entraflow whoami` names",
    ),
    (
        "access to this api can only be made for",
        "this API is for another type of tenant: correct `type` in the tenant document, or remove the documents of this kind",
    ),
    (
        "access to this api requires feature",
        "the tenant does not have the feature that Graph names: correct `type` in the tenant document, or remove the documents of \
         this kind",
    ),
];

/// The statuses of the reference (concepts/errors) with a more specific fix than that of their kind.
const BY_STATUS: &[(u16, &str)] = &[
    (
        402,
        "the tenant has no licence or no billing for this: check both",
    ),
    (405, "this may exist only in the beta version of Graph"),
    (406, REPORT_BUG),
    (410, "Graph no longer supports this: update entraflow"),
    (411, REPORT_BUG),
    (
        413,
        "the request is too large for Graph: shorten the text or the list in the files",
    ),
    (415, REPORT_BUG),
    (416, REPORT_BUG),
    (
        422,
        "Graph cannot process the request: its message says why",
    ),
    (
        424,
        "a request that this one depends on failed: run the command again",
    ),
    (
        501,
        "this cloud does not support the request: check `cloud` in the tenant document",
    ),
    (
        507,
        "the tenant has no storage left: delete objects that are no longer used",
    ),
    (
        509,
        "the bandwidth limit is exceeded: run the command again later",
    ),
];

const REPORT_BUG: &str =
    "this is a bug in entraflow or in a proxy: record it with `--trace-file FILE` and report it";

/// The likely fix for the message, or else for the code, the status or the kind.
pub(crate) fn hint(
    kind: ErrorKind,
    code: Option<&str>,
    status: Option<u16>,
    message: &str,
) -> Option<&'static str> {
    let message = message.to_lowercase();
    let mut of_text = BY_TEXT.iter().filter(|(text, _)| message.contains(text));
    if let Some((_, hint)) = of_text.next() {
        return Some(hint);
    }
    let of_code = |code: &str| {
        BY_CODE
            .iter()
            .find_map(|(known, hint)| known.eq_ignore_ascii_case(code).then_some(*hint))
    };
    if let Some(hint) = code.and_then(of_code) {
        return Some(hint);
    }
    let of_status = |(known, hint): &(u16, &'static str)| (Some(*known) == status).then_some(*hint);
    if let Some(hint) = BY_STATUS.iter().find_map(of_status) {
        return Some(hint);
    }
    match kind {
        ErrorKind::SignIn => Some("check the credential, the tenant and the cloud"),
        ErrorKind::Permission => of_code("Authorization_RequestDenied"),
        ErrorKind::Throttled => of_code("TooManyRequests"),
        ErrorKind::Unreachable => {
            Some("check the network, the proxy settings and `cloud` in the tenant document")
        }
        ErrorKind::InvalidResponse => Some(
            "the response may come from something other than Graph: check the proxy settings and `cloud`",
        ),
        ErrorKind::Server => Some(
            "Graph failed: run the command again later; if it fails again, give the request id to Microsoft support",
        ),
        ErrorKind::Conflict => Some(
            "correct what the message says; if it is another change at the same time, run the command again",
        ),
        ErrorKind::BadRequest => of_code("BadRequest"),
        ErrorKind::NotFound => of_code("itemNotFound"),
        ErrorKind::NotInSnapshot | ErrorKind::Tls | ErrorKind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(BY_CODE.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn known_code_matches_in_any_case_and_before_the_kind() {
        let hint = hint(ErrorKind::Permission, Some("aadb2c"), Some(403), "").unwrap();
        assert!(hint.starts_with("this API is for another type of tenant"));
    }

    #[test]
    fn message_that_says_more_than_its_code_decides() {
        let start = |message: &str| {
            let hint = hint(ErrorKind::Permission, Some("AADB2C"), Some(403), message).unwrap();
            hint.split(':').next().unwrap().to_owned()
        };
        assert_eq!(
            start(
                "The application does not have any of the required application permissions (A, B)."
            ),
            "grant the app one of the permissions that Graph names, with admin consent; a person needs a directory role, \
             too, which `entraflow whoami` names"
        );
        let directory = "'' is an Azure AD B2C directory. Access to this Api can only be made for an Azure AD directory.";
        assert_eq!(start(directory), "this API is for another type of tenant");
        let feature = "Unauthorized. Access to this Api requires feature: 'EnableMsGraphAuthenticationEventListeners'";
        assert_eq!(
            start(feature),
            "the tenant does not have the feature that Graph names"
        );
    }

    #[test]
    fn unknown_code_gets_the_hint_of_its_kind() {
        let hint = |kind, code, status| super::hint(kind, code, status, "no");
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
            Some("this may exist only in the beta version of Graph")
        );
    }
}
