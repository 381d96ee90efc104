//! The spans of the fields of declared objects, down to the member of a list.
//!
//! Uses the parsed documents only; reads no file.

use std::sync::Arc;

use super::Desired;
use super::yaml::{Node, NodeValue};
use crate::kinds::Kind;
use crate::model::{Address, FieldPath, PathSegment};
use crate::problem::Span;

impl Desired {
    /// The span of a field or, if the files do not set it, of the closest value around it. `None` if no file declares
    /// the object.
    pub fn span_of(&self, address: &Address, path: &FieldPath) -> Option<&Span> {
        let mut span = self.spans.get(address)?;
        let Some(mut node) = self.documents.get(address).map(Arc::as_ref) else {
            return Some(span);
        };
        let mut field = "";
        for segment in path.segments() {
            let found = match segment {
                PathSegment::Field(name) => {
                    field = name;
                    let entry = node.entries().iter().find(|entry| entry.key == *name);
                    entry.map(|entry| (&entry.value, &entry.key_span))
                }
                PathSegment::Item(name) => {
                    let item = item(node, key_of(address, field), name);
                    item.map(|item| (item, &item.span))
                }
            };
            let Some((next, at)) = found else {
                break;
            };
            node = next;
            span = match next.value {
                // A map or a list spans many lines; its key is enough.
                NodeValue::Map(_) | NodeValue::List(_) => at,
                _ => &next.span,
            };
        }
        Some(span)
    }
}

/// The key field of a list.
fn key_of(address: &Address, list: &str) -> &'static str {
    let kind = Kind::of(address);
    let lists = kind.into_iter().flat_map(|kind| kind.parts.lists);
    let found = lists.into_iter().find(|of| of.field == list);
    found.map_or("id", |list| list.key)
}

/// The member or item of a list with this name or id.
fn item<'a>(list: &'a Node, key: &str, name: &str) -> Option<&'a Node> {
    let NodeValue::List(items) = &list.value else {
        return None;
    };
    let is_it = |node: &Node| {
        node.as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let has_name = |node: &&Node| {
        let named = [Some(*node), node.get(key), node.get("id")];
        let by_id = node.get(key).and_then(|node| node.get("id"));
        named.into_iter().chain([by_id]).flatten().any(is_it)
    };
    items.iter().find(has_name)
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
    fn span_of_an_unset_field_is_that_of_the_value_around_it() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("tenant.yaml"), FILES).unwrap();
        let today = jiff::civil::date(2026, 11, 21);
        let desired = load(&[directory.path().to_owned()], today).unwrap();
        let partner = Address::new("b2xUserFlow", "Partner");
        let at = |path: &FieldPath| {
            let span = desired.span_of(&partner, path).unwrap();
            (span.line(), span.column())
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
                .span_of(&Address::new("b2xUserFlow", "Other"), &city)
                .is_none()
        );
    }
}
