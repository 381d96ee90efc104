//! The table of types, written from the metadata and the reference pages, not from our client.
//! Holds no logic. A property that several pages describe differently carries the reason beside it.

use super::types::{Access, Kind, Property, Type};

const fn property(name: &'static str, kind: Kind) -> Property {
    Property {
        name,
        kind,
        access: Access::Always,
        required: false,
        nullable: true,
        secret: false,
        beta: false,
        pascal: false,
    }
}

const fn string(name: &'static str) -> Property {
    property(name, Kind::String)
}

impl Property {
    const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }
    const fn create_only(self) -> Self {
        Self {
            access: Access::OnCreate,
            ..self
        }
    }
    const fn read_only(self) -> Self {
        Self {
            access: Access::Never,
            ..self
        }
    }
    const fn not_null(self) -> Self {
        Self {
            nullable: false,
            ..self
        }
    }
    const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }
    const fn beta(self) -> Self {
        Self { beta: true, ..self }
    }
    const fn pascal(self) -> Self {
        Self {
            pascal: true,
            ..self
        }
    }
}

const fn concrete(
    name: &'static str,
    base: Option<&'static str>,
    properties: &'static [Property],
) -> Type {
    Type {
        name,
        base,
        is_abstract: false,
        properties,
    }
}

const fn abstract_type(name: &'static str, properties: &'static [Property]) -> Type {
    Type {
        name,
        base: None,
        is_abstract: true,
        properties,
    }
}

// `unknownFutureValue` is in the metadata of most enums; the service has no use for it, so it is not listed here.
const FLOW_TYPES: &[&str] = &[
    "signUp",
    "signIn",
    "signUpOrSignIn",
    "passwordReset",
    "profileUpdate",
    "resourceOwner",
];
const DATA_TYPES: &[&str] = &["string", "boolean", "int64", "stringCollection", "dateTime"];
const INPUT_TYPES: &[&str] = &[
    "textBox",
    "dateTimeDropdown",
    "radioSingleSelect",
    "dropdownSingleSelect",
    "emailBox",
    "checkboxMultiSelect",
];
const ATTRIBUTE_TYPES: &[&str] = &["builtIn", "custom", "required"];
const RESPONSE_TYPES: &[&str] = &["code", "id_token", "token"];
const RESPONSE_MODES: &[&str] = &["form_post", "query"];
const PROVIDER_STATES: &[&str] = &["enabled", "disabled"];

