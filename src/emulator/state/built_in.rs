//! The objects of a new tenant: attributes, providers, applications, languages and pages.
//! Holds data only. What a client can see and no source shows is answered by `assumptions`.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::assumptions::{B2cLanguages, DefaultAssignments};
use crate::emulator::state::ids::derived_id;
use crate::emulator::state::object::{Object, object};
use crate::emulator::state::tenant_type::TenantType;

/// Built-in attributes: id, display name. The ids are PascalCase as in the B2C examples; External ID writes them in
/// camelCase. All tenants have the ten that the External ID page lists.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("City", "City"),
    ("Country", "Country/Region"),
    ("DisplayName", "Display Name"),
    ("Email", "Email Address"),
    ("GivenName", "Given Name"),
    ("JobTitle", "Job Title"),
    ("PostalCode", "Postal Code"),
    ("State", "State/Province"),
    ("StreetAddress", "Street Address"),
    ("Surname", "Surname"),
];

/// Social providers that each tenant type can have, in the order of `availableProviderTypes`.
pub(crate) fn social_types(tenant_type: TenantType) -> &'static [&'static str] {
    match tenant_type {
        TenantType::B2c => &[
            "Microsoft",
            "Google",
            "Facebook",
            "Amazon",
            "LinkedIn",
            "Weibo",
            "QQ",
            "WeChat",
            "Twitter",
            "GitHub",
        ],
        TenantType::Workforce | TenantType::External => &["Facebook", "Google"],
    }
}

/// The result of `availableProviderTypes`.
pub(crate) fn available_provider_types(tenant_type: TenantType) -> Vec<&'static str> {
    let social = social_types(tenant_type).to_vec();
    match tenant_type {
        TenantType::B2c => [social, vec!["AppleManaged", "OpenIdConnect"]].concat(),
        TenantType::Workforce => [vec!["MicrosoftAccount", "EmailOTP"], social].concat(),
        // No page shows the list of an external tenant.
        TenantType::External => [vec!["EmailOTP"], social, vec!["AppleManaged"]].concat(),
    }
}

/// The built-in attributes.
pub(crate) fn attributes(tenant_type: TenantType) -> Vec<Object> {
    ATTRIBUTES
        .iter()
        .map(|(id, display_name)| {
            let id = match tenant_type {
                TenantType::External => uncapitalized(id),
                TenantType::Workforce | TenantType::B2c => (*id).to_owned(),
            };
            object(json!({
                "id": id,
                "displayName": display_name,
                "description": format!("Your {}", display_name.to_lowercase()),
                "userFlowAttributeType": "builtIn",
                "dataType": "string",
            }))
        })
        .collect()
}

/// The built-in providers: id, display name, type.
pub(crate) fn providers(tenant_type: TenantType) -> Vec<Object> {
    let entra = (
        "AADSignup-OAUTH",
        "Azure Active Directory Sign up",
        "AADSignup",
    );
    let one_time = (
        "EmailOtpSignup-OAUTH",
        "Email One Time Passcode",
        "EmailOTP",
    );
    let present = match tenant_type {
        TenantType::Workforce => vec![
            entra,
            ("MSASignup-OAUTH", "MicrosoftAccount", "MicrosoftAccount"),
            one_time,
        ],
        TenantType::External => vec![
            entra,
            one_time,
            (
                "EmailPassword-OAUTH",
                "Email with password",
                "EmailPassword",
            ),
        ],
        TenantType::B2c => vec![],
    };
    present
        .into_iter()
        .map(|(id, display_name, provider_type)| {
            object(json!({
                "@odata.type": "#microsoft.graph.builtInIdentityProvider",
                "id": id,
                "displayName": display_name,
                "identityProviderType": provider_type,
                "state": null,
            }))
        })
        .collect()
}

