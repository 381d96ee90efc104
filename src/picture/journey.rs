//! The journey of a user through a flow, stage by stage, from the descriptions of the kinds that take part in it.
//!
//! Shows only what the given objects declare, never the defaults of Graph.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::JourneyBuilder;
use super::comparison::{Stages, compared};
use super::{Direction, NodeChange, NodeKind, Picture, PictureLine, PictureNode};
use crate::kinds::{DiagramNode, FlowRelation, JourneyStage, KINDS, Kind, NodeContent, PageInputs};
use crate::model::{Address, Reference, Resource, Resources, Value};

/// The flows among these objects.
pub fn flows(resources: &Resources) -> impl Iterator<Item = &Address> {
    let is_flow = |address: &&Address| Kind::of(address).is_some_and(Kind::is_flow);
    resources.keys().filter(is_flow)
}

/// The journeys of users through flows.
pub struct Journeys<'a> {
    resources: &'a Resources,
    /// The objects that take part in a flow, by what links them to it: the flow itself, or a common target of a field.
    participants: BTreeMap<FlowLink, BTreeSet<&'a Address>>,
}

/// A link between a flow and another object: the field whose target both refer to, and that target; no field if the
/// object refers to the flow itself.
type FlowLink = (Option<&'static str>, Reference);

impl<'a> Journeys<'a> {
    /// The journeys through the flows among these objects.
    pub fn new(resources: &'a Resources) -> Self {
        let mut participants: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (address, resource) in resources {
            let Some(participant) = Participant::new(address, resource) else {
                continue;
            };
            let links = match participant.kind.diagram.flow_relation {
                None => Vec::new(),
                Some(FlowRelation::Flow(field)) => participant.links(field, None),
                Some(FlowRelation::Common(field)) => participant.links(field, Some(field)),
            };
            for link in links {
                participants.entry(link).or_default().insert(address);
            }
        }
        Self {
            resources,
            participants,
        }
    }

    /// A flow and the objects that take part in it.
    fn participants_of(&self, flow: &'a Address) -> Vec<Participant<'a>> {
        let participant = |address| Participant::new(address, self.resources.get(address)?);
        let Some(own) = participant(flow) else {
            return Vec::new();
        };
        let common = KINDS
            .iter()
            .filter_map(|kind| match kind.diagram.flow_relation {
                Some(FlowRelation::Common(field)) => Some(field),
                Some(FlowRelation::Flow(_)) | None => None,
            });
        let mut links = vec![(None, Reference::Address(flow.clone()))];
        links.extend(common.flat_map(|field| own.links(field, Some(field))));
        let others = links.iter().filter_map(|link| self.participants.get(link));
        let others: BTreeSet<_> = others.flatten().copied().collect();
        let others = others.into_iter().filter_map(participant);
        std::iter::once(own).chain(others).collect()
    }

    /// The journey through one of the flows.
    pub fn of(&self, flow: &'a Address) -> Picture {
        journey(flow, self.stages(flow))
    }

    /// The journey through a flow with what a change adds, changes and removes; `self` is the state before it.
    pub fn compared_with(&self, after: &Journeys<'a>, flow: &'a Address) -> Picture {
        journey(flow, compared(self.stages(flow), after.stages(flow)))
    }

    /// The boxes of the journey, by stage; empty if there is no such flow.
    fn stages(&self, flow: &'a Address) -> Stages {
        let participants = self.participants_of(flow);
        if participants.is_empty() {
            return Stages::new();
        }
        let nodes_at = |stage: JourneyStage| -> Vec<PictureNode> {
            let nodes = participants.iter().flat_map(|participant| {
                let declared = participant.kind.diagram.nodes.iter();
                declared
                    .filter(move |node| node.stage == stage && participant.applies(node))
                    .flat_map(|node| participant.nodes(node, flow))
            });
            nodes.collect()
        };
        let creates_accounts = !nodes_at(JourneyStage::Account).is_empty();
        let stages = JourneyStage::ALL.into_iter();
        let stages = stages.filter(|stage| creates_accounts || !stage.is_for_accounts());
        let nodes = stages.map(|stage| {
            let mut nodes = nodes_at(stage);
            match stage {
                JourneyStage::Start if nodes.is_empty() => {
                    nodes.push(node(NodeKind::End, "Start", "an application"));
                }
                JourneyStage::Flow => nodes.push(flow_node(flow)),
                JourneyStage::Fork => nodes.truncate(1),
                JourneyStage::Token => {
                    nodes.push(node(NodeKind::End, "Token", "back to the application"));
                }
                _ => {}
            }
            (stage, nodes)
        });
        nodes.collect()
    }
}

/// Users who have an account leave the journey at the fork and rejoin it before the token.
fn journey(flow: &Address, stages: Stages) -> Picture {
    let mut journey = JourneyBuilder::default();
    for (stage, nodes) in stages {
        journey.stage(stage, nodes);
    }
    let (nodes, edges) = journey.finish();
    Picture {
        title: flow.to_string(),
        direction: Direction::Down,
        nodes,
        edges,
    }
}

fn node(kind: NodeKind, name: &str, caption: &str) -> PictureNode {
    PictureNode {
        name: name.to_owned(),
        caption: caption.to_owned(),
        lines: Vec::new(),
        kind,
        change: NodeChange::Unchanged,
        address: None,
    }
}

fn flow_node(flow: &Address) -> PictureNode {
    PictureNode {
        address: Some(flow.clone()),
        ..node(NodeKind::Flow, flow.name(), flow.kind())
    }
}

/// An object that takes part in a journey.
struct Participant<'a> {
    address: &'a Address,
    kind: &'static Kind,
    resource: &'a Resource,
}

impl<'a> Participant<'a> {
    fn new(address: &'a Address, resource: &'a Resource) -> Option<Self> {
        let kind = Kind::of(address).filter(|kind| !kind.diagram.nodes.is_empty())?;
        Some(Self {
            address,
            kind,
            resource,
        })
    }
}

impl Participant<'_> {
    /// The targets of a field as links; `common` is the field that both ends have.
    fn links(&self, field: &str, common: Option<&'static str>) -> Vec<FlowLink> {
        let references = self.at(field).into_iter().filter_map(|value| match value {
            Value::Reference(reference) => Some((common, reference)),
            _ => None,
        });
        references.collect()
    }

    /// Whether the condition of a node holds for this object.
    fn applies(&self, node: &DiagramNode) -> bool {
        node.when.is_none_or(|(field, values)| {
            let actual = self.at(field);
            actual
                .iter()
                .any(|value| values.contains(&text(value).as_str()))
        })
    }

    fn nodes(&self, waypoint: &DiagramNode, flow: &Address) -> Vec<PictureNode> {
        let kind = match waypoint.stage {
            JourneyStage::Start => NodeKind::End,
            JourneyStage::Fork => NodeKind::Fork,
            JourneyStage::Page => NodeKind::Page,
            JourneyStage::Account => NodeKind::Event,
            _ => NodeKind::Service,
        };
        let address = (self.address != flow).then(|| self.address.clone());
        let labelled = PictureNode {
            address,
            ..node(kind, waypoint.label, "")
        };
        match &waypoint.content {
            NodeContent::LabelOnly => vec![labelled],
            NodeContent::All(field) => vec![PictureNode {
                lines: self.at(field).iter().map(line).collect(),
                ..labelled
            }],
            NodeContent::Each(field) => {
                let each = self.at(field).into_iter();
                each.map(|value| PictureNode {
                    address: address_of(&value),
                    ..node(kind, &text(&value), waypoint.label)
                })
                .collect()
            }
            NodeContent::Page(questions) => self.pages(questions, waypoint.label),
        }
    }

    fn pages(&self, questions: &PageInputs, label: &str) -> Vec<PictureNode> {
        let page = |title: Option<String>, lines| {
            let (name, caption) = match &title {
                Some(title) => (title.as_str(), label),
                None => (label, ""),
            };
            PictureNode {
                lines,
                ..node(NodeKind::Page, name, caption)
            }
        };
        let labels = |list: Vec<Value>| {
            let questions = list.iter().filter_map(|it| question(questions, it));
            questions.map(PictureLine::new).collect()
        };
        let pages: Vec<PictureNode> = match questions.views {
            None => vec![page(None, labels(self.at(questions.list)))],
            Some((views, title)) => {
                let views = self.at(views);
                let view = |view: &Value| {
                    let title = inner(view, title).first().map(text);
                    page(title, labels(inner(view, questions.list)))
                };
                views.iter().map(view).collect()
            }
        };
        let pages: Vec<_> = pages
            .into_iter()
            .filter(|page| !page.lines.is_empty())
            .collect();
        let names = questions
            .otherwise
            .map(|field| self.at(field))
            .unwrap_or_default();
        match pages.is_empty() && !names.is_empty() {
            true => vec![page(None, names.iter().map(line).collect())],
            false => pages,
        }
    }

    /// The values of a field.
    fn at(&self, path: &str) -> Vec<Value> {
        let Resource {
            fields,
            links,
            single_refs,
            items,
        } = self.resource;
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if let Some(members) = links.get(path) {
            return members.iter().cloned().map(Value::Reference).collect();
        }
        if self
            .kind
            .parts
            .single_refs
            .iter()
            .any(|slot| slot.field == first)
        {
            let target = single_refs.get(rest).into_iter().flatten();
            return target.cloned().map(Value::Reference).collect();
        }
        if let Some(items) = items.get(path) {
            let fields = items
                .items
                .iter()
                .map(|item| Value::Map(item.fields.clone()));
            return fields.collect();
        }
        match (fields.get(first), rest) {
            (None, _) => Vec::new(),
            (Some(value), "") => flat(value),
            (Some(value), rest) => inner(value, rest),
        }
    }
}

