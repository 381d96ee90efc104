//! The names that the files declare, and the resolution of references by name.
//! Asks no tenant: whether a foreign object exists is checked later.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::desired::documents::unread::UnreadFiles;
use crate::kinds::shape::TextRule;
use crate::kinds::{Kind, Naming};
use crate::model::{Address, ObjectId, Presence, Reference};
use crate::problem::{Span, around, did_you_mean};

/// The most bytes of the files that documents name as content, each as often as it is named.
pub(in crate::desired) const MAX_CONTENT: usize = 128 << 20;

/// The declared objects, with their spans.
#[derive(Default)]
pub(in crate::desired) struct Declarations {
    declared: BTreeMap<Address, (Presence, Span)>,
    /// The declared objects by other names, in lowercase.
    aliases: BTreeMap<String, BTreeSet<Address>>,
    /// The bytes of the files that documents name as content so far.
    content: AtomicUsize,
    /// The files that could not be read, which may declare more.
    unread: UnreadFiles,
}

/// A reference that does not resolve.
pub(in crate::desired) struct DanglingReference {
    pub(in crate::desired) message: String,
    pub(in crate::desired) help: String,
    /// The span of the document that declares the object as absent.
    pub(in crate::desired) absent: Option<Span>,
}

impl Declarations {
    /// No declarations yet; the unread files may have some.
    pub(in crate::desired) fn new(unread: UnreadFiles) -> Self {
        Self {
            unread,
            ..Self::default()
        }
    }

    /// Adds the text of a file that a document names as content. Returns whether all together are within the limit.
    pub(in crate::desired) fn add_content(&self, text: &str) -> bool {
        let before = self.content.fetch_add(text.len(), Ordering::Relaxed);
        before + text.len() <= MAX_CONTENT
    }

    /// Adds a declaration; returns the span of an earlier one with the same address.
    pub(in crate::desired) fn declare(
        &mut self,
        address: Address,
        presence: Presence,
        span: Span,
    ) -> Option<Span> {
        match self.declared.entry(address) {
            Entry::Occupied(earlier) => Some(earlier.get().1.clone()),
            Entry::Vacant(new) => {
                new.insert((presence, span));
                None
            }
        }
    }

    /// Adds another name by which references may name a declared object.
    pub(in crate::desired) fn add_alias(&mut self, alias: &str, address: &Address) {
        let named = self.aliases.entry(alias.to_lowercase()).or_default();
        named.insert(address.clone());
    }

