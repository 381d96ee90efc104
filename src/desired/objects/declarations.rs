//! Which names the files declare, and what a reference by name means.

use std::collections::BTreeMap;

use crate::kinds::shape::TextRule;
use crate::kinds::{Kind, Naming};
use crate::model::{Address, ObjectId, Presence, Reference};
use crate::problem::{Place, did_you_mean};

/// The declared objects and where they are declared.
#[derive(Default)]
pub(in crate::desired) struct Names {
    declared: BTreeMap<Address, (Presence, Place)>,
}

/// A reference to nothing.
pub(in crate::desired) struct Dangling {
    pub(in crate::desired) message: String,
    pub(in crate::desired) help: String,
    /// Where the object is declared as absent.
    pub(in crate::desired) absent: Option<Place>,
}

impl Names {
    /// Enters a declaration; gives the place of an earlier one of the same address.
    pub(in crate::desired) fn declare(
        &mut self,
        address: Address,
        presence: Presence,
        place: Place,
    ) -> Option<Place> {
        if let Some((_, earlier)) = self.declared.get(&address) {
            return Some(earlier.clone());
        }
        self.declared.insert(address, (presence, place));
        None
    }

    /// What a name means where one of these kinds is expected.
    pub(in crate::desired) fn resolve(
        &self,
        kinds: &[String],
        name: &str,
    ) -> Result<Reference, Dangling> {
        for kind in kinds {
            match self.declared.get_key_value(&Address::new(kind, name)) {
                Some((address, (Presence::Present, _))) => {
                    return Ok(Reference::Address(address.clone()));
                }
                Some((address, (Presence::Absent, place))) => {
                    return Err(Dangling {
                        message: format!("{address} is declared absent and still referred to"),
                        help: "take the reference out, or keep the object".to_owned(),
                        absent: Some(place.clone()),
                    });
                }
                None => {}
            }
        }
        let kinds: Vec<_> = kinds.iter().filter_map(|kind| Kind::named(kind)).collect();
        if let Some(kind) = kinds.iter().find(|kind| kind.is_foreign()) {
            return Ok(foreign(kind, name));
        }
        let mut built_in = kinds.iter().flat_map(|kind| kind.built_in.ids);
        match built_in.find(|id| id.eq_ignore_ascii_case(name)) {
            Some(_) => Ok(Reference::Id(ObjectId::new(name))),
            None => Err(self.dangling(&kinds, name)),
        }
    }

    fn dangling(&self, kinds: &[&Kind], name: &str) -> Dangling {
        let words: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        let message = format!("no {} is called `{name}`", words.join(" or "));
        let declared = self
            .declared
            .keys()
            .filter(|address| words.contains(&address.kind()))
            .map(Address::name);
        let built_in = kinds
            .iter()
            .flat_map(|kind| kind.built_in.ids.iter().copied());
        let bare = kinds.iter().find_map(|kind| match kind.naming {
            Naming::Prefixed(_) => Some(kind.name_from(name)).filter(|bare| bare != name),
            _ => None,
        });
        let help = if let Some(bare) = bare {
            format!("write the bare name, without the prefix that Graph puts before it: `{bare}`")
        } else if uuid::Uuid::try_parse(name).is_ok() {
            format!(
                "write the name of the object, or `{{ id: {name} }}` for one that no file declares"
            )
        } else if let Some(nearest) = did_you_mean(name, declared.chain(built_in)) {
            format!("did you mean `{nearest}`?")
        } else {
            "declare it in a file, or write `{ id: … }` for an object that no file declares"
                .to_owned()
        };
        Dangling {
            message,
            help,
            absent: None,
        }
    }
}

/// Other people's objects go by name or id, and the tenant knows which there are.
fn foreign(kind: &Kind, name: &str) -> Reference {
    match TextRule::Guid.accepts(name) {
        true => Reference::Id(ObjectId::new(TextRule::Guid.normal(name))),
        false => Reference::Address(Address::new(kind.name, name)),
    }
}
