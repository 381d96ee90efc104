//! The types of b2x and b2c user flows and of what belongs to them.
//! Holds no logic.

use super::{abstract_type, concrete, property, string};
use crate::emulator::metadata::types::{Kind, Type};

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

/// Flows, assignments, languages, attributes, connectors, sign-up listeners.
pub(crate) static TYPES: &[Type] = &[
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
