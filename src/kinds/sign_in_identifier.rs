//! `signInIdentifier`: what people enter to sign in: an e-mail address, a user principal name, a user name.
//!
//! Graph pages: signInIdentifierBase, signinidentifierbase-get, -update, -delete. The list and the create are in the metadata
//! only. The key is `name`; there is no id. An update needs `name` and `isEnabled`. The SDK of beta says that the routes
//! were to be removed on 2025-12-25; the pages of 2025 and Microsoft's manifest of permissions of 2026 have them.

use schemars::JsonSchema;

use super::directory_roles::AUTHENTICATION_POLICY_ADMINISTRATOR;
use super::regex_check::accepts_email;
use super::spec_types::Regex;
use super::{
    CloudName, Collection, Constraints, Kind, Naming, Permissions, TenantType, UpdateBody,
    Violation, schema_of,
};
use crate::model::{Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "signInIdentifier",
    summary: "An identifier with which people sign in. Email, UPN and Username always exist and can only be changed.",
    page: "signinidentifierbase",
    tenants: &[TenantType::External],
    collection: Collection {
        id: "name",
        update: UpdateBody::Everything,
        permanent: &["Email", "UPN", "Username"],
        may_be_gone: true,
        ..Collection::beta("/identity/signInIdentifiers")
    },
    permissions: Permissions::new(
        "SignInIdentifier.Read.All",
        "SignInIdentifier.ReadWrite.All",
    )
    .administered_by(&[AUTHENTICATION_POLICY_ADMINISTRATOR]),
    spec: schema_of::<SignInIdentifier>,
    clouds: &[CloudName::Global],
    naming: Naming::Derived {
        field: "name",
        suffix: "",
        except: &[],
    },
    create_only: &["name"],
    constraints: Constraints {
        deprecated: Some(
            "Microsoft's SDK announces its removal for 2025-12-25, and the documentation still has it: if Graph no longer \
             serves it, a plan is refused and names each document",
        ),
        check: Some(regular_expression),
        ..Constraints::NONE
    },
    ..Kind::PLAIN
};

/// The field with the regular expression, and its documented limit.
const REGEX: &str = "validationRegEx";
const MAX_LENGTH: usize = 60;
/// Only identifiers whose names begin with this have one.
const CUSTOM: &str = "CustomUsername";

/// The documented rules for the regular expression.
fn regular_expression(fields: &Fields) -> Vec<Violation> {
    let text = |field: &str| fields.get(field).and_then(Value::as_text);
    let (Some(pattern), Some(name)) = (text(REGEX), text("name")) else {
        return Vec::new();
    };
    let length = pattern.chars().count();
    let mut found = Vec::new();
    if !name.starts_with(CUSTOM) {
        found.push((
            format!("{name} has no `{REGEX}`"),
            format!("remove it: only {CUSTOM}1 and {CUSTOM}2 have one"),
        ));
    }
    if length > MAX_LENGTH {
        found.push((
            format!(
                "the regular expression has {length} characters, and Graph accepts {MAX_LENGTH}"
            ),
            "shorten it".to_owned(),
        ));
    }
    if let Some(address) = accepts_email(pattern) {
        found.push((
            format!("the regular expression accepts an e-mail address, such as {address}"),
            "put it between `^` and `$`, and let it accept no `@`".to_owned(),
        ));
    }
    let violation = |(message, help)| Violation {
        path: REGEX.to_owned(),
        message,
        help,
    };
    found.into_iter().map(violation).collect()
}

/// An identifier with which people sign in.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInIdentifier {
    /// The name. It cannot be changed after create; a tenant has at most one identifier of each name.
    pub name: IdentifierName,
    /// Whether people can sign in with it.
    pub is_enabled: bool,
    /// For a custom user name: the regular expression that it must match, of at most 60 characters. It must not accept an
    /// e-mail address.
    #[serde(rename = "validationRegEx")]
    pub validation_reg_ex: Option<Regex>,
}

/// The name of an identifier.
#[derive(JsonSchema)]
pub enum IdentifierName {
    /// The e-mail address.
    #[schemars(extend("x-odata-type" = "emailSignInIdentifier"))]
    Email,
    /// The user principal name.
    #[serde(rename = "UPN")]
    #[schemars(extend("x-odata-type" = "upnSignInIdentifier"))]
    Upn,
    /// The user name.
    #[schemars(extend("x-odata-type" = "usernameSignInIdentifier"))]
    Username,
    /// A user name of the tenant's own form.
    #[schemars(extend("x-odata-type" = "customUsernameSignInIdentifier"))]
    CustomUsername1,
    /// A second one.
    #[schemars(extend("x-odata-type" = "customUsernameSignInIdentifier"))]
    CustomUsername2,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::wire::{annotate, object_from_graph, record_to_graph};
    use crate::model::Reference;
    use crate::model::samples::fields;

    #[test]
    fn regular_expression_is_read_in_both_spellings_and_written_with_the_type_of_the_name() {
        for spelling in [REGEX, "validationRegex"] {
            let listed = json!({ "name": "CustomUsername1", "isEnabled": true, spelling: "^a$" });
            let read = object_from_graph(&KIND, &listed, &|id, _| Reference::Id(id.clone()));
            let mut body = record_to_graph(KIND.record(), &read);
            annotate(KIND.record(), &read, &mut body);
            let expected = json!({
                "@odata.type": "#microsoft.graph.customUsernameSignInIdentifier",
                "name": "CustomUsername1", "isEnabled": true, "validationRegEx": "^a$",
            });
            assert_eq!(Value::Map(body).to_json(), expected);
        }
    }

    #[test]
    fn regular_expression_belongs_to_a_custom_name_is_short_and_accepts_no_email() {
        let found = |name: &str, pattern: &str| -> Vec<String> {
            let fields = fields(&json!({ "name": name, "isEnabled": true, REGEX: pattern }));
            let found = regular_expression(&fields).into_iter();
            found.map(|violation| violation.message).collect()
        };
        let good = r"^[a-zA-Z]{4}\d{5}$";
        assert_eq!(found("CustomUsername1", good), [""; 0]);
        assert_eq!(found("CustomUsername2", &"a".repeat(60)), [""; 0]);
        let long = "the regular expression has 61 characters, and Graph accepts 60";
        assert_eq!(found("CustomUsername2", &"a".repeat(61)), [long]);
        let open = "the regular expression accepts an e-mail address, such as someone@contoso.com";
        assert_eq!(found("CustomUsername1", "^.+$"), [open]);
        assert_eq!(found("Email", good), ["Email has no `validationRegEx`"]);
    }
}
