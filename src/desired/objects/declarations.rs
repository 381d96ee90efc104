//! The names that the files declare, and the resolution of references by name.
//! Asks no tenant: whether a foreign object exists is checked later.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// The bytes of the files that documents name as content so far.
    content: AtomicUsize,
}

/// A reference that does not resolve.
pub(in crate::desired) struct DanglingReference {
    pub(in crate::desired) message: String,
    pub(in crate::desired) help: String,
    /// The span of the document that declares the object as absent.
    pub(in crate::desired) absent: Option<Span>,
}

impl Declarations {
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
        if let Some((_, earlier)) = self.declared.get(&address) {
            return Some(earlier.clone());
        }
        self.declared.insert(address, (presence, span));
        None
    }

    /// Resolves a name where one of these kinds is expected.
    pub(in crate::desired) fn resolve(
        &self,
        kinds: &[String],
        name: &str,
    ) -> Result<Reference, DanglingReference> {
        for kind in kinds {
            match self.declared.get_key_value(&Address::new(kind, name)) {
                Some((address, (Presence::Present, _))) => {
                    return Ok(Reference::Address(address.clone()));
                }
                Some((address, (Presence::Absent, span))) => {
                    return Err(DanglingReference {
                        message: format!("{address} is declared absent but still referenced"),
                        help: "remove the reference, or keep the object".to_owned(),
                        absent: Some(span.clone()),
                    });
                }
                None => {}
            }
        }
        let kinds: Vec<_> = kinds.iter().filter_map(|kind| Kind::named(kind)).collect();
        if let Some(kind) = kinds.iter().find(|kind| kind.is_foreign()) {
            return Ok(foreign(kind, name));
        }
        let mut built_in = kinds.iter().flat_map(|kind| kind.collection.built_in.ids);
        match built_in.find(|id| id.eq_ignore_ascii_case(name)) {
            Some(_) => Ok(Reference::Id(ObjectId::new(name))),
            None => Err(self.dangling(&kinds, name)),
        }
    }

    fn dangling(&self, kinds: &[&Kind], name: &str) -> DanglingReference {
        let words: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        let message = format!("no {} is named `{name}`", words.join(" or "));
        let same: Vec<_> = words.iter().map(|word| Address::new(*word, name)).collect();
        let declared = same
            .iter()
            .flat_map(|same| around(&self.declared, same))
            .filter(|address| words.contains(&address.kind()))
            .map(Address::name);
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
        } else if let Some(nearest) = did_you_mean(name, declared.chain(built_in)) {
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

/// A foreign object is referred to by name or id; whether it exists is known to the tenant only.
fn foreign(kind: &Kind, name: &str) -> Reference {
    match TextRule::Guid.accepts(name) {
        true => Reference::Id(ObjectId::new(TextRule::Guid.normal(name))),
        false => Reference::Address(Address::new(kind.name, name)),
    }
}
