//! What must not happen, or cannot: dangers of a plan, each as an objection that stops it.

use crate::diff::{Change, Difference, ItemAction, ItemChange};
use crate::kinds::{Kind, List, Verbs};
use crate::model::Address;

/// Why a plan must not run as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The object.
    pub address: Address,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What speaks against this change.
pub(super) fn objections(kind: &Kind, address: &Address, change: &Change) -> Vec<Objection> {
    let Change::Update(difference) = change else {
        return Vec::new();
    };
    let objection = |(message, help)| Objection {
        address: address.clone(),
        message,
        help,
    };
    let fixed = fixed_fields(kind, difference);
    fixed
        .chain(list_limits(kind, difference))
        .map(objection)
        .collect()
}

fn fixed_fields<'a>(
    kind: &'a Kind,
    difference: &'a Difference,
) -> impl Iterator<Item = (String, String)> + 'a {
    let of_object = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let fixed = difference
        .fields
        .iter()
        .filter(move |change| kind.create_only.contains(&of_object(&change.path).as_str()));
    fixed.map(|change| {
        let shown = |value: &Option<crate::model::Value>| match value {
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        let message = format!(
            "{} cannot change from {} to {}: Graph fixes it when the object is made",
            change.path,
            shown(&change.before),
            shown(&change.after)
        );
        let help = "set it back in the file, or declare a new object with another name and move over to it";
        (message, help.to_owned())
    })
}

fn list_limits<'a>(
    kind: &'a Kind,
    difference: &'a Difference,
) -> impl Iterator<Item = (String, String)> + 'a {
    difference.lists.iter().flat_map(move |change| {
        let list = kind.lists.iter().find(|list| list.field == change.field);
        let cannot = move |(list, item): &(&List, &ItemChange)| match item.action {
            ItemAction::Create => list.verbs == Verbs::None,
            ItemAction::Update => list.verbs == Verbs::None && !item.fields.is_empty(),
            ItemAction::Delete => !list.removable,
        };
        let items = list
            .into_iter()
            .flat_map(|list| change.items.iter().map(move |item| (list, item)));
        items.filter(cannot).map(|(list, item)| {
            let word = match item.action {
                ItemAction::Create => "made",
                ItemAction::Update => "changed",
                ItemAction::Delete => "removed",
            };
            let message = format!("{}[{}] cannot be {word}", list.field, item.key.name());
            (message, list.limits.to_owned())
        })
    })
}
