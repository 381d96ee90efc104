//! Changes as lines of text: fields one by one, contents as unified diffs, requests as they will be sent.

use std::collections::BTreeMap;
use std::convert::Infallible;

use similar::TextDiff;

use super::style::{Style, Tone, shown};
use crate::diff::ContentChange;
use crate::drift::DriftKind;
use crate::model::{Address, FieldChange, Reference, Secret, SecretSource, Value};
use crate::plan::{Action, PlaceholderResolver, Plan, Request, Step};

/// Indentation of the lines below a step.
pub(super) const INDENT: usize = 8;

/// The changes of a step and its notes.
pub(super) fn step(step: &Step, style: Style) -> Vec<String> {
    let contents = step.content.iter();
    let contents = contents.flat_map(|change| content(change, style));
    let notes = step.notes.iter();
    let notes = notes.flat_map(|note| style.words(Tone::Faint, INDENT, &format!("note: {note}")));
    let fields = match step.action {
        // Its notes say what is known of each secret.
        Action::Compare => Vec::new(),
        _ => fields(&step.changes, style),
    };
    fields.into_iter().chain(contents).chain(notes).collect()
}

/// Field changes, with aligned names.
pub(super) fn fields(changes: &[FieldChange], style: Style) -> Vec<String> {
    let width = name_width(changes);
    changes
        .iter()
        .map(|change| field(change, width, style))
        .collect()
}

/// The length of the longest name, to which the others are padded.
pub(super) fn name_width(changes: &[FieldChange]) -> usize {
    let lengths = changes.iter().map(|change| change.path.chars().count());
    lengths.max().unwrap_or_default()
}

/// How a field changes; a member of a set, which is named by itself, has no value.
pub(super) enum FieldSides<'a> {
    /// Another value.
    Changed {
        /// The value in the tenant.
        before: &'a Value,
        /// The value in the files.
        after: &'a Value,
    },
    /// New.
    Added(Option<&'a Value>),
    /// Removed.
    Removed(Option<&'a Value>),
    /// Mentioned only.
    Mentioned,
}

/// The sides of a field change.
pub(super) fn sides(change: &FieldChange) -> FieldSides<'_> {
    let FieldChange {
        path,
        before,
        after,
    } = change;
    match (before, after) {
        (Some(before), Some(after)) => FieldSides::Changed { before, after },
        (None, Some(after)) => FieldSides::Added((!is_own_name(path, after)).then_some(after)),
        (Some(before), None) => FieldSides::Removed((!is_own_name(path, before)).then_some(before)),
        (None, None) => FieldSides::Mentioned,
    }
}

fn field(change: &FieldChange, width: usize, style: Style) -> String {
    let path = &change.path;
    let (tone, line) = match sides(change) {
        FieldSides::Changed { before, after } => (
            Tone::Changed,
            format!("~ {path:width$}  {before} → {after}"),
        ),
        FieldSides::Added(None) => (Tone::Added, format!("+ {path}")),
        FieldSides::Added(Some(after)) => (Tone::Added, format!("+ {path:width$}  {after}")),
        FieldSides::Removed(None) => (Tone::Removed, format!("- {path}")),
        FieldSides::Removed(Some(before)) => (Tone::Removed, format!("- {path:width$}  {before}")),
        FieldSides::Mentioned => (Tone::Faint, format!("  {path}")),
    };
    style.paint(tone, &line)
}

/// Whether path and value are the same text: a member of a set is named by itself.
fn is_own_name(path: &str, value: &Value) -> bool {
    matches!(value, Value::Reference(reference) if reference.name() == path)
}

/// A change of contents, as a unified diff.
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

