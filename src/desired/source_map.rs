//! Where the fields of declared objects are written, down to the member of a list.
//!
//! It looks only at what was read, and never reads a file.

use std::sync::Arc;

use super::Desired;
use super::yaml::{Node, Value as Written};
use crate::kinds::Kind;
use crate::model::{Address, FieldPath, Turn};
use crate::problem::Place;

impl Desired {
    /// Where a field is written; where the files do not say it, what holds it. `None` where no file declares the object.
    pub fn place(&self, address: &Address, path: &FieldPath) -> Option<&Place> {
        let mut place = self.places.get(address)?;
        let Some(mut node) = self.documents.get(address).map(Arc::as_ref) else {
            return Some(place);
        };
        let mut field = "";
        for turn in path.turns() {
            let found = match turn {
                Turn::Field(name) => {
                    field = name;
                    let entry = node.entries().iter().find(|entry| entry.key == *name);
                    entry.map(|entry| (&entry.value, &entry.key_place))
                }
                Turn::Item(name) => {
                    let item = item(node, key_of(address, field), name);
                    item.map(|item| (item, &item.place))
                }
            };
            let Some((next, at)) = found else {
                break;
            };
            node = next;
            place = match next.value {
                // A map or a list goes over many lines, and one of them is enough.
                Written::Map(_) | Written::List(_) => at,
                _ => &next.place,
            };
        }
        Some(place)
    }
}

/// The field by which the parts of a list go.
fn key_of(address: &Address, list: &str) -> &'static str {
    let kind = Kind::of(address);
    let lists = kind.into_iter().flat_map(|kind| kind.lists);
    let found = lists.into_iter().find(|of| of.field == list);
    found.map_or("id", |list| list.key)
}

/// The member or part of a list that goes by this name, or by this id.
fn item<'a>(list: &'a Node, key: &str, name: &str) -> Option<&'a Node> {
    let Written::List(items) = &list.value else {
        return None;
    };
    let is_it = |node: &Node| {
        node.as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let goes_by = |node: &&Node| {
        let named = [Some(*node), node.get(key), node.get("id")];
        let by_id = node.get(key).and_then(|node| node.get("id"));
        named.into_iter().chain([by_id]).flatten().any(is_it)
    };
    items.iter().find(goes_by)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::desired::load;

    const FILES: &str = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders:
  - EmailOtpSignup-OAUTH
userAttributeAssignments:
  - userAttribute: city
    displayName: City
    isOptional: true
    userInputType: textBox
";

    #[test]
    fn a_field_has_the_place_of_its_value_and_what_is_not_said_that_of_what_holds_it() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("tenant.yaml"), FILES).unwrap();
        let today = jiff::civil::date(2026, 11, 21);
        let desired = load(&[directory.path().to_owned()], today).unwrap();
        let partner = Address::new("b2xUserFlow", "Partner");
        let at = |path: &FieldPath| {
            let place = desired.place(&partner, path).unwrap();
            (place.line(), place.column())
        };
        let fields = FieldPath::of_fields;
        assert_eq!(at(&fields("userFlowTypeVersion")), (10, 22));
        assert_eq!(at(&fields("identityProviders")), (11, 1));
        assert_eq!(
            at(&fields("identityProviders").item("emailotpsignup-oauth")),
            (12, 5)
        );
        assert_eq!(
            at(&fields("identityProviders").item("Facebook-OAUTH")),
            (11, 1)
        );
        let city = fields("userAttributeAssignments").item("city");
        assert_eq!(at(&city), (14, 5));
        assert_eq!(at(&city.field("isOptional")), (16, 17));
        assert_eq!(at(&city.field("defaultValue")), (14, 5));
        assert_eq!(at(&FieldPath::default()), (7, 7));
        assert!(
            desired
                .place(&Address::new("b2xUserFlow", "Other"), &city)
                .is_none()
        );
    }
}
