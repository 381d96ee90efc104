//! The types of custom authentication extensions, and of the handlers that call them.
//! Holds no logic.

use crate::emulator::metadata::builders::{
    abstract_type, concrete, derived_abstract, property, string,
};
use crate::emulator::metadata::types::{Property, PropertyType, Type};

const OVERWRITE: Property = property(
    "configuration",
    PropertyType::Complex("customExtensionOverwriteConfiguration"),
);

/// Extensions, their parts, handlers.
pub(crate) static TYPES: &[Type] = &[
    abstract_type(
        "customCalloutExtension",
        &[
            string("id").read_only(),
            string("displayName"),
            string("description"),
            property(
                "authenticationConfiguration",
                PropertyType::Complex("customExtensionAuthenticationConfiguration"),
            )
            .required(),
            property(
                "clientConfiguration",
                PropertyType::Complex("customExtensionClientConfiguration"),
            ),
            property(
                "endpointConfiguration",
                PropertyType::Complex("customExtensionEndpointConfiguration"),
            ),
        ],
    ),
    derived_abstract(
        "customAuthenticationExtension",
        "customCalloutExtension",
        &[property(
            "behaviorOnError",
            PropertyType::Complex("customExtensionBehaviorOnError"),
        )],
    ),
    concrete(
        "onTokenIssuanceStartCustomExtension",
        Some("customAuthenticationExtension"),
        &[property(
            "claimsForTokenConfiguration",
            PropertyType::Complexes("onTokenIssuanceStartReturnClaim"),
        )],
    ),
    concrete(
        "onAttributeCollectionStartCustomExtension",
        Some("customAuthenticationExtension"),
        &[],
    ),
    concrete(
        "onAttributeCollectionSubmitCustomExtension",
        Some("customAuthenticationExtension"),
        &[],
    ),
    concrete(
        "onOtpSendCustomExtension",
        Some("customAuthenticationExtension"),
        &[],
    ),
    concrete(
        "onPasswordSubmitCustomExtension",
        Some("customAuthenticationExtension"),
        &[],
    ),
    concrete(
        "onVerifiedIdClaimValidationCustomExtension",
        Some("customAuthenticationExtension"),
        &[],
    ),
    concrete(
        "onTokenIssuanceStartReturnClaim",
        None,
        &[string("claimIdInApiResponse")],
    ),
    abstract_type("customExtensionAuthenticationConfiguration", &[]),
    concrete(
        "azureAdTokenAuthentication",
        Some("customExtensionAuthenticationConfiguration"),
        &[string("resourceId").required()],
    ),
    concrete(
        "azureAdPopTokenAuthentication",
        Some("customExtensionAuthenticationConfiguration"),
        &[],
    ),
    abstract_type("customExtensionEndpointConfiguration", &[]),
    concrete(
        "httpRequestEndpoint",
        Some("customExtensionEndpointConfiguration"),
        &[string("targetUrl").required()],
    ),
    concrete(
        "logicAppTriggerEndpointConfiguration",
        Some("customExtensionEndpointConfiguration"),
        &[
            string("subscriptionId"),
            string("resourceGroupName"),
            string("logicAppWorkflowName"),
            string("url").read_only(),
        ],
    ),
    concrete(
        "customExtensionClientConfiguration",
        None,
        &[
            property("timeoutInMilliseconds", PropertyType::Int32),
            property("maximumRetries", PropertyType::Int32),
        ],
    ),
    // One example sends this abstract type itself, without any property.
    abstract_type("customExtensionBehaviorOnError", &[]),
    concrete(
        "fallbackToMicrosoftProviderOnError",
        Some("customExtensionBehaviorOnError"),
        &[],
    ),
    concrete(
        "customExtensionOverwriteConfiguration",
        None,
        &[
            property(
                "behaviorOnError",
                PropertyType::Complex("customExtensionBehaviorOnError"),
            ),
            property(
                "clientConfiguration",
                PropertyType::Complex("customExtensionClientConfiguration"),
            ),
        ],
    ),
    concrete(
        "authenticationConfigurationValidationParameters",
        None,
        &[
            property(
                "endpointConfiguration",
                PropertyType::Complex("customExtensionEndpointConfiguration"),
            ),
            property(
                "authenticationConfiguration",
                PropertyType::Complex("customExtensionAuthenticationConfiguration"),
            ),
        ],
    ),
    abstract_type("onTokenIssuanceStartHandler", &[]),
    concrete(
        "onTokenIssuanceStartCustomExtensionHandler",
        Some("onTokenIssuanceStartHandler"),
        &[
            OVERWRITE,
            property(
                "customExtension",
                PropertyType::Reference("onTokenIssuanceStartCustomExtension"),
            ),
        ],
    ),
    abstract_type("onAttributeCollectionStartHandler", &[]),
    concrete(
        "onAttributeCollectionStartCustomExtensionHandler",
        Some("onAttributeCollectionStartHandler"),
        &[
            OVERWRITE,
            property(
                "customExtension",
                PropertyType::Reference("onAttributeCollectionStartCustomExtension"),
            ),
        ],
    ),
    abstract_type("onAttributeCollectionSubmitHandler", &[]),
    concrete(
        "onAttributeCollectionSubmitCustomExtensionHandler",
        Some("onAttributeCollectionSubmitHandler"),
        &[
            OVERWRITE,
            property(
                "customExtension",
                PropertyType::Reference("onAttributeCollectionSubmitCustomExtension"),
            ),
        ],
    ),
    abstract_type("onOtpSendHandler", &[]),
    concrete(
        "onOtpSendCustomExtensionHandler",
        Some("onOtpSendHandler"),
        &[
            OVERWRITE,
            property(
                "customExtension",
                PropertyType::Reference("onOtpSendCustomExtension"),
            ),
        ],
    ),
    abstract_type("onPasswordSubmitHandler", &[]),
    concrete(
        "onPasswordMigrationCustomExtensionHandler",
        Some("onPasswordSubmitHandler"),
        &[
            string("migrationPropertyId").required().not_null(),
            OVERWRITE,
            property(
                "customExtension",
                PropertyType::Reference("onPasswordSubmitCustomExtension"),
            ),
        ],
    ),
    abstract_type("onVerifiedIdClaimValidationHandler", &[]),
    concrete(
        "onVerifiedIdClaimValidationCustomExtensionHandler",
        Some("onVerifiedIdClaimValidationHandler"),
        &[
            OVERWRITE,
            property(
                "customExtension",
                PropertyType::Reference("onVerifiedIdClaimValidationCustomExtension"),
            ),
        ],
    ),
];
