//! An app's certificate with its key, and the assertions that they sign (active-directory-certificate-credentials).
//! Never gives the key away.

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

/// How long an assertion can be used.
const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// A certificate that is registered for an app, with its private key.
pub struct ClientCertificate {
    key: KeyPair,
    /// The SHA-256 of the certificate, as `x5t#S256` wants it.
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
    /// Reads PEM (key and certificate in one file, in any order) or PKCS#12 with its password.
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
        let (der, not_after) = certificates.iter().find_map(of_key).ok_or_else(|| {
            refused("the client certificate and the private key do not belong together")
        })?;
        Ok(Self {
            key,
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&der)),
            not_after,
        })
    }

    /// A token in which the app says to `audience` who it is.
    pub(crate) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<SecretString, GraphError> {
        if self.not_after < now {
            let day = self.not_after.strftime("%Y-%m-%d");
            let error = refused(&format!("the client certificate expired on {day}"));
            return Err(error.with_hint(
                "upload a new certificate to the app registration, and put it with its key where this one is kept",
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
            "exp": seconds + LIFE.as_secs(),
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
            .map_err(|_| refused("the private key of the client certificate cannot sign"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

fn refused(message: &str) -> GraphError {
    GraphError::setup(ErrorKind::SignIn, message).with_hint(
        "a client certificate is a PEM file with certificate and RSA key, or a PKCS#12 file (.pfx) with its password",
    )
}

fn from_pem(pem: &[u8]) -> Result<(KeyPair, Vec<Vec<u8>>), GraphError> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        refused(
            "the PEM file of the client certificate has no private key that can be read \
             (one with a password goes into a PKCS#12 file)",
        )
        .caused_by(error)
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
    let cannot = "the client certificate is neither PEM nor a PKCS#12 file that its password opens";
    let store = KeyStore::from_pkcs12(bytes, password.expose_secret(), Pkcs12ImportPolicy::Relaxed)
        .map_err(|error| refused(cannot).caused_by(error))?;
    let (_, chain) = store
        .private_key_chain()
        .ok_or_else(|| refused("the PKCS#12 file of the client certificate has no private key"))?;
    let key = KeyPair::from_pkcs8(chain.key().as_der()).map_err(not_rsa)?;
    let certificates = chain.certs().iter().map(|one| one.as_der().to_vec());
    Ok((key, certificates.collect()))
}

fn not_rsa(error: aws_lc_rs::error::KeyRejected) -> GraphError {
    refused("the key of the client certificate is no RSA key of 2048 bits or more, which Entra asks for")
        .caused_by(error)
}
