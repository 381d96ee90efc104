//! The types of External ID's user flows: flows, their handlers, the attribute collection page.
//! Holds no logic.
//!
//! Flows are an open type in the metadata: v1.0 also returns its beta properties (`priority`, `includeAllApplications`,
//! `customStringsFileId`). Properties that no metadata declares are refused nevertheless, unless an object has them, and but for
//! `accessPackages`, which pages and recorded bodies have.

use crate::emulator::metadata::builders::{abstract_type, concrete, property, string};
use crate::emulator::metadata::types::{PropertyType, Type};

/// `checkboxSingleSelect` is on one page, but not in the metadata.
const INPUT_TYPES: &[&str] = &[
    "text",
    "radioSingleSelect",
    "checkboxMultiSelect",
    "boolean",
];
const USER_TYPES: &[&str] = &["member", "guest"];

/// Flows, conditions, handlers.
pub(crate) static TYPES: &[Type] = &[
    abstract_type(
        "authenticationEventsFlow",
        &[
            string("id").read_only(),
            string("displayName").required().not_null(),
            string("description"),
            property(
                "conditions",
                PropertyType::Complex("authenticationConditions"),
            ),
            // The page about updates omits it.
            property("priority", PropertyType::Int32)
                .create_only()
                .not_null(),
        ],
    ),
    concrete(
        "externalUsersSelfServiceSignUpEventsFlow",
        Some("authenticationEventsFlow"),
        &[
            property(
                "onInteractiveAuthFlowStart",
                PropertyType::Complex("onInteractiveAuthFlowStartHandler"),
            )
            .required()
            .not_null(),
            property(
                "onAuthenticationMethodLoadStart",
                PropertyType::Complex("onAuthenticationMethodLoadStartHandler"),
            )
            .required()
            .not_null(),
            property(
                "onAttributeCollection",
                PropertyType::Complex("onAttributeCollectionHandler"),
            ),
            property(
                "onAttributeCollectionStart",
                PropertyType::Complex("onAttributeCollectionStartHandler"),
            ),
            property(
                "onAttributeCollectionSubmit",
                PropertyType::Complex("onAttributeCollectionSubmitHandler"),
            ),
            property(
                "onUserCreateStart",
                PropertyType::Complex("onUserCreateStartHandler"),
            ),
        ],
    ),
    concrete(
        "authenticationConditions",
        None,
        &[property(
            "applications",
            PropertyType::Complex("authenticationConditionsApplications"),
        )],
    ),
    concrete(
        "authenticationConditionsApplications",
        None,
        &[
            property("includeAllApplications", PropertyType::Boolean)
                .not_null()
                .beta()
                .returned_in_v1(),
            property(
                "includeApplications",
                PropertyType::Complexes("authenticationConditionApplication"),
            ),
        ],
    ),
    concrete(
        "authenticationConditionApplication",
        None,
        &[string("appId").required().not_null()],
    ),
    abstract_type("onInteractiveAuthFlowStartHandler", &[]),
    concrete(
        "onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp",
        Some("onInteractiveAuthFlowStartHandler"),
        &[property("isSignUpAllowed", PropertyType::Boolean).not_null()],
    ),
    abstract_type("onAuthenticationMethodLoadStartHandler", &[]),
    concrete(
        "onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
        Some("onAuthenticationMethodLoadStartHandler"),
        &[property(
            "identityProviders",
            PropertyType::References("identityProviderBase"),
        )],
    ),
    abstract_type("onAttributeCollectionHandler", &[]),
    concrete(
        "onAttributeCollectionExternalUsersSelfServiceSignUp",
        Some("onAttributeCollectionHandler"),
        &[
            property(
                "attributeCollectionPage",
                PropertyType::Complex("authenticationAttributeCollectionPage"),
            )
            .not_null(),
            property(
                "attributes",
                PropertyType::References("identityUserFlowAttribute"),
            ),
            // The recorded answers have it, the metadata does not.
            property("accessPackages", PropertyType::Strings).not_null(),
        ],
    ),
    concrete(
        "authenticationAttributeCollectionPage",
        None,
        &[
            property(
                "views",
                PropertyType::Complexes("authenticationAttributeCollectionPageViewConfiguration"),
            ),
            // The metadata of v1.0 omits it, its examples have it.
            string("customStringsFileId"),
        ],
    ),
    concrete(
        "authenticationAttributeCollectionPageViewConfiguration",
        None,
        &[
            string("title"),
            string("description"),
            property(
                "inputs",
                PropertyType::Complexes("authenticationAttributeCollectionInputConfiguration"),
            ),
        ],
    ),
    concrete(
        "authenticationAttributeCollectionInputConfiguration",
        None,
        &[
            string("attribute").required().not_null(),
            string("label").required().not_null(),
            // Published scripts omit it.
            property("inputType", PropertyType::Enum(INPUT_TYPES)).not_null(),
            string("defaultValue"),
            property("hidden", PropertyType::Boolean),
            property("editable", PropertyType::Boolean),
            property("writeToDirectory", PropertyType::Boolean),
            property("required", PropertyType::Boolean),
            string("validationRegEx"),
            property(
                "options",
                PropertyType::Complexes("authenticationAttributeCollectionOptionConfiguration"),
            ),
        ],
    ),
    concrete(
        "authenticationAttributeCollectionOptionConfiguration",
        None,
        &[string("label").not_null(), string("value").not_null()],
    ),
    abstract_type("onUserCreateStartHandler", &[]),
    concrete(
        "onUserCreateStartExternalUsersSelfServiceSignUp",
        Some("onUserCreateStartHandler"),
        &[
            property("userTypeToCreate", PropertyType::Enum(USER_TYPES)),
            property("accessPackages", PropertyType::Strings).not_null(),
        ],
    ),
];
