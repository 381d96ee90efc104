//! The names of objects in files, and the names of their files.
//!
//! Never reads a tenant: declared objects and ids are arguments.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::desired::{escape, unescape};
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Reference};

/// How to refer to other objects.
pub struct ReferenceNames<'a> {
    /// The ids of live objects.
    pub ids: &'a BTreeMap<Address, ObjectId>,
    /// Whether an object is declared, so that a reference by name is possible.
    pub is_declared: &'a dyn Fn(&Address) -> bool,
}

impl ReferenceNames<'_> {
    /// The reference as a field of these kinds writes it: by name if the name resolves to this object, else by id.
    pub(super) fn written(&self, kinds: &[String], reference: &Reference) -> Json {
        let name = reference.name();
        match self.resolved(kinds, name) {
            Some(resolved) if resolved == *reference => escape(resolved.name()).into(),
            _ => match self.id(reference) {
                Some(id) => json!({ "id": id.as_str() }),
                None => escape(name).into(),
            },
        }
    }

    /// Whether a written value is a form of the reference.
    pub(super) fn matches(&self, kinds: &[String], written: &Json, reference: &Reference) -> bool {
        match (written.as_str(), written["id"].as_str()) {
            (Some(written), _) => {
                let name = unescape(written);
                name.and_then(|name| self.resolved(kinds, &name)).as_ref() == Some(reference)
            }
            (None, Some(id)) => self.id(reference) == Some(&ObjectId::new(id)),
            (None, None) => false,
        }
    }

    /// The object that a name refers to: a declared object, or a built-in one.
    fn resolved(&self, kinds: &[String], name: &str) -> Option<Reference> {
        let addresses = kinds.iter().map(|kind| Address::new(kind, name));
        let declared = addresses
            .filter(|address| (self.is_declared)(address))
            .map(Reference::Address);
        let built_in = || {
            let kinds = kinds.iter().filter_map(|kind| Kind::find(kind));
            let mut ids = kinds.flat_map(|kind| kind.collection.built_in.ids);
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

/// The longest name that is made of the name of an object: file systems allow 255 bytes for all parts together.
const LONGEST: usize = 80;

/// Names of devices, which Windows gives no file, whatever its ending.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A file name for an object that is valid on every file system.
pub fn file_name(address: &Address) -> String {
    format!("{}.{}", address.kind(), portable(address.name()))
}

/// The folder for objects of a kind: the plural of the last word of its name.
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

/// The name of an object's file in the folder of its kind, without extension: `SummerSchool` → `summer-school`.
pub fn stem(address: &Address) -> String {
    portable(&separated(address.name(), '-').to_ascii_lowercase())
}

/// A name without characters that lead to another directory, hide the file, look like an option or that a file system
/// forbids. A digest distinguishes names of which too little remains.
pub(super) fn portable(name: &str) -> String {
    let plain = |c: char| match c {
        '_' | '.' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    let plain: String = name.chars().map(plain).collect();
    let plain = plain.trim_start_matches(['.', '-']);
    let base = plain.split('.').next().unwrap_or_default();
    let is_device = DEVICES
        .iter()
        .any(|device| base.eq_ignore_ascii_case(device));
    let has_letter = plain.contains(|c: char| c.is_ascii_alphanumeric());
    if has_letter && !is_device && plain.len() <= LONGEST {
        return plain.to_owned();
    }
    let digest = Sha256::digest(name.as_bytes());
    let digest: String = digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let kept = plain.get(..LONGEST - digest.len() - 1).unwrap_or(plain);
    match (has_letter, is_device) {
        (true, true) => format!("{}-{digest}", kept.replace('.', "-")),
        (true, false) => format!("{kept}-{digest}"),
        (false, _) => format!("name-{digest}"),
    }
}

/// A name as the name of a variable: `clientSecret` → `CLIENT_SECRET`.
pub fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let plain: String = name.chars().map(plain).collect();
    separated(&plain, '_').to_ascii_uppercase()
}

/// A name with a separator between its words.
fn separated(name: &str, separator: char) -> String {
    let mut words = String::new();
    for c in name.chars() {
        let is_inside = words.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if c.is_ascii_uppercase() && is_inside {
            words.push(separator);
        }
        words.push(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stem_is_a_name_that_every_system_accepts() {
        let stem = |name: &str| stem(&Address::new("apiConnector", name));
        for (name, expected) in [
            (".NET claims API", "net-claims-api"),
            ("--help", "help"),
            ("..", "name-5ec1f7e7"),
            ("日本語", "name-77710aed"),
            ("中国人", "name-83b38794"),
            ("日本語 1", "1"),
            ("CON", "con-1143da2b"),
            ("lpt1.old", "lpt1-old-6f0c49db"),
            ("Console", "console"),
            (".git", "git"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
        let long = stem(&"n".repeat(300));
        assert_eq!(long.len(), LONGEST);
        assert_ne!(long, stem(&"n".repeat(301)));
    }

    #[test]
    fn file_and_variable_names_derive_from_object_names() {
        let stem = |name| stem(&Address::new("b2xUserFlow", name));
        assert_eq!(stem("SummerSchool"), "summer-school");
        assert_eq!(stem("Facebook-OAUTH"), "facebook-oauth");
        assert_eq!(stem("../Prüfen: a/b"), "pr-fen--a-b");
        assert_eq!(variable("pkcs12Value"), "PKCS12_VALUE");
        assert_eq!(variable("Look up: supplier"), "LOOK_UP__SUPPLIER");
    }

    #[test]
    fn folder_is_the_plural_of_the_last_word_of_a_kind() {
        let folder = |kind: &str| folder(Kind::find(kind).unwrap());
        assert_eq!(folder("apiConnector"), "connectors");
        assert_eq!(folder("b2xUserFlow"), "flows");
        assert_eq!(folder("authenticationFlowsPolicy"), "policies");
    }
}
