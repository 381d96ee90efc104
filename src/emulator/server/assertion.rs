//! Client assertions: JWTs by which an application authenticates, signed with its key or by another identity provider.
//! Never issues a token.
//!
//! Keys of federated issuers are part of the state, because the emulator makes no network requests; an assertion
//! may be used again until it expires, because no page says that Entra forbids it.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::emulator::server::oauth_error::OAuthError;
use crate::emulator::state::application::{FederatedCredential, KeyCredential};

/// A decoded assertion.
pub(crate) struct Assertion {
    header: Value,
    claims: Value,
    signed: String,
    signature: Vec<u8>,
}

impl Assertion {
    /// Decodes an assertion and checks its validity period.
    pub(crate) fn read(jwt: &str, now: Timestamp) -> Result<Self, OAuthError> {
        let malformed = || unauthorized(50027, "JWT token is invalid or malformed.");
        let parts: Vec<_> = jwt.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(malformed());
        };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
        let json = |part| serde_json::from_slice(&bytes(part)?).map_err(|_| malformed());
        let assertion = Self {
            header: json(header)?,
            claims: json(claims)?,
            signed: format!("{header}.{claims}"),
            signature: bytes(signature)?,
        };
        let second = |name: &str| assertion.claims[name].as_i64();
        let (now, end) = (now.as_second(), second("exp").ok_or_else(malformed)?);
        if end <= now || second("nbf").is_some_and(|begin| begin > now + 300) {
            let message = "Client assertion is not within its valid time range.";
            return Err(unauthorized(700_024, message));
        }
        Ok(assertion)
    }

    /// Whether the application issued it itself.
    pub(crate) fn is_self_issued(&self, app_id: &str) -> bool {
        self.text("iss").eq_ignore_ascii_case(app_id)
    }

    /// Checks an assertion that the application issued itself, for this token endpoint.
    pub(crate) fn check_self_issued(
        &self,
        app_id: &str,
        endpoints: &[String],
        keys: Option<&[KeyCredential]>,
    ) -> Result<(), OAuthError> {
        if !self.text("sub").eq_ignore_ascii_case(app_id) || self.text("jti").is_empty() {
            let message = "JWT token is invalid or malformed: 'sub' and 'jti' have to be there.";
            return Err(unauthorized(50027, message));
        }
        if !endpoints
            .iter()
            .any(|endpoint| self.text("aud") == endpoint)
        {
            let message = "Client assertion audience claim does not match Realm issuer.";
            return Err(unauthorized(700_023, message));
        }
        let Some(keys) = keys else {
            return Ok(());
        };
        let thumbprint = self.header["x5t#S256"].as_str().unwrap_or_default();
        let der = |key: &KeyCredential| STANDARD.decode(&key.key).ok();
        let named = |der: &Vec<u8>| URL_SAFE_NO_PAD.encode(Sha256::digest(der)) == thumbprint;
        let Some(certificate) = keys.iter().filter_map(der).find(named) else {
            let message = "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]";
            return Err(unauthorized(700_027, message));
        };
        match self.is_signed_by(&certificate) {
            true => Ok(()),
            false => Err(unauthorized(
                700_027,
                "Client assertion failed signature validation.",
            )),
        }
    }

    /// Checks an assertion that another identity provider issued.
    pub(crate) fn check_federated(
        &self,
        credentials: Option<&[FederatedCredential]>,
    ) -> Result<(), OAuthError> {
        let Some(credentials) = credentials else {
            return Ok(());
        };
        let (issuer, subject) = (self.text("iss"), self.text("sub"));
        let audience = match &self.claims["aud"] {
            Value::Array(all) => all.first().and_then(Value::as_str).unwrap_or_default(),
            other => other.as_str().unwrap_or_default(),
        };
        let fits = |credential: &&FederatedCredential| {
            credential.issuer == issuer
                && credential.subject == subject
                && credential.audiences.iter().any(|known| known == audience)
        };
        let Some(credential) = credentials.iter().find(fits) else {
            let message = format!(
                "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'."
            );
            return Err(unauthorized(70021, message));
        };
        let certificate = STANDARD.decode(&credential.key).unwrap_or_default();
        match self.is_signed_by(&certificate) {
            true => Ok(()),
            false => Err(unauthorized(
                50013,
                "Assertion failed signature validation.",
            )),
        }
    }

    fn text(&self, claim: &str) -> &str {
        self.claims[claim].as_str().unwrap_or_default()
    }

    fn is_signed_by(&self, certificate: &[u8]) -> bool {
        let Ok(certificate) = Certificate::from_der(certificate) else {
            return false;
        };
        let parameters = match self.header["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        let key = certificate.tbs_certificate().subject_public_key_info();
        UnparsedPublicKey::new(parameters, key.subject_public_key.raw_bytes())
            .verify(self.signed.as_bytes(), &self.signature)
            .is_ok()
    }
}

fn unauthorized(number: u32, message: impl Into<String>) -> OAuthError {
    OAuthError::new(401, "invalid_client", number, message)
}
