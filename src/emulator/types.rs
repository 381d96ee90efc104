//! The types of the user-flow family as data: which properties exist, of which type, and who may write them when.
//! Never looks at a request or an answer: `check` and `view` do.
//!
//! Written from the metadata and the reference pages, not from our client. A property that several pages describe
//! differently carries the reason beside it.

/// A complex or entity type.
pub(super) struct Type {
    /// Name without namespace, as the metadata writes it.
    pub(super) name: &'static str,
    base: Option<&'static str>,
    /// A body of an abstract type has to name a derived one in `@odata.type`.
    pub(super) is_abstract: bool,
    properties: &'static [Property],
}

/// One property of a type.
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) access: Access,
    pub(super) required: bool,
    pub(super) nullable: bool,
    /// Comes back as asterisks.
    pub(super) secret: bool,
    /// Exists in beta only.
    pub(super) beta: bool,
    /// Answers write the enum value in PascalCase, as the pages show.
    pub(super) pascal: bool,
}

/// What a property holds.
pub(super) enum Kind {
    String,
    Boolean,
    Single,
    Int32,
    Int64,
    Enum(&'static [&'static str]),
    Strings,
    Complex(&'static str),
    Complexes(&'static str),
    /// A navigation property to one object; bodies name it by `id` or `@odata.id`.
    Reference(&'static str),
    /// A navigation property to many objects.
    References(&'static str),
}

/// When a property may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Always,
    OnCreate,
    Never,
}

impl Type {
    /// The property of this name, compared without regard to case, own ones before inherited ones.
    pub(super) fn property(&'static self, name: &str) -> Option<&'static Property> {
        let own = self
            .properties
            .iter()
            .find(|property| property.name.eq_ignore_ascii_case(name));
        own.or_else(|| self.base.and_then(named)?.property(name))
    }

    /// Every property, inherited ones last and without those that the type states anew.
    pub(super) fn all_properties(&'static self) -> Vec<&'static Property> {
        let mut all: Vec<_> = self.properties.iter().collect();
        for inherited in self
            .base
            .and_then(named)
            .map(Type::all_properties)
            .unwrap_or_default()
        {
            if all.iter().all(|own| own.name != inherited.name) {
                all.push(inherited);
            }
        }
        all
    }

    /// Whether this type is `ancestor` or derives from it.
    pub(super) fn is_a(&'static self, ancestor: &str) -> bool {
        self.name == ancestor
            || self
                .base
                .and_then(named)
                .is_some_and(|base| base.is_a(ancestor))
    }

    /// The value of `@odata.type`.
    pub(super) fn odata_type(&self) -> String {
        format!("#microsoft.graph.{}", self.name)
    }
}

/// The type that an `@odata.type` or a cast segment means: with or without `#`, in any case, with the short namespace
/// of the SDKs or the long one of the draft pages.
pub(super) fn named(name: &str) -> Option<&'static Type> {
    let lower = name.trim_start_matches('#').to_ascii_lowercase();
    let bare = [
        "microsoft.graph.",
        "graph.",
        "microsoft.cpim.api.datamodels.",
    ]
    .iter()
    .find_map(|namespace| lower.strip_prefix(namespace))
    .unwrap_or(&lower);
    // Names that pages use for a type which the metadata calls otherwise.
    let bare = match bare {
        "builtinuserflowattribute" => "identityBuiltInUserFlowAttribute",
        "customuserflowattribute" => "identityCustomUserFlowAttribute",
        "invokeuserflowaction" => "invokeUserFlowListener",
        other => other,
    };
    TYPES
        .iter()
        .find(|candidate| candidate.name.eq_ignore_ascii_case(bare))
}

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

static TYPES: &[Type] = &[
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
