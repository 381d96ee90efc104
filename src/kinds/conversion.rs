//! What `convert` makes of the objects of a kind in a tenant of External ID.
//!
//! Plain data. `convert` makes the new documents.

/// What `convert` makes of the objects of a kind.
pub struct ConversionRules {
    /// The equivalent in External ID.
    pub equivalent: Equivalent,
    /// The objects without an equivalent.
    pub unsupported: &'static [Unsupported],
    /// The fields that are not converted, or not without a difference.
    pub differences: &'static [FieldDifference],
}

impl ConversionRules {
    /// For kinds that are the same in both types of tenants, or that External ID does not have.
    pub const SAME: Self = Self {
        equivalent: Equivalent::SameKind,
        unsupported: &[],
        differences: &[],
    };
}

/// The equivalent of an object in External ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equivalent {
    /// An object of the same kind, if External ID has the kind.
    SameKind,
    /// A user flow, of this kind.
    Flow(&'static str),
    /// An OpenID Connect provider, of this kind.
    OidcProvider(&'static str),
    /// An extension that is called after the attribute collection page, of this kind.
    Extension(&'static str),
}

/// Objects without an equivalent.
pub struct Unsupported {
    /// A field and its values; `None` for every object of the kind.
    pub when: Option<(&'static str, &'static [&'static str])>,
    /// The difference.
    pub message: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// A field that is not converted, or not without a difference.
pub struct FieldDifference {
    /// The path of the field, with dots.
    pub field: &'static str,
    /// Its values with the difference; empty means any except `null`.
    pub values: &'static [&'static str],
    /// The difference.
    pub message: &'static str,
    /// What to do.
    pub help: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::field_checks::{assert_field, assert_values};
    use crate::kinds::{KINDS, Kind, TenantType};

    #[test]
    fn conversion_rules_name_fields_and_values_of_the_shape_only() {
        for kind in KINDS {
            let rules = &kind.conversion;
            for (field, values) in rules.unsupported.iter().filter_map(|it| it.when) {
                assert_values(kind, field, values);
            }
            for difference in rules.differences {
                assert_field(kind, difference.field);
                if !difference.values.is_empty() {
                    assert_values(kind, difference.field, difference.values);
                }
            }
        }
    }

    #[test]
    fn conversion_rules_start_in_b2c_and_lead_to_external_id() {
        for kind in KINDS {
            let rules = &kind.conversion;
            let target = match rules.equivalent {
                Equivalent::SameKind => None,
                Equivalent::Flow(to) | Equivalent::OidcProvider(to) | Equivalent::Extension(to) => {
                    Some(to)
                }
            };
            if let Some(target) = target {
                let target = Kind::find(target).unwrap();
                assert!(target.tenants.contains(&TenantType::External));
            }
            let has_rules =
                target.is_some() || !rules.unsupported.is_empty() || !rules.differences.is_empty();
            assert!(!has_rules || kind.tenants.contains(&TenantType::B2c));
        }
    }
}
