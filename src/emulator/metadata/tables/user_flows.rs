//! The types of b2x and b2c user flows and of the objects that belong to them.
//! Holds no logic.

use crate::emulator::metadata::builders::{abstract_type, concrete, property, string};
use crate::emulator::metadata::types::{PropertyType, Type};

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
            property("userFlowType", PropertyType::Enum(FLOW_TYPES))
                .required()
                .create_only()
                .not_null(),
            property("userFlowTypeVersion", PropertyType::Single)
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
                PropertyType::Complex("userFlowApiConnectorConfiguration"),
            )
            .create_only(),
            property(
                "identityProviders",
                PropertyType::References("identityProvider"),
            )
            .create_only(),
            property(
                "userFlowIdentityProviders",
                PropertyType::References("identityProviderBase"),
            )
            .read_only(),
            property(
                "userAttributeAssignments",
                PropertyType::References("identityUserFlowAttributeAssignment"),
            )
            .read_only(),
            property(
                "languages",
                PropertyType::References("userFlowLanguageConfiguration"),
            )
            .read_only(),
        ],
    ),
    concrete(
        "b2cIdentityUserFlow",
        Some("identityUserFlow"),
        &[
            property("isLanguageCustomizationEnabled", PropertyType::Boolean).not_null(),
            string("defaultLanguageTag"),
            property(
                "apiConnectorConfiguration",
                PropertyType::Complex("userFlowApiConnectorConfiguration"),
            )
            .create_only(),
            property(
                "identityProviders",
                PropertyType::References("identityProvider"),
            )
            .create_only(),
            property(
                "userFlowIdentityProviders",
                PropertyType::References("identityProviderBase"),
            )
            .read_only(),
            property(
                "userAttributeAssignments",
                PropertyType::References("identityUserFlowAttributeAssignment"),
            )
            .read_only(),
            property(
                "languages",
                PropertyType::References("userFlowLanguageConfiguration"),
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
                PropertyType::Reference("identityApiConnector"),
            ),
            property(
                "postAttributeCollection",
                PropertyType::Reference("identityApiConnector"),
            ),
            property(
                "preTokenIssuance",
                PropertyType::Reference("identityApiConnector"),
            )
            .beta(),
        ],
    ),
    concrete(
        "identityUserFlowAttributeAssignment",
        None,
        &[
            string("id").read_only(),
            string("displayName").required(),
            property("isOptional", PropertyType::Boolean)
                .required()
                .not_null(),
            // Required according to the page, but not enforced: a widely used client omits it and works.
            property("requiresVerification", PropertyType::Boolean).not_null(),
            property("userInputType", PropertyType::Enum(INPUT_TYPES))
                .required()
                .not_null()
                .pascal_case(),
            property(
                "userAttributeValues",
                PropertyType::Complexes("userAttributeValuesItem"),
            )
            .required(),
            property(
                "userAttribute",
                PropertyType::Reference("identityUserFlowAttribute"),
            )
            .required()
            .create_only(),
        ],
    ),
    concrete(
        "userAttributeValuesItem",
        None,
        &[
            property("isDefault", PropertyType::Boolean)
                .required()
                .not_null(),
            string("name").required(),
            string("value").required(),
        ],
    ),
    concrete(
        "assignmentOrder",
        None,
        &[property("order", PropertyType::Strings).required()],
    ),
    concrete(
        "setOrderParameters",
        None,
        &[property(
            "newAssignmentOrder",
            PropertyType::Complex("assignmentOrder"),
        )
        .required()],
    ),
    concrete(
        "userFlowLanguageConfiguration",
        None,
        &[
            string("id").not_null(),
            property("isEnabled", PropertyType::Boolean).not_null(),
            string("displayName").read_only(),
            property(
                "defaultPages",
                PropertyType::References("userFlowLanguagePage"),
            )
            .read_only(),
            property(
                "overridesPages",
                PropertyType::References("userFlowLanguagePage"),
            )
            .read_only(),
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
            property("userFlowAttributeType", PropertyType::Enum(ATTRIBUTE_TYPES))
                .read_only()
                .not_null(),
            property("dataType", PropertyType::Enum(DATA_TYPES))
                .required()
                .create_only()
                .not_null(),
            // Recorded answers of External ID have it, the metadata does not.
            string("supportedTenantTypes").read_only(),
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
                PropertyType::Complex("apiAuthenticationConfigurationBase"),
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
            PropertyType::Complexes("pkcs12CertificateInformation"),
        )
        .read_only()],
    ),
    concrete(
        "pkcs12CertificateInformation",
        None,
        &[
            string("thumbprint").read_only(),
            property("notAfter", PropertyType::Int64).read_only(),
            property("notBefore", PropertyType::Int64).read_only(),
            property("isActive", PropertyType::Boolean).read_only(),
        ],
    ),
    abstract_type(
        "authenticationListener",
        &[
            string("id").read_only(),
            property("priority", PropertyType::Int32)
                .required()
                .not_null(),
            property(
                "sourceFilter",
                PropertyType::Complex("authenticationSourceFilter"),
            )
            .required(),
        ],
    ),
    concrete(
        "invokeUserFlowListener",
        Some("authenticationListener"),
        &[
            property("userFlow", PropertyType::Reference("b2xIdentityUserFlow"))
                .required()
                .create_only(),
        ],
    ),
    concrete(
        "authenticationSourceFilter",
        None,
        &[property("includeApplications", PropertyType::Strings).required()],
    ),
];
