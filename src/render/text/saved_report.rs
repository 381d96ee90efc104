//! Text of a JSON report that was written earlier.

use std::io::{self, Write};

use serde_json::Value as Json;

use super::indented;
use crate::render::layout;
use crate::render::reports::{
    SavedChange, SavedDeviation, SavedMessage, SavedReport, SavedSignIn, SavedStep, SavedTenant,
};
use crate::render::strings::{UNMANAGED, count};
use crate::render::style::{Style, Tone, shown};

pub(in crate::render) fn saved_report(
    out: &mut dyn Write,
    report: &SavedReport,
    style: Style,
) -> io::Result<()> {
    let SavedReport {
        entraflow_report: _,
        command,
        tenant,
        problems,
        error,
        steps,
        findings,
        objections,
        warnings,
        notes,
        unmanaged,
        verification,
        deviations,
        sign_in,
    } = report;
    let title = format!("Report of {command}{}", of_tenant(tenant.as_ref()));
    writeln!(out, "{}", style.paint(Tone::Strong, &title))?;
    messages(out, "", problems, style)?;
    self::steps(out, steps, style)?;
    messages(out, "", findings, style)?;
    messages(out, "objection: ", objections, style)?;
    section(out, UNMANAGED, unmanaged)?;
    section(
        out,
        "Differs from the plan:",
        &deviations.iter().flat_map(deviation).collect::<Vec<_>>(),
    )?;
    section(
        out,
        "Sign-in:",
        &sign_in.iter().flat_map(self::sign_in).collect::<Vec<_>>(),
    )?;
    layout::remarks(out, warnings, notes, style)?;
    messages(out, "error: ", error, style)?;
    let verified = verification.as_ref();
    let verified = verified.map(|word| format!("; the tenant {}", verified_as(word)));
    writeln!(
        out,
        "\n{}{}.",
        summary(report),
        verified.unwrap_or_default()
    )
}

fn of_tenant(tenant: Option<&SavedTenant>) -> String {
    tenant.map_or_else(String::new, |tenant| {
        let SavedTenant {
            name,
            tenant_id,
            endpoint,
        } = tenant;
        let endpoint = endpoint.as_ref().map(|endpoint| format!(" on {endpoint}"));
        format!(" for {name} ({tenant_id}){}", endpoint.unwrap_or_default())
    })
}

fn verified_as(word: &str) -> &str {
    match word {
        "matches" => "matched the plan",
        "differs" => "differed from the plan",
        "unknown" => "could not be read back",
        _ => "was not read back",
    }
}

fn summary(report: &SavedReport) -> String {
    let SavedReport {
        problems,
        steps,
        findings,
        objections,
        sign_in,
        ..
    } = report;
    let done = steps
        .iter()
        .filter(|step| step.outcome.as_deref() == Some("done"));
    let counts = [
        (problems.len(), "problem"),
        (steps.len(), "step"),
        (findings.len(), "difference"),
        (objections.len(), "objection"),
        (sign_in.len(), "sign-in check"),
    ];
    let mut parts: Vec<_> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number as u64, noun))
        .collect();
    if steps.iter().any(|step| step.outcome.is_some()) {
        parts.push(format!("{} done", done.count()));
    }
    match parts.is_empty() {
        true => "Nothing to report".to_owned(),
        false => parts.join(", "),
    }
}

fn section(out: &mut dyn Write, title: &str, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "  {}", shown(line)))
}

/// Messages with their objects, locations and hints, each below an empty line.
fn messages<'a>(
    out: &mut dyn Write,
    label: &str,
    messages: impl IntoIterator<Item = &'a SavedMessage>,
    style: Style,
) -> io::Result<()> {
    for saved in messages {
        let SavedMessage {
            severity,
            address,
            path,
            message,
            location,
            help,
        } = saved;
        let severity = severity.as_ref().map(|word| format!("{word}: "));
        let place = [address, path].into_iter().flatten();
        let place: String = place.map(|part| format!("{part}: ")).collect();
        let line = format!("{label}{}{place}{message}", severity.unwrap_or_default());
        writeln!(out)?;
        indented(out, 0, [line], style)?;
        if let Some(location) = location {
            writeln!(out, "  at {}:{}", shown(&location.file), location.line)?;
        }
        let help = texts(help).into_iter().map(|help| format!("help: {help}"));
        indented(out, 2, help, style)?;
    }
    Ok(())
}

