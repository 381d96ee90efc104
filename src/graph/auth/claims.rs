//! The claims of a token, parsed without verification: for messages only.
//! Never used to authorize anything.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

/// The identity of a token, and its permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The app or user that signed in.
    pub principal: Principal,
    /// The id of the tenant.
    pub tenant: Option<String>,
    /// The permissions: application roles of an app, scopes of a user.
    pub permissions: Vec<String>,
    /// The ids of the templates of a user's directory roles; `None` if the token does not list them.
    pub directory_roles: Option<Vec<String>>,
    /// The expiry of the token.
    pub expires: Option<Timestamp>,
}

/// The app or user that signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An app.
    App {
        /// Its application (client) id.
        id: String,
        /// Its name.
        name: Option<String>,
    },
    /// A user, through an app.
    User {
        /// The user principal name.
        name: String,
        /// The application (client) id of the app.
        app: String,
    },
}

impl Identity {
    /// Parses the claims of a token; `None` if it is opaque.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let part = token.split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
        let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
        let app = text("appid").or_else(|| text("azp"))?;
        let user = text("upn")
            .or_else(|| text("unique_name"))
            .or_else(|| text("oid"));
        let scopes = text("scp");
        let who = match (&scopes, user) {
            (Some(_), Some(name)) => Principal::User { name, app },
            _ => Principal::App {
                id: app,
                name: text("app_displayname"),
            },
        };
        let roles = claims.get("roles").and_then(Value::as_array);
        let roles = roles.into_iter().flatten().filter_map(Value::as_str);
        let scopes = scopes.unwrap_or_default();
        let mut permissions: Vec<_> = roles
            .chain(scopes.split_whitespace())
            .map(str::to_owned)
            .collect();
        permissions.sort();
        permissions.dedup();
        let end = claims.get("exp").and_then(Value::as_i64);
        Some(Self {
            principal: who,
            tenant: text("tid"),
            permissions,
            directory_roles: claims
                .get("wids")
                .and_then(Value::as_array)
                .map(|templates| {
                    let templates = templates.iter().filter_map(Value::as_str);
                    templates.map(str::to_owned).collect()
                }),
            expires: end.and_then(|end| Timestamp::from_second(end).ok()),
        })
    }

    /// Whether a person signed in.
    pub fn is_person(&self) -> bool {
        matches!(self.principal, Principal::User { .. })
    }

    /// Whether the token has `permission` or, for a read permission, the corresponding write permission.
    pub fn allows(&self, permission: &str) -> bool {
        let writes = permission.replace(".Read.", ".ReadWrite.");
        let held = |wanted: &str| {
            self.permissions
                .iter()
                .any(|held| held.eq_ignore_ascii_case(wanted))
        };
        held(permission) || held(&writes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn app_has_roles_and_user_has_scopes() {
        let app = json!({"appid": "a", "app_displayname": "CI", "tid": "t", "roles": ["B", "A", "A"], "exp": 0});
        assert_eq!(
            Identity::parse(&token(&app)),
            Some(Identity {
                principal: Principal::App {
                    id: "a".into(),
                    name: Some("CI".into())
                },
                tenant: Some("t".into()),
                permissions: vec!["A".into(), "B".into()],
                directory_roles: None,
                expires: Some(Timestamp::UNIX_EPOCH),
            })
        );
        let user = json!({"appid": "a", "upn": "kim@contoso.com", "wids": ["w"],
            "scp": "User.Read IdentityProvider.ReadWrite.All"});
        let user = Identity::parse(&token(&user)).unwrap();
        assert_eq!(
            user.principal,
            Principal::User {
                name: "kim@contoso.com".into(),
                app: "a".into()
            }
        );
        assert_eq!(user.directory_roles, Some(vec!["w".to_owned()]));
        assert!(user.allows("IdentityProvider.Read.All"));
        assert!(!user.allows("IdentityUserFlow.Read.All"));
    }

    #[test]
    fn opaque_token_has_no_identity() {
        for opaque in [
            "",
            "abc",
            "a.b.c",
            "EwB4A8l6BAAU.*.x",
            &token(&json!([])),
            &token(&json!({"roles": 1})),
        ] {
            assert_eq!(Identity::parse(opaque), None, "{opaque}");
        }
    }
}
