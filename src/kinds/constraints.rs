//! The constraints on objects of a kind that its schema does not express.
//!
//! Plain data. `desired` checks what needs no tenant, `live` and `engine` the rest.

use super::Kind;
use crate::model::Fields;

/// The constraints on objects of a kind that its schema does not express.
pub struct Constraints {
    /// Why the kind is deprecated, and what to use instead.
    pub deprecated: Option<&'static str>,
    /// The documented limit of objects per tenant, if any.
    pub max_objects: Option<usize>,
    /// Whether Graph accepts several objects of one name.
    pub names_may_repeat: bool,
    /// Whether live objects may have no name: then `id:` names one in a file.
    pub may_be_nameless: bool,
    /// Values that Graph is known to reject.
    pub rejected_values: &'static [RejectedValue],
    /// Checks on a document that no schema expresses.
    pub check: Option<fn(&Fields) -> Vec<Violation>>,
    /// The same, for what Graph documents that it rejects although tenants have it: a violation is a warning.
    pub doubtful: Option<fn(&Fields) -> Vec<Violation>>,
    /// The optional fields without which Graph refuses to create an object.
    pub create_needs: &'static [CreateNeed],
    /// A prerequisite of the kind.
    pub prerequisite: Option<Prerequisite>,
    /// The validation that Graph offers for objects of the kind.
    pub validation: Option<Validation>,
}

impl Constraints {
    /// For kinds whose schema says everything.
    pub const NONE: Self = Self {
        deprecated: None,
        max_objects: None,
        names_may_repeat: false,
        may_be_nameless: false,
        rejected_values: &[],
        check: None,
        doubtful: None,
        create_needs: &[],
        prerequisite: None,
        validation: None,
    };
}

/// An optional field without which Graph refuses to create an object.
pub struct CreateNeed {
    /// The field.
    pub field: &'static str,
    /// The field with which it is needed; `None` means always.
    pub with: Option<&'static str>,
    /// The value of `type` for which it is needed; `None` means any.
    pub of_type: Option<&'static str>,
}

impl CreateNeed {
    /// A field that every create needs.
    pub const fn always(field: &'static str) -> Self {
        Self {
            field,
            with: None,
            of_type: None,
        }
    }

    /// A field that a create of an object of this type needs.
    pub const fn of_type(of_type: &'static str, field: &'static str) -> Self {
        Self {
            of_type: Some(of_type),
            ..Self::always(field)
        }
    }

    /// A field that a create with another field needs.
    pub const fn with(with: &'static str, field: &'static str) -> Self {
        Self {
            with: Some(with),
            ..Self::always(field)
        }
    }

    /// What is wrong with a document that lacks it.
    pub fn message(&self, kind: &Kind) -> String {
        let of_type = self.of_type.map(|word| format!(" of type `{word}`"));
        let with = self.with.map(|with| format!(" with `{with}`"));
        let (of_type, with) = (of_type.unwrap_or_default(), with.unwrap_or_default());
        let (kind, field) = (kind.name, self.field);
        format!("Graph creates no {kind}{of_type}{with} without `{field}`")
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        format!(
            "add `{}:`; only an object that exists can do without",
            self.field
        )
    }
}

/// A prerequisite: a field of a singleton without which objects of a kind have no effect.
#[derive(Debug)]
pub struct Prerequisite {
    /// The kind of the singleton.
    pub kind: &'static str,
    /// The path of the field that must be true, with dots.
    pub switch: &'static str,
    /// The message if it is not.
    pub why: &'static str,
    /// The hint.
    pub help: &'static str,
}

/// A validation function of Graph for objects of a kind; it changes nothing.
pub struct Validation {
    /// The fields that it validates.
    pub fields: &'static [&'static str],
    /// The field at which its findings are shown.
    pub at: &'static str,
}

/// A problem that a check of the kind found in a document.
pub struct Violation {
    /// The path of the field, `views[0].title`.
    pub path: String,
    /// The message.
    pub message: String,
    /// The hint.
    pub help: String,
}

/// A value that Graph is known to reject.
pub struct RejectedValue {
    /// The field.
    pub field: &'static str,
    /// The value, as displayed.
    pub value: &'static str,
    /// The reason, and what to use instead.
    pub why: &'static str,
}
