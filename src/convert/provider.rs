//! Providers: `openIdConnectIdentityProvider` → `oidcIdentityProvider`, and the social providers that External ID supports.

use serde_json::{Map, Value as Json, json};

use super::{Converter, NewDocument, SourceObject, secret_variable, text};
use crate::desired::escape;
use crate::model::{Address, Resource};

/// The path of the configuration below the issuer (OpenID Connect Discovery, section 4).
const CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The social networks that External ID supports.
const SOCIAL: [&str; 2] = ["Facebook", "Google"];

/// The fields of the claim mapping in Azure AD B2C and in External ID.
const CLAIMS: [(&str, &str); 5] = [
    ("userId", "sub"),
    ("displayName", "name"),
    ("givenName", "given_name"),
    ("surname", "family_name"),
    ("email", "email"),
];

impl Converter<'_> {
    /// Whether a provider is converted.
    pub(super) fn is_converted(&self, address: &Address) -> bool {
        let Some(provider) = self.job.desired.resources.get(address) else {
            return false;
        };
        match address.kind() {
            "socialIdentityProvider" => is_supported(provider),
            "openIdConnectIdentityProvider" => issuer(provider).is_ok(),
            _ => true,
        }
    }

    pub(super) fn social(&self, source: &mut SourceObject<'_>) -> Option<NewDocument> {
        if is_supported(source.resource) {
            return self.unchanged(source);
        }
        let network = text(&source.resource.fields, "identityProviderType");
        source.fields.note(
            "",
            &format!("External ID has no provider for {network} accounts"),
            "if it supports OpenID Connect, declare an `oidcIdentityProvider`, and add it to the flows",
        );
        None
    }

    pub(super) fn open_id_connect(&self, source: &mut SourceObject<'_>) -> Option<NewDocument> {
        let issuer = match issuer(source.resource) {
            Ok(issuer) => issuer,
            Err((message, help)) => {
                source.fields.note("", message, help);
                return None;
            }
        };
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
        set("clientAuthentication", Some(self.client_secret(source)));
        set("inboundClaimMapping", Some(claims(source)));
        note_differences(source);
        Some(NewDocument {
            kind: "oidcIdentityProvider",
            name: source.address.name().to_owned(),
            members,
        })
    }

    /// The client secret: External ID always redeems a code with one, B2C can do without.
    fn client_secret(&self, source: &mut SourceObject<'_>) -> Json {
        let secret = self.secret(source, "clientSecret", "oidcIdentityProvider");
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

fn is_supported(provider: &Resource) -> bool {
    SOCIAL.contains(&text(&provider.fields, "identityProviderType"))
}

/// The issuer of the tokens, or why the provider cannot be converted.
fn issuer(provider: &Resource) -> Result<String, (&'static str, &'static str)> {
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

fn note_differences(source: &mut SourceObject<'_>) {
    let fields = &mut source.fields;
    fields.note_id();
    fields.note(
        "metadataUrl",
        "External ID also requires the issuer: the new document has the start of this URL",
        "compare it with `issuer` in the response of this URL",
    );
    match text(&source.resource.fields, "responseType") {
        "code" => drop(fields.convert("responseType")),
        _ => fields.note(
            "responseType",
            "External ID supports only the response type `code`, which the new document sets",
            "allow it at the provider",
        ),
    }
    fields.note(
        "responseMode",
        "External ID has no setting for the response mode",
        "no action required",
    );
    fields.note(
        "domainHint",
        "providers of External ID have no domain hint",
        "send the domain of the issuer as `domain_hint` from the applications, if they skipped the provider selection",
    );
}
