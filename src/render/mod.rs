//! Every word that a user reads about plans and reports.
//!
//! Prints values into a writer that it is given; it computes nothing that a plan or a report does not say.

mod drift;
mod export;
mod frame;
mod json;
mod lines;
mod style;
mod text;

use std::io::{self, Write};

pub use drift::DriftView;
pub use export::Exporting;
pub use json::{PlanView, ReportView};
pub use style::Style;

use jiff::Timestamp;

use crate::drift::Drift;
use crate::plan::file::Stale;
use crate::plan::{Plan, Step};
use crate::report::{Outcome, Report};

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
    /// For programs; described by schemas/plan.schema.json.
    Json,
}

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The steps.
    Steps,
    /// The steps with the requests that each will make.
    Requests,
}

/// Prints a plan.
pub fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    cost: Cost,
    format: Format,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Text => text::plan(out, plan, cost, detail, style),
        Format::Json => json::plan(out, plan, cost),
    }
}

/// Prints how a tenant differs from its files.
pub fn drift(
    out: &mut dyn Write,
    drift: &Drift,
    reading: Reading,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Text => drift::text(out, drift, reading, style),
        Format::Json => drift::json(out, drift, reading),
    }
}

/// A number of things.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Prints what an export came to.
pub fn export(out: &mut dyn Write, told: &Exporting<'_>, style: Style) -> io::Result<()> {
    export::export(out, told, style)
}

/// Prints what became of a step, as soon as it is known; programs get it with the whole report.
pub fn outcome(
    out: &mut dyn Write,
    index: usize,
    step: &Step,
    outcome: &Outcome,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Text => text::outcome(out, index, step, outcome, style),
        Format::Json => Ok(()),
    }
}

/// Prints how the plan that would be made now differs from a saved one. It is told to people only.
pub fn stale(out: &mut dyn Write, stale: &Stale<'_>, now: &Plan, style: Style) -> io::Result<()> {
    text::stale(out, stale, now, style)
}

/// Prints what became of a plan. For people the steps were printed as they ended.
pub fn report(
    out: &mut dyn Write,
    plan: &Plan,
    report: &Report,
    made: u64,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Text => text::report(out, report, made, style),
        Format::Json => json::report(out, plan, report, made),
    }
}
