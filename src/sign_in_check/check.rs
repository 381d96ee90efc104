//! Reads the metadata of flows, and waits for those that were changed a moment ago.
//! Never reads an address twice at once: flows that share one share its result.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::iter::successors;

use futures_util::future::join_all;
use uuid::Uuid;

use super::metadata::{Expected, differences};
use super::{FlowToCheck, PlaceToCheck, SignInEntry, SignInOutcome, SignInReport};
use crate::apply::backoff::Backoff;
use crate::graph::{GraphError, MetadataReader, MetadataResponse, encode_segment};
use crate::model::{Address, ObjectId};

/// Where people sign in to applications of a tenant.
#[derive(Debug, Default)]
pub struct SignInService {
    /// The domains.
    pub domains: Vec<String>,
    /// The tenant in paths: its domain name or id.
    pub tenant: String,
    /// Its id.
    pub tenant_id: Uuid,
}

/// A check that can be made.
pub struct SignInCheck<'a> {
    /// Reads the metadata.
    pub reader: &'a MetadataReader,
    /// Where it is.
    pub service: &'a SignInService,
    /// The flows that were changed a moment ago: they are waited for, within the waiting limit of a request.
    pub changed: &'a BTreeSet<Address>,
}

/// The metadata at one address.
struct MetadataSource {
    domain: String,
    flow: Option<ObjectId>,
    waits: bool,
}

impl SignInCheck<'_> {
    /// Checks the flows.
    pub async fn run(&self, flows: &[FlowToCheck]) -> SignInReport {
        let sources = self.sources(flows);
        let read = sources.iter().map(|(url, source)| async move {
            let outcome = self.outcome(url, source).await;
            (url.as_str(), outcome)
        });
        let outcomes: BTreeMap<_, _> = join_all(read).await.into_iter().collect();
        let entries = flows.iter().flat_map(|flow| self.entries(flow, &outcomes));
        SignInReport {
            entries: entries.collect(),
        }
    }

    /// The addresses to read, each once.
    fn sources(&self, flows: &[FlowToCheck]) -> BTreeMap<String, MetadataSource> {
        let mut sources = BTreeMap::new();
        for FlowToCheck { flow, place } in flows {
            for domain in &self.service.domains {
                let Some(url) = self.service.url(domain, place) else {
                    continue;
                };
                let source = sources.entry(url).or_insert_with(|| MetadataSource {
                    domain: domain.clone(),
                    flow: place.flow().cloned(),
                    waits: false,
                });
                source.waits |= self.changed.contains(flow);
            }
        }
        sources
    }

    /// The entries of one flow.
    fn entries(
        &self,
        flow: &FlowToCheck,
        outcomes: &BTreeMap<&str, SignInOutcome>,
    ) -> Vec<SignInEntry> {
        let entry = |url: Option<String>, outcome| SignInEntry {
            flow: flow.flow.clone(),
            url,
            outcome,
        };
        match &flow.place {
            PlaceToCheck::Nowhere(reason) => vec![entry(None, SignInOutcome::NotChecked(reason))],
            PlaceToCheck::Missing => vec![entry(None, SignInOutcome::Missing)],
            place @ (PlaceToCheck::OfFlow(_) | PlaceToCheck::OfTenant) => {
                let domains = self.service.domains.iter();
                let urls = domains.filter_map(|domain| self.service.url(domain, place));
                let found = urls.filter_map(|url| {
                    let outcome = outcomes.get(url.as_str())?.clone();
                    Some(entry(Some(url), outcome))
                });
                found.collect()
            }
        }
    }

    /// What is at an address, read again while a change may not show yet.
    async fn outcome(&self, url: &str, source: &MetadataSource) -> SignInOutcome {
        let mut backoff = Backoff::within(self.reader.max_wait());
        loop {
            let outcome = self.read(url, source).await;
            let is_late = source.waits && outcome.may_be_late();
            if !is_late || !backoff.pause().await {
                return outcome;
            }
        }
    }

    async fn read(&self, url: &str, source: &MetadataSource) -> SignInOutcome {
        let expected = Expected {
            domain: &source.domain,
            tenant: self.service.tenant_id,
            flow: source.flow.as_ref().map(ObjectId::as_str),
        };
        match self.reader.read(url).await {
            Ok(MetadataResponse::Document(metadata)) => match differences(&metadata, expected) {
                none if none.is_empty() => SignInOutcome::Works,
                found => SignInOutcome::Differs(found),
            },
            Ok(MetadataResponse::Refused { status, message }) => {
                SignInOutcome::Refused { status, message }
            }
            Ok(MetadataResponse::Redirect { to }) => SignInOutcome::Redirected { to },
            Err(error) => SignInOutcome::NoAnswer(cause(&error)),
        }
    }
}

impl SignInService {
    /// The address of metadata; `None` if there is none.
    fn url(&self, domain: &str, place: &PlaceToCheck) -> Option<String> {
        let path = match place {
            PlaceToCheck::Nowhere(_) | PlaceToCheck::Missing => return None,
            PlaceToCheck::OfFlow(id) => {
                format!("{}/{}", self.tenant, encode_segment(id.as_str()))
            }
            PlaceToCheck::OfTenant => self.tenant_id.to_string(),
        };
        let metadata = "v2.0/.well-known/openid-configuration";
        Some(format!("https://{domain}/{path}/{metadata}"))
    }
}

impl PlaceToCheck {
    fn flow(&self) -> Option<&ObjectId> {
        match self {
            Self::OfFlow(id) => Some(id),
            Self::OfTenant | Self::Nowhere(_) | Self::Missing => None,
        }
    }
}

/// Why a server did not answer: its status, the message, and the last cause.
fn cause(error: &GraphError) -> String {
    let status = error.status().map(|status| format!("{status}: "));
    let causes = successors(error.source(), |&cause| cause.source());
    let last = causes.last().map(|cause| format!(": {cause}"));
    let (status, last) = (status.unwrap_or_default(), last.unwrap_or_default());
    format!("{status}{}{last}", error.message())
}
