//! Providers: `openIdConnectIdentityProvider` → `oidcIdentityProvider`, and the social ones that External ID has.

use serde_json::{Map, Value as Json, json};

use super::{Converter, Made, Source, secret_variable, text};
use crate::desired::escaped;
use crate::model::{Address, Resource};

/// What a provider's address of its configuration ends with, behind the issuer (OpenID Connect Discovery, section 4).
const CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The social networks that External ID has.
const SOCIAL: [&str; 2] = ["Facebook", "Google"];

/// Which claim stands where: ours in Azure AD B2C and in External ID.
const CLAIMS: [(&str, &str); 5] = [
    ("userId", "sub"),
    ("displayName", "name"),
    ("givenName", "given_name"),
    ("surname", "family_name"),
    ("email", "email"),
];

impl Converter<'_> {
    /// Whether the new tenant gets a provider.
    pub(super) fn is_kept(&self, address: &Address) -> bool {
        let Some(provider) = self.job.desired.resources.get(address) else {
            return false;
        };
        match address.kind() {
            "socialIdentityProvider" => is_offered(provider),
            "openIdConnectIdentityProvider" => issuer(provider).is_ok(),
            _ => true,
        }
    }

    pub(super) fn social(&self, source: &mut Source<'_>) -> Option<Made> {
        if is_offered(source.resource) {
            return self.unchanged(source);
        }
        let network = text(&source.resource.fields, "identityProviderType");
        source.reading.note(
            "",
            &format!("External ID has no provider for accounts of {network}"),
            "if it speaks OpenID Connect, declare an `oidcIdentityProvider`, and add it to the flows",
        );
        None
    }

    pub(super) fn open_id_connect(&self, source: &mut Source<'_>) -> Option<Made> {
        let issuer = match issuer(source.resource) {
            Ok(issuer) => issuer,
            Err((says, todo)) => {
                source.reading.note("", says, todo);
                return None;
            }
        };
        let mut members = Map::new();
        let mut say = |name: &str, value: Option<Json>| {
            members.extend(value.map(|value| (name.to_owned(), value)));
        };
        say("displayName", source.reading.json("displayName"));
        say("clientId", source.reading.json("clientId"));
        say("issuer", Some(issuer.into()));
        say("wellKnownEndpoint", source.reading.json("metadataUrl"));
        say("responseType", Some("code".into()));
        say("scope", source.reading.json("scope"));
        say("clientAuthentication", Some(self.client_secret(source)));
        say("inboundClaimMapping", Some(claims(source)));
        tell(source);
        Some(Made {
            kind: "oidcIdentityProvider",
            name: source.address.name().to_owned(),
            members,
        })
    }

    /// A code is traded for a token with a secret, which B2C could do without.
    fn client_secret(&self, source: &mut Source<'_>) -> Json {
        let secret = self.secret(source, "clientSecret", "oidcIdentityProvider");
        let secret = secret.unwrap_or_else(|| {
            let variable = secret_variable(source.address, "clientSecret");
            source.reading.note(
                "clientId",
                "External ID proves to the provider who it is, and the old document has no client secret",
                &format!("get one from the provider, and set the variable {variable}"),
            );
            json!({ "env": variable })
        });
        json!({ "type": "clientSecret", "clientSecret": secret })
    }
}

fn is_offered(provider: &Resource) -> bool {
    SOCIAL.contains(&text(&provider.fields, "identityProviderType"))
}

/// Who issues the tokens, or why the provider cannot come along.
fn issuer(provider: &Resource) -> Result<String, (&'static str, &'static str)> {
    let address = text(&provider.fields, "metadataUrl");
    let Some(issuer) = address.strip_suffix(CONFIGURATION) else {
        return Err((
            "External ID wants to know the issuer, and `metadataUrl` does not tell it",
            "declare an `oidcIdentityProvider` with the `issuer` that the provider's configuration names",
        ));
    };
    if issuer.to_ascii_lowercase().contains("microsoftonline.com") {
        return Err((
            "External ID takes no issuers of microsoftonline.com",
            "nothing, or federate with the other tenant: people with such accounts need no provider of their own",
        ));
    }
    Ok(escaped(issuer))
}

fn claims(source: &mut Source<'_>) -> Json {
    let claims = CLAIMS.iter().filter_map(|(old, new)| {
        let value = source.reading.json(&format!("claimsMapping.{old}"))?;
        Some(((*new).to_owned(), value))
    });
    Json::Object(claims.collect())
}

fn tell(source: &mut Source<'_>) {
    let reading = &mut source.reading;
    reading.old_id();
    reading.note(
        "metadataUrl",
        "External ID wants to know the issuer, too: the new document has what this address begins with",
        "compare it with `issuer` in what the address answers",
    );
    match text(&source.resource.fields, "responseType") {
        "code" => drop(reading.carry("responseType")),
        _ => reading.note(
            "responseType",
            "External ID supports the response type `code` only, which the new document has",
            "allow it at the provider",
        ),
    }
    reading.note(
        "responseMode",
        "External ID does not let one choose how the answer travels",
        "nothing to do",
    );
    reading.note(
        "domainHint",
        "a provider of External ID has no hint of its own",
        "let the applications send the issuer's domain as `domain_hint`, if they skipped the choice",
    );
}
