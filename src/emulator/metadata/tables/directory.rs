//! The types of directory objects (applications, service principals, a policy), with the few properties that are needed.
//! Holds no logic.

use crate::emulator::metadata::builders::{concrete, property, string};
use crate::emulator::metadata::types::{PropertyType, Type};

/// Directory objects.
pub(crate) static TYPES: &[Type] = &[
    concrete(
        "application",
        None,
        &[
            string("id").read_only(),
            string("appId").read_only(),
            string("displayName").read_only(),
        ],
    ),
    concrete(
        "servicePrincipal",
        None,
        &[
            string("id").read_only(),
            string("appId").read_only(),
            string("displayName").read_only(),
            property(
                "appRoleAssignments",
                PropertyType::References("appRoleAssignment"),
            )
            .read_only(),
        ],
    ),
    concrete(
        "authenticationFlowsPolicy",
        None,
        &[
            string("id")
                .read_only()
                .default("authenticationFlowsPolicy"),
            string("displayName")
                .read_only()
                .default("Authentication flows policy"),
            string("description")
                .read_only()
                .default("Says how people may sign up in this directory."),
            property(
                "selfServiceSignUp",
                PropertyType::Complex("selfServiceSignUpAuthenticationFlowConfiguration"),
            )
            .not_null(),
        ],
    ),
    // No page says which methods a new tenant has.
    concrete(
        "b2cAuthenticationMethodsPolicy",
        None,
        &[
            string("id")
                .read_only()
                .default("b2CAuthenticationMethodsPolicy"),
            property(
                "isEmailPasswordAuthenticationEnabled",
                PropertyType::Boolean,
            )
            .required()
            .not_null()
            .default("true"),
            property("isUserNameAuthenticationEnabled", PropertyType::Boolean)
                .required()
                .not_null()
                .default("false"),
            property(
                "isPhoneOneTimePasswordAuthenticationEnabled",
                PropertyType::Boolean,
            )
            .required()
            .not_null()
            .default("false"),
        ],
    ),
    concrete(
        "selfServiceSignUpAuthenticationFlowConfiguration",
        None,
        &[property("isEnabled", PropertyType::Boolean)
            .not_null()
            .default("false")],
    ),
];
