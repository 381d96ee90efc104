//! What a file calls an object, and what the files of an object are called.
//! Knows no tenant: what is declared and which ids there are is told from outside.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::desired::{escaped, unescaped};
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Reference};

/// How to refer to other objects.
pub struct Names<'a> {
    /// The ids of live objects.
    pub ids: &'a BTreeMap<Address, ObjectId>,
    /// Whether an object is declared, so that it can be referred to by name.
    pub is_declared: &'a dyn Fn(&Address) -> bool,
}

impl Names<'_> {
    /// What a file writes where one of these kinds is expected: the name if a file would take it for this object, and
    /// else the id.
    pub(super) fn written(&self, kinds: &[String], reference: &Reference) -> Json {
        let name = reference.name();
        match self.meant(kinds, name) {
            Some(meant) if meant == *reference => escaped(meant.name()).into(),
            _ => match self.id(reference) {
                Some(id) => json!({ "id": id.as_str() }),
                None => escaped(name).into(),
            },
        }
    }

    /// Whether this is one of the ways to write the reference.
    pub(super) fn says(&self, kinds: &[String], written: &Json, reference: &Reference) -> bool {
        match (written.as_str(), written["id"].as_str()) {
            (Some(written), _) => {
                let name = unescaped(written);
                name.and_then(|name| self.meant(kinds, &name)).as_ref() == Some(reference)
            }
            (None, Some(id)) => self.id(reference) == Some(&ObjectId::new(id)),
            (None, None) => false,
        }
    }

    /// What a file means by a name: a declared object, or one that is built in.
    fn meant(&self, kinds: &[String], name: &str) -> Option<Reference> {
        let addresses = kinds.iter().map(|kind| Address::new(kind, name));
        let declared = addresses
            .filter(|address| (self.is_declared)(address))
            .map(Reference::Address);
        let built_in = || {
            let kinds = kinds.iter().filter_map(|kind| Kind::find(kind));
            let mut ids = kinds.flat_map(|kind| kind.built_in.ids);
            let id = ids.find(|id| id.eq_ignore_ascii_case(name))?;
            Some(Reference::Id(ObjectId::new(*id)))
        };
        declared.into_iter().next().or_else(built_in)
    }

    fn id<'a>(&'a self, reference: &'a Reference) -> Option<&'a ObjectId> {
        match reference {
            Reference::Address(address) => self.ids.get(address),
            Reference::Id(id) => Some(id),
        }
    }
}

/// A name for the files of an object that every file system takes.
pub fn file_name(address: &Address) -> String {
    format!("{}.{}", address.kind(), plain(address.name()))
}

/// The folder for objects of a kind: the last word of its name, for several.
pub fn folder(kind: &Kind) -> String {
    let start = kind
        .name
        .rfind(|c: char| c.is_ascii_uppercase())
        .unwrap_or_default();
    let word = kind.name[start..].to_ascii_lowercase();
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

/// The name of an object's file in the folder of its kind, without its ending: `SummerSchool` → `summer-school`.
pub fn stem(address: &Address) -> String {
    words(&plain(address.name()), '-').to_ascii_lowercase()
}

/// A name without what would lead to another directory, or is not allowed in a path everywhere.
pub(super) fn plain(name: &str) -> String {
    let plain = |c: char| match c {
        '-' | '_' | '.' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    name.chars().map(plain).collect()
}

/// The words of a name as a variable has them: `clientSecret` → `CLIENT_SECRET`.
pub fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let plain: String = name.chars().map(plain).collect();
    words(&plain, '_').to_ascii_uppercase()
}

/// A name with something between its words.
fn words(name: &str, between: char) -> String {
    let mut words = String::new();
    for c in name.chars() {
        let is_inside = words.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if c.is_ascii_uppercase() && is_inside {
            words.push(between);
        }
        words.push(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_and_variables_follow_from_names() {
        let stem = |name| stem(&Address::new("b2xUserFlow", name));
        assert_eq!(stem("SummerSchool"), "summer-school");
        assert_eq!(stem("Facebook-OAUTH"), "facebook-oauth");
        assert_eq!(stem("../Prüfen: a/b"), "..-pr-fen--a-b");
        assert_eq!(variable("pkcs12Value"), "PKCS12_VALUE");
        assert_eq!(variable("Look up: supplier"), "LOOK_UP__SUPPLIER");
        let folders: Vec<_> = crate::kinds::KINDS
            .iter()
            .map(|kind| folder(kind))
            .collect();
        assert_eq!(
            folders,
            [
                "connectors",
                "attributes",
                "providers",
                "providers",
                "providers",
                "providers",
                "extensions",
                "flows",
                "flows",
                "flows",
                "listeners",
                "flows",
                "listeners",
                "policies"
            ]
        );
    }
}
