//! API connectors and their authentication.
//! Which flow calls which is in `links`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::time::Time;

use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::view;
use crate::emulator::resources::{user_flow_links, user_flows};
use crate::emulator::state::built_in::object;
use crate::emulator::state::clock::Clock;
use crate::emulator::state::store::{API_CONNECTORS, id_of, text_of};

const ENTITY: &str = "identityApiConnector";
const CONFIGURATION: &str = "authenticationConfiguration";
const CERTIFICATES: &str = "#microsoft.graph.clientCertificateAuthentication";

/// The connector as an answer shows it.
pub(crate) fn shown(call: &Call<'_>, connector: &Object) -> Object {
    view::of(ENTITY, connector, call.version, &call.state.mask())
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    call.state
        .find(API_CONNECTORS, call.key(0))
        .ok_or_else(|| call.not_found("ApiConnector", call.key(0)))
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "identity/apiConnectors",
        ENTITY,
        API_CONNECTORS,
        |connector| shown(call, connector),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.entity(
        200,
        "identity/apiConnectors/$entity",
        ENTITY,
        shown(call, find(call)?),
    )
}

/// POST. Choice: connectors may share a display name; nothing says that they may not.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut connector = call.checked(ENTITY, Purpose::Create)?;
    store_authentication(&mut connector, &call.site.clock)?;
    let id = call.state.next_id().to_string();
    connector.insert("id".to_owned(), id.clone().into());
    let shown = shown(call, &connector);
    call.state.add(API_CONNECTORS, connector);
    let location = format!("{}/identity/apiConnectors/{id}", call.root());
    Ok(call
        .entity(201, "identity/apiConnectors/$entity", ENTITY, shown)?
        .header("Location", location))
}

/// PATCH. What is given replaces what was there, the whole authentication included.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let mut changes = call.checked(ENTITY, Purpose::Update)?;
    store_authentication(&mut changes, &call.site.clock)?;
    if let Some(connector) = call.state.find_mut(API_CONNECTORS, &id) {
        connector.extend(changes);
    }
    Ok(Answer::no_content())
}

/// Choice: a connector that a flow calls is not deleted.
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let calls = |flow: &Object| {
        user_flow_links::connector_ids(flow).any(|called| called.eq_ignore_ascii_case(&id))
    };
    if let Some(flow) = user_flows::using(call, calls) {
        return Err(Refusal::conflict(format!(
            "The API connector '{id}' is in use by the user flow '{flow}'."
        )));
    }
    call.state.remove(API_CONNECTORS, &id);
    Ok(Answer::no_content())
}

/// Adds a certificate, which becomes the active one. 200 with the connector, unlike other actions. Choice: refused for a
/// connector that signs in with a password.
pub(crate) fn upload(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let upload = call.checked("pkcs12Certificate", Purpose::Create)?;
    let added = certificate(&upload, &call.site.clock)?;
    let stored = call
        .state
        .find_mut(API_CONNECTORS, &id)
        .and_then(|connector| connector.get_mut(CONFIGURATION));
    let list = stored
        .and_then(|configuration| configuration.get_mut("certificateList"))
        .and_then(Value::as_array_mut);
    let list = list.ok_or_else(|| {
        Refusal::bad_request("The API connector does not use client certificates.")
    })?;
    for older in list.iter_mut() {
        older["isActive"] = json!(false);
    }
    list.push(added);
    get(call)
}

/// A certificate goes in as pkcs12Certificate and is kept as clientCertificateAuthentication; a password is sealed.
fn store_authentication(connector: &mut Object, clock: &Clock) -> Result<(), Refusal> {
    let given = connector.get(CONFIGURATION).and_then(Value::as_object);
    let kept = match given.map(|given| (given, text_of(given, "@odata.type"))) {
        Some((_, CERTIFICATES)) => {
            return Err(Refusal::bad_request(
                "clientCertificateAuthentication can only be read; send a pkcs12Certificate.",
            ));
        }
        Some((given, "#microsoft.graph.pkcs12Certificate")) => object(
            json!({"@odata.type": CERTIFICATES, "certificateList": [certificate(given, clock)?]}),
        ),
        Some((given, _)) => {
            let mut kept = given.clone();
            view::seal("basicAuthentication", &mut kept);
            kept
        }
        None => return Ok(()),
    };
    connector.insert(CONFIGURATION.to_owned(), kept.into());
    Ok(())
}

/// What is told about a certificate. Choice: a text that is no PKCS#12 file is taken all the same, as the documented
/// example holds none; its thumbprint is the SHA-1 of the text, and it is valid from 2020 to 2040, or for two years from
/// the time to which the clock was set.
fn certificate(upload: &Object, clock: &Clock) -> Result<Value, Refusal> {
    let text = text_of(upload, "pkcs12Value");
    let plausible = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte);
    if text.is_empty() || !text.bytes().all(plausible) {
        return Err(Refusal::bad_request(
            "The value of 'pkcs12Value' is not base64.",
        ));
    }
    let (bytes, (from, until)) = match opened(text, text_of(upload, "password")) {
        Some(opened) => opened,
        None => (text.as_bytes().to_vec(), validity(clock)),
    };
    let thumbprint: String = Sha1::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    Ok(json!({"thumbprint": thumbprint, "notBefore": from, "notAfter": until, "isActive": true}))
}

/// The certificate of a PKCS#12 file, and the seconds between which it is valid.
fn opened(text: &str, password: &str) -> Option<(Vec<u8>, (i64, i64))> {
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
