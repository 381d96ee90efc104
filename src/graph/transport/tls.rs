//! Why a TLS connection failed, and how to fix it.
//! Never weakens verification.

use std::error::Error;
use std::io;

use tokio_rustls::rustls::{CertificateError, Error as Tls};

use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;

/// The error that the server is not trusted or does not speak TLS; `None` if `error` has another cause.
pub(crate) fn tls_error(request: &RequestLine, error: &reqwest::Error) -> Option<GraphError> {
    let cause = tls_cause(error)?;
    let (message, hint) = match cause {
        Tls::InvalidMessage(_) => (
            "the server does not speak TLS",
            "the address of an emulator without `--tls` starts with `http:`; otherwise check the proxy settings",
        ),
        Tls::InvalidCertificate(error) => certificate_error(error),
        _ => return None,
    };
    let error = GraphError::new(ErrorKind::Tls, request, message);
    Some(error.with_hint(hint).with_source(cause.clone()))
}

fn certificate_error(error: &CertificateError) -> (&'static str, &'static str) {
    match error {
        // `BadSignature`: signed by another authority of the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "the server's certificate is signed by an authority that is not trusted",
            "set ENTRAFLOW_CA_FILE to a PEM file with that authority: the one of a proxy that intercepts TLS, or the one \
             that `entraflow emulator --tls` writes",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "the server's certificate has expired",
            "ask the operator of the server to renew it, and check the clock of this machine",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "the server's certificate is for another host",
            "use a host name in the certificate, or ask the operator of the server to add this one",
        ),
        _ => (
            "the server's certificate is not valid",
            "ask the operator of the server for a server certificate; that of an authority (CA:TRUE) is not accepted",
        ),
    }
}

/// The error of the TLS library in the chain of causes.
fn tls_cause(error: &reqwest::Error) -> Option<&Tls> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Tls>() {
            return Some(found);
        }
        // `io::Error::source` skips the error that it contains.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// The error that the file with the trusted authorities is unusable.
pub(crate) fn invalid_ca_file(message: String) -> GraphError {
    GraphError::before_request(ErrorKind::Tls, message)
        .with_hint("correct ENTRAFLOW_CA_FILE, or unset it")
}
