//! Client certificates: what a PKCS#12 file holds, and which certificates are about to expire.
//!
//! It never keeps a key: a file is opened for the fingerprint of its certificate and closed again.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, Unit};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use sha1::{Digest, Sha1};

use crate::model::{Address, Certificate, RedactedText};

/// How many days before its end a certificate is worth a word.
const SOON: i64 = 30;

/// The thumbprint of the certificate that a PKCS#12 file, in base64, holds with its key; `None` when the file cannot be
/// opened with this password.
pub(super) fn thumbprint(pkcs12: &RedactedText, password: &RedactedText) -> Option<String> {
    let bytes = STANDARD.decode(pkcs12.expose()).ok()?;
    let store =
        KeyStore::from_pkcs12(&bytes, password.expose(), Pkcs12ImportPolicy::Relaxed).ok()?;
    let (_, chain) = store.private_key_chain()?;
    let digest = Sha1::digest(chain.certs().first()?.as_der());
    Some(digest.iter().map(|byte| format!("{byte:02X}")).collect())
}

/// A warning for each certificate in use that has expired, or will within a month.
pub(super) fn expiring(
    certificates: &BTreeMap<Address, Vec<Certificate>>,
    now: Timestamp,
) -> Vec<String> {
    let all = certificates
        .iter()
        .flat_map(|(address, all)| all.iter().map(move |one| (address, one)));
    let warning = |(address, one): (&Address, &Certificate)| {
        let end = Timestamp::from_second(one.not_after).ok()?;
        let days = (end - now).total(Unit::Hour).ok()? / 24.0;
        let day = end.strftime("%Y-%m-%d");
        let of = format!("the certificate {} of {address}", one.thumbprint);
        match days {
            days if days < 0.0 => Some(format!("{of} expired on {day}")),
            days if days < SOON as f64 => Some(format!("{of} expires on {day}, in {days:.0} days")),
            _ => None,
        }
    };
    all.filter(|(_, one)| one.is_active)
        .filter_map(warning)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_within_a_month_is_worth_a_word() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let certificate = |thumbprint: &str, day: &str, is_active| Certificate {
            thumbprint: thumbprint.to_owned(),
            not_after: format!("{day}T12:00:00Z")
                .parse::<Timestamp>()
                .unwrap()
                .as_second(),
            is_active,
        };
        let certificates = BTreeMap::from([(
            Address::new("apiConnector", "Postcode"),
            vec![
                certificate("AA", "2026-12-20", true),
                certificate("BB", "2026-12-22", true),
                certificate("CC", "2026-11-01", true),
                certificate("DD", "2026-11-01", false),
            ],
        )]);
        assert_eq!(
            expiring(&certificates, now),
            [
                "the certificate AA of apiConnector/Postcode expires on 2026-12-20, in 29 days",
                "the certificate CC of apiConnector/Postcode expired on 2026-11-01",
            ]
        );
    }

    #[test]
    fn what_is_no_pkcs12_file_has_no_thumbprint() {
        assert_eq!(
            thumbprint(&RedactedText::new("bm90aGluZw=="), &RedactedText::new("")),
            None
        );
        assert_eq!(
            thumbprint(&RedactedText::new("***"), &RedactedText::new("")),
            None
        );
    }
}
