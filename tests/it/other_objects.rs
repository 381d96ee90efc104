//! The examples after a change of their objects: some deleted, pruned, replaced, renamed with and without their ids, and
//! added. The plan of such a change needs these overrides.

#![cfg(test)]

use std::fs;
use std::path::Path;

use entraflow::engine::{Overrides, SecretSelection};
use serde_json::Value;

/// A change of the files of an example.
pub(crate) struct ObjectChange {
    /// File, text, and the text in its place; `<NAME>` is the id of a live object.
    edits: &'static [(&'static str, &'static str, &'static str)],
    /// The files that no document names any more.
    ignored: &'static str,
    replaced: &'static [&'static str],
}

impl ObjectChange {
    /// The change of this example.
    pub(crate) fn of(example: &str) -> &'static Self {
        match example {
            "workforce" => &WORKFORCE,
            "b2c" => &B2C,
            _ => &EXTERNAL,
        }
    }

    /// Changes the files of a tenant in this state.
    pub(crate) fn write(&self, directory: &Path, state: &Value) {
        fs::write(directory.join(".entraflowignore"), self.ignored).unwrap();
        for (file, before, after) in self.edits {
            let path = directory.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(before), "{file} has no {before:?}");
            fs::write(&path, text.replace(before, &with_ids(after, state))).unwrap();
        }
    }

    /// What allows the deletes and replacements.
    pub(crate) fn overrides(&self) -> Overrides {
        let replaced = self.replaced.iter();
        Overrides {
            allow_deletes: Some(20),
            allow_replace: replaced.map(|name| name.parse().unwrap()).collect(),
            ..without_fingerprints()
        }
    }
}

/// The overrides of a run that keeps no fingerprints: a secret without one is compared, not a change.
pub(crate) fn without_fingerprints() -> Overrides {
    Overrides {
        secrets: SecretSelection::Differing,
        ..Overrides::default()
    }
}

fn with_ids(text: &str, state: &Value) -> String {
    let Some((before, rest)) = text.split_once('<') else {
        return text.to_owned();
    };
    let (name, after) = rest.split_once('>').unwrap();
    let collections = state.as_object().unwrap().values();
    let mut objects = collections.filter_map(Value::as_array).flatten();
    let object = objects.find(|object| object["displayName"] == name);
    let id = object.unwrap_or_else(|| panic!("{name} is not in the tenant"))["id"].as_str();
    format!("{before}{}{}", id.unwrap(), with_ids(after, state))
}

