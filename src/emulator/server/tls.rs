//! Optional TLS: with a certificate for this machine, generated at the start, or with the user's own.
//! Never keeps the key of the CA that signs a generated certificate, so that the CA cannot sign another certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use uuid::Uuid;
use x509_cert::der::pem::{LineEnding, encode_string};

/// The subject alternative names of the certificate: those of the loopback interface.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Well below the 825 days above which some systems refuse a certificate.
const VALID_DAYS: i64 = 365;

/// The source of the certificate of an emulator.
#[derive(Clone, Debug)]
pub enum Tls {
    /// It is generated at the start.
    Generated {
        /// File for the certificate of the CA, in PEM, which clients have to trust.
        ca_file: PathBuf,
    },
    /// The user provides it.
    Provided {
        /// The certificate and its intermediates, in PEM.
        certificate: PathBuf,
        /// Its key, in PEM.
        key: PathBuf,
    },
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file has no certificate or key, or cannot be read.
    #[error("cannot read a PEM {what} from {}", file.display())]
    Unreadable {
        /// What it should contain: a certificate or a key.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// The certificate and the key cannot be used together.
    #[error("cannot use the certificate with its key")]
    Unusable(#[source] tokio_rustls::rustls::Error),
    /// The certificate cannot be generated.
    #[error("cannot generate a certificate")]
    Generate(#[from] rcgen::Error),
    /// The certificate of the CA cannot be written.
    #[error("cannot write the CA certificate to {}", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// The certificate chain and the key that the server presents.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Tls {
    /// `hosts` are the names of this machine that a generated certificate also contains.
    pub(crate) fn acceptor(&self, hosts: &[String]) -> Result<TlsAcceptor, TlsError> {
        let Identity { chain, key } = match self {
            Self::Generated { ca_file } => generate(ca_file, hosts)?,
            Self::Provided { certificate, key } => load(certificate, key)?,
        };
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Unusable)?;
        Ok(Arc::new(config).into())
    }
}

fn load(certificate: &Path, key: &Path) -> Result<Identity, TlsError> {
    let unreadable = |what, file: &Path| {
        let file = file.to_owned();
        move |source| TlsError::Unreadable { what, file, source }
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.and_then(|chain| match chain.is_empty() {
        true => Err(rustls_pki_types::pem::Error::NoItemsFound),
        false => Ok(chain),
    });
    Ok(Identity {
        chain: chain.map_err(unreadable("certificate", certificate))?,
        key: PrivateKeyDer::from_pem_file(key).map_err(unreadable("key", key))?,
    })
}

/// Generates a certificate for this machine and a CA that signs it, and writes the CA's certificate to a file.
fn generate(ca_file: &Path, hosts: &[String]) -> Result<Identity, TlsError> {
    // A new name each time: a client that trusts the CA of an earlier start must not mistake this one for it.
    let name = format!("entraflow emulator: authority {}", Uuid::new_v4());
    let mut ca = params(Vec::new(), &name)?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let ca_key = KeyPair::generate()?;
    let ca_certificate = ca.self_signed(&ca_key)?;
    let issuer = Issuer::new(ca, ca_key);
    let hosts = HOSTS.into_iter().chain(hosts.iter().map(String::as_str));
    let mut leaf = params(hosts.collect(), "entraflow emulator")?;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &issuer)?;
    write(ca_file, ca_certificate.der()).map_err(|source| TlsError::Unwritable {
        file: ca_file.to_owned(),
        source,
    })?;
    Ok(Identity {
        chain: vec![certificate.der().clone()],
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    })
}

fn params(hosts: Vec<&str>, name: &str) -> Result<CertificateParams, rcgen::Error> {
    let hosts: Vec<_> = hosts.into_iter().map(str::to_owned).collect();
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |from_today: i64| {
        let date = today + from_today.days();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        date_time_ymd(date.year().into(), month, day)
    };
    // A day of tolerance for the client's clock.
    params.not_before = day(-1);
    params.not_after = day(VALID_DAYS);
    Ok(params)
}

fn write(file: &Path, certificate: &[u8]) -> std::io::Result<()> {
    let pem =
        encode_string("CERTIFICATE", LineEnding::LF, certificate).map_err(std::io::Error::other)?;
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(file, pem)
}
