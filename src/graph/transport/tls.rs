//! Why TLS with the other side did not come about, and the way out.
//! Never loosens what is trusted.

use std::error::Error;
use std::io;

use tokio_rustls::rustls::{CertificateError, Error as Tls};

use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;

/// The error that the other side could not prove who it is; `None` when `error` is about something else.
pub(crate) fn distrust(label: &RequestLine, error: &reqwest::Error) -> Option<GraphError> {
    let cause = cause(error)?;
    let (message, hint) = match cause {
        Tls::InvalidMessage(_) => (
            "what answers there does not speak TLS",
            "an emulator without `--tls` has an address with `http:`; for anything else check the proxy settings",
        ),
        Tls::InvalidCertificate(refused) => words(refused),
        _ => return None,
    };
    let error = GraphError::new(ErrorKind::Tls, label, message);
    Some(error.with_hint(hint).caused_by(cause.clone()))
}

fn words(refused: &CertificateError) -> (&'static str, &'static str) {
    match refused {
        // Another authority of the same name has signed it.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "the certificate there is from an authority that is not trusted",
            "let ENTRAFLOW_CA_FILE name a PEM file with that authority: the one of the proxy that opens TLS, or the one \
             that `entraflow emulator --tls` writes",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "the certificate there has expired",
            "let whoever runs that server renew it, and check the clock of this machine",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "the certificate there is for another host",
            "ask a host that the certificate names, or let whoever runs that server name this one in it",
        ),
        _ => (
            "the certificate there is not accepted",
            "let whoever runs that server take one for servers: that of an authority (CA:TRUE) is not",
        ),
    }
}

/// What the library for TLS says.
fn cause(error: &reqwest::Error) -> Option<&Tls> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Tls>() {
            return Some(found);
        }
        // The source of an I/O error is not what it holds, but the source of that.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

/// A file of authorities that is of no use.
pub(crate) fn unusable(message: String) -> GraphError {
    GraphError::setup(ErrorKind::Tls, message).with_hint("mend ENTRAFLOW_CA_FILE, or unset it")
}