const WORKFORCE: ObjectChange = ObjectChange {
    edits: &[
        (
            "tenant.yaml",
            "manage:\n",
            "manage:\n  apiConnector: { prune: true }\n  socialIdentityProvider: { prune: true }\n",
        ),
        ("attributes.yaml", "dataType: int64", "dataType: string"),
        (
            "attributes.yaml",
            "displayName: Newsletter\ndataType: boolean\ndescription: Whether you want to hear from us\n",
            "displayName: Newsletter\nensure: absent\n",
        ),
        (
            "flows/summer-school.yaml",
            "  - userAttribute: Newsletter
    displayName: May we write to you about next year?
    isOptional: true
    userInputType: radioSingleSelect
    userAttributeValues:
      - { name: \"Yes\", value: \"true\", isDefault: false }
      - { name: \"No\", value: \"false\", isDefault: true }
",
            "",
        ),
        (
            "connectors.yaml",
            "displayName: Look up supplier",
            "id: <Look up supplier>\ndisplayName: Look up partner",
        ),
        ("connectors.yaml", "Approve guest", "Approve visitor"),
        ("flows/partner.yaml", "Look up supplier", "Look up partner"),
        ("flows/partner.yaml", "Approve guest", "Approve visitor"),
        (
            "flows/partner.yaml",
            "{ file: ../pages/partner.de.selfasserted.json }",
            "null",
        ),
        (
            "providers.yaml",
            "---
kind: socialIdentityProvider
identityProviderType: Facebook
displayName: Facebook
clientId: \"237330139\"
clientSecret: { env: A }
",
            "",
        ),
        ("flows/summer-school.yaml", "Facebook-OAUTH, ", ""),
        (
            "flows/summer-school.yaml",
            "id: SummerSchool\n",
            "id: WinterSchool\n",
        ),
        (
            "flows/summer-school.yaml",
            "id: SummerSchool2025",
            "id: SummerSchool",
        ),
        (
            "flows/listeners.yaml",
            "userFlow: SummerSchool",
            "userFlow: WinterSchool",
        ),
    ],
    ignored: "pages/partner.de.selfasserted.json",
    replaced: &["userFlowAttribute/Supplier number"],
};

const B2C: ObjectChange = ObjectChange {
    edits: &[
        (
            "tenant.yaml",
            "manage:\n",
            "manage:\n  apiConnector: { prune: true }\n  socialIdentityProvider: { prune: true }\n",
        ),
        (
            "attributes.yaml",
            "dataType: string\ndescription: Printed",
            "dataType: int64\ndescription: Printed",
        ),
        ("connectors.yaml", "Find customer", "Find client"),
        (
            "connectors.yaml",
            "displayName: Add claims",
            "id: <Add claims>\ndisplayName: Add roles",
        ),
        (
            "flows/legacy.yaml",
            "id: Till\nuserFlowType: signIn\nuserFlowTypeVersion: 1\n",
            "id: Till\nensure: absent\n",
        ),
        (
            "flows/account.yaml",
            "userFlowType: profileUpdate\nuserFlowTypeVersion: 3",
            "userFlowType: profileUpdate\nuserFlowTypeVersion: 1",
        ),
        (
            "flows/sign-up-or-sign-in.yaml",
            "Find customer",
            "Find client",
        ),
        ("flows/sign-up-or-sign-in.yaml", "Add claims ", "Add roles "),
        ("flows/sign-up-or-sign-in.yaml", "MSA-OIDC, ", ""),
        (
            "flows/sign-up-or-sign-in.yaml",
            "Fabrikam staff",
            "Fabrikam people",
        ),
        (
            "flows/sign-up-or-sign-in.yaml",
            "    ensure: present\n    pages:\n      selfasserted1_1: { file: ../pages/customer.es-ES.selfasserted.json }\n",
            "    ensure: absent\n",
        ),
        (
            "providers.yaml",
            "---
kind: socialIdentityProvider
identityProviderType: Microsoft
displayName: Microsoft account
clientId: 6cf2aa23-5f4c-4a1e-8e4e-3c1d0b6f7a55
clientSecret: { env: A }
",
            "",
        ),
        (
            "providers.yaml",
            "displayName: Fabrikam staff",
            "id: <Fabrikam staff>\ndisplayName: Fabrikam people",
        ),
    ],
    ignored: "pages/customer.es-ES.selfasserted.json",
    replaced: &["userFlowAttribute/Loyalty number", "b2cUserFlow/Profile"],
};

const EXTERNAL: ObjectChange = ObjectChange {
    edits: &[
        (
            "tenant.yaml",
            "manage:\n",
            "manage:\n  customAuthenticationExtension: { prune: true }\n  oidcIdentityProvider: { prune: true }\n",
        ),
        ("tenant.yaml", "protect: [Customers] ", "prune: true "),
        (
            "attributes.yaml",
            "dataType: string\ndescription: Printed",
            "dataType: int64\ndescription: Printed",
        ),
        (
            "extensions.yaml",
            "displayName: Fill in what we know",
            "displayName: Fill in the form",
        ),
        (
            "extensions.yaml",
            "displayName: Customer number",
            "id: <Customer number>\ndisplayName: Client number",
        ),
        ("flows/customers.yaml", "priority: 100", "priority: 50"),
        (
            "flows/customers.yaml",
            "Fill in what we know",
            "Fill in the form",
        ),
        ("flows/customers.yaml", "Old shop", "Former shop"),
        (
            "flows/support.yaml",
            "displayName: Support",
            "displayName: Help desk",
        ),
        ("flows/support.yaml", "Fabrikam staff", "Fabrikam people"),
        (
            "providers.yaml",
            "displayName: Old shop",
            "id: <Old shop>\ndisplayName: Former shop",
        ),
        (
            "providers.yaml",
            "displayName: Fabrikam staff",
            "displayName: Fabrikam people",
        ),
        (
            "listeners.yaml",
            "displayName: No robots",
            "displayName: No machines",
        ),
        (
            "listeners.yaml",
            "displayName: Customer number in tokens",
            "id: <Customer number in tokens>\ndisplayName: Client number in tokens",
        ),
        (
            "listeners.yaml",
            "customExtension: Customer number",
            "customExtension: Client number",
        ),
    ],
    ignored: "",
    replaced: &[
        "userFlowAttribute/Loyalty number",
        "authenticationEventsFlow/Customers",
    ],
};
