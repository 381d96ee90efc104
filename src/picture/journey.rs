//! The way of a person through a flow, stage by stage, as its kind and those that join it say.
//!
//! Shows what it is given: what the files leave out, no file can show.

use std::collections::{BTreeMap, BTreeSet};

use super::{Direction, Edge, Mark, Node, Picture, Sort};
use crate::kinds::{Joins, KINDS, Kind, Meets, Questions, Stage, Waypoint};
use crate::model::{Address, Reference, Resource, Resources, Value};

/// The flows among these objects.
pub fn flows(resources: &Resources) -> impl Iterator<Item = &Address> {
    let is_flow = |address: &&Address| Kind::of(address).is_some_and(Kind::is_flow);
    resources.keys().filter(is_flow)
}

/// The ways of a person through flows.
pub struct Journeys<'a> {
    resources: &'a Resources,
    /// What joins the way of a flow, by what the two have in common: the flow itself, or something in a field.
    joining: BTreeMap<Tie, BTreeSet<&'a Address>>,
}

/// What a flow and that which joins it have in common: in which field, none for the flow itself, and what.
type Tie = (Option<&'static str>, Reference);

impl<'a> Journeys<'a> {
    /// The ways through the flows among these objects.
    pub fn new(resources: &'a Resources) -> Self {
        let mut joining: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (address, resource) in resources {
            let Some(source) = Source::new(address, resource) else {
                continue;
            };
            let ties = match source.kind.joins {
                None => Vec::new(),
                Some(Joins::Flow(field)) => source.ties(field, None),
                Some(Joins::Common(field)) => source.ties(field, Some(field)),
            };
            for tie in ties {
                joining.entry(tie).or_default().insert(address);
            }
        }
        Self { resources, joining }
    }

    /// A flow, and what joins it.
    fn sources(&self, flow: &'a Address) -> Vec<Source<'a>> {
        let source = |address| Source::new(address, self.resources.get(address)?);
        let Some(own) = source(flow) else {
            return Vec::new();
        };
        let common = KINDS.iter().filter_map(|kind| match kind.joins {
            Some(Joins::Common(field)) => Some(field),
            Some(Joins::Flow(_)) | None => None,
        });
        let mut ties = vec![(None, Reference::Address(flow.clone()))];
        ties.extend(common.flat_map(|field| own.ties(field, Some(field))));
        let joining = ties.iter().filter_map(|tie| self.joining.get(tie));
        let joining: BTreeSet<_> = joining.flatten().copied().collect();
        let joining = joining.into_iter().filter_map(source);
        std::iter::once(own).chain(joining).collect()
    }

    /// The way through one of the flows.
    pub fn of(&self, flow: &'a Address) -> Picture {
        journey(flow, &self.sources(flow))
    }
}

/// Those who have an account leave the way where it forks, and are back on it before the token.
fn journey(flow: &Address, sources: &[Source<'_>]) -> Picture {
    let nodes_at = |stage: Stage| -> Vec<Node> {
        let on_it = sources.iter().flat_map(|source| {
            let here = source.kind.journey.iter();
            here.filter(move |waypoint| waypoint.stage == stage && source.meets(waypoint))
                .flat_map(|waypoint| source.nodes(waypoint, flow))
        });
        on_it.collect()
    };
    let mut way = Way::default();
    let makes_accounts = !nodes_at(Stage::Account).is_empty();
    for stage in Stage::ALL {
        if stage.is_for_accounts() && !makes_accounts {
            continue;
        }
        if stage == Stage::BeforeToken {
            way.join();
        }
        let nodes = nodes_at(stage);
        match stage {
            Stage::Start => {
                way.one_of(or_start(nodes));
                way.then(box_of(flow));
            }
            Stage::Fork => nodes.into_iter().take(1).for_each(|node| way.fork(node)),
            _ if stage.is_choice() => way.one_of(nodes),
            _ => nodes.into_iter().for_each(|node| way.then(node)),
        }
    }
    way.then(node(Sort::End, "Token", "back to the application"));
    Picture {
        title: flow.to_string(),
        direction: Direction::Down,
        nodes: way.nodes,
        edges: way.edges,
    }
}

fn or_start(nodes: Vec<Node>) -> Vec<Node> {
    match nodes.is_empty() {
        true => vec![node(Sort::End, "Start", "an application")],
        false => nodes,
    }
}

fn node(sort: Sort, name: &str, caption: &str) -> Node {
    Node {
        name: name.to_owned(),
        caption: caption.to_owned(),
        lines: Vec::new(),
        sort,
        mark: Mark::Same,
        address: None,
    }
}

fn box_of(flow: &Address) -> Node {
    Node {
        address: Some(flow.clone()),
        ..node(Sort::Flow, flow.name(), flow.kind())
    }
}

/// A way that is being drawn.
#[derive(Default)]
struct Way {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// The boxes that the next arrows start from, and what these say.
    ends: Vec<(usize, &'static str)>,
    /// The box at which those have left who have an account.
    left: Option<usize>,
}

impl Way {
    fn one_of(&mut self, nodes: Vec<Node>) {
        if nodes.is_empty() {
            return;
        }
        let mut ends = Vec::new();
        for node in nodes {
            let to = self.nodes.len();
            self.nodes.push(node);
            self.edges
                .extend(self.ends.iter().map(|(from, label)| Edge {
                    from: *from,
                    to,
                    label: (*label).to_owned(),
                    goes: false,
                }));
            ends.push((to, ""));
        }
        self.ends = ends;
    }

    fn then(&mut self, node: Node) {
        self.one_of(vec![node]);
    }

    fn fork(&mut self, node: Node) {
        let at = self.nodes.len();
        self.then(node);
        self.ends = vec![(at, "no")];
        self.left = Some(at);
    }

    fn join(&mut self) {
        self.ends.extend(self.left.take().map(|at| (at, "yes")));
    }
}

/// An object that has something on the way.
struct Source<'a> {
    address: &'a Address,
    kind: &'static Kind,
    resource: &'a Resource,
}

impl<'a> Source<'a> {
    fn new(address: &'a Address, resource: &'a Resource) -> Option<Self> {
        let kind = Kind::of(address).filter(|kind| !kind.journey.is_empty())?;
        Some(Self {
            address,
            kind,
            resource,
        })
    }
}

impl Source<'_> {
    /// What a field refers to, as ties of this sort.
    fn ties(&self, field: &str, sort: Option<&'static str>) -> Vec<Tie> {
        let references = self.at(field).into_iter().filter_map(|value| match value {
            Value::Reference(reference) => Some((sort, reference)),
            _ => None,
        });
        references.collect()
    }

    fn meets(&self, waypoint: &Waypoint) -> bool {
        waypoint.when.is_none_or(|(field, values)| {
            let is = self.at(field);
            is.iter()
                .any(|value| values.contains(&text(value).as_str()))
        })
    }

    fn nodes(&self, waypoint: &Waypoint, flow: &Address) -> Vec<Node> {
        let sort = match waypoint.stage {
            Stage::Start => Sort::End,
            Stage::Fork => Sort::Fork,
            Stage::Page => Sort::Page,
            Stage::Account => Sort::Event,
            _ => Sort::Service,
        };
        let own = (self.address != flow).then(|| self.address.clone());
        let said = Node {
            address: own,
            ..node(sort, waypoint.says, "")
        };
        match &waypoint.meets {
            Meets::Words => vec![said],
            Meets::All(field) => vec![Node {
                lines: self.at(field).iter().map(text).collect(),
                ..said
            }],
            Meets::Each(field) => {
                let each = self.at(field).into_iter();
                each.map(|value| Node {
                    address: address(&value),
                    ..node(sort, &text(&value), waypoint.says)
                })
                .collect()
            }
            Meets::Page(questions) => self.pages(questions, waypoint.says),
        }
    }

    fn pages(&self, questions: &Questions, says: &str) -> Vec<Node> {
        let page = |title: Option<String>, lines| {
            let (name, caption) = match &title {
                Some(title) => (title.as_str(), says),
                None => (says, ""),
            };
            Node {
                lines,
                ..node(Sort::Page, name, caption)
            }
        };
        let asked = |list: Vec<Value>| {
            let questions = list.iter().filter_map(|it| question(questions, it));
            questions.collect()
        };
        let pages: Vec<Node> = match questions.views {
            None => vec![page(None, asked(self.at(questions.list)))],
            Some((views, title)) => {
                let views = self.at(views);
                let view = |view: &Value| {
                    let title = inner(view, title).first().map(text);
                    page(title, asked(inner(view, questions.list)))
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
            true => vec![page(None, names.iter().map(text).collect())],
            false => pages,
        }
    }

    /// What a field holds, one by one.
    fn at(&self, way: &str) -> Vec<Value> {
        let Resource {
            fields,
            links,
            slots,
            items,
        } = self.resource;
        let (first, rest) = way.split_once('.').unwrap_or((way, ""));
        if let Some(members) = links.get(way) {
            return members.iter().cloned().map(Value::Reference).collect();
        }
        if self.kind.slots.iter().any(|slot| slot.field == first) {
            let target = slots.get(rest).into_iter().flatten();
            return target.cloned().map(Value::Reference).collect();
        }
        if let Some(items) = items.get(way) {
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

/// A question as people see it; `None` where they do not.
fn question(questions: &Questions, asked: &Value) -> Option<String> {
    let is = |field: &str, wanted: bool| inner(asked, field).contains(&Value::Bool(wanted));
    if questions.hidden.is_some_and(|field| is(field, true)) {
        return None;
    }
    let label = inner(asked, questions.label).first().map(text)?;
    let (field, value) = questions.optional;
    Some(match is(field, value) {
        true => format!("{label} (optional)"),
        false => label,
    })
}

/// What stands at the end of a way inside a value.
fn inner(value: &Value, way: &str) -> Vec<Value> {
    let (first, rest) = way.split_once('.').unwrap_or((way, ""));
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

fn address(value: &Value) -> Option<Address> {
    match value {
        Value::Reference(Reference::Address(address)) => Some(address.clone()),
        _ => None,
    }
}
