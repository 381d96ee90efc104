//! An OpenID Connect provider of Azure AD B2C → one of External ID.

use serde_json::{Map, Value as Json, json};

use super::{Converter, NewDocument, SourceObject, secret_variable, text};
use crate::desired::escape;
use crate::model::Resource;

/// The path of the configuration below the issuer (OpenID Connect Discovery, section 4).
const CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The fields of the claim mapping in Azure AD B2C and in External ID.
const CLAIMS: [(&str, &str); 5] = [
    ("userId", "sub"),
    ("displayName", "name"),
    ("givenName", "given_name"),
    ("surname", "family_name"),
    ("email", "email"),
];

impl Converter<'_> {
    pub(super) fn oidc_provider(
        &self,
        source: &mut SourceObject<'_>,
        kind: &'static str,
    ) -> Option<NewDocument> {
        let issuer = issuer(source.resource).ok()?;
        let mut members = Map::new();
        let mut set = |name: &str, value: Option<Json>| {
            members.extend(value.map(|value| (name.to_owned(), value)));
        };
        set("displayName", source.fields.json("displayName"));
        set("clientId", source.fields.json("clientId"));
        set("issuer", Some(issuer.into()));
        set("wellKnownEndpoint", source.fields.json("metadataUrl"));
        set("responseType", Some("code".into()));
        set("scope", source.fields.json("scope"));
        set(
            "clientAuthentication",
            Some(self.client_secret(source, kind)),
        );
        set("inboundClaimMapping", Some(claims(source)));
        Some(NewDocument {
            kind,
            name: source.address.name().to_owned(),
            members,
        })
    }

    /// The client secret: External ID always redeems a code with one, B2C can do without.
    fn client_secret(&self, source: &mut SourceObject<'_>, kind: &str) -> Json {
        let secret = self.secret(source, "clientSecret", kind);
        let secret = secret.unwrap_or_else(|| {
            let variable = secret_variable(source.address, "clientSecret");
            source.fields.note(
                "clientId",
                "External ID authenticates to the provider, and the source document has no client secret",
                &format!("get a client secret from the provider, and set the variable {variable}"),
            );
            json!({ "env": variable })
        });
        json!({ "type": "clientSecret", "clientSecret": secret })
    }
}

/// The issuer of the tokens, or why the provider cannot be converted.
pub(super) fn issuer(provider: &Resource) -> Result<String, (&'static str, &'static str)> {
    let address = text(&provider.fields, "metadataUrl");
    let Some(issuer) = address.strip_suffix(CONFIGURATION) else {
        return Err((
            "External ID requires the issuer, which cannot be derived from `metadataUrl`",
            "declare an `oidcIdentityProvider` with the `issuer` from the configuration of the provider",
        ));
    };
    if issuer.to_ascii_lowercase().contains("microsoftonline.com") {
        return Err((
            "External ID rejects issuers of microsoftonline.com",
            "no action required, or federate with the other tenant: users with such accounts need no separate provider",
        ));
    }
    Ok(escape(issuer))
}

fn claims(source: &mut SourceObject<'_>) -> Json {
    let claims = CLAIMS.iter().filter_map(|(old, new)| {
        let value = source.fields.json(&format!("claimsMapping.{old}"))?;
        Some(((*new).to_owned(), value))
    });
    Json::Object(claims.collect())
}