    /// The declared objects of these kinds with this name or alias, sorted, each once.
    fn named(&self, kinds: &[String], name: &str) -> Vec<&Address> {
        let own = kinds.iter().map(|kind| Address::new(kind, name));
        let own = own.filter_map(|address| Some(self.declared.get_key_value(&address)?.0));
        let others = self.aliases.get(&name.to_lowercase()).into_iter().flatten();
        let others = others.filter(|address| kinds.iter().any(|kind| kind == address.kind()));
        let mut named: Vec<_> = own.chain(others).collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// Resolves a name where one of these kinds is expected. The error is `None` if a file that could not be read, which
    /// is reported already, may declare the name.
    pub(in crate::desired) fn resolve(
        &self,
        kinds: &[String],
        name: &str,
    ) -> Result<Reference, Option<DanglingReference>> {
        let named = self.named(kinds, name);
        if named.len() > 1 {
            return Err(Some(ambiguous(name, &named)));
        }
        if let Some(&address) = named.first() {
            return match self.declared.get(address) {
                Some((Presence::Absent, span)) => Err(Some(DanglingReference {
                    message: format!("{address} is declared absent but still referenced"),
                    help: "remove the reference, or keep the object".to_owned(),
                    absent: Some(span.clone()),
                })),
                _ => Ok(Reference::Address(address.clone())),
            };
        }
        let kinds: Vec<_> = kinds.iter().filter_map(|kind| Kind::named(kind)).collect();
        if let Some(kind) = kinds.iter().find(|kind| kind.is_foreign()) {
            return Ok(foreign(kind, name));
        }
        let mut built_in = kinds.iter().flat_map(|kind| kind.collection.built_in.ids);
        match built_in.find(|id| id.eq_ignore_ascii_case(name)) {
            Some(_) => Ok(Reference::Id(ObjectId::new(name))),
            None if self.unread.may_declare(name) => Err(None),
            None => Err(Some(self.dangling(&kinds, name))),
        }
    }

    fn dangling(&self, kinds: &[&Kind], name: &str) -> DanglingReference {
        let lowercase = name.to_lowercase();
        let words: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        let message = format!("no {} is named `{name}`", words.join(" or "));
        let same: Vec<_> = words.iter().map(|word| Address::new(*word, name)).collect();
        let declared = same
            .iter()
            .flat_map(|same| around(&self.declared, same))
            .filter(|address| words.contains(&address.kind()))
            .map(Address::name);
        let aliases = around(&self.aliases, &lowercase).filter(|alias| {
            let addresses = self.aliases.get(*alias).into_iter().flatten();
            addresses
                .map(Address::kind)
                .any(|kind| words.contains(&kind))
        });
        let built_in = kinds
            .iter()
            .flat_map(|kind| kind.collection.built_in.ids.iter().copied());
        let bare = kinds.iter().find_map(|kind| match kind.naming {
            Naming::Prefixed(_) => Some(kind.name_from(name)).filter(|bare| bare != name),
            _ => None,
        });
        let help = if let Some(bare) = bare {
            format!("write the name without the prefix that Graph adds: `{bare}`")
        } else if uuid::Uuid::try_parse(name).is_ok() {
            format!("write the name of the object, or `{{ id: {name} }}` if no file declares it")
        } else if let Some(nearest) = did_you_mean(
            name,
            declared.chain(built_in).chain(aliases.map(String::as_str)),
        ) {
            format!("did you mean `{nearest}`?")
        } else {
            "declare it in a file, or write `{ id: … }` if no file declares it".to_owned()
        };
        DanglingReference {
            message,
            help,
            absent: None,
        }
    }
}

/// A name that several declared objects have.
fn ambiguous(name: &str, named: &[&Address]) -> DanglingReference {
    let all: Vec<_> = named.iter().map(|address| address.to_string()).collect();
    DanglingReference {
        message: format!("`{name}` names several objects: {}", all.join(", ")),
        help: "write a name that only one of them has, or `{ id: … }`".to_owned(),
        absent: None,
    }
}

/// A foreign object is referred to by name or id; whether it exists is known to the tenant only.
fn foreign(kind: &Kind, name: &str) -> Reference {
    match TextRule::Guid.accepts(name) {
        true => Reference::Id(ObjectId::new(TextRule::Guid.normal(name))),
        false => Reference::Address(Address::new(kind.name, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;
    use crate::problem::SourceFile;

    #[test]
    fn alias_resolves_where_exactly_one_object_has_it() {
        let source = SourceFile::new("a.yaml", String::new());
        let span = || Span::new(&source, 0..0);
        let mut declarations = Declarations::default();
        let (google, contoso) = (
            address("socialIdentityProvider/Google-OAUTH"),
            address("oidcIdentityProvider/Contoso"),
        );
        for declared in [&google, &contoso] {
            declarations.declare(declared.clone(), Presence::Present, span());
        }
        for alias in ["Google", "Sign in with Google", "Contoso"] {
            declarations.add_alias(alias, &google);
        }
        let kinds = ["socialIdentityProvider", "oidcIdentityProvider"].map(str::to_owned);
        let resolve = |name: &str| declarations.resolve(&kinds, name);
        for name in ["google-oauth", "google", "sign in with google"] {
            let resolved = resolve(name).map_err(|dangling| dangling.map(|it| it.message));
            assert_eq!(resolved, Ok(Reference::Address(google.clone())));
        }
        let message = |name| {
            resolve(name)
                .err()
                .flatten()
                .map(|dangling| dangling.message)
        };
        let ambiguous = message("Contoso");
        assert_eq!(
            ambiguous.unwrap(),
            "`Contoso` names several objects: oidcIdentityProvider/Contoso, socialIdentityProvider/Google-OAUTH"
        );
        assert!(declarations.resolve(&kinds[1..], "Google").is_err());
        let help = |kinds| {
            let dangling = declarations.resolve(kinds, "Gogle").err().flatten();
            dangling.map(|dangling| dangling.help)
        };
        assert_eq!(help(&kinds).as_deref(), Some("did you mean `google`?"));
        let declare = "declare it in a file, or write `{ id: … }` if no file declares it";
        assert_eq!(help(&kinds[1..]).as_deref(), Some(declare));
    }
}
