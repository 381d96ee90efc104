//! API connectors and their authentication.
//! Never links a connector to a flow: `flow_connectors` does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::time::Time;

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set::{self, EntitySet};
use crate::emulator::state::clock::Clock;
use crate::emulator::state::keys::API_CONNECTORS;
use crate::emulator::state::object::{Object, object, string_of};

const CONFIGURATION: &str = "authenticationConfiguration";
const CERTIFICATES: &str = "#microsoft.graph.clientCertificateAuthentication";

/// The API connectors of the tenant.
pub(crate) struct ApiConnectors;

impl EntitySet for ApiConnectors {
    const PATH: &'static str = "identity/apiConnectors";
    const KEY: &'static str = API_CONNECTORS;
    const TYPE: &'static str = "identityApiConnector";
    const NAME: &'static str = "ApiConnector";
    const NOUN: &'static str = "API connector";
}

/// POST.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut connector = call.checked(ApiConnectors::TYPE, Purpose::Create)?;
    entity_set::check_name::<ApiConnectors>(call, &connector, "")?;
    store_authentication(&mut connector, &call.tenant.clock)?;
    entity_set::assign_id(call, &mut connector);
    let rendered = ApiConnectors::render(call, &connector);
    entity_set::add::<ApiConnectors>(call, connector, rendered)
}

/// PATCH. A given property replaces the stored one, also the authentication as a whole.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = entity_set::changeable_id::<ApiConnectors>(call)?;
    let mut changes = call.checked(ApiConnectors::TYPE, Purpose::Update)?;
    entity_set::check_name::<ApiConnectors>(call, &changes, &id)?;
    store_authentication(&mut changes, &call.tenant.clock)?;
    if let Some(connector) = call.state.find_mut(API_CONNECTORS, &id) {
        connector.extend(changes);
    }
    Ok(Response::no_content())
}

/// Adds a certificate, which becomes the active one. 200 with the connector, unlike other actions. Refused for a connector
/// that signs in with a password.
pub(crate) fn upload(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = entity_set::changeable_id::<ApiConnectors>(call)?;
    let upload = call.checked("pkcs12Certificate", Purpose::Create)?;
    let added = certificate_information(&upload, &call.tenant.clock)?;
    let stored = call
        .state
        .find_mut(API_CONNECTORS, &id)
        .and_then(|connector| connector.get_mut(CONFIGURATION));
    let list = stored
        .and_then(|configuration| configuration.get_mut("certificateList"))
        .and_then(Value::as_array_mut);
    let list = list.ok_or_else(|| {
        GraphError::bad_request("The API connector does not use client certificates.")
    })?;
    for older in list.iter_mut() {
        older["isActive"] = json!(false);
    }
    list.push(added);
    entity_set::get::<ApiConnectors>(call)
}

/// Stores a pkcs12Certificate as clientCertificateAuthentication, and a password as asterisks.
fn store_authentication(connector: &mut Object, clock: &Clock) -> Result<(), GraphError> {
    let given = connector.get(CONFIGURATION).and_then(Value::as_object);
    let kept = match given.map(|given| (given, string_of(given, "@odata.type"))) {
        Some((_, CERTIFICATES)) => {
            return Err(GraphError::bad_request(
                "clientCertificateAuthentication can only be read; send a pkcs12Certificate.",
            ));
        }
        Some((given, "#microsoft.graph.pkcs12Certificate")) => object(
            json!({"@odata.type": CERTIFICATES, "certificateList": [certificate_information(given, clock)?]}),
        ),
        Some((given, _)) => {
            let mut kept = given.clone();
            view::redact_secrets("basicAuthentication", &mut kept);
            kept
        }
        None => return Ok(()),
    };
    connector.insert(CONFIGURATION.to_owned(), kept.into());
    Ok(())
}

/// The properties of a certificate. A text that is not a PKCS#12 file is accepted, because the documented example
/// is none; its thumbprint is the SHA-1 of the text, and it is valid from 2020 to 2040, or for two years from the time to
/// which the clock was set.
fn certificate_information(upload: &Object, clock: &Clock) -> Result<Value, GraphError> {
    let text = string_of(upload, "pkcs12Value");
    let plausible = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte);
    if text.is_empty() || !text.bytes().all(plausible) {
        return Err(GraphError::bad_request(
            "The value of 'pkcs12Value' is not base64.",
        ));
    }
    let (bytes, (from, until)) = match open_pkcs12(text, string_of(upload, "password")) {
        Some(opened) => opened,
        None => (text.as_bytes().to_vec(), validity(clock)),
    };
    let thumbprint: String = Sha1::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    Ok(json!({"thumbprint": thumbprint, "notBefore": from, "notAfter": until, "isActive": true}))
}

/// The certificate of a PKCS#12 file, and its validity period in seconds.
fn open_pkcs12(text: &str, password: &str) -> Option<(Vec<u8>, (i64, i64))> {
    let bytes = STANDARD.decode(text).ok()?;
    let store = KeyStore::from_pkcs12(&bytes, password, Pkcs12ImportPolicy::Relaxed).ok()?;
    let (_, chain) = store.private_key_chain()?;
    let der = chain.certs().first()?.as_der().to_vec();
    let certificate = Certificate::from_der(&der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
    let between = (seconds(validity.not_before)?, seconds(validity.not_after)?);
    Some((der, between))
}

fn validity(clock: &Clock) -> (i64, i64) {
    match clock.set_to() {
        None => (1_577_836_800, 2_208_988_800),
        Some(now) => (now.as_second(), now.as_second() + 2 * 365 * 24 * 60 * 60),
    }
}
