//! `TextRule`: the rules for strings, and their normal forms.
//!
//! Names no field: the schema of a `Spec` selects the rule.

use super::regex_check::{self, RegexError};

/// A rule for strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRule {
    /// Anything.
    Any,
    /// At least one character.
    NonEmpty,
    /// The name of a flow, without Graph's prefix.
    FlowName,
    /// An absolute http or https URL.
    Url,
    /// A GUID.
    Guid,
    /// `api://{host}/{appId}`.
    ResourceId,
    /// A regular expression.
    Regex,
    /// A language tag of RFC 5646.
    LanguageTag,
    /// A date.
    Date,
    /// The domain or GUID of a tenant.
    TenantId,
    /// A domain name.
    Domain,
}

impl TextRule {
    pub(super) fn from_meaning(word: &str) -> Option<Self> {
        Some(match word {
            "nonEmpty" => Self::NonEmpty,
            "flowName" => Self::FlowName,
            "url" => Self::Url,
            "guid" => Self::Guid,
            "resourceId" => Self::ResourceId,
            "regex" => Self::Regex,
            "languageTag" => Self::LanguageTag,
            "date" => Self::Date,
            "tenantId" => Self::TenantId,
            "domain" => Self::Domain,
            _ => return None,
        })
    }

    /// Whether the text matches the rule.
    pub fn accepts(self, text: &str) -> bool {
        let alphanumeric = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
        match self {
            Self::Any => true,
            Self::NonEmpty => !text.is_empty(),
            Self::FlowName => {
                let legal = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
                (1..=64).contains(&text.len()) && text.bytes().all(legal)
            }
            Self::Url => {
                let rest = text
                    .strip_prefix("https://")
                    .or_else(|| text.strip_prefix("http://"));
                rest.is_some_and(|rest| {
                    !rest.is_empty()
                        && !rest.starts_with('/')
                        && !text.contains(char::is_whitespace)
                })
            }
            Self::Date => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
            Self::Guid => uuid::Uuid::try_parse(text).is_ok() && text.len() == 36,
            Self::TenantId => Self::Guid.accepts(text) || is_domain(text),
            Self::Domain => is_domain(text),
            Self::ResourceId => {
                let parts = text
                    .strip_prefix("api://")
                    .and_then(|rest| rest.split_once('/'));
                parts.is_some_and(|(host, id)| {
                    !host.is_empty()
                        && !host.contains(char::is_whitespace)
                        && Self::Guid.accepts(id)
                })
            }
            Self::Regex => !matches!(regex_check::check(text), Some(RegexError::Invalid(_))),
            Self::LanguageTag => {
                let mut parts = text.split('-');
                let first = parts.next().unwrap_or_default();
                (2..=8).contains(&first.len())
                    && first.bytes().all(|b| b.is_ascii_alphabetic())
                    && parts.all(|part| (1..=8).contains(&part.len()) && alphanumeric(part))
            }
        }
    }

    /// The text in normal form: GUIDs in lowercase, language tags as RFC 5646 recommends, `zh-Hans` and `es-ES`.
    pub fn normal(self, text: &str) -> String {
        match self {
            Self::Guid | Self::Domain => text.to_ascii_lowercase(),
            Self::LanguageTag => {
                let mut parts = text.split('-').map(str::to_ascii_lowercase);
                let language = parts.next().unwrap_or_default();
                parts.fold(language, |tag, mut part| {
                    match part.len() {
                        2 => part.make_ascii_uppercase(),
                        4 => part
                            .get_mut(..1)
                            .into_iter()
                            .for_each(str::make_ascii_uppercase),
                        _ => {}
                    }
                    format!("{tag}-{part}")
                })
            }
            Self::Any | Self::NonEmpty | Self::FlowName | Self::Url | Self::Date => text.to_owned(),
            Self::ResourceId | Self::Regex | Self::TenantId => text.to_owned(),
        }
    }

