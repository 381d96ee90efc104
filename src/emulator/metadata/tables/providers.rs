//! The types of identity providers.
//! Holds no logic.

use crate::emulator::metadata::builders::{abstract_type, concrete, property, string};
use crate::emulator::metadata::types::{PropertyType, Type};

const RESPONSE_TYPES: &[&str] = &["code", "id_token", "token"];
const RESPONSE_MODES: &[&str] = &["form_post", "query"];
const PROVIDER_STATES: &[&str] = &["enabled", "disabled"];

/// Every type of provider.
pub(crate) static TYPES: &[Type] = &[
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
        &[
            string("id").read_only(),
            string("displayName"),
            // Recorded answers of External ID have it, and pages show it for one type.
            string("supportedTenantTypes").read_only(),
        ],
    ),
    concrete(
        "builtInIdentityProvider",
        Some("identityProviderBase"),
        &[
            string("displayName").read_only(),
            string("identityProviderType").read_only(),
            property("state", PropertyType::Enum(PROVIDER_STATES))
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
            property("responseType", PropertyType::Enum(RESPONSE_TYPES))
                .required()
                .not_null(),
            property("responseMode", PropertyType::Enum(RESPONSE_MODES))
                .required()
                .not_null(),
            property("claimsMapping", PropertyType::Complex("claimsMapping")).required(),
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
    concrete(
        "oidcIdentityProvider",
        Some("identityProviderBase"),
        &[
            string("displayName").required(),
            string("clientId").required().not_null(),
            string("issuer").required().not_null(),
            string("wellKnownEndpoint").required(),
            property("responseType", PropertyType::Enum(RESPONSE_TYPES))
                .required()
                .not_null(),
            string("scope").required().not_null(),
            property(
                "clientAuthentication",
                PropertyType::Complex("oidcClientAuthentication"),
            )
            .required()
            .not_null(),
            property(
                "inboundClaimMapping",
                PropertyType::Complex("oidcInboundClaimMappingOverride"),
            ),
        ],
    ),
    abstract_type("oidcClientAuthentication", &[]),
    concrete(
        "oidcClientSecretAuthentication",
        Some("oidcClientAuthentication"),
        &[string("clientSecret").required().not_null().secret()],
    ),
    concrete(
        "oidcPrivateJwtKeyClientAuthentication",
        Some("oidcClientAuthentication"),
        &[],
    ),
    concrete(
        "oidcInboundClaimMappingOverride",
        None,
        &[
            string("sub"),
            string("name"),
            string("given_name"),
            string("family_name"),
            string("email"),
            string("email_verified"),
            string("phone_number"),
            string("phone_number_verified"),
            property("address", PropertyType::Complex("oidcAddressInboundClaims")),
        ],
    ),
    concrete(
        "oidcAddressInboundClaims",
        None,
        &[
            string("street_address"),
            string("locality"),
            string("region"),
            string("postal_code"),
            string("country"),
        ],
    ),
];
