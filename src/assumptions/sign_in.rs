//! Doubts about the metadata of the addresses at which people sign in, which `check-sign-in` reads.

use super::table::rows;

rows! {
    /// Which issuer does the metadata of a b2c flow name?
    B2cIssuer = "b2c-issuer" {
        answers: {
            Tenant = "tenant": "`https://{domain}/{tenant id}/v2.0/`.",
            Flow = "flow": "`https://{domain}/tfp/{tenant id}/{flow}/v2.0/`.",
        }
        why: "The page calls it the default of a setting of the flow, which Graph does not show.",
        client: "Accepts both.",
        sources: [
            "documentation: Overview of tokens in Azure Active Directory B2C (token compatibility)",
            "documentation: Enable custom domains in Azure Active Directory B2C (the issuer has the custom domain)",
        ],
        settled_by: Nothing("it is not Graph's: `check-sign-in` reads it"),
    }

    /// Where is the name of a b2c flow in the endpoints of its metadata?
    B2cEndpoints = "b2c-endpoints" {
        answers: {
            Path = "path": "In the path, in lowercase.",
            Query = "query": "In the parameter `p`, in lowercase.",
        }
        why: "The page shows it.",
        client: "Accepts both, in any case.",
        sources: [
            "documentation: Web sign-in with OpenID Connect in Azure Active Directory B2C (`jwks_uri`)",
            "documentation: Enable custom domains in Azure Active Directory B2C (`authorize?p=B2C_1_susi`)",
        ],
        settled_by: Nothing("it is not Graph's: `check-sign-in` reads it"),
    }

    /// What does the address of a b2c flow answer that does not exist?
    MissingMetadata = "missing-metadata" {
        answers: {
            NotFound = "not-found": "404 with a page.",
            BadRequest = "bad-request": "400 `AADB2C90022`.",
        }
        why: "Public reports show it.",
        client: "Takes every 4xx as no metadata.",
        sources: [
            "GitHub: MicrosoftDocs/azure-docs#24079 (404 with a page)",
            "documentation: Error codes of Azure Active Directory B2C (AADB2C90022: Unable to return metadata for the policy)",
        ],
        settled_by: Nothing("it is not Graph's: `check-sign-in` reads it"),
    }

    /// At which domain is the issuer of an External ID tenant?
    ExternalIssuer = "external-issuer" {
        answers: {
            TenantId = "tenant-id": "At that with the tenant id in place of its name, whichever domain is asked.",
            Same = "same": "At the one that is asked.",
        }
        why: "Public reports show it.",
        client: "Accepts both.",
        sources: [
            "GitHub: AzureAD/microsoft-authentication-library-for-js#8592, MicrosoftDocs/entra-docs#408",
            "documentation: Custom URL domains in external tenants (does not show the issuer)",
        ],
        settled_by: Nothing("it is not Graph's: `check-sign-in` reads it"),
    }
}
