//! A run as a page for a browser: one file with nothing outside it and no script, on a phone, on paper, light or dark.
//!
//! The sum first, the details folded; then the journeys through the flows that are touched, and every request.

use std::io::{self, Write};

use super::account::{Account, Priced};
use super::findings::{ObjectChange, changes};
use super::markup::Markup;
use super::picture::svg;
use super::sections::{Facts, Section, facts, sections, status};
use super::style::{Style, shown};
use super::{count, diagram, lines, words};
use crate::model::{Address, Resources};
use crate::picture::{self, Journeys, Mark, Picture};
use crate::plan::{Plan, fates};

const STYLE: &str = include_str!("html.css");

/// Nothing is loaded and nothing runs, whatever a name may hold.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// More journeys than these nobody looks at.
const JOURNEYS: usize = 20;

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    let mut page = Markup::default();
    let title = format!("entraflow {}: {}", account.command, name(account));
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
            head.style(&[STYLE, svg::STYLE]);
        });
        html.element("body", &[], |body| {
            body.line();
            body.element("main", &[], |main| contents(main, account));
        });
    });
    write!(out, "<!DOCTYPE html>\n{}", page.into_text())
}

fn name(account: &Account) -> String {
    let tenant = account.tenant.as_ref();
    tenant.map_or_else(|| account.key(), |tenant| tenant.name.clone())
}

fn contents(main: &mut Markup, account: &Account) {
    main.line();
    head(main, account);
    for Section { title, blocks } in sections(account) {
        section(main, title, |section| {
            for block in blocks {
                section.element("pre", &[("class", "finding")], |pre| text(pre, &block));
            }
        });
    }
    let Some(Priced { plan, .. }) = &account.planned else {
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
    journeys(main, plan, account);
    section(main, "Requests", |section| requests(section, plan));
}

/// What came out, and what it is about.
fn head(main: &mut Markup, account: &Account) {
    main.element("h1", &[], |title| {
        title.text(&format!("entraflow {}: ", account.command));
        title.leaf("code", &[], &name(account));
    });
    main.leaf("p", &[("class", "status")], &status(account));
    let Some(Facts { target, requests }) = facts(account) else {
        return;
    };
    let kind = target.tenant_type.word();
    let rows = [
        ("Tenant", format!("{}, {kind}", target.tenant_id)),
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

fn section(main: &mut Markup, title: &str, inside: impl FnOnce(&mut Markup)) {
    main.element("section", &[], |section| {
        section.line();
        section.leaf("h2", &[], title);
        inside(section);
    });
}

/// Lines as they are, each on its own.
fn text(pre: &mut Markup, text: &str) {
    for line in text.lines() {
        pre.text(line);
        pre.line();
    }
}

/// What becomes of an object, folded.
fn detail(section: &mut Markup, change: &ObjectChange<'_>) {
    let steps = count(change.steps.len() as u64, "step");
    let heading = words::heading(change.address, change.fate, Style::PLAIN);
    let class = match diagram::mark(Some(change.fate)) {
        Mark::Created => "created",
        Mark::Changed | Mark::Same => "changed",
        Mark::Replaced => "replaced",
        Mark::Deleted => "deleted",
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

/// The ways through the flows that the plan touches, or on which something is that it touches.
fn journeys(main: &mut Markup, plan: &Plan, account: &Account) {
    let mut resources = Resources::clone(&account.resources);
    resources.extend(plan.expected.clone());
    resources.retain(|address, _| !plan.gone.contains(address));
    let fates = fates(&plan.steps);
    let mark = |address: &Address| diagram::mark(fates.get(address).copied());
    let journeys = Journeys::new(&resources);
    let journey = |flow| journeys.of(flow).marked(mark);
    let all: Vec<_> = picture::flows(&resources)
        .map(journey)
        .filter(is_touched)
        .collect();
    if all.is_empty() {
        return;
    }
    section(main, "Journeys", |section| {
        section.leaf("p", &[("class", "faint")], LEGEND);
        for journey in all.iter().take(JOURNEYS) {
            section.element("figure", &[], |figure| {
                figure.leaf("figcaption", &[], &journey.title);
                figure.element("div", &[("class", "wide"), ("tabindex", "0")], |wide| {
                    svg::inline(wide, journey);
                });
            });
        }
        if all.len() > JOURNEYS {
            let more = count((all.len() - JOURNEYS) as u64, "more journey");
            section.leaf(
                "p",
                &[],
                &format!("{more}: `entraflow diagram` draws them."),
            );
        }
    });
}

const LEGEND: &str = "The way of a person through each flow that is touched, as it will be: + is created, ~ changed, \
                      ± deleted and made anew.";

fn is_touched(journey: &Picture) -> bool {
    journey.nodes.iter().any(|node| node.mark != Mark::Same)
}

/// Every request, step by step.
fn requests(section: &mut Markup, plan: &Plan) {
    section.element("details", &[], |details| {
        let requests = count(plan.writes() as u64, "request");
        let trips = count(plan.round_trips() as u64, "round trip");
        details.leaf(
            "summary",
            &[],
            &format!("{requests} in {trips}, in the order in which they are made"),
        );
        details.element("ol", &[], |list| {
            list.line();
            for step in &plan.steps {
                list.element("li", &[], |item| {
                    item.leaf("code", &[], &shown(&words::full_title(step)));
                    item.element("pre", &[], |pre| {
                        for request in step.work.requests() {
                            text(pre, &lines::request(request, plan).join("\n"));
                        }
                    });
                });
            }
        });
    });
}