    /// The expected text, for messages after "expected".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Any => "a string",
            Self::NonEmpty => "a non-empty string",
            Self::FlowName => "a name of up to 64 letters, digits, `_`, `-` and `.`",
            Self::Url => "a URL that starts with https:// or http://",
            Self::Guid => "a GUID such as 1fc41a76-3050-4529-8095-9af8897cf63d",
            Self::ResourceId => {
                "of the form api://{host}/{appId}, such as api://api.contoso.com/1fc41a76-3050-4529-8095-9af8897cf63d"
            }
            Self::Regex => "a regular expression",
            Self::Date => "a date such as 2027-03-31",
            Self::TenantId => "a domain such as contoso.onmicrosoft.com, or a GUID",
            Self::Domain => "a domain such as login.contoso.com",
            Self::LanguageTag => "a language tag such as `fr` or `es-ES`",
        }
    }
}

/// Whether this is a domain name with at least two labels, in ASCII.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(legal)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_unifies_spellings_with_the_same_meaning() {
        let cases = [
            (
                TextRule::Guid,
                "1FC41A76-3050-4529-8095-9AF8897CF63D",
                "1fc41a76-3050-4529-8095-9af8897cf63d",
            ),
            (TextRule::LanguageTag, "ES-es", "es-ES"),
            (TextRule::LanguageTag, "zh-hans-cn", "zh-Hans-CN"),
            (TextRule::LanguageTag, "es-419", "es-419"),
            (TextRule::LanguageTag, "x-äöü", "x-äöü"),
            (TextRule::NonEmpty, "As It Is", "As It Is"),
        ];
        for (rule, text, normal) in cases {
            assert_eq!(rule.normal(text), normal);
        }
    }

    #[test]
    fn accepts_rejects_texts_that_graph_rejects() {
        let cases = [
            (TextRule::FlowName, "Partner_2.a-b", true),
            (TextRule::FlowName, "Part ner", false),
            (TextRule::FlowName, "", false),
            (TextRule::FlowName, "Pärtner", false),
            (TextRule::Url, "https://api.contoso.com/x", true),
            (TextRule::Url, "https://", false),
            (TextRule::Url, "api.contoso.com", false),
            (TextRule::Url, "https://a b", false),
            (TextRule::Guid, "1fc41a76-3050-4529-8095-9af8897cf63d", true),
            (TextRule::Guid, "1fc41a7630504529 8095-9af8897cf63d", false),
            (TextRule::Guid, "1fc41a76305045298095-9af8897cf63d", false),
            (TextRule::LanguageTag, "es-ES", true),
            (TextRule::LanguageTag, "zh-Hans-CN", true),
            (TextRule::LanguageTag, "e", false),
            (TextRule::LanguageTag, "es_ES", false),
            (TextRule::Date, "2027-03-31", true),
            (TextRule::Date, "2027-02-30", false),
            (TextRule::NonEmpty, "", false),
            (TextRule::TenantId, "contoso.onmicrosoft.com", true),
            (TextRule::TenantId, "xn--mnchen-3ya.example", true),
            (
                TextRule::TenantId,
                "1FC41A76-3050-4529-8095-9AF8897CF63D",
                true,
            ),
            (TextRule::Domain, "login.contoso.com", true),
            (TextRule::Domain, "https://login.contoso.com", false),
            (TextRule::Domain, "login.contoso.com:8443", false),
            (TextRule::TenantId, "contoso", false),
            (TextRule::TenantId, "common", false),
            (TextRule::TenantId, "contoso.onmicrosoft.com/..", false),
            (TextRule::TenantId, " contoso.com", false),
            (TextRule::TenantId, "contoso..com", false),
            (TextRule::TenantId, "-a.com", false),
            (TextRule::TenantId, "a.com.", false),
        ];
        for (rule, text, accepted) in cases {
            assert_eq!(
                rule.accepts(text),
                accepted,
                "{} for {text:?}",
                rule.expected()
            );
        }
    }
}
