//! References that a create request contains although Graph may not keep them, and the step that links the missing ones.
//! Never decides which references Graph keeps: the step reads them.

use super::request::{PathTemplate, Request};
use super::steps::{StepBuilder, references};
use super::{Action, CreatedReference, LinkMissing, Operation, Step};
use crate::diff::Difference;
use crate::kinds::AtCreation;
use crate::model::{Fields, Method, Name, Presence, Reference, Value, Version, named};

/// A property of a create request with references, and how each is shown: its path and value.
pub(super) type AttemptedReferences = (Name, Value, Vec<(Name, Value)>);

impl StepBuilder<'_> {
    /// The sets of references of this kind in the create request.
    pub(super) fn links_at_creation(&self, at: AtCreation) -> impl Iterator<Item = (Name, Value)> {
        let links = self.kind.parts.links.iter();
        links
            .filter(move |link| link.at_creation == at)
            .filter_map(|link| Some((link.field, self.after.links.get(link.field)?)))
            .filter(|(_, members)| !members.is_empty())
            .map(|(field, members)| (field.into(), references(members)))
    }

    /// The references in the create request that Graph may not keep.
    pub(super) fn attempted_references(&self) -> Vec<AttemptedReferences> {
        let mut found = Vec::new();
        for (field, members) in self.links_at_creation(AtCreation::Attempted) {
            let inner = members.references().into_iter().map(with_id).collect();
            found.push((field.clone(), Value::List(inner), vec![(field, members)]));
        }
        let single_refs = self.kind.parts.single_refs.iter();
        for of in single_refs.filter(|of| of.at_creation == AtCreation::Attempted) {
            let given = self.after.single_refs.iter();
            let given = given.filter_map(|(name, target)| Some((name, target.as_ref()?)));
            let inner: Fields = given
                .clone()
                .map(|(name, target)| (name.clone(), with_id(target)))
                .collect();
            let shown = |(name, target): (&Name, &Reference)| {
                let path = format!("{}.{name}", of.field);
                (path.into(), Value::Reference(target.clone()))
            };
            if !inner.is_empty() {
                found.push((
                    of.field.into(),
                    Value::Map(inner),
                    given.map(shown).collect(),
                ));
            }
        }
        found
    }

    /// The steps that link what the create did not keep.
    pub(super) fn link_missing(&self, difference: &Difference, steps: &mut Vec<Step>) {
        let parts = &self.kind.parts;
        for link in parts.links {
            let of_field = difference.links.iter().filter(|change| {
                change.field == link.field && change.presence == Presence::Present
            });
            let linked = of_field.map(|change| (String::new(), self.link(link, change)));
            if link.at_creation == AtCreation::Attempted {
                let key = link.key().into();
                let missing = self.linked(linked, link.version, link.path.into(), key);
                steps.extend(missing.map(|missing| self.link_missing_step(link.field, missing)));
            }
        }
        for of in parts.single_refs {
            let changes = difference.single_refs.iter();
            let linked =
                changes.map(|change| (change.field.to_string(), self.single_ref(of, change)));
            if of.at_creation == AtCreation::Attempted {
                let path = format!("{}{}", of.path, of.query).into();
                let version = self.kind.collection.version;
                let missing = self.linked(linked, version, path, "id".into());
                steps.extend(missing.map(|missing| self.link_missing_step(of.field, missing)));
            }
        }
    }

    /// The references that these steps would link, each with its name; `None` if there are none.
    fn linked(
        &self,
        steps: impl Iterator<Item = (String, Step)>,
        version: Version,
        path: Name,
        key: Name,
    ) -> Option<LinkMissing> {
        let reference = |(name, step): (String, Step)| {
            let change = step.changes.into_iter().next()?;
            match (change.after, step.operation) {
                (Some(Value::Reference(target)), Operation::Request(link)) => {
                    let link = *link;
                    Some(CreatedReference { name, target, link })
                }
                _ => None,
            }
        };
        let mut references: Vec<_> = steps.filter_map(reference).collect();
        references.shrink_to_fit();
        let path = PathTemplate::object(self.kind, self.address).literal(path);
        (!references.is_empty()).then(|| LinkMissing {
            read: Request::without_body(Method::Get, version, path),
            key,
            references,
        })
    }

    fn link_missing_step(&self, field: &str, missing: LinkMissing) -> Step {
        let operation = Operation::LinkMissing(Box::new(missing));
        self.step_of(Action::Link, field.to_owned(), operation)
    }
}

/// `{"id": …}`.
fn with_id(reference: &Reference) -> Value {
    let id = Value::Reference(reference.clone());
    Value::Map(named(1, [("id".into(), id)]))
}
