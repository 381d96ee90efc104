//! What the directory roles of a person permit (directory permissions-reference).
//! Restricts persons only; an application has no directory role.

/// The directory roles and the ids of their templates, which tokens carry.
const ROLES: &[(&str, &str)] = &[
    (
        "Global Administrator",
        "62e90394-69f5-4237-9190-012177145e10",
    ),
    ("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
    (
        "External ID User Flow Administrator",
        "6e591065-9bad-43ed-90f3-e9424366d2f0",
    ),
    (
        "External ID User Flow Attribute Administrator",
        "0f971eea-41eb-4569-a71e-57bb8a3eff1e",
    ),
    (
        "External Identity Provider Administrator",
        "be2f45a1-457d-42af-a067-6ec1fa63bc45",
    ),
    (
        "Application Administrator",
        "9b895d92-2cd3-444c-9d02-17ac9d5ea5c3",
    ),
    (
        "Authentication Extensibility Administrator",
        "25a516ed-2fa0-40ea-a2d0-12923a21473a",
    ),
    (
        "Authentication Policy Administrator",
        "0526716b-113d-4c15-b2c8-68e3c22b9f80",
    ),
];

/// The role that each account of a directory has.
const ANY_USER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Below which path which roles may do everything; the first match counts.
const ADMINISTRATORS: &[(&str, &[&str])] = &[
    (
        "identity/userflowattributes",
        &["External ID User Flow Attribute Administrator"],
    ),
    (
        "identity/identityproviders",
        &["External Identity Provider Administrator"],
    ),
    (
        "identity/authenticationeventlisteners",
        &[
            "Authentication Extensibility Administrator",
            "Application Administrator",
        ],
    ),
    (
        "identity/customauthenticationextensions",
        &[
            "Authentication Extensibility Administrator",
            "Application Administrator",
        ],
    ),
    ("identity/", &["External ID User Flow Administrator"]),
    ("policies/", &["Authentication Policy Administrator"]),
];

/// The `wids` claim of a person with these roles.
pub(crate) fn template_ids(roles: &[String]) -> Vec<&'static str> {
    let held = |name: &str| roles.iter().any(|role| role.eq_ignore_ascii_case(name));
    let known = ROLES.iter().filter(|(name, _)| held(name));
    known.map(|(_, id)| *id).chain([ANY_USER]).collect()
}

/// Whether a person with these role templates may send this request.
pub(crate) fn permit(templates: &[String], method: &str, path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let found = ADMINISTRATORS
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix));
    let Some((_, administrators)) = found else {
        return true;
    };
    let everywhere: &[&str] = match method {
        // User flow administrators choose among the providers and attributes of the tenant.
        "GET" => &[
            "Global Administrator",
            "Global Reader",
            "External ID User Flow Administrator",
        ],
        _ => &["Global Administrator"],
    };
    let holds = |name: &&str| {
        let template = ROLES.iter().find(|(known, _)| known == name);
        template.is_some_and(|(_, id)| templates.iter().any(|held| held == id))
    };
    administrators.iter().chain(everywhere).any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(roles: &[&str]) -> Vec<String> {
        let roles: Vec<_> = roles.iter().map(|role| (*role).to_owned()).collect();
        template_ids(&roles)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn role_permits_its_objects_and_no_others() {
        let flows = of(&["External ID User Flow Administrator"]);
        assert!(permit(&flows, "POST", "identity/b2xUserFlows"));
        assert!(permit(&flows, "GET", "identity/identityProviders"));
        assert!(!permit(&flows, "POST", "identity/identityProviders"));
        let reader = of(&["Global Reader"]);
        assert!(permit(&reader, "GET", "identity/b2xUserFlows"));
        assert!(!permit(
            &reader,
            "PATCH",
            "policies/authenticationFlowsPolicy"
        ));
        assert!(permit(&of(&[]), "GET", "applications"));
        assert!(!permit(&of(&[]), "GET", "identity/userFlowAttributes"));
        assert!(permit(
            &of(&["global administrator"]),
            "DELETE",
            "identity/x"
        ));
    }

    #[test]
    fn administrators_are_known_roles() {
        for (_, names) in ADMINISTRATORS {
            for name in *names {
                assert!(ROLES.iter().any(|(known, _)| known == name), "{name}");
            }
        }
    }
}
