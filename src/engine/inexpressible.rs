//! What no document can express of the objects that may be deleted: a backup of documents would not restore it.
//! It decides on no object; `policy` and `plan` do.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::export::{DocumentDetail, DocumentOptions, ReferenceNames, document};
use crate::kinds::Kind;
use crate::live::{Live, unmodelled};
use crate::model::{Address, Resource, Value};

/// The objects of which a document cannot express everything, each with the paths of what it cannot.
pub(super) type Inexpressible = BTreeMap<Address, Vec<String>>;

/// The inexpressible ones among the objects that may be deleted.
pub(super) fn inexpressible(live: &Live) -> Inexpressible {
    let paths = |address: &Address| {
        let resource = live.resources.get(address)?;
        let mut paths = unwritten(address, resource, live);
        paths.extend(missing_name(address, resource));
        let listed = live.listed.get(address).zip(Kind::of(address));
        paths.extend(
            listed
                .into_iter()
                .flat_map(|(json, kind)| unmodelled(kind, json)),
        );
        (!paths.is_empty()).then(|| (address.clone(), paths))
    };
    live.listed.keys().filter_map(paths).collect()
}

/// The name that a document needs to create the object: without one it refers to a live object by id.
fn missing_name(address: &Address, resource: &Resource) -> Option<String> {
    let kind = Kind::of(address).filter(|kind| kind.constraints.may_be_nameless)?;
    let name = kind.name_field()?;
    let is_named = matches!(resource.fields.get(name), Some(Value::Text(_)));
    (!is_named).then(|| name.to_owned())
}

/// The fields whose values a document does not allow. A secret is none of them: a document refers to it.
fn unwritten(address: &Address, resource: &Resource, live: &Live) -> Vec<String> {
    let options = DocumentOptions {
        names: ReferenceNames {
            ids: &live.ids,
            is_declared: &|_| true,
        },
        extent: DocumentDetail::Full,
        pages: String::new(),
        variables: &RefCell::default(),
    };
    match document(address, resource, &options) {
        Ok(document) => {
            let omitted = document.omitted.iter();
            omitted.map(|field| field.path().to_owned()).collect()
        }
        Err(field) => vec![field.path().to_owned()],
    }
}
