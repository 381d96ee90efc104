//! Builds a journey box by box: who enters a box, and where those who leave it go next.
//!
//! Knows no kind and no object.

use std::collections::BTreeSet;

use super::{NodeChange, PictureEdge, PictureNode};
use crate::kinds::JourneyStage;

/// A journey under construction.
#[derive(Default)]
pub(super) struct JourneyBuilder {
    nodes: Vec<PictureNode>,
    edges: Vec<PictureEdge>,
    /// The boxes where the next arrows start.
    ends: Vec<End>,
    /// The fork at which users with an account left.
    fork: Option<End>,
}

/// A box that users have left, and where they have not arrived yet.
#[derive(Clone)]
struct End {
    node: usize,
    /// The label of the arrow that leaves it.
    label: &'static str,
    /// The identity providers of these users; none before the choice of one.
    providers: BTreeSet<String>,
    /// Whether a plan removes the box: its users also go another way.
    is_removed: bool,
}

impl End {
    /// Whether some of the users sign in with one of these providers; none stands for all.
    fn uses(&self, providers: &[&str]) -> bool {
        let any = providers.is_empty() || self.providers.is_empty();
        any || providers.iter().any(|name| self.providers.contains(*name))
    }
}

impl JourneyBuilder {
    /// Adds the boxes of a stage.
    pub(super) fn stage(&mut self, stage: JourneyStage, nodes: Vec<PictureNode>) {
        if stage == JourneyStage::BeforeToken {
            self.ends.extend(self.fork.take());
        }
        let forks = stage == JourneyStage::Fork && !nodes.is_empty();
        match stage.is_choice() {
            true => self.one_of(stage, nodes),
            false => nodes
                .into_iter()
                .for_each(|node| self.one_of(stage, vec![node])),
        }
        if forks {
            self.leave();
        }
    }

    /// Boxes of which a user passes one.
    fn one_of(&mut self, stage: JourneyStage, nodes: Vec<PictureNode>) {
        let (entering, passing): (Vec<_>, Vec<_>) = self
            .ends
            .iter()
            .cloned()
            .partition(|end| end.uses(stage.providers()));
        if nodes.is_empty() || (entering.is_empty() && !self.ends.is_empty()) {
            return;
        }
        self.ends = passing;
        if nodes.iter().all(is_removed) {
            let remaining = entering.iter().filter(|end| !end.is_removed);
            self.ends.extend(remaining.cloned());
        }
        for node in nodes {
            let to = self.nodes.len();
            let is_removed = is_removed(&node);
            self.edges.extend(entering.iter().map(|end| PictureEdge {
                from: end.node,
                to,
                label: end.label.to_owned(),
                is_removed: is_removed || end.is_removed,
            }));
            let providers = match stage {
                JourneyStage::Provider => BTreeSet::from([node.name.clone()]),
                _ => entering
                    .iter()
                    .flat_map(|end| end.providers.clone())
                    .collect(),
            };
            self.ends.push(End {
                node: to,
                label: "",
                providers,
                is_removed,
            });
            self.nodes.push(node);
        }
    }

    /// Users with an account leave at the last box, and the others go on.
    fn leave(&mut self) {
        self.fork = self.ends.last().cloned().map(|end| End {
            label: "yes",
            ..end
        });
        if let Some(end) = self.ends.last_mut() {
            end.label = "no";
        }
    }

    /// The boxes and the arrows.
    pub(super) fn finish(self) -> (Vec<PictureNode>, Vec<PictureEdge>) {
        (self.nodes, self.edges)
    }
}

fn is_removed(node: &PictureNode) -> bool {
    node.change == NodeChange::Deleted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{NodeKind, PictureNode};

    fn node(name: &str, change: NodeChange) -> PictureNode {
        PictureNode {
            name: name.to_owned(),
            caption: String::new(),
            lines: Vec::new(),
            kind: NodeKind::Service,
            change,
            address: None,
        }
    }

    /// The arrows of a journey: `-->` for those that stay, `-x>` for those that go.
    fn arrows(stages: &[(JourneyStage, &[(&str, NodeChange)])]) -> Vec<String> {
        let mut builder = JourneyBuilder::default();
        for (stage, names) in stages {
            let nodes = names.iter().map(|(name, change)| node(name, *change));
            builder.stage(*stage, nodes.collect());
        }
        let (nodes, edges) = builder.finish();
        let arrow = |edge: &PictureEdge| {
            let line = if edge.is_removed { "-x>" } else { "-->" };
            let (from, to) = (&nodes[edge.from].name, &nodes[edge.to].name);
            format!("{from} {line} {to} {}", edge.label)
                .trim_end()
                .to_owned()
        };
        edges.iter().map(arrow).collect()
    }

    const KEPT: NodeChange = NodeChange::Unchanged;
    const GONE: NodeChange = NodeChange::Deleted;

    #[test]
    fn only_users_with_a_password_pass_the_password_stage() {
        let providers: &[_] = &[("Google-OAUTH", KEPT), ("EmailPassword-OAUTH", KEPT)];
        assert_eq!(
            arrows(&[
                (JourneyStage::Flow, &[("Flow", KEPT)]),
                (JourneyStage::Provider, providers),
                (JourneyStage::Password, &[("Passwords", KEPT)]),
                (JourneyStage::Token, &[("Token", KEPT)]),
            ]),
            [
                "Flow --> Google-OAUTH",
                "Flow --> EmailPassword-OAUTH",
                "EmailPassword-OAUTH --> Passwords",
                "Google-OAUTH --> Token",
                "Passwords --> Token",
            ]
        );
        let arrows = arrows(&[
            (JourneyStage::Provider, &[("Google-OAUTH", KEPT)]),
            (JourneyStage::Password, &[("Passwords", KEPT)]),
            (JourneyStage::Token, &[("Token", KEPT)]),
        ]);
        assert_eq!(arrows, ["Google-OAUTH --> Token"]);
    }

    #[test]
    fn removed_box_is_beside_the_way_that_remains() {
        assert_eq!(
            arrows(&[
                (
                    JourneyStage::Provider,
                    &[("Google", KEPT), ("Facebook", GONE)]
                ),
                (JourneyStage::Fork, &[("Account?", KEPT)]),
                (JourneyStage::Page, &[("Page", KEPT)]),
                (JourneyStage::BeforeAccount, &[("Check", GONE)]),
                (JourneyStage::Account, &[("Account", KEPT)]),
                (JourneyStage::BeforeToken, &[]),
                (JourneyStage::Token, &[("Token", KEPT)]),
            ]),
            [
                "Google --> Account?",
                "Facebook -x> Account?",
                "Account? --> Page no",
                "Page -x> Check",
                "Page --> Account",
                "Check -x> Account",
                "Account --> Token",
                "Account? --> Token yes",
            ]
        );
    }
}
