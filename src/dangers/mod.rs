//! Dangers: what a change does that people should know before anything else, by rules with names that stay.
//!
//! A pure function of two states. Knows no kind: the roles of fields say what a field is about. Forbids nothing; `plan` and
//! `drift --accept` do.

mod facts;
mod rule;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

use facts::Facts;
pub use rule::DangerRule;

use crate::kinds::Kind;
use crate::model::{Address, Resource, Resources};

/// One danger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Danger {
    /// The rule, which has the severity.
    pub rule: DangerRule,
    /// The object.
    pub address: Address,
    /// What happens to the object, to be read after its name.
    pub message: String,
}

/// A change of several objects.
pub struct Changes<'a> {
    /// The objects before, changed or not.
    pub before: &'a Resources,
    /// The changed objects after.
    pub after: &'a Resources,
    /// The objects that are deleted.
    pub deleted: &'a BTreeSet<Address>,
    /// The objects that are deleted and created again.
    pub replaced: &'a BTreeSet<Address>,
    /// The former names of objects that get another one, by the new name.
    pub renamed: &'a BTreeMap<Address, Address>,
}

impl Changes<'_> {
    /// The dangers, the most severe first.
    pub fn dangers(&self) -> Vec<Danger> {
        let mut dangers = self.applications_without_flow();
        for (address, after) in self.after {
            if let (Some(kind), Some(before)) = (Kind::of(address), self.before.get(address)) {
                let found = of_object(&Facts::of(kind, before), &Facts::of(kind, after));
                let danger = |(rule, message)| Danger {
                    rule,
                    address: address.clone(),
                    message,
                };
                dangers.extend(found.into_iter().map(danger));
            }
        }
        let deleted = self.deleted.iter().map(|address| Danger {
            rule: DangerRule::ObjectDeleted,
            address: address.clone(),
            message: "is deleted".to_owned(),
        });
        let replaced = self.replaced.iter().map(|address| Danger {
            rule: DangerRule::ObjectReplaced,
            address: address.clone(),
            message: self.replacement(address),
        });
        dangers.extend(deleted.chain(replaced));
        dangers.sort();
        dangers
    }

    /// What a replacement does, with the name of the object in the tenant if it is another one.
    fn replacement(&self, address: &Address) -> String {
        match self.renamed.get(address) {
            Some(former) => {
                format!(
                    "replaces {former}: that is deleted, and this one is created, with another id"
                )
            }
            None => "is deleted and created again, with another id".to_owned(),
        }
    }

    /// The applications of changed and deleted flows that no flow has after the change.
    fn applications_without_flow(&self) -> Vec<Danger> {
        let mut lost: BTreeMap<String, &Address> = BTreeMap::new();
        let changed = self.after.keys().chain(self.deleted);
        for (address, before) in changed.filter_map(|address| self.before.get_key_value(address)) {
            let after = self.after.get(address);
            let after = after.map_or_else(BTreeSet::new, |after| applications(address, after));
            let before = applications(address, before);
            lost.extend(
                before
                    .difference(&after)
                    .map(|lost| (lost.clone(), address)),
            );
        }
        if lost.is_empty() {
            return Vec::new();
        }
        let is_unchanged = |(address, _): &(&Address, &Resource)| {
            !self.after.contains_key(*address) && !self.deleted.contains(*address)
        };
        let unchanged = self.before.iter().filter(is_unchanged);
        for (address, resource) in self.after.iter().chain(unchanged) {
            let kept = applications(address, resource);
            lost.retain(|application, _| !kept.contains(application));
        }
        let danger = |(application, address): (String, &Address)| Danger {
            rule: DangerRule::ApplicationWithoutFlow,
            address: address.clone(),
            message: format!("loses the application {application}, which has no flow then"),
        };
        lost.into_iter().map(danger).collect()
    }
}

fn applications(address: &Address, resource: &Resource) -> BTreeSet<String> {
    Kind::of(address).map_or_else(BTreeSet::new, |kind| Facts::of(kind, resource).applications)
}