/// The sign-in identifiers that every external tenant has: name, type, whether it is enabled. No page says which are.
const IDENTIFIERS: &[(&str, &str, bool)] = &[
    ("Email", "emailSignInIdentifier", true),
    ("UPN", "upnSignInIdentifier", false),
    ("Username", "usernameSignInIdentifier", false),
];

/// The built-in sign-in identifiers.
pub(crate) fn sign_in_identifiers(tenant_type: TenantType) -> Vec<Object> {
    let present = match tenant_type {
        TenantType::External => IDENTIFIERS,
        TenantType::Workforce | TenantType::B2c => &[],
    };
    let identifier = |(name, of_type, is_enabled): &(&str, &str, bool)| {
        object(json!({
            "@odata.type": format!("#microsoft.graph.{of_type}"),
            "id": name,
            "isEnabled": is_enabled,
        }))
    };
    present.iter().map(identifier).collect()
}

/// Whether an identifier of this name is built in.
pub(crate) fn is_sign_in_identifier(name: &str) -> bool {
    let mut names = IDENTIFIERS.iter().map(|(name, ..)| name);
    names.any(|known| known.eq_ignore_ascii_case(name))
}

/// The built-in applications: appId, display name. A new external tenant has three, so that its user flows can be
/// linked to some; a real tenant has none.
pub(crate) fn applications(tenant_type: TenantType) -> &'static [(&'static str, &'static str)] {
    match tenant_type {
        TenantType::External => &[
            ("11111111-0000-4000-8000-000000000001", "Shop"),
            ("11111111-0000-4000-8000-000000000002", "Support portal"),
            ("11111111-0000-4000-8000-000000000003", "Loyalty app"),
        ],
        TenantType::Workforce | TenantType::B2c => &[],
    }
}

/// The object id of the service principal of an application.
pub(crate) fn principal_id(app_id: &str) -> Uuid {
    derived_id(&format!("service principal {app_id}"))
}

/// The service principals of those applications. The service may call the API of the last one.
pub(crate) fn principals(tenant_type: TenantType) -> Vec<Object> {
    let all = applications(tenant_type).iter();
    all.map(|(app_id, display_name)| {
        let roles: &[&str] = match *display_name {
            "Loyalty app" => &["CustomAuthenticationExtensions.Receive.Payload"],
            _ => &[],
        };
        object(json!({
            "id": principal_id(app_id).to_string(),
            "appId": app_id,
            "displayName": display_name,
            "appRoleAssignments": roles,
        }))
    })
    .collect()
}

/// The assignments of a new flow: only a b2x flow has some.
pub(crate) fn assignments(family: &str, of_b2x: DefaultAssignments) -> Value {
    let assignment = |id: &str, display_name: &str, is_email: bool| {
        json!({
            "id": id,
            "displayName": display_name,
            "isOptional": false,
            "requiresVerification": is_email,
            "userInputType": if is_email { "emailBox" } else { "textBox" },
            "userAttributeValues": [],
        })
    };
    let email = || assignment("Email", "Email Address", true);
    match (family, of_b2x) {
        ("b2xUserFlows", DefaultAssignments::Email) => json!([email()]),
        ("b2xUserFlows", DefaultAssignments::Several) => json!([
            email(),
            assignment("DisplayName", "Display Name", false),
            assignment("GivenName", "Given Name", false),
        ]),
        _ => json!([]),
    }
}

