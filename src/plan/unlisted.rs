//! The step that reads the kinds that Graph does not list while a feature of the tenant is off. It follows the step that
//! switches the feature on, and all other steps depend on it.
//!
//! Never decides what the files need of the feature; `engine` does.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Action, Operation, PathTemplate, Request, Step, TemplateSegment};
use crate::kinds::Kind;
use crate::model::{Address, Method, Version};

/// What a plan takes for true about kinds that Graph does not list yet.
#[derive(Clone, Debug, Default)]
pub struct Unlisted {
    /// The kinds, of which the files switch the feature on.
    pub kinds: BTreeSet<&'static str>,
    /// The objects that the files declare as absent.
    pub absent: BTreeSet<Address>,
    /// The kinds of which all undeclared objects are to be deleted.
    pub pruned: BTreeSet<&'static str>,
}

/// Reads collections that Graph did not list when the plan was made. If what the plan takes for true is not, the plan is
/// out of date, and no other step runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadListings {
    /// The collections.
    pub listings: Vec<Listing>,
    /// The objects that must not exist: the plan creates them, or a file declares them as absent.
    pub absent: BTreeSet<Address>,
    /// The kinds without any object: undeclared ones would have to be deleted.
    pub empty: BTreeSet<String>,
}

/// A collection to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// The kind of its objects.
    pub kind: String,
    /// The request.
    pub read: Request,
}

impl ReadListings {
    /// The requests.
    pub(super) fn requests(&self) -> Vec<&Request> {
        self.listings.iter().map(|listing| &listing.read).collect()
    }

    /// The version of the requests.
    pub(super) fn version(&self) -> Version {
        let versions = self.listings.iter().map(|listing| listing.read.version);
        versions.max().unwrap_or(Version::V1)
    }

    /// The listed objects that contradict the plan.
    pub fn contradicting<'a>(
        &'a self,
        listed: &'a BTreeSet<Address>,
    ) -> impl Iterator<Item = &'a Address> {
        listed
            .iter()
            .filter(|address| self.absent.contains(*address) || self.empty.contains(address.kind()))
    }
}

/// Moves the steps that switch a feature on to the front, each followed by the step that reads what Graph lists then.
pub(super) fn listed_first(mut steps: Vec<Step>, unlisted: &Unlisted) -> Vec<Step> {
    let kinds = unlisted.kinds.iter().filter_map(|name| Kind::find(name));
    let features: BTreeSet<_> = kinds.filter_map(|kind| kind.collection.feature).collect();
    let mut first = Vec::new();
    for feature in features {
        let kinds = unlisted.kinds.iter().filter_map(|name| Kind::find(name));
        let kinds: Vec<_> = kinds
            .filter(|kind| kind.collection.feature == Some(feature))
            .collect();
        let read = read_listings(&kinds, &steps, unlisted);
        if read.absent.is_empty() && read.empty.is_empty() {
            continue;
        }
        first.extend(steps.extract_if(.., |step| step.address.kind() == feature.kind));
        let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        first.push(Step {
            address: Address::new(feature.kind, singleton(feature.kind)),
            action: Action::Read,
            part: String::new(),
            changes: Vec::new(),
            content: None,
            notes: vec![format!(
                "the tenant lists {} only now: if it has an object that this plan creates, nothing more is sent, and the \
                 run ends with exit code 5 (plan again)",
                names.join(" and ")
            )],
            operation: Operation::ReadListings(Box::new(read)),
        });
    }
    first.extend(steps);
    first
}

fn singleton(kind: &str) -> String {
    Kind::find(kind).map_or_else(String::new, |kind| kind.name_from(""))
}

/// The read of these kinds.
fn read_listings(kinds: &[&'static Kind], steps: &[Step], unlisted: &Unlisted) -> ReadListings {
    let is_of_kinds = |address: &&Address| kinds.iter().any(|kind| kind.name == address.kind());
    let created = steps.iter().filter(|step| step.action == Action::Create);
    let created = created.map(|step| &step.address);
    let absent = created.chain(&unlisted.absent).filter(is_of_kinds);
    let pruned = |kind: &&&Kind| unlisted.pruned.contains(kind.name);
    let listing = |kind: &&Kind| {
        let collection = &kind.collection;
        let path = format!("{}{}", collection.path, collection.query);
        let path = PathTemplate(vec![TemplateSegment::Literal(path.into())]);
        Listing {
            kind: kind.name.to_owned(),
            read: Request::without_body(Method::Get, collection.version, path),
        }
    };
    ReadListings {
        listings: kinds.iter().map(listing).collect(),
        absent: absent.cloned().collect(),
        empty: kinds
            .iter()
            .filter(pruned)
            .map(|kind| kind.name.to_owned())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;
    use crate::plan::samples::{step, step_of};

    fn unlisted(absent: &[&str], pruned: &[&'static str]) -> Unlisted {
        Unlisted {
            kinds: BTreeSet::from(["apiConnector", "userFlowAttribute"]),
            absent: absent.iter().map(|name| address(name)).collect(),
            pruned: pruned.iter().copied().collect(),
        }
    }

    fn listed(steps: &[(&str, Action)], unlisted: &Unlisted) -> Vec<String> {
        let steps = steps
            .iter()
            .map(|(name, action)| step_of(name, *action, ""));
        let steps = listed_first(steps.collect(), unlisted);
        let title = |of: &Step| {
            step(of)
                .split(": ")
                .next()
                .unwrap_or_default()
                .trim_end()
                .to_owned()
        };
        steps.iter().map(title).collect()
    }

    const POLICY: &str = "authenticationFlowsPolicy/authenticationFlowsPolicy";

    #[test]
    fn switch_and_read_precede_all_other_steps() {
        let steps = [
            ("userFlowAttribute/a", Action::Create),
            ("b2xUserFlow/a", Action::Create),
            (POLICY, Action::Update),
        ];
        let update = format!("update {POLICY}");
        let read = format!("read {POLICY}");
        let rest = ["create userFlowAttribute/a", "create b2xUserFlow/a"];
        assert_eq!(
            listed(&steps, &unlisted(&[], &[])),
            [&*update, &*read, rest[0], rest[1]]
        );
        assert_eq!(
            listed(&steps[..2], &unlisted(&[], &[])),
            [&*read, rest[0], rest[1]]
        );
    }

    #[test]
    fn nothing_is_read_that_decides_on_nothing() {
        let steps = [("b2xUserFlow/a", Action::Create), (POLICY, Action::Update)];
        let read = format!("read {POLICY}");
        let reads = |unlisted: &Unlisted| listed(&steps, unlisted).contains(&read);
        assert!(!reads(&unlisted(&[], &[])));
        assert!(reads(&unlisted(&["apiConnector/gone"], &[])));
        assert!(reads(&unlisted(&[], &["apiConnector"])));
        assert!(!reads(&unlisted(&["b2xUserFlow/gone"], &[])));
        assert!(!reads(&Unlisted::default()));
    }

    #[test]
    fn plan_is_contradicted_by_what_it_takes_for_absent() {
        let read = ReadListings {
            listings: Vec::new(),
            absent: BTreeSet::from([address("userFlowAttribute/a")]),
            empty: BTreeSet::from(["apiConnector".to_owned()]),
        };
        let contradicting = |listed: &[&str]| {
            let listed = listed.iter().map(|name| address(name)).collect();
            read.contradicting(&listed).count()
        };
        assert_eq!(contradicting(&["userFlowAttribute/b"]), 0);
        assert_eq!(contradicting(&["userFlowAttribute/A", "apiConnector/x"]), 2);
    }
}
