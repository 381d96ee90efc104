//! HTML output: one self-contained page without scripts, for phone, desktop and print, light and dark.
//!
//! The status comes first, the details are folded; then the journeys through the affected flows, and all requests.

mod changes;
mod findings;
mod journeys;

use std::io::{self, Write};

use super::diff_text::{self, ShownIds};
use super::findings::{LONG, ReportFact, facts, sections, status};
use super::markup::Markup;
use super::picture as diagrams;
use super::reports::{PlanWithCost, RunReport};
use super::strings::{self, count};
use super::style::shown;
use crate::plan::{Plan, Step};

const STYLE: &str = include_str!("html.css");

/// Forbids to load or to run anything, whatever a name contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

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
    for found in sections(run) {
        section(main, found.title, |section| {
            entries(section, &found.entries, findings::entry);
        });
    }
    let Some(PlanWithCost { plan, .. }) = &run.planned else {
        return;
    };
    if plan.steps.is_empty() {
        return;
    }
    section(main, "Changes", |section| {
        let changes = super::findings::changes(plan);
        entries(section, &changes, |list, change| {
            changes::detail(list, change, run);
        });
    });
    journeys::section(main, plan, run);
    section(main, "Requests", |section| requests(section, plan));
}

/// The status, the facts, and a switch that unfolds everything: without a script, by its style alone.
fn head(main: &mut Markup, run: &RunReport) {
    main.element("h1", &[], |title| {
        title.text(&format!("entraflow {}: ", run.command));
        title.leaf("code", &[], &name(run));
    });
    main.leaf("p", &[("class", "status")], &status(run));
    main.element("dl", &[], |list| {
        list.line();
        for ReportFact { name, code, words } in facts(run) {
            list.leaf("dt", &[], name);
            list.element("dd", &[], |value| {
                if !code.is_empty() {
                    value.leaf("code", &[], &code);
                }
                value.text(&words);
            });
        }
    });
    main.element("p", &[("class", "expand")], |line| {
        line.empty("input", &[("type", "checkbox"), ("id", "expand")]);
        line.leaf("label", &[("for", "expand")], "Expand all");
    });
}

fn section(main: &mut Markup, title: &str, content: impl FnOnce(&mut Markup)) {
    main.element("section", &[], |section| {
        section.line();
        section.leaf("h2", &[], title);
        content(section);
    });
}

/// The entries of a list; the others of a long one are folded.
fn entries<T>(list: &mut Markup, entries: &[T], write: impl Fn(&mut Markup, &T)) {
    let (first, others) = entries.split_at(entries.len().min(LONG));
    first.iter().for_each(|entry| write(list, entry));
    if !others.is_empty() {
        folded(list, "more", &format!("{} more", others.len()), |more| {
            others.iter().for_each(|entry| write(more, entry));
        });
    }
}

/// A folded part.
fn folded(
    list: &mut Markup,
    class: &'static str,
    summary: &str,
    content: impl FnOnce(&mut Markup),
) {
    list.element("details", &[("class", class)], |details| {
        details.leaf("summary", &[], summary);
        content(details);
    });
}

/// Preformatted lines.
fn text(pre: &mut Markup, text: &str) {
    for line in text.lines() {
        pre.text(line);
        pre.line();
    }
}

/// All requests, step by step in the order of the plan.
fn requests(section: &mut Markup, plan: &Plan) {
    let requests = count(plan.request_count() as u64, "request");
    let round_trips = count(plan.round_trips() as u64, "round trip");
    section.leaf("p", &[], &format!("{requests} in {round_trips}."));
    let ids = ShownIds::new(plan);
    let steps: Vec<(usize, &Step)> = plan.steps.iter().enumerate().collect();
    entries(section, &steps, |list, (index, step)| {
        let (title, ids) = (shown(&strings::full_title(step)), ids.of_step(*index));
        let title = format!("{}. {title}", index + 1);
        folded(list, "request", &title, |details| {
            details.element("pre", &[], |pre| {
                for request in step.operation.shown_requests() {
                    text(pre, &diff_text::request(request, &ids).join("\n"));
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_folds_what_exceeds_its_length() {
        let list = |number: usize| {
            let numbers: Vec<_> = (1..=number).collect();
            let mut list = Markup::default();
            entries(&mut list, &numbers, |list, number| {
                list.leaf("p", &[], &number.to_string());
            });
            list.into_text()
        };
        assert!(!list(LONG).contains("<details"));
        let text = list(LONG + 2);
        let fold = "<p>20</p>\n<details class=\"more\"><summary>2 more</summary>\n<p>21</p>\n<p>22</p>\n</details>\n";
        assert!(text.ends_with(fold), "{text}");
    }
}
