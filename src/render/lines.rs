//! Changes as lines: fields one by one, texts as unified diffs, requests as they will be sent.

use std::convert::Infallible;

use similar::TextDiff;

use super::style::{Style, Tone, shown};
use crate::diff::ContentChange;
use crate::model::{FieldChange, Reference, Secret, SecretSource, Value};
use crate::plan::{PlaceholderResolver, Plan, Request, Step};

/// How far behind a step its lines stand.
pub(super) const INDENT: usize = 8;

/// The lines of what a step changes, and of what else one should know of it.
pub(super) fn step(step: &Step, style: Style) -> Vec<String> {
    let contents = step.content.iter();
    let contents = contents.flat_map(|change| content(change, style));
    let notes = step.notes.iter();
    let notes = notes.flat_map(|note| style.words(Tone::Faint, INDENT, &format!("note: {note}")));
    let fields = fields(&step.changes, style).into_iter();
    fields.chain(contents).chain(notes).collect()
}

/// The lines of a step's field changes, names aligned.
pub(super) fn fields(changes: &[FieldChange], style: Style) -> Vec<String> {
    let width = changes
        .iter()
        .map(|change| change.path.chars().count())
        .max()
        .unwrap_or_default();
    changes
        .iter()
        .map(|change| field(change, width, style))
        .collect()
}

fn field(change: &FieldChange, width: usize, style: Style) -> String {
    let FieldChange {
        path,
        before,
        after,
    } = change;
    match (before, after) {
        (Some(Value::Secret(Secret::Masked)), Some(after @ Value::Secret(_))) => style.paint(
            Tone::Changed,
            &format!("~ {path:width$}  (rotated) {after}"),
        ),
        (Some(before), Some(after)) => {
            let line = format!("~ {path:width$}  {before} → {after}");
            style.paint(Tone::Changed, &line)
        }
        (None, Some(after)) if repeats(path, after) => {
            style.paint(Tone::Added, &format!("+ {path}"))
        }
        (Some(before), None) if repeats(path, before) => {
            style.paint(Tone::Removed, &format!("- {path}"))
        }
        (None, Some(after)) => style.paint(Tone::Added, &format!("+ {path:width$}  {after}")),
        (Some(before), None) => style.paint(Tone::Removed, &format!("- {path:width$}  {before}")),
        (None, None) => style.paint(Tone::Faint, &format!("  {path}")),
    }
}

/// A member of a set is its own name.
fn repeats(path: &str, value: &Value) -> bool {
    matches!(value, Value::Reference(reference) if reference.name() == path)
}

/// The lines of a text's change, as a unified diff.
pub(super) fn content(change: &ContentChange, style: Style) -> Vec<String> {
    let (before, after) = (
        change.before.as_deref().unwrap_or_default(),
        change.after.as_deref().unwrap_or_default(),
    );
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(2).to_string();
    let paint = |line: &str| match line.chars().next() {
        Some('+') => style.paint(Tone::Added, line),
        Some('-') => style.paint(Tone::Removed, line),
        Some('@') => style.paint(Tone::Faint, line),
        _ => shown(&line),
    };
    text.lines().map(paint).collect()
}

/// The lines of a request: method and path, then the body.
pub(super) fn request(request: &Request, plan: &Plan) -> Vec<String> {
    let Ok(filled) = request.resolve(&Shown(plan));
    let path = filled.path;
    let mut lines = vec![format!("{} /{}{path}", request.method, request.version)];
    if let Some(body) = filled.body {
        let body = format!("{body:#}");
        lines.extend(body.lines().map(|line| format!("  {line}")));
    }
    lines
}

/// Shows an id that is not known yet, and a secret, by where it will come from.
pub(super) struct Shown<'a>(pub(super) &'a Plan);

impl PlaceholderResolver for Shown<'_> {
    type Error = Infallible;

    fn id(&self, reference: &Reference) -> Result<String, Infallible> {
        Ok(match reference {
            Reference::Id(id) => id.to_string(),
            Reference::Address(address) => match self.0.ids.get(address) {
                Some(id) => id.to_string(),
                None => format!("(id of {address})"),
            },
        })
    }

    fn secret(&self, source: &SecretSource) -> Result<String, Infallible> {
        Ok(Secret::From(source.clone()).to_string())
    }

    fn encode_segment(&self, raw: &str) -> String {
        raw.to_owned()
    }

    fn root(&self) -> &str {
        ""
    }
}
