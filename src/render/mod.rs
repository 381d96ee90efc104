//! Everything that a user reads about plans, reports, drift, exports and conversions, in every output format.
//!
//! Writes values into a given writer; never computes anything that is not in the value.
//!
//! From the bottom up: `reports` are the values; `style`, `diff_text`, `strings`, `layout` and `markup` are shared;
//! `findings` and `picture` turn a run into findings and diagrams; `text`, `json`, `markdown`, `html` and `ci` each
//! write one format and do not know each other.

mod audit;
mod ci;
mod deviations;
mod diff_text;
mod findings;
mod html;
mod json;
mod layout;
mod markdown;
mod markup;
mod options;
mod picture;
mod rehearsal;
mod reports;
mod strings;
mod style;
mod text;

use std::io::{self, Write};

pub use json::{
    ConversionView, DriftView, ListView, PlanView, ProblemsView, ReportView, SignInView, WhoamiView,
};
pub use options::{Detail, Format};
pub use picture::{DiagramFormat, pictures};
pub use reports::{
    ApplyResult, ConversionReport, DriftResult, ExportReport, ListReport, ListedObject,
    OptionalPermission, PendingTests, PlanWithCost, ProbeResult, ReadStats, RequestEstimate,
    RequiredPermission, RequiredRole, Resume, RunError, RunOrigin, RunReport, SavedReport,
    SignInResult, TenantSummary, TokenIdentity, WhoamiReport,
};
pub use strings::count;
pub use style::Style;

use crate::apply::report::StepOutcome;
use crate::dangers::Danger;
use crate::drift::{DriftFinding, DriftReport};
use crate::plan::saved_plan::StalePlan;
use crate::plan::{Plan, Step};
use crate::problem::Span;
use crate::rehearsal::Rehearsal;

/// Writes the report of a whole run.
pub fn run_report(out: &mut dyn Write, run: &RunReport, format: Format) -> io::Result<()> {
    match format {
        Format::Text => text::run_report(out, run),
        Format::Json => json::run_report(out, run),
        Format::Markdown => markdown::run_report(out, run),
        Format::Html => html::run_report(out, run),
        Format::Junit => ci::junit(out, run),
        Format::Sarif => ci::sarif(out, run),
        Format::Github => ci::github(out, run),
    }
}

/// Writes that the files are valid.
pub fn files_valid(out: &mut dyn Write, run: &RunReport) -> io::Result<()> {
    writeln!(out, "{}", strings::files_valid(run))
}

/// Writes a plan as text.
pub fn plan(
    out: &mut dyn Write,
    plan: &Plan,
    cost: RequestEstimate,
    detail: Detail,
    style: Style,
) -> io::Result<()> {
    text::plan(out, plan, cost, detail, style)
}

/// Writes the result of a rehearsal as text.
pub fn rehearsal(out: &mut dyn Write, rehearsal: &Rehearsal, style: Style) -> io::Result<()> {
    text::rehearsal(out, rehearsal, style)
}

/// Writes what `drift --accept` is about to write into the files, and the dangers of it.
pub fn acceptance(
    out: &mut dyn Write,
    accepted: &[&DriftFinding],
    dangers: &[Danger],
    style: Style,
) -> io::Result<()> {
    text::acceptance(out, accepted, dangers, style)
}

/// Writes the differences between a tenant and its files as text.
pub fn drift(
    out: &mut dyn Write,
    drift: &DriftReport,
    reading: ReadStats,
    style: Style,
) -> io::Result<()> {
    text::drift(out, drift, reading, style)
}

/// Writes the result of an export as text.
pub fn export(out: &mut dyn Write, report: &ExportReport<'_>, style: Style) -> io::Result<()> {
    text::export(out, report, style)
}

/// Writes the result of a conversion: every format but JSON is text.
pub fn conversion(
    out: &mut dyn Write,
    report: &ConversionReport<'_>,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Json => json::conversion(out, report),
        _ => text::conversion(out, report, style),
    }
}

/// Writes who signs in: every format but JSON is text.
pub fn whoami(
    out: &mut dyn Write,
    report: &WhoamiReport<'_>,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Json => json::whoami(out, report),
        _ => text::whoami(out, report, style),
    }
}

/// Writes the objects of a tenant: every format but JSON is text.
pub fn list(
    out: &mut dyn Write,
    report: &ListReport<'_>,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Json => json::list(out, report),
        _ => text::list(out, report, style),
    }
}

/// Writes a JSON report that was written earlier as text.
pub fn saved_report(out: &mut dyn Write, report: &SavedReport, style: Style) -> io::Result<()> {
    text::saved_report(out, report, style)
}

/// Writes what a tenant answered to a probe: every format but JSON is text.
pub fn probe(
    out: &mut dyn Write,
    result: &ProbeResult<'_>,
    format: Format,
    style: Style,
) -> io::Result<()> {
    match format {
        Format::Json => json::probe(out, result),
        _ => text::probe(out, result, style),
    }
}

/// Writes the outcome of a step as text, as soon as the step ends; `place` is the declaration of its object.
pub fn outcome(
    out: &mut dyn Write,
    (index, step): (usize, &Step),
    outcome: &StepOutcome,
    span: Option<&Span>,
    style: Style,
) -> io::Result<()> {
    text::outcome(out, (index, step), outcome, span, style)
}

/// Writes the differences between a saved plan and the current one as text.
pub fn stale(
    out: &mut dyn Write,
    stale: &StalePlan<'_>,
    now: &Plan,
    style: Style,
) -> io::Result<()> {
    text::stale(out, stale, now, style)
}

/// Writes whether people can sign in through the flows of a tenant as text.
pub fn sign_in(out: &mut dyn Write, result: &SignInResult, style: Style) -> io::Result<()> {
    text::sign_in(out, result, style)
}

/// Writes whether people can sign in through flows as text, after the result of an apply.
pub fn sign_in_after_apply(
    out: &mut dyn Write,
    result: &SignInResult,
    style: Style,
) -> io::Result<()> {
    text::sign_in_after_apply(out, &result.report, style)
}

/// Writes the result of an apply of the plan as text, after the outcomes of its steps.
pub fn report(
    out: &mut dyn Write,
    plan: &Plan,
    result: &ApplyResult,
    style: Style,
) -> io::Result<()> {
    text::report(out, plan, result, style)
}
