//! Checks whether people can sign in through user flows, by the OpenID Connect metadata that applications read.
//! Never signs in, sends no token, and changes nothing.
//!
//! `flows` says which flows have an address, `domains` at which domains, `metadata` compares; `check` reads and waits.

mod check;
mod domains;
mod flows;
mod metadata;

pub use check::{SignInCheck, SignInService};
pub use domains::domains;
pub use flows::{FlowToCheck, PlaceToCheck, flows, kinds_with_addresses};

use crate::model::Address;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignInReport {
    /// The flows by address, each with an entry for each domain.
    pub entries: Vec<SignInEntry>,
}

/// What the check of a flow found at one domain.
#[derive(Clone, Debug, PartialEq)]
pub struct SignInEntry {
    /// The flow.
    pub flow: Address,
    /// The address of its metadata; `None` if nothing was read.
    pub url: Option<String>,
    /// The finding.
    pub outcome: SignInOutcome,
}

/// What the metadata of a flow says.
#[derive(Clone, Debug, PartialEq)]
pub enum SignInOutcome {
    /// It is that of the flow.
    Works,
    /// There is nothing to read, for this reason.
    NotChecked(&'static str),
    /// The tenant does not have the flow.
    Missing,
    /// The server does not have it.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the server says.
        message: String,
    },
    /// The server redirects to another host.
    Redirected {
        /// The target.
        to: String,
    },
    /// It is not that of the flow: each difference in a sentence.
    Differs(Vec<String>),
    /// The server does not answer.
    NoAnswer(String),
}

impl SignInOutcome {
    /// The name in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::NotChecked(_) => "notChecked",
            Self::Missing => "missing",
            Self::Refused { .. } => "refused",
            Self::Redirected { .. } => "redirected",
            Self::Differs(_) => "differs",
            Self::NoAnswer(_) => "noAnswer",
        }
    }

    /// Whether people cannot sign in, or not where they should.
    pub fn fails(&self) -> bool {
        !matches!(self, Self::Works | Self::NotChecked(_))
    }

    /// Whether a change of a moment ago may not show yet.
    fn may_be_late(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Differs(_))
    }

    /// What was found, in sentences.
    pub fn messages(&self) -> Vec<String> {
        match self {
            Self::Works => Vec::new(),
            Self::NotChecked(reason) => vec![(*reason).to_owned()],
            Self::Missing => vec!["the tenant does not have the flow".to_owned()],
            Self::Refused { status, message } => vec![format!("{status}: {message}")],
            Self::Redirected { to } => vec![format!("a redirect to {to}, which is not followed")],
            Self::Differs(differences) => differences.clone(),
            Self::NoAnswer(message) => vec![message.clone()],
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Works | Self::NotChecked(_) => None,
            Self::Missing => Some("`entraflow apply` creates it"),
            Self::Refused { .. } => Some(
                "a new flow may not be served yet; else check that the domain belongs to the tenant: \
                 `tenantId` and `signInDomains` in the tenant document",
            ),
            Self::Redirected { .. } => {
                Some("check who answers at this domain: its DNS record, and the proxy behind it")
            }
            Self::Differs(_) => Some(
                "check that the domain belongs to the tenant: `tenantId` and `signInDomains` in the \
                 tenant document, and the proxy behind a custom domain",
            ),
            Self::NoAnswer(_) => Some(
                "open the address in a browser: if it answers there, check the network and the proxy \
                 settings of this machine",
            ),
        }
    }
}

impl SignInReport {
    /// Whether no flow fails.
    pub fn is_success(&self) -> bool {
        !self.entries.iter().any(|entry| entry.outcome.fails())
    }

    /// The flows with their entries.
    pub fn flows(&self) -> impl Iterator<Item = &[SignInEntry]> {
        self.entries.chunk_by(|one, next| one.flow == next.flow)
    }
}
