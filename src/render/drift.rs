//! Drift for people and for programs.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::account::{Account, Drifted};
use super::json::{self, Head, PlaceView, ReadingView, TenantView, value};
use super::style::{Style, Tone, shown};
use super::{Reading, count, frame, lines};
use crate::diff::ContentChange;
use crate::drift::{Drift, Finding, What};
use crate::model::{Reference, Severity, Value};

/// What `entraflow drift --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftView {
    #[serde(flatten)]
    head: Head,
    /// The tenant.
    tenant: TenantView,
    /// Whether the tenant has drifted: notes do not count.
    drift: bool,
    /// What differs, by address.
    findings: Vec<FindingView>,
    /// What one should know although it is no difference.
    warnings: Vec<String>,
    /// How the tenant was read.
    requests: ReadingView,
}

/// One difference.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FindingView {
    /// The object, as kind/name.
    address: String,
    /// The way to what differs inside the object; none for the object itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// error, warning or note.
    severity: Severity,
    /// missing, unwanted, unmanaged, changed, missingMember, extraMember, reordered or rewritten.
    what: String,
    /// The difference in one sentence, without the object.
    message: String,
    /// What the files say. Secrets are shown by where they come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Json>,
    /// What the tenant has.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<Json>,
    /// Where the files speak of it; of the object where they do not name the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
    /// The reason of the rule that set the severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(super) fn view(account: &Account, drifted: &Drifted) -> DriftView {
    let Drifted { drift, reading } = drifted;
    DriftView {
        head: Head::of("drift", account),
        tenant: TenantView::from(&drift.target),
        drift: drift.is_found(),
        findings: drift.findings.iter().map(finding_view).collect(),
        warnings: drift.warnings.clone(),
        requests: ReadingView::from(*reading),
    }
}

fn finding_view(finding: &Finding) -> FindingView {
    let Finding {
        address,
        path,
        severity,
        what,
        place,
        reason,
    } = finding;
    let (files, tenant) = sides(what);
    FindingView {
        address: address.to_string(),
        path: Some(path.to_string()).filter(|path| !path.is_empty()),
        severity: *severity,
        what: what.word().to_owned(),
        message: finding.message(),
        files,
        tenant,
        place: place.as_ref().map(json::place),
        reason: reason.clone(),
    }
}

/// What the files say and what the tenant has, where there is more to say than that something is there.
fn sides(what: &What) -> (Option<Json>, Option<Json>) {
    let json = |side: &Option<Value>| side.as_ref().map(value);
    let names = |side: &[Reference]| Some(side.iter().map(Reference::name).collect());
    let text = |side: &Option<String>| side.as_deref().map(Json::from);
    match what {
        What::Changed { files, tenant } => (json(files), json(tenant)),
        What::Reordered { files, tenant } => (names(files), names(tenant)),
        What::Rewritten(ContentChange { before, after, .. }) => (text(after), text(before)),
        What::Missing
        | What::Unwanted
        | What::Unmanaged
        | What::MissingMember
        | What::ExtraMember => (None, None),
    }
}

pub(super) fn text(
    out: &mut dyn Write,
    drift: &Drift,
    reading: Reading,
    style: Style,
) -> io::Result<()> {
    frame::head(out, "Drift of", &drift.target, style)?;
    let of_one_object = |one: &Finding, next: &Finding| one.address == next.address;
    for findings in drift.findings.chunk_by(of_one_object) {
        let address = findings.first().map(|finding| shown(&finding.address));
        let address = address.unwrap_or_default();
        writeln!(out, "\n{}", style.paint(Tone::Strong, &address))?;
        findings
            .iter()
            .try_for_each(|finding| self::finding(out, finding, style))?;
    }
    frame::warnings(out, &drift.warnings, style)?;
    writeln!(out)?;
    summary(out, drift, style)?;
    frame::reading(out, reading)
}

fn finding(out: &mut dyn Write, finding: &Finding, style: Style) -> io::Result<()> {
    let word = finding.severity.word();
    let tone = match finding.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Changed,
        Severity::Note => Tone::Faint,
    };
    let place = finding.place.as_ref().map(|place| format!("  {place}"));
    writeln!(
        out,
        "  {}: {}{}",
        style.paint(tone, word),
        shown(&finding.message()),
        style.paint(Tone::Faint, &place.unwrap_or_default())
    )?;
    for line in detail(&finding.what, style) {
        writeln!(out, "    {line}")?;
    }
    match &finding.reason {
        Some(reason) => writeln!(
            out,
            "    {}",
            style.paint(Tone::Faint, &format!("rule: {reason}"))
        ),
        None => Ok(()),
    }
}

/// What the files say and what the tenant has, in lines.
pub(super) fn detail(what: &What, style: Style) -> Vec<String> {
    let pair = |files: String, tenant: String| {
        let (files, tenant) = (format!("files   {files}"), format!("tenant  {tenant}"));
        vec![
            style.paint(Tone::Removed, &files),
            style.paint(Tone::Added, &tenant),
        ]
    };
    let value = |side: &Option<Value>| match side {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    let names = |side: &[Reference]| {
        let names: Vec<_> = side.iter().map(Reference::name).collect();
        names.join(", ")
    };
    match what {
        What::Changed { files, tenant } => pair(value(files), value(tenant)),
        What::Reordered { files, tenant } => pair(names(files), names(tenant)),
        What::Rewritten(change) => lines::content(&turned(change), style),
        What::Missing
        | What::Unwanted
        | What::Unmanaged
        | What::MissingMember
        | What::ExtraMember => Vec::new(),
    }
}

/// The change that the tenant has seen: from what the files say to what it has.
fn turned(change: &ContentChange) -> ContentChange {
    let ContentChange {
        name,
        before,
        after,
    } = change;
    ContentChange {
        name: name.clone(),
        before: after.clone(),
        after: before.clone(),
    }
}

fn summary(out: &mut dyn Write, drift: &Drift, style: Style) -> io::Result<()> {
    let tone = match drift.is_found() {
        true => Tone::Bad,
        false => Tone::Strong,
    };
    writeln!(out, "{}", style.paint(tone, &sum(drift)))
}

/// What drift comes to, in one line.
pub(super) fn sum(drift: &Drift) -> String {
    let number = |severity| drift.count(severity) as u64;
    let counts: Vec<_> = Severity::ALL
        .into_iter()
        .filter(|severity| number(*severity) > 0)
        .map(|severity| count(number(severity), severity.word()))
        .collect();
    match (drift.is_found(), counts.is_empty()) {
        (true, _) => format!("Drift: {}.", counts.join(", ")),
        (false, true) => "No drift. The tenant is as the files say.".to_owned(),
        (false, false) => format!("No drift, and {}.", counts.join(", ")),
    }
}