fn texts(help: &Json) -> Vec<&str> {
    match help {
        Json::String(text) => vec![text],
        Json::Array(texts) => texts.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The steps below the headings of their objects.
fn steps(out: &mut dyn Write, steps: &[SavedStep], style: Style) -> io::Result<()> {
    let mut object = None;
    for (number, step) in (1..).zip(steps) {
        let SavedStep {
            address,
            action,
            part,
            target,
            changes,
            notes,
            outcome,
            failure,
        } = step;
        if object.replace(address) != Some(address) {
            writeln!(out, "\n{}", style.paint(Tone::Strong, address))?;
        }
        let outcome = outcome.as_ref().map(|word| format!("{word}  "));
        let words = [Some(action), Some(part), target.as_ref()].into_iter();
        let words: Vec<_> = words.flatten().filter(|word| !word.is_empty()).collect();
        let words: Vec<_> = words.into_iter().map(String::as_str).collect();
        let title = format!("{}{}", outcome.unwrap_or_default(), words.join(" "));
        writeln!(out, "{number:4}  {}", shown(&title))?;
        for change in changes {
            writeln!(out, "        {}", shown(&self::change(change)))?;
        }
        indented(out, 8, notes.iter().cloned(), style)?;
        if let Some(SavedMessage { message, help, .. }) = failure {
            let help = texts(help).into_iter().map(|help| format!("help: {help}"));
            indented(out, 8, [message.clone()].into_iter().chain(help), style)?;
        }
    }
    Ok(())
}

fn change(change: &SavedChange) -> String {
    let SavedChange {
        path,
        before,
        after,
    } = change;
    match (before, after) {
        (None, Some(after)) => format!("+ {path}  {after}"),
        (Some(before), None) => format!("- {path}  {before}"),
        (Some(before), Some(after)) => format!("~ {path}  {before} → {after}"),
        (None, None) => path.clone(),
    }
}

fn sign_in(entry: &SavedSignIn) -> Vec<String> {
    let SavedSignIn {
        address,
        url,
        outcome,
        messages,
    } = entry;
    let url = url.as_ref().map(|url| format!(" at {url}"));
    let messages = messages.iter().map(|message| format!("  {message}"));
    [format!("{address}: {outcome}{}", url.unwrap_or_default())]
        .into_iter()
        .chain(messages)
        .collect()
}

fn deviation(deviation: &SavedDeviation) -> Vec<String> {
    let SavedDeviation {
        address,
        deviation,
        changes,
    } = deviation;
    let changes = changes.iter().map(|of| format!("  {}", change(of)));
    [format!("{address}: {deviation}")]
        .into_iter()
        .chain(changes)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(report: Json) -> String {
        let report: SavedReport = serde_json::from_value(report).unwrap();
        let mut text = Vec::new();
        saved_report(&mut text, &report, Style::PLAIN).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn header(report: &str) -> Json {
        let tenant = json!({ "name": "shop", "tenantId": "shop.example", "endpoint": "a test" });
        json!({ "entraflowReport": report, "command": "apply", "problems": [], "tenant": tenant })
    }

    #[test]
    fn report_of_an_apply_shows_each_outcome_and_the_verification() {
        let mut report = header("report");
        report["verification"] = "differs".into();
        report["steps"] = json!([
            { "address": "b2xUserFlow/a", "action": "create", "part": "", "outcome": "done" },
            { "address": "b2xUserFlow/a", "action": "link", "part": "identityProviders",
              "target": "Google-OAUTH", "outcome": "failed",
              "failure": { "message": "400: no", "help": "try again" } },
        ]);
        let before_after = json!({ "path": "priority", "before": 1, "after": 2 });
        report["deviations"] = json!([
            { "address": "b2xUserFlow/a", "deviation": "differs", "changes": [before_after] },
        ]);
        let expected = "\
Report of apply for shop (shop.example) on a test

b2xUserFlow/a
   1  done  create
   2  failed  link identityProviders Google-OAUTH
        400: no
        help: try again

Differs from the plan:
  b2xUserFlow/a: differs
    ~ priority  1 → 2

2 steps, 1 done; the tenant differed from the plan.
";
        assert_eq!(text(report), expected);
    }

    #[test]
    fn report_of_an_error_shows_problems_and_help() {
        let mut report = header("problems");
        report["error"] = json!({ "message": "no sign-in", "help": ["sign in", "or not"] });
        report["problems"] = json!([{
            "severity": "warning", "message": "unused", "related": [], "help": "remove it",
            "location": { "file": "a.yaml", "line": 3, "column": 1 },
        }]);
        let expected = "\
Report of apply for shop (shop.example) on a test

warning: unused
  at a.yaml:3
  help: remove it

error: no sign-in
  help: sign in
  help: or not

1 problem.
";
        assert_eq!(text(report), expected);
    }
}
