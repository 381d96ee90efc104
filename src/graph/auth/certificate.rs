//! An app's certificate with its private key, and the assertions that it signs (active-directory-certificate-credentials).
//! Never exposes the key.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::graph::error::{ErrorKind, GraphError};

/// The lifetime of an assertion.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A certificate of an app, with its private key.
pub struct ClientCertificate {
    key: KeyPair,
    /// The SHA-256 thumbprint of the certificate, encoded as in `x5t#S256`.
    thumbprint: String,
    not_after: Timestamp,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ClientCertificate")
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// Parses PEM (key and certificate in one file, in any order) or PKCS#12 with its password.
    pub fn read(bytes: &[u8], password: &SecretString) -> Result<Self, GraphError> {
        let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
        let (key, certificates) = match is_pem {
            true => from_pem(bytes)?,
            false => from_pkcs12(bytes, password)?,
        };
        let of_key = |der: &Vec<u8>| {
            let certificate = Certificate::from_der(der).ok()?;
            let subject = certificate.tbs_certificate();
            let public = subject
                .subject_public_key_info()
                .subject_public_key
                .raw_bytes();
            let end = subject.validity().not_after.to_unix_duration().as_secs();
            let end = Timestamp::from_second(i64::try_from(end).ok()?).ok()?;
            (public == key.public_key().as_ref()).then_some((der.clone(), end))
        };
        let (der, not_after) = certificates
            .iter()
            .find_map(of_key)
            .ok_or_else(|| invalid("the client certificate does not match the private key"))?;
        Ok(Self {
            key,
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&der)),
            not_after,
        })
    }

    /// A signed JWT by which the app authenticates to `audience`.
    pub(crate) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<SecretString, GraphError> {
        if self.not_after < now {
            let day = self.not_after.strftime("%Y-%m-%d");
            let error = invalid(&format!("the client certificate expired on {day}"));
            return Err(error.with_hint(
                "upload a new certificate to the app registration, and replace this one and its private key",
            ));
        }
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let seconds = now.as_second();
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::new_v4().to_string(),
            "iat": seconds,
            "nbf": seconds,
            "exp": seconds + LIFETIME.as_secs(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| invalid("cannot sign with the private key of the client certificate"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

fn invalid(message: &str) -> GraphError {
    GraphError::before_request(ErrorKind::SignIn, message).with_hint(
        "a client certificate is a PEM file with certificate and RSA key, or a PKCS#12 file (.pfx) with its password",
    )
}

fn from_pem(pem: &[u8]) -> Result<(KeyPair, Vec<Vec<u8>>), GraphError> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        invalid(
            "the PEM file of the client certificate has no readable private key \
             (for an encrypted key, use a PKCS#12 file)",
        )
        .with_source(error)
    })?;
    let key = match &key {
        PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
        key => KeyPair::from_pkcs8(key.secret_der()),
    };
    let certificates = CertificateDer::pem_slice_iter(pem)
        .filter_map(|certificate| Some(certificate.ok()?.to_vec()))
        .collect();
    Ok((key.map_err(not_rsa)?, certificates))
}

fn from_pkcs12(
    bytes: &[u8],
    password: &SecretString,
) -> Result<(KeyPair, Vec<Vec<u8>>), GraphError> {
    let message =
        "the client certificate is neither PEM nor a PKCS#12 file that its password decrypts";
    let store = KeyStore::from_pkcs12(bytes, password.expose_secret(), Pkcs12ImportPolicy::Relaxed)
        .map_err(|error| invalid(message).with_source(error))?;
    let (_, chain) = store
        .private_key_chain()
        .ok_or_else(|| invalid("the PKCS#12 file of the client certificate has no private key"))?;
    let key = KeyPair::from_pkcs8(chain.key().as_der()).map_err(not_rsa)?;
    let certificates = chain
        .certs()
        .iter()
        .map(|certificate| certificate.as_der().to_vec());
    Ok((key, certificates.collect()))
}

fn not_rsa(error: aws_lc_rs::error::KeyRejected) -> GraphError {
    invalid("the key of the client certificate is not an RSA key of at least 2048 bits, which Entra requires")
        .with_source(error)
}
