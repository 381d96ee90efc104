//! HTML output: one self-contained page without scripts, for phone, desktop and print, light and dark.
//!
//! The status comes first, the details are folded; then the journeys through the affected flows, and all requests.

use std::io::{self, Write};

use super::diff_text;
use super::findings::{ObjectChange, ReportSection, RunFacts, changes, facts, sections, status};
use super::markup::Markup;
use super::picture as diagrams;
use super::reports::{PlanWithCost, RunReport};
use super::strings::{self, count};
use super::style::{Style, shown};
use crate::model::{Address, Resources};
use crate::picture::{self, Journeys, NodeChange, Picture};
use crate::plan::{Plan, object_actions};

const STYLE: &str = include_str!("html.css");

/// Forbids to load or to run anything, whatever a name contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The maximum number of journeys: more are not read, and make the page large.
const MAX_JOURNEYS: usize = 20;

pub(super) fn run_report(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    let mut page = Markup::default();
    let title = format!("entraflow {}: {}", run.command, name(run));
    page.element("html", &[("lang", "en")], |html| {
        html.line();
        html.element("head", &[], |head| {
            head.line();
            head.empty("meta", &[("charset", "utf-8")]);
            let policy = [
                ("http-equiv", "Content-Security-Policy"),
                ("content", POLICY),
            ];
            head.empty("meta", &policy);
            let width = "width=device-width, initial-scale=1";
            head.empty("meta", &[("name", "viewport"), ("content", width)]);
            head.empty(
                "meta",
                &[("name", "color-scheme"), ("content", "light dark")],
            );
            head.leaf("title", &[], &title);
            head.style(&[STYLE, diagrams::STYLE]);
        });
        html.element("body", &[], |body| {
            body.line();
            body.element("main", &[], |main| contents(main, run));
        });
    });
    write!(out, "<!DOCTYPE html>\n{}", page.into_text())
}

fn name(run: &RunReport) -> String {
    let tenant = run.tenant.as_ref();
    tenant.map_or_else(|| run.key(), |tenant| tenant.name.clone())
}

fn contents(main: &mut Markup, run: &RunReport) {
    main.line();
    head(main, run);
    for ReportSection { title, blocks } in sections(run) {
        section(main, title, |section| {
            for block in blocks {
                section.element("pre", &[("class", "finding")], |pre| text(pre, &block));
            }
        });
    }
    let Some(PlanWithCost { plan, .. }) = &run.planned else {
        return;
    };
    if plan.steps.is_empty() {
        return;
    }
    section(main, "Changes", |section| {
        changes(plan)
            .iter()
            .for_each(|change| detail(section, change));
    });
    journeys(main, plan, run);
    section(main, "Requests", |section| requests(section, plan));
}

/// The status and the facts.
fn head(main: &mut Markup, run: &RunReport) {
    main.element("h1", &[], |title| {
        title.text(&format!("entraflow {}: ", run.command));
        title.leaf("code", &[], &name(run));
    });
    main.leaf("p", &[("class", "status")], &status(run));
    let Some(RunFacts { target, requests }) = facts(run) else {
        return;
    };
    let tenant_type = target.tenant_type.as_str();
    let rows = [
        ("Tenant", format!("{}, {tenant_type}", target.tenant_id)),
        ("Target", target.cloud.clone()),
        ("Requests", requests),
    ];
    main.element("dl", &[], |list| {
        list.line();
        for (name, value) in rows {
            list.leaf("dt", &[], name);
            list.leaf("dd", &[], &value);
        }
    });
}

fn section(main: &mut Markup, title: &str, content: impl FnOnce(&mut Markup)) {
    main.element("section", &[], |section| {
        section.line();
        section.leaf("h2", &[], title);
        content(section);
    });
}

/// Preformatted lines.
fn text(pre: &mut Markup, text: &str) {
    for line in text.lines() {
        pre.text(line);
        pre.line();
    }
}

/// The changes of an object, folded.
fn detail(section: &mut Markup, change: &ObjectChange<'_>) {
    let steps = count(change.steps.len() as u64, "step");
    let heading = strings::heading(change.address, change.action, Style::PLAIN);
    let class = match diagrams::node_change(Some(change.action)) {
        NodeChange::Created => "created",
        NodeChange::Changed | NodeChange::Unchanged => "changed",
        NodeChange::Replaced => "replaced",
        NodeChange::Deleted => "deleted",
    };
    section.element("details", &[("class", class)], |details| {
        details.element("summary", &[], |summary| {
            summary.leaf("code", &[], &heading);
            summary.text(&format!(", {steps}"));
        });
        details.element("pre", &[], |pre| {
            for line in change.lines("") {
                let class = match line.chars().next() {
                    Some('+') => "added",
                    Some('-') => "removed",
                    Some('~') => "altered",
                    Some('@') => "faint",
                    _ => "plain",
                };
                pre.leaf("span", &[("class", class)], &line);
                pre.line();
            }
        });
    });
}

/// The journeys through the flows that the plan changes, or that contain an object that it changes.
fn journeys(main: &mut Markup, plan: &Plan, run: &RunReport) {
    let mut resources = Resources::clone(&run.resources);
    resources.extend(plan.expected.clone());
    resources.retain(|address, _| !plan.deleted.contains(address));
    let actions = object_actions(&plan.steps);
    let change = |address: &Address| diagrams::node_change(actions.get(address).copied());
    let journeys = Journeys::new(&resources);
    let journey = |flow| journeys.of(flow).with_changes(change);
    let all: Vec<_> = picture::flows(&resources)
        .map(journey)
        .filter(is_affected)
        .collect();
    if all.is_empty() {
        return;
    }
    section(main, "Journeys", |section| {
        section.leaf("p", &[("class", "faint")], LEGEND);
        for journey in all.iter().take(MAX_JOURNEYS) {
            section.element("figure", &[], |figure| {
                figure.leaf("figcaption", &[], &journey.title);
                figure.element("div", &[("class", "wide"), ("tabindex", "0")], |wide| {
                    diagrams::inline(wide, journey);
                });
            });
        }
        if all.len() > MAX_JOURNEYS {
            let more = count((all.len() - MAX_JOURNEYS) as u64, "more journey");
            section.leaf("p", &[], &format!("{more}: run `entraflow diagram`."));
        }
    });
}

/// The meaning of the signs.
const LEGEND: &str = "The journey of a user through each affected flow after the apply: + created, ~ changed, ± deleted and recreated.";

fn is_affected(journey: &Picture) -> bool {
    journey
        .nodes
        .iter()
        .any(|node| node.change != NodeChange::Unchanged)
}

/// All requests, step by step in the order of the plan.
fn requests(section: &mut Markup, plan: &Plan) {
    section.element("details", &[], |details| {
        let requests = count(plan.request_count() as u64, "request");
        let round_trips = count(plan.round_trips() as u64, "round trip");
        details.leaf("summary", &[], &format!("{requests} in {round_trips}"));
        details.element("ol", &[], |list| {
            list.line();
            for step in &plan.steps {
                list.element("li", &[], |item| {
                    item.leaf("code", &[], &shown(&strings::full_title(step)));
                    item.element("pre", &[], |pre| {
                        for request in step.operation.shown_requests() {
                            text(pre, &diff_text::request(request, plan).join("\n"));
                        }
                    });
                });
            }
        });
    });
}
