//! The types of what every directory has: applications, service principals, a policy. Few of their properties.
//! Holds no logic.

use super::{concrete, property, string};
use crate::emulator::metadata::types::{Kind, Type};

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
            property("appRoleAssignments", Kind::References("appRoleAssignment")).read_only(),
        ],
    ),
    concrete(
        "authenticationFlowsPolicy",
        None,
        &[
            string("id").read_only(),
            string("displayName").read_only(),
            string("description").read_only(),
            property(
                "selfServiceSignUp",
                Kind::Complex("selfServiceSignUpAuthenticationFlowConfiguration"),
            )
            .not_null(),
        ],
    ),
    concrete(
        "selfServiceSignUpAuthenticationFlowConfiguration",
        None,
        &[property("isEnabled", Kind::Boolean).not_null()],
    ),
];