/// The dangers of the change of one object.
fn of_object(before: &Facts, after: &Facts) -> Vec<(DangerRule, String)> {
    let mut dangers = Vec::new();
    let emptied = after.sign_in.iter().filter(|(path, count)| {
        **count == 0 && before.sign_in.get(*path).is_some_and(|count| *count > 0)
    });
    dangers.extend(emptied.map(|(path, _)| {
        let message = format!("keeps no way to sign in: {path} becomes empty");
        (DangerRule::NoSignIn, message)
    }));
    let off = after.sign_up.iter();
    let off = off.filter(|(path, on)| !**on && before.sign_up.get(*path) == Some(&true));
    dangers.extend(off.map(|(path, _)| {
        let message = format!("no longer lets people sign up: {path} becomes false");
        (DangerRule::SignUpOff, message)
    }));
    let required = after.required.iter();
    let required = required.filter(|(key, _)| !before.required.contains_key(*key));
    let required: Vec<_> = required.map(|(_, name)| name.as_str()).collect();
    if !required.is_empty() {
        let message = format!("requires people to enter {}", required.join(", "));
        dangers.push((DangerRule::AttributeRequired, message));
    }
    let moved = [
        moved(&before.endpoints, &after.endpoints),
        moved(&before.issuers, &after.issuers),
    ];
    let credential = moved
        .iter()
        .flatten()
        .next()
        .filter(|_| after.has_credential);
    dangers.extend(credential.map(|host| {
        let message = format!("sends its credential to {host}");
        (DangerRule::CredentialToNewHost, message)
    }));
    let is_moved = moved.map(|moved| moved.is_some());
    for (before, after) in [
        (&before.endpoints, &after.endpoints),
        (&before.issuers, &after.issuers),
    ] {
        dangers.extend(insecure(before, after));
        dangers.extend(other_host(before, after));
    }
    if let [_, false] = is_moved {
        dangers.extend(other_tenant(&before.issuers, &after.issuers));
    }
    dangers
}

type Texts = BTreeMap<String, String>;

/// The first place that data is sent to after a change and was not before.
fn moved(before: &Texts, after: &Texts) -> Option<String> {
    let places = |texts: &Texts| {
        texts
            .values()
            .map(|text| place(text))
            .collect::<BTreeSet<_>>()
    };
    let (before, after) = (places(before), places(after));
    match before.is_empty() {
        true => None,
        false => after.difference(&before).next().cloned(),
    }
}

fn other_host(before: &Texts, after: &Texts) -> Option<(DangerRule, String)> {
    let new = moved(before, after)?;
    let (path, _) = after.iter().find(|(_, text)| place(text) == new)?;
    let old = before.get(path).or_else(|| before.values().next())?;
    let message = format!(
        "has another host: {path} changes from {} to {new}",
        place(old)
    );
    Some((DangerRule::OtherHost, message))
}

fn insecure(before: &Texts, after: &Texts) -> Option<(DangerRule, String)> {
    let is_insecure = |text: &str| url(text).is_some_and(|url| url.scheme() == "http");
    let mut insecure = after.iter().filter(|(path, text)| {
        is_insecure(text) && before.get(*path).is_some_and(|before| !is_insecure(before))
    });
    let (path, text) = insecure.next()?;
    let message = format!("is reached without encryption: {path} becomes {text}");
    Some((DangerRule::InsecureUrl, message))
}

/// An issuer of the same host with another path.
fn other_tenant(before: &Texts, after: &Texts) -> Option<(DangerRule, String)> {
    let path_of = |text: &str| url(text).map(|url| url.path().trim_end_matches('/').to_owned());
    let mut changed = after.iter().filter_map(|(path, after)| {
        let before = before.get(path)?;
        (path_of(before)? != path_of(after)?).then_some((path, before, after))
    });
    let (path, before, after) = changed.next()?;
    let message = format!("has another issuer: {path} changes from {before} to {after}");
    Some((DangerRule::OtherTenant, message))
}

fn url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(Url::has_host)
}

/// The host of a URL, with its port if it is not the usual one; of anything else, the text.
fn place(text: &str) -> String {
    let Some(url) = url(text) else {
        return text.to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests;
