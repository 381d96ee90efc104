//! Header, warnings and footer of text outputs.

use std::io::{self, Write};

use jiff::Timestamp;

use super::reports::ReadStats;
use super::strings::count;
use super::style::{Style, Tone, shown};
use crate::plan::TargetTenant;

/// What an output shows, and for which tenant.
pub(super) fn header(
    out: &mut dyn Write,
    title: &str,
    target: &TargetTenant,
    style: Style,
) -> io::Result<()> {
    let title = format!("{title} {} on {}", target.name, target.cloud);
    writeln!(out, "{}", style.words(Tone::Strong, 0, &title).join("\n"))?;
    let (tenant_type, id) = (target.tenant_type.as_str(), shown(&target.tenant_id));
    writeln!(out, "{tenant_type} tenant {id}")
}

/// The warnings, then the notes, each below an empty line.
pub(super) fn remarks(
    out: &mut dyn Write,
    warnings: &[String],
    notes: &[String],
    style: Style,
) -> io::Result<()> {
    let warnings = warnings.iter();
    let warnings = warnings.map(|text| (Tone::Changed, format!("warning: {text}")));
    let notes = notes.iter();
    let notes = notes.map(|text| (Tone::Faint, format!("note: {text}")));
    for (tone, line) in warnings.chain(notes) {
        writeln!(out, "\n{}", style.words(tone, 0, &line).join("\n"))?;
    }
    Ok(())
}

/// How the tenant was read, in one line.
pub(super) fn read_summary(reading: ReadStats) -> String {
    match reading {
        ReadStats::Graph {
            requests,
            round_trips,
        } => {
            let round_trips = count(round_trips, "round trip");
            format!("Requests: {requests} to read the tenant, in {round_trips}.")
        }
        ReadStats::SavedPlan { made } => {
            let made = made.map(|made| format!(" of {}", made.strftime("%Y-%m-%d %H:%M UTC")));
            let made = made.unwrap_or_default();
            format!("From a saved plan{made}; apply reads the tenant again.")
        }
        ReadStats::Snapshot { taken, now } => {
            let (time, age) = (taken.strftime("%Y-%m-%d %H:%M UTC"), age(taken, now));
            format!("Read from a snapshot of {time}, {age} old.")
        }
    }
}

/// An age in minutes below an hour, in hours below two days, else in days.
fn age(then: Timestamp, now: Timestamp) -> String {
    let minutes = u64::try_from((now.as_second() - then.as_second()) / 60).unwrap_or_default();
    match minutes {
        0..60 => count(minutes, "minute"),
        60..2880 => count(minutes / 60, "hour"),
        _ => count(minutes / 1440, "day"),
    }
}