/// The languages of every b2x flow: tag, native name, English name. The pages show `en` and `de`; these are the languages of
/// Entra's sign-in pages.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("bn", "বাংলা", "Bangla"),
    ("cs", "čeština", "Czech"),
    ("da", "dansk", "Danish"),
    ("de", "Deutsch", "German"),
    ("el", "Ελληνικά", "Greek"),
    ("en", "English", "English"),
    ("es", "español", "Spanish"),
    ("fi", "suomi", "Finnish"),
    ("fr", "français", "French"),
    ("gu", "ગુજરાતી", "Gujarati"),
    ("hi", "हिन्दी", "Hindi"),
    ("hr", "hrvatski", "Croatian"),
    ("hu", "magyar", "Hungarian"),
    ("it", "italiano", "Italian"),
    ("ja", "日本語", "Japanese"),
    ("kn", "ಕನ್ನಡ", "Kannada"),
    ("ko", "한국어", "Korean"),
    ("ml", "മലയാളം", "Malayalam"),
    ("mr", "मराठी", "Marathi"),
    ("ms", "Melayu", "Malay"),
    ("nb", "norsk bokmål", "Norwegian Bokmål"),
    ("nl", "Nederlands", "Dutch"),
    ("pa", "ਪੰਜਾਬੀ", "Punjabi"),
    ("pl", "polski", "Polish"),
    ("pt-BR", "português (Brasil)", "Portuguese (Brazil)"),
    ("pt-PT", "português (Portugal)", "Portuguese (Portugal)"),
    ("ro", "română", "Romanian"),
    ("ru", "русский", "Russian"),
    ("sk", "slovenčina", "Slovak"),
    ("sv", "svenska", "Swedish"),
    ("ta", "தமிழ்", "Tamil"),
    ("te", "తెలుగు", "Telugu"),
    ("th", "ไทย", "Thai"),
    ("tr", "Türkçe", "Turkish"),
    ("zh-Hans", "中文(简体)", "Chinese (Simplified)"),
    ("zh-Hant", "中文(繁體)", "Chinese (Traditional)"),
];

/// The built-in languages of a flow of this family. All are enabled in a b2x flow, only English in a b2c flow.
pub(crate) fn languages(family: &str, of_b2c: B2cLanguages) -> impl Iterator<Item = Object> {
    let is_b2x = family == "b2xUserFlows";
    let has_all = is_b2x || of_b2c == B2cLanguages::All;
    LANGUAGES
        .iter()
        .filter(move |(tag, ..)| has_all || *tag == "en")
        .map(move |(tag, name, _)| {
            let is_enabled = is_b2x || *tag == "en";
            object(json!({"id": tag, "isEnabled": is_enabled, "displayName": name}))
        })
}

/// The name of a language that is added to a b2c flow: `es-ES` is "Spanish (Spain)". The name of an unknown region is its
/// code, that of an unknown language its tag.
pub(crate) fn language_name(tag: &str) -> String {
    let english = |tag: &str| {
        LANGUAGES
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(tag))
            .map(|entry| entry.2)
    };
    let region_name = |region: &str| match region {
        "ES" => "Spain".to_owned(),
        "MX" => "Mexico".to_owned(),
        "US" => "United States".to_owned(),
        "GB" => "United Kingdom".to_owned(),
        "FR" => "France".to_owned(),
        "DE" => "Germany".to_owned(),
        other => other.to_owned(),
    };
    match (english(tag), tag.split_once('-')) {
        (Some(name), _) => name.to_owned(),
        (None, Some((language, region))) if english(language).is_some() => {
            format!(
                "{} ({})",
                english(language).unwrap_or_default(),
                region_name(region)
            )
        }
        _ => tag.to_owned(),
    }
}

/// The pages of every language. These three ids were observed; a real flow has more.
pub(crate) const PAGES: &[&str] = &["idpselections", "phonefactor", "selfasserted1_1"];

/// The content of a default page.
pub(crate) fn default_page() -> Value {
    let strings = [
        (
            "UxElement",
            "alert_message",
            "Are you sure that you want to cancel entering your information?",
        ),
        ("UxElement", "button_continue", "Continue"),
        (
            "ErrorMessage",
            "ServiceThrottled",
            "There are too many requests at this moment. Please wait for some time and try again.",
        ),
    ];
    let localized = strings.map(|(element, id, value)| {
        json!({"ElementType": element, "ElementId": null, "StringId": id, "Override": false, "Value": value})
    });
    json!({"LocalizedStrings": localized})
}

/// The word with a lower-case first letter.
pub(crate) fn uncapitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().to_string() + letters.as_str()
    })
}
