//! What stands around the outputs for people: which tenant, warnings, and how it was read.

use std::io::{self, Write};

use jiff::Timestamp;

use super::style::{Style, Tone, shown};
use super::{Reading, count};
use crate::plan::Target;

/// What an output is, and of which tenant.
pub(super) fn head(
    out: &mut dyn Write,
    what: &str,
    target: &Target,
    style: Style,
) -> io::Result<()> {
    let title = format!("{what} {} on {}", target.name, target.cloud);
    writeln!(out, "{}", style.paint(Tone::Strong, &title))?;
    let (kind, id) = (target.tenant_type.word(), shown(&target.tenant_id));
    writeln!(out, "{kind} tenant {id}")
}

pub(super) fn warnings(out: &mut dyn Write, warnings: &[String], style: Style) -> io::Result<()> {
    for warning in warnings {
        let lines = style.words(Tone::Changed, 0, &format!("warning: {warning}"));
        writeln!(out, "\n{}", lines.join("\n"))?;
    }
    Ok(())
}

pub(super) fn reading(out: &mut dyn Write, reading: Reading) -> io::Result<()> {
    writeln!(out, "{}", read(reading))
}

/// How the tenant was read, in a line.
pub(super) fn read(reading: Reading) -> String {
    match reading {
        Reading::Graph {
            requests,
            round_trips,
        } => {
            let round_trips = count(round_trips, "round trip");
            format!("Requests: {requests} made to read, in {round_trips}.")
        }
        Reading::Snapshot { taken, now } => {
            let (time, age) = (taken.strftime("%Y-%m-%d %H:%M UTC"), age(taken, now));
            format!("Read from a snapshot of {time}, {age} old.")
        }
    }
}

/// How old something is, in the largest unit that fits.
fn age(then: Timestamp, now: Timestamp) -> String {
    let minutes = u64::try_from((now.as_second() - then.as_second()) / 60).unwrap_or_default();
    match minutes {
        0..60 => count(minutes, "minute"),
        60..2880 => count(minutes / 60, "hour"),
        _ => count(minutes / 1440, "day"),
    }
}
