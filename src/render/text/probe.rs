//! Text output of `probe`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::printable;
use crate::probe::{Outcome, Settled};
use crate::render::reports::ProbeResult;
use crate::render::strings::count;
use crate::render::style::{Style, Tone};

/// Whether an outcome belongs to a section.
type IsOf = fn(&Outcome) -> bool;

pub(in crate::render) fn probe(
    out: &mut dyn Write,
    result: &ProbeResult<'_>,
    style: Style,
) -> io::Result<()> {
    let target = result.target;
    let (name, tenant_type) = (printable(&target.name), target.tenant_type.as_str());
    writeln!(out, "{name} ({tenant_type}, {})", printable(&target.cloud))?;
    let requests = count(result.requests, "request");
    match result.writes {
        0 => writeln!(out, "{requests}, none of which can write")?,
        writes => writeln!(
            out,
            "{requests}, {} of objects of the probe",
            count(writes, "write")
        )?,
    }
    let sections: [(&str, IsOf); 3] = [
        ("Contradicted", |it| matches!(it, Outcome::Contradicted(_))),
        ("Unlike anything known", |it| {
            matches!(it, Outcome::Unlike(_))
        }),
        ("Confirmed", |it| matches!(it, Outcome::Confirmed(_))),
    ];
    for (title, wanted) in sections {
        let rows = result.settled.iter().filter(|row| wanted(&row.outcome));
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            heading(out, &format!("{title} ({})", rows.len()), style)?;
        }
        rows.into_iter().try_for_each(|row| line(out, row, style))?;
    }
    not_seen(out, result, style)?;
    unknown_properties(out, result, style)?;
    let lines = style.fit(
        0,
        "help: entraflow is right under each answer of docs/assumptions.md; one that is unlike them, or a property that \
         it does not know, is worth a report: `--report FILE` writes one without a word of the tenant, and `entraflow \
         emulator --assume-from FILE` then behaves as this tenant",
    );
    writeln!(out, "\n{}", lines.join("\n"))
}

/// The name of a row, what the tenant says, and what that means if it is not what is assumed.
fn line(out: &mut dyn Write, settled: &Settled, style: Style) -> io::Result<()> {
    const NAME: usize = 20;
    let (said, meaning) = match &settled.outcome {
        Outcome::Confirmed(answer) => (answer.name, None),
        Outcome::Contradicted(answer) => (answer.name, Some(answer.effect)),
        Outcome::Unlike(what) => (what.as_str(), None),
        Outcome::NotSeen(_) => return Ok(()),
    };
    let name = format!("{:NAME$}", settled.row.name);
    let said = style.fit(NAME + 4, said);
    writeln!(
        out,
        "  {name}  {}",
        said.join(&format!("\n{:1$}", "", NAME + 4))
    )?;
    for line in meaning
        .into_iter()
        .flat_map(|meaning| style.fit(NAME + 4, meaning))
    {
        writeln!(out, "{:1$}{line}", "", NAME + 4)?;
    }
    Ok(())
}

/// The rows without an answer, by the reason.
fn not_seen(out: &mut dyn Write, result: &ProbeResult<'_>, style: Style) -> io::Result<()> {
    let mut by_reason = BTreeMap::<&str, Vec<&str>>::new();
    for settled in result.settled {
        if let Outcome::NotSeen(why) = settled.outcome {
            by_reason.entry(why).or_default().push(settled.row.name);
        }
    }
    let names = by_reason.values().map(Vec::len).sum::<usize>();
    if names > 0 {
        heading(out, &format!("Not seen ({names})"), style)?;
    }
    for (why, names) in by_reason {
        let lines = style.fit(2, why).into_iter();
        let names = style.fit(4, &names.join(", ")).into_iter();
        let names = names.map(|line| format!("  {line}"));
        lines
            .chain(names)
            .try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    Ok(())
}

fn heading(out: &mut dyn Write, title: &str, style: Style) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint(Tone::Strong, title))
}

fn unknown_properties(
    out: &mut dyn Write,
    result: &ProbeResult<'_>,
    style: Style,
) -> io::Result<()> {
    let unknown = &result.report.unknown_properties;
    if unknown.is_empty() {
        return Ok(());
    }
    heading(out, "Properties that entraflow does not know", style)?;
    for (route, names) in unknown {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        writeln!(out, "  {}", printable(route))?;
        for line in style.fit(4, &names.join(", ")) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}
