//! Every word that a user reads about plans and reports.
//!
//! Prints values into a writer that it is given; it computes nothing that a plan or a report does not say.

mod account;
mod convert;
mod diagram;
mod drift;
mod export;
mod findings;
mod frame;
mod github;
mod html;
mod json;
mod junit;
mod lines;
mod markdown;
mod markup;
mod picture;
mod rules;
mod sarif;
mod sections;
mod style;
mod text;
mod whoami;
mod words;

use std::io::{self, Write};

pub use account::{Account, Applied, Drifted, Priced, Stopped, Subject};
pub use convert::{ConversionView, Converting, conversion};
pub use drift::DriftView;
pub use export::Exporting;
pub use json::{PlanView, ProblemsView, ReportView};
pub use picture::{Language, pictures};
pub use style::Style;
pub use whoami::{Holder, Need, Whoami, WhoamiView, whoami};

use jiff::Timestamp;

use crate::apply::report::{Outcome, Report};
use crate::drift::Drift;
use crate::plan::saved_plan::Stale;
use crate::plan::{Plan, Step};
use crate::problem::Place;

/// How the tenant was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Through Graph.
    Graph {
        /// The requests that were made.
        requests: u64,
        /// The round trips that they took.
        round_trips: u64,
    },
    /// From a snapshot.
    Snapshot {
        /// When it was taken.
        taken: Timestamp,
        /// When it was read.
        now: Timestamp,
    },
}

/// What a plan costs in requests to Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// How the tenant was read.
    pub reading: Reading,
    /// Requests with which `apply` will read back what it touched.
    pub verify: usize,
}

/// The form of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; described by schemas/plan.schema.json, report.schema.json and problems.schema.json.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// For a browser: one page with nothing outside it, with the journeys through the flows that are touched.
    Html,
    /// For test reports: one test case for each declared object.
    Junit,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For annotations in GitHub Actions.
    Github,
}

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The steps.
    Steps,
    /// The steps with the requests that each will make.
    Requests,
}

/// Prints all that a run came to.
pub fn account(out: &mut dyn Write, account: &Account, format: Format) -> io::Result<()> {
    match format {
        Format::Text => text::account(out, account),
        Format::Json => json::account(out, account),
        Format::Markdown => markdown::account(out, account),
        Format::Html => html::account(out, account),
        Format::Junit => junit::account(out, account),
        Format::Sarif => sarif::account(out, account),
        Format::Github => github::account(out, account),
    }
}

/// Tells people that files are in order.
pub fn in_order(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    writeln!(out, "{}", words::in_order(account))
}

/// Shows people a plan.
pub fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    cost: Cost,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    text::plan(out, plan, cost, detail, style)
}

/// Shows people how a tenant differs from its files.
pub fn drift(out: &mut dyn Write, drift: &Drift, reading: Reading, style: Style) -> io::Result<()> {
    drift::text(out, drift, reading, style)
}

/// A number of things.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Prints what an export came to.
pub fn export(out: &mut dyn Write, told: &Exporting<'_>, style: Style) -> io::Result<()> {
    export::export(out, told, style)
}

/// Tells people what became of a step, as soon as it is known; `place` is where its object is declared.
pub fn outcome(
    out: &mut dyn Write,
    (index, step): (usize, &Step),
    outcome: &Outcome,
    place: Option<&Place>,
    style: Style,
) -> io::Result<()> {
    text::outcome(out, (index, step), outcome, place, style)
}

/// Tells people how the plan that would be made now differs from a saved one.
pub fn stale(out: &mut dyn Write, stale: &Stale<'_>, now: &Plan, style: Style) -> io::Result<()> {
    text::stale(out, stale, now, style)
}

/// Tells people what became of a plan, after its steps were told as they ended.
pub fn report(out: &mut dyn Write, report: &Report, requests: u64, style: Style) -> io::Result<()> {
    text::report(out, report, requests, style)
}