/// A question as the user sees it; `None` if it is hidden.
fn question(questions: &PageInputs, item: &Value) -> Option<String> {
    let is = |field: &str, wanted: bool| inner(item, field).contains(&Value::Bool(wanted));
    if questions.hidden.is_some_and(|field| is(field, true)) {
        return None;
    }
    let label = inner(item, questions.label).first().map(text)?;
    let (field, value) = questions.optional;
    // A page of Graph asks for nothing that it does not require: left out is `false`.
    let is_left_out = inner(item, field).is_empty() && !value;
    Some(match is_left_out || is(field, value) {
        true => format!("{label} (optional)"),
        false => label,
    })
}

/// The values at a path inside a value.
fn inner(value: &Value, path: &str) -> Vec<Value> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let found = match value {
        Value::Map(fields) => fields.get(first),
        _ => None,
    };
    match (found, rest) {
        (None, _) => Vec::new(),
        (Some(value), "") => flat(value),
        (Some(value), rest) => inner(value, rest),
    }
}

fn flat(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::List(values) => values.clone(),
        value => vec![value.clone()],
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        value => value.to_string(),
    }
}

fn line(value: &Value) -> PictureLine {
    PictureLine::new(text(value))
}

fn address_of(value: &Value) -> Option<Address> {
    match value {
        Value::Reference(Reference::Address(address)) => Some(address.clone()),
        _ => None,
    }
}
