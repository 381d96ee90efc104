//! The rules: their names, which stay, their severities and what they are about.
//! Looks at no object.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Severity;

/// What a change does that people should know before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DangerRule {
    /// A flow keeps no way to sign in.
    NoSignIn,
    /// `https` becomes `http`.
    InsecureUrl,
    /// Another host receives data, or issues tokens.
    OtherHost,
    /// Another tenant of the same host issues tokens.
    OtherTenant,
    /// A host that did not have a credential receives it.
    CredentialToNewHost,
    /// Sign-up is switched off.
    SignUpOff,
    /// A value becomes required.
    AttributeRequired,
    /// An application has no flow any more.
    ApplicationWithoutFlow,
    /// An object is deleted.
    ObjectDeleted,
    /// An object is deleted and created again.
    ObjectReplaced,
}

impl DangerRule {
    /// All of them, the most severe first.
    pub const ALL: [Self; 10] = [
        Self::NoSignIn,
        Self::InsecureUrl,
        Self::OtherHost,
        Self::OtherTenant,
        Self::CredentialToNewHost,
        Self::SignUpOff,
        Self::AttributeRequired,
        Self::ApplicationWithoutFlow,
        Self::ObjectDeleted,
        Self::ObjectReplaced,
    ];

    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// The name on the command line, on screen and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSignIn => "no-sign-in",
            Self::InsecureUrl => "insecure-url",
            Self::OtherHost => "other-host",
            Self::OtherTenant => "other-tenant",
            Self::CredentialToNewHost => "credential-to-new-host",
            Self::SignUpOff => "sign-up-off",
            Self::AttributeRequired => "attribute-required",
            Self::ApplicationWithoutFlow => "application-without-flow",
            Self::ObjectDeleted => "object-deleted",
            Self::ObjectReplaced => "object-replaced",
        }
    }

    /// The severity.
    pub fn severity(self) -> Severity {
        match self {
            Self::NoSignIn | Self::InsecureUrl | Self::OtherHost => Severity::Error,
            Self::OtherTenant | Self::CredentialToNewHost => Severity::Error,
            Self::SignUpOff | Self::AttributeRequired => Severity::Warning,
            Self::ApplicationWithoutFlow => Severity::Warning,
            Self::ObjectDeleted | Self::ObjectReplaced => Severity::Warning,
        }
    }

    /// What it is about, as a sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Self::NoSignIn => "A flow keeps no way to sign in.",
            Self::InsecureUrl => {
                "A connector, an extension or an issuer is reached with http instead of https."
            }
            Self::OtherHost => {
                "Another host receives the data of a connector or an extension, or issues tokens."
            }
            Self::OtherTenant => "Another tenant of the same host issues tokens.",
            Self::CredentialToNewHost => "Another host receives a password or a client secret.",
            Self::SignUpOff => "Sign-up is switched off.",
            Self::AttributeRequired => {
                "People must enter a value that was optional or not asked for."
            }
            Self::ApplicationWithoutFlow => "An application has no flow any more.",
            Self::ObjectDeleted => "An object is deleted.",
            Self::ObjectReplaced => "An object is deleted and created again, with another id.",
        }
    }
}

impl fmt::Display for DangerRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_listed_in_their_order_under_the_names_that_are_saved() {
        for (index, rule) in DangerRule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, index);
            assert_eq!(DangerRule::named(rule.as_str()), Some(rule));
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
        assert!(DangerRule::ALL.is_sorted_by_key(|rule| rule.severity()));
    }
}
