//! The types of External ID's user flows: flows, their handlers, the page that asks for attributes.
//! Holds no logic.
//!
//! Flows are an open type in the metadata: what it calls beta (`priority`, `includeAllApplications`,
//! `customStringsFileId`) is shown by v1.0, too. Choice: what no metadata declares is refused all the same.

use super::{abstract_type, concrete, property, string};
use crate::emulator::metadata::types::{Kind, Type};

/// `checkboxSingleSelect` is on one page, but in no metadata.
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
            property("conditions", Kind::Complex("authenticationConditions")),
            // The page about updates does not have it.
            property("priority", Kind::Int32).create_only().not_null(),
        ],
    ),
    concrete(
        "externalUsersSelfServiceSignUpEventsFlow",
        Some("authenticationEventsFlow"),
        &[
            property(
                "onInteractiveAuthFlowStart",
                Kind::Complex("onInteractiveAuthFlowStartHandler"),
            )
            .required()
            .not_null(),
            property(
                "onAuthenticationMethodLoadStart",
                Kind::Complex("onAuthenticationMethodLoadStartHandler"),
            )
            .required()
            .not_null(),
            property(
                "onAttributeCollection",
                Kind::Complex("onAttributeCollectionHandler"),
            ),
            property(
                "onAttributeCollectionStart",
                Kind::Complex("onAttributeCollectionStartHandler"),
            ),
            property(
                "onAttributeCollectionSubmit",
                Kind::Complex("onAttributeCollectionSubmitHandler"),
            ),
            property(
                "onUserCreateStart",
                Kind::Complex("onUserCreateStartHandler"),
            ),
        ],
    ),
    concrete(
        "authenticationConditions",
        None,
        &[property(
            "applications",
            Kind::Complex("authenticationConditionsApplications"),
        )],
    ),
    concrete(
        "authenticationConditionsApplications",
        None,
        &[
            property("includeAllApplications", Kind::Boolean)
                .not_null()
                .beta()
                .shown_early(),
            property(
                "includeApplications",
                Kind::Complexes("authenticationConditionApplication"),
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
        &[property("isSignUpAllowed", Kind::Boolean).not_null()],
    ),
    abstract_type("onAuthenticationMethodLoadStartHandler", &[]),
    concrete(
        "onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
        Some("onAuthenticationMethodLoadStartHandler"),
        &[property(
            "identityProviders",
            Kind::References("identityProviderBase"),
        )],
    ),
    abstract_type("onAttributeCollectionHandler", &[]),
    concrete(
        "onAttributeCollectionExternalUsersSelfServiceSignUp",
        Some("onAttributeCollectionHandler"),
        &[
            property(
                "attributeCollectionPage",
                Kind::Complex("authenticationAttributeCollectionPage"),
            )
            .required()
            .not_null(),
            property("attributes", Kind::References("identityUserFlowAttribute")),
        ],
    ),
    concrete(
        "authenticationAttributeCollectionPage",
        None,
        &[
            property(
                "views",
                Kind::Complexes("authenticationAttributeCollectionPageViewConfiguration"),
            ),
            string("customStringsFileId").beta().shown_early(),
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
                Kind::Complexes("authenticationAttributeCollectionInputConfiguration"),
            ),
        ],
    ),
    concrete(
        "authenticationAttributeCollectionInputConfiguration",
        None,
        &[
            string("attribute").required().not_null(),
            string("label").required().not_null(),
            property("inputType", Kind::Enum(INPUT_TYPES))
                .required()
                .not_null(),
            string("defaultValue"),
            property("hidden", Kind::Boolean),
            property("editable", Kind::Boolean),
            property("writeToDirectory", Kind::Boolean),
            property("required", Kind::Boolean),
            string("validationRegEx"),
            property(
                "options",
                Kind::Complexes("authenticationAttributeCollectionOptionConfiguration"),
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
        &[property("userTypeToCreate", Kind::Enum(USER_TYPES))],
    ),
];