/// The two sides of a drift finding, what the files declare and what the tenant has, if it has values.
pub(super) fn drift_sides(what: &DriftKind) -> Option<[String; 2]> {
    let value = |side: &Option<Value>| match side {
        Some(value) => shown(value),
        None => "not set".to_owned(),
    };
    let names = |side: &[Reference]| {
        let names: Vec<_> = side.iter().map(Reference::name).collect();
        shown(&names.join(", "))
    };
    match what {
        DriftKind::Changed { files, tenant } => Some([value(files), value(tenant)]),
        DriftKind::Reordered { files, tenant } => Some([names(files), names(tenant)]),
        DriftKind::Rewritten(_)
        | DriftKind::Ambiguous(_)
        | DriftKind::Missing
        | DriftKind::Unwanted
        | DriftKind::Unmanaged
        | DriftKind::MissingMember
        | DriftKind::ExtraMember => None,
    }
}

/// Both sides of a drift finding: what the files declare and what the tenant has.
pub(super) fn drift(what: &DriftKind, style: Style) -> Vec<String> {
    match (drift_sides(what), what) {
        (Some([files, tenant]), _) => vec![
            style.paint(Tone::Removed, &format!("files   {files}")),
            style.paint(Tone::Added, &format!("tenant  {tenant}")),
        ],
        (None, DriftKind::Rewritten(change)) => content(&reversed(change), style),
        (None, _) => Vec::new(),
    }
}

/// The change from what the files declare to what the tenant has: a plan goes the other way.
fn reversed(change: &ContentChange) -> ContentChange {
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

/// A request: method and path, then the body.
pub(super) fn request(request: &Request, ids: &IdsOfStep<'_>) -> Vec<String> {
    let Ok(filled) = request.resolve(ids);
    let path = filled.path;
    let mut lines = vec![format!("{} /{}{path}", request.method, request.version)];
    if let Some(body) = filled.body {
        let body = format!("{body:#}");
        lines.extend(body.lines().map(|line| format!("  {line}")));
    }
    lines
}

/// The ids that the requests of a plan are shown with.
pub(super) struct ShownIds<'a> {
    plan: &'a Plan,
    deletes: BTreeMap<&'a Address, usize>,
}

impl<'a> ShownIds<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let deletes = plan.deletes();
        Self { plan, deletes }
    }

    /// Those that are known when the step with this index is sent.
    pub(super) fn of_step(&self, index: usize) -> IdsOfStep<'_> {
        IdsOfStep { ids: self, index }
    }
}

/// Shows the source of a value instead of an id that is not known yet, or of a secret.
pub(super) struct IdsOfStep<'a> {
    ids: &'a ShownIds<'a>,
    index: usize,
}

impl PlaceholderResolver for IdsOfStep<'_> {
    type Error = Infallible;

    fn id(&self, reference: &Reference) -> Result<String, Infallible> {
        let ShownIds { plan, deletes } = self.ids;
        let is_deleted = |address| deletes.get(address).is_some_and(|at| *at < self.index);
        Ok(match reference {
            Reference::Id(id) => id.to_string(),
            Reference::Address(address) => match plan.ids.get(address) {
                Some(id) if !is_deleted(address) => id.to_string(),
                _ => format!("(id of {address})"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::reference;
    use crate::model::{Method, ObjectId, Version};
    use crate::plan::{PathTemplate, samples};

    #[test]
    fn id_of_an_object_is_not_known_after_its_delete() {
        let name = "apiConnector/a";
        let steps = [Action::Delete, Action::Create];
        let steps = steps.map(|action| samples::step_of(name, action, ""));
        let mut plan = samples::plan(steps.to_vec());
        plan.ids.insert(name.parse().unwrap(), ObjectId::new("17"));
        let path = PathTemplate(Vec::new()).id(&reference(name));
        let request = Request::without_body(Method::Delete, Version::V1, path);
        let ids = ShownIds::new(&plan);
        let shown = |index| super::request(&request, &ids.of_step(index));
        assert_eq!(shown(0), ["DELETE /v1.017"]);
        assert_eq!(shown(1), ["DELETE /v1.0(id of apiConnector/a)"]);
    }
}
