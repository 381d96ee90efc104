//! Namesakes: several live objects of one declared name, of which the files can mean only one.
//! Never chooses one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Address, ObjectId, Resource};

/// The live objects of a declared name: their ids, each with the objects that refer to it, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namesakes(pub BTreeMap<ObjectId, BTreeSet<Address>>);

impl Namesakes {
    /// These objects, each with those of `objects` that refer to it by id.
    pub fn among<'a>(
        ids: BTreeSet<ObjectId>,
        objects: impl IntoIterator<Item = (&'a Address, &'a Resource)> + Clone,
    ) -> Self {
        let referrers = |id: ObjectId| {
            let objects = objects.clone().into_iter();
            let referring = objects.filter(|(_, resource)| resource.ids().contains(&id));
            let referring = referring.map(|(address, _)| address.clone()).collect();
            (id, referring)
        };
        Self(ids.into_iter().map(referrers).collect())
    }

    /// What is wrong.
    pub fn message(&self) -> String {
        let one = |(id, referrers): (&ObjectId, &BTreeSet<Address>)| {
            let names: Vec<_> = referrers.iter().map(ToString::to_string).collect();
            match names.as_slice() {
                [] => format!("{id} (nothing that was read refers to it)"),
                [name] => format!("{id} ({name} refers to it)"),
                names => format!("{id} ({} refer to it)", names.join(", ")),
            }
        };
        let all: Vec<_> = self.0.iter().map(one).collect();
        let count = all.len();
        format!(
            "the tenant has {count} objects of this name: {}",
            all.join(", ")
        )
    }

    /// The two ways out, for objects of this kind.
    pub fn help(&self, kind: &str) -> String {
        let unreferenced = self.0.iter().filter(|(_, referrers)| referrers.is_empty());
        let options: Vec<_> = unreferenced
            .map(|(id, _)| format!("`--allow-delete \"{kind}/{id}\"`"))
            .collect();
        match options.as_slice() {
            [] => format!(
                "choose one with `id:` in its document; or let nothing refer to another one, and delete that with \
                 `entraflow apply --allow-delete \"{kind}/ID\"`"
            ),
            options => format!(
                "choose one with `id:` in its document, or delete one that nothing refers to, with `entraflow apply` and {}",
                options.join(" or ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;

    fn namesakes(referrers: &[(&str, &[&str])]) -> Namesakes {
        let one = |(id, names): &(&str, &[&str])| {
            let names = names.iter().map(|name| address(name));
            (ObjectId::new(*id), names.collect())
        };
        Namesakes(referrers.iter().map(one).collect())
    }

    #[test]
    fn message_lists_each_id_with_what_refers_to_it() {
        let found = namesakes(&[
            ("1", &[]),
            ("2", &["b2xUserFlow/A"]),
            ("3", &["b2xUserFlow/A", "b2xUserFlow/B"]),
        ]);
        assert_eq!(
            found.message(),
            "the tenant has 3 objects of this name: 1 (nothing that was read refers to it), 2 (b2xUserFlow/A refers to \
             it), 3 (b2xUserFlow/A, b2xUserFlow/B refer to it)"
        );
    }

    #[test]
    fn help_offers_to_delete_what_nothing_refers_to_and_no_other() {
        let used: &[&str] = &["b2xUserFlow/A"];
        assert_eq!(
            namesakes(&[("1", &[]), ("2", used), ("3", &[])]).help("apiConnector"),
            "choose one with `id:` in its document, or delete one that nothing refers to, with `entraflow apply` and \
             `--allow-delete \"apiConnector/1\"` or `--allow-delete \"apiConnector/3\"`"
        );
        assert_eq!(
            namesakes(&[("1", used), ("2", used)]).help("apiConnector"),
            "choose one with `id:` in its document; or let nothing refer to another one, and delete that with `entraflow \
             apply --allow-delete \"apiConnector/ID\"`"
        );
    }
}