/// Every type of the family.
pub(super) static TYPES: &[Type] = &[
    concrete(
        "identityUserFlow",
        None,
        &[
            string("id").required().create_only().not_null(),
            property("userFlowType", Kind::Enum(FLOW_TYPES))
                .required()
                .create_only()
                .not_null(),
            property("userFlowTypeVersion", Kind::Single)
                .required()
                .create_only()
                .not_null(),
        ],
    ),
    concrete(
        "b2xIdentityUserFlow",
        Some("identityUserFlow"),
        &[
            property(
                "apiConnectorConfiguration",
                Kind::Complex("userFlowApiConnectorConfiguration"),
            )
            .create_only(),
            property("identityProviders", Kind::References("identityProvider")).create_only(),
            property(
                "userFlowIdentityProviders",
                Kind::References("identityProviderBase"),
            )
            .read_only(),
            property(
                "userAttributeAssignments",
                Kind::References("identityUserFlowAttributeAssignment"),
            )
            .read_only(),
            property(
                "languages",
                Kind::References("userFlowLanguageConfiguration"),
            )
            .read_only(),
        ],
    ),
    concrete(
        "b2cIdentityUserFlow",
        Some("identityUserFlow"),
        &[
            property("isLanguageCustomizationEnabled", Kind::Boolean).not_null(),
            string("defaultLanguageTag"),
            property(
                "apiConnectorConfiguration",
                Kind::Complex("userFlowApiConnectorConfiguration"),
            )
            .create_only(),
            property("identityProviders", Kind::References("identityProvider")).create_only(),
            property(
                "userFlowIdentityProviders",
                Kind::References("identityProviderBase"),
            )
            .read_only(),
            property(
                "userAttributeAssignments",
                Kind::References("identityUserFlowAttributeAssignment"),
            )
            .read_only(),
            property(
                "languages",
                Kind::References("userFlowLanguageConfiguration"),
            )
            .read_only(),
        ],
    ),
    concrete(
        "userFlowApiConnectorConfiguration",
        None,
        &[
            property(
                "postFederationSignup",
                Kind::Reference("identityApiConnector"),
            ),
            property(
                "postAttributeCollection",
                Kind::Reference("identityApiConnector"),
            ),
            property("preTokenIssuance", Kind::Reference("identityApiConnector")).beta(),
        ],
    ),
    concrete(
        "identityUserFlowAttributeAssignment",
        None,
        &[
            string("id").read_only(),
            string("displayName").required(),
            property("isOptional", Kind::Boolean).required().not_null(),
            // The page calls it required; a client in wide use leaves it out and works, so it is not enforced.
            property("requiresVerification", Kind::Boolean).not_null(),
            property("userInputType", Kind::Enum(INPUT_TYPES))
                .required()
                .not_null()
                .pascal(),
            property(
                "userAttributeValues",
                Kind::Complexes("userAttributeValuesItem"),
            )
            .required(),
            property(
                "userAttribute",
                Kind::Reference("identityUserFlowAttribute"),
            )
            .required()
            .create_only(),
        ],
    ),
    concrete(
        "userAttributeValuesItem",
        None,
        &[
            property("isDefault", Kind::Boolean).required().not_null(),
            string("name").required(),
            string("value").required(),
        ],
    ),
    concrete(
        "assignmentOrder",
        None,
        &[property("order", Kind::Strings).required()],
    ),
    concrete(
        "setOrderParameters",
        None,
        &[property("newAssignmentOrder", Kind::Complex("assignmentOrder")).required()],
    ),
    concrete(
        "userFlowLanguageConfiguration",
        None,
        &[
            string("id").not_null(),
            property("isEnabled", Kind::Boolean).not_null(),
            string("displayName").read_only(),
            property("defaultPages", Kind::References("userFlowLanguagePage")).read_only(),
            property("overridesPages", Kind::References("userFlowLanguagePage")).read_only(),
        ],
    ),
    concrete("userFlowLanguagePage", None, &[string("id").read_only()]),
    concrete(
        "identityUserFlowAttribute",
        None,
        &[
            string("id").read_only(),
            string("displayName").required().create_only(),
            string("description"),
            property("userFlowAttributeType", Kind::Enum(ATTRIBUTE_TYPES))
                .read_only()
                .not_null(),
            property("dataType", Kind::Enum(DATA_TYPES))
                .required()
                .create_only()
                .not_null(),
        ],
    ),
    concrete(
        "identityBuiltInUserFlowAttribute",
        Some("identityUserFlowAttribute"),
        &[],
    ),
    concrete(
        "identityCustomUserFlowAttribute",
        Some("identityUserFlowAttribute"),
        &[],
    ),
    concrete(
        "identityApiConnector",
        None,
        &[
            string("id").read_only(),
            string("displayName").required(),
            string("targetUrl").required(),
            property(
                "authenticationConfiguration",
                Kind::Complex("apiAuthenticationConfigurationBase"),
            )
            .required(),
        ],
    ),
    abstract_type("apiAuthenticationConfigurationBase", &[]),
    concrete(
        "basicAuthentication",
        Some("apiAuthenticationConfigurationBase"),
        &[
            string("username").required(),
            string("password").required().secret(),
        ],
    ),
    concrete(
        "pkcs12Certificate",
        Some("apiAuthenticationConfigurationBase"),
        &[
            string("pkcs12Value").required().secret(),
            string("password").required().secret(),
        ],
    ),
    concrete(
        "clientCertificateAuthentication",
        Some("apiAuthenticationConfigurationBase"),
        &[property(
            "certificateList",
            Kind::Complexes("pkcs12CertificateInformation"),
        )
        .read_only()],
    ),
    concrete(
        "pkcs12CertificateInformation",
        None,
        &[
            string("thumbprint").read_only(),
            property("notAfter", Kind::Int64).read_only(),
            property("notBefore", Kind::Int64).read_only(),
            property("isActive", Kind::Boolean).read_only(),
        ],
    ),
    concrete(
        "identityProvider",
        None,
        &[
            string("id").read_only(),
            string("type").required().create_only(),
            string("name"),
            string("clientId").required(),
            string("clientSecret").required().secret(),
        ],
    ),
    abstract_type(
        "identityProviderBase",
        &[string("id").read_only(), string("displayName")],
    ),
    concrete(
        "builtInIdentityProvider",
        Some("identityProviderBase"),
        &[
            string("displayName").read_only(),
            string("identityProviderType").read_only(),
            property("state", Kind::Enum(PROVIDER_STATES))
                .read_only()
                .beta(),
        ],
    ),
    concrete(
        "socialIdentityProvider",
        Some("identityProviderBase"),
        &[
            string("displayName").required(),
            string("identityProviderType").required().create_only(),
            string("clientId").required(),
            string("clientSecret").required().secret(),
        ],
    ),
    concrete(
        "appleManagedIdentityProvider",
        Some("identityProviderBase"),
        &[
            string("displayName").required(),
            string("developerId").required(),
            string("serviceId").required(),
            string("keyId").required(),
            string("certificateData").required().secret(),
        ],
    ),
    concrete(
        "openIdConnectIdentityProvider",
        Some("identityProviderBase"),
        &[
            string("displayName").required(),
            string("clientId").required(),
            // Required for `responseType` code only, which `providers` checks.
            string("clientSecret").secret(),
            string("scope").required(),
            string("metadataUrl").required(),
            string("domainHint"),
            property("responseType", Kind::Enum(RESPONSE_TYPES))
                .required()
                .not_null(),
            property("responseMode", Kind::Enum(RESPONSE_MODES))
                .required()
                .not_null(),
            property("claimsMapping", Kind::Complex("claimsMapping")).required(),
        ],
    ),
    concrete(
        "claimsMapping",
        None,
        &[
            string("userId").required(),
            string("displayName").required(),
            string("email"),
            string("givenName"),
            string("surname"),
        ],
    ),
    abstract_type(
        "authenticationListener",
        &[
            string("id").read_only(),
            property("priority", Kind::Int32).required().not_null(),
            property("sourceFilter", Kind::Complex("authenticationSourceFilter")).required(),
        ],
    ),
    concrete(
        "invokeUserFlowListener",
        Some("authenticationListener"),
        &[property("userFlow", Kind::Reference("b2xIdentityUserFlow"))
            .required()
            .create_only()],
    ),
    concrete(
        "authenticationSourceFilter",
        None,
        &[property("includeApplications", Kind::Strings).required()],
    ),
];
