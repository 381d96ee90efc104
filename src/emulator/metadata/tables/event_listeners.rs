//! The types of authentication event listeners, and of the handlers that only listeners have.
//! Holds no logic.

use crate::emulator::metadata::builders::{abstract_type, concrete, property, string};
use crate::emulator::metadata::types::{Property, PropertyType, Type};

/// A listener has one handler, of the type for its event.
const fn handler(declared: &'static str) -> Property {
    property("handler", PropertyType::Complex(declared)).required()
}

/// Listeners and handlers.
pub(crate) static TYPES: &[Type] = &[
    abstract_type(
        "authenticationEventListener",
        &[
            string("id").read_only(),
            // The page about updates has conditions and handler only; according to the type, the name can change.
            string("displayName"),
            string("authenticationEventsFlowId").read_only(),
            property(
                "conditions",
                PropertyType::Complex("authenticationConditions"),
            ),
            property("priority", PropertyType::Int32)
                .create_only()
                .not_null()
                .beta(),
        ],
    ),
    concrete(
        "onInteractiveAuthFlowStartListener",
        Some("authenticationEventListener"),
        &[handler("onInteractiveAuthFlowStartHandler")],
    ),
    concrete(
        "onAuthenticationMethodLoadStartListener",
        Some("authenticationEventListener"),
        &[handler("onAuthenticationMethodLoadStartHandler")],
    ),
    concrete(
        "onAttributeCollectionListener",
        Some("authenticationEventListener"),
        &[handler("onAttributeCollectionHandler")],
    ),
    concrete(
        "onAttributeCollectionStartListener",
        Some("authenticationEventListener"),
        &[handler("onAttributeCollectionStartHandler")],
    ),
    concrete(
        "onAttributeCollectionSubmitListener",
        Some("authenticationEventListener"),
        &[handler("onAttributeCollectionSubmitHandler")],
    ),
    concrete(
        "onUserCreateStartListener",
        Some("authenticationEventListener"),
        &[handler("onUserCreateStartHandler")],
    ),
    concrete(
        "onTokenIssuanceStartListener",
        Some("authenticationEventListener"),
        &[handler("onTokenIssuanceStartHandler")],
    ),
    concrete(
        "onEmailOtpSendListener",
        Some("authenticationEventListener"),
        &[handler("onOtpSendHandler")],
    ),
    concrete(
        "onPasswordSubmitListener",
        Some("authenticationEventListener"),
        &[handler("onPasswordSubmitHandler")],
    ),
    concrete(
        "onFraudProtectionLoadStartListener",
        Some("authenticationEventListener"),
        &[handler("onFraudProtectionLoadStartHandler")],
    ),
    concrete(
        "onPhoneMethodLoadStartListener",
        Some("authenticationEventListener"),
        &[handler("onPhoneMethodLoadStartHandler")],
    ),
    concrete(
        "onVerifiedIdClaimValidationListener",
        Some("authenticationEventListener"),
        &[handler("onVerifiedIdClaimValidationHandler")],
    ),
    abstract_type("onFraudProtectionLoadStartHandler", &[]),
    concrete(
        "onFraudProtectionLoadStartExternalUsersAuthHandler",
        Some("onFraudProtectionLoadStartHandler"),
        &[property(
            "signUp",
            PropertyType::Complex("fraudProtectionConfiguration"),
        )],
    ),
    abstract_type("fraudProtectionConfiguration", &[]),
    concrete(
        "fraudProtectionProviderConfiguration",
        Some("fraudProtectionConfiguration"),
        &[property(
            "fraudProtectionProvider",
            PropertyType::Complex("fraudProtectionProvider"),
        )],
    ),
    // A relation in the metadata; the example sends and returns the provider inline, by its id.
    abstract_type("fraudProtectionProvider", &[string("id").required()]),
    concrete(
        "arkoseFraudProtectionProvider",
        Some("fraudProtectionProvider"),
        &[],
    ),
    concrete(
        "humanSecurityFraudProtectionProvider",
        Some("fraudProtectionProvider"),
        &[],
    ),
    abstract_type("onPhoneMethodLoadStartHandler", &[]),
    concrete(
        "onPhoneMethodLoadStartExternalUsersAuthHandler",
        Some("onPhoneMethodLoadStartHandler"),
        &[
            // The guide about regions has them in v1.0; `event_listeners` decides.
            property("smsOptions", PropertyType::Complex("phoneOptions")).not_null(),
            property("voiceOptions", PropertyType::Complex("phoneOptions")).not_null(),
        ],
    ),
    concrete(
        "phoneOptions",
        None,
        &[
            property("defaultRegions", PropertyType::Int32s)
                .not_null()
                .read_only(),
            property("excludeRegions", PropertyType::Int32s).not_null(),
            property("includeAdditionalRegions", PropertyType::Int32s).not_null(),
        ],
    ),
];
