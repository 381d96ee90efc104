//! Doubts about API connectors, attributes, identity providers, extensions and listeners, and about deletes.

use super::observers;
use super::table::rows;

rows! {
    /// May two API connectors, or two extensions, have one display name?
    DisplayNames = "display-names" {
        answers: {
            Shared = "shared": "Yes.",
            Unique = "unique": "The second create is refused, as is a rename to the name of another.",
        }
        why: "No page forbids it.",
        client: "Refuses to guess which object of a name is meant; after a lost response it looks for the object before it creates one.",
        sources: ["documentation: Create identityApiConnector, Create customAuthenticationExtension (name no restriction)"],
        settled_by: Writing(observers::objects::display_names),
    }

    /// What happens to an object that others refer to when it is deleted?
    DeleteInUse = "delete-in-use" {
        answers: {
            Refused = "refused": "The delete is refused.",
            Unlinked = "unlinked": "It is deleted, and so is each reference to it.",
        }
        why: "The stricter of both: a client that passes it passes the other.",
        client: "Removes the references first, as steps of the plan; refuses a delete where a reference stays.",
        sources: [
            "GitHub: azure-ad-b2c/samples#245 (a deleted attribute took its flow out of the list)",
            "documentation: the delete pages do not say",
        ],
        settled_by: Writing(observers::objects::delete_in_use),
    }

    /// What does a delete of something return that does not exist?
    DeleteMissing = "delete-missing" {
        answers: {
            NotFound = "not-found": "404.",
            NoContent = "no-content": "204.",
        }
        why: "Graph's usual answer.",
        client: "Takes both as done.",
        sources: ["documentation: Microsoft Graph error responses and resource types (404)"],
        settled_by: Writing(observers::objects::delete_missing),
    }

    /// Does the response to the create of a social provider show the client secret?
    CreatedSecret = "created-secret" {
        answers: {
            Shown = "shown": "As it was sent.",
            Masked = "masked": "As asterisks.",
        }
        why: "The example of the page; a client has to keep it out of its logs.",
        client: "Reads no secret from responses, and redacts them in traces.",
        sources: ["documentation: Create identityProvider"],
        settled_by: Nothing("a social provider of a type exists once in a tenant, so none can be created to see it"),
    }

    /// Does v1.0 name the type of a single identity provider?
    ProviderType = "provider-type" {
        answers: {
            Omitted = "omitted": "No `@odata.type`.",
            Given = "given": "`@odata.type`, as OData asks for derived types.",
        }
        why: "The examples of the page, which may be shortened.",
        client: "Takes the type from the listing.",
        sources: ["documentation: Get identityProvider", "OData: minimal metadata names the type of a derived entity"],
        settled_by: Reading(observers::objects::provider_type),
    }

    /// What is the id of a social identity provider in External ID?
    SocialProviderIds = "social-provider-ids" {
        answers: {
            ByType = "by-type": "Its type with a suffix: `Google-OAUTH`.",
            Guid = "guid": "A GUID. The id by type is accepted in its place.",
        }
        why: "The pages and published scripts have it; a tenant was seen with GUIDs.",
        client: "Finds a provider by its type, takes its id from the tenant, and knows references by either id.",
        sources: [
            "documentation: socialIdentityProvider resource type, Add identityProvider to an authenticationEventsFlow",
            "recorded answers: the identity providers of an external tenant",
            "scripts: several link `Google-OAUTH` and `Facebook-OAUTH` in external tenants",
        ],
        settled_by: Reading(observers::objects::social_provider_ids),
    }

    /// Does Graph show the configuration address and the claims of an OpenID Connect provider?
    OidcFields = "oidc-fields" {
        answers: {
            Shown = "shown": "Yes.",
            Hidden = "hidden": "`wellKnownEndpoint` and `inboundClaimMapping` are in no answer.",
        }
        why: "The examples of the pages.",
        client: "Compares a field that Graph does not show by its fingerprint, and leaves it out of an export.",
        sources: [
            "documentation: oidcIdentityProvider resource type, Create identityProvider",
            "recorded answers: one listing of an external tenant",
        ],
        settled_by: Reading(observers::objects::oidc_fields),
    }

    /// Does Graph still have the routes of sign-in identifiers?
    SignInIdentifierRoutes = "sign-in-identifiers" {
        answers: {
            Served = "served": "Yes.",
            Gone = "gone": "Each is refused with 400: there is no resource for the segment.",
        }
        why: "Pages of 2025 and the permission manifest of 2026 have them.",
        client: "Warns of a document of the kind; takes a refused listing for unknown, not for empty, and plans nothing then.",
        sources: [
            "documentation: signInIdentifierBase resource type (beta)",
            "permission manifest: microsoft-graph-devx-content of 2026-08",
            "SDK: the path is deprecated as of 2025-03/SignInWithAlias, and to be removed on 2025-12-25",
        ],
        settled_by: Reading(observers::objects::sign_in_identifier_routes),
    }

    /// How does Graph spell the regular expression of a custom sign-in identifier?
    ValidationRegEx = "validation-regex" {
        answers: {
            Metadata = "metadata": "`validationRegEx`.",
            Page = "page": "`validationRegex`.",
        }
        why: "A service writes the names of its metadata.",
        client: "Reads both, and writes the name of the metadata, because Graph takes names of properties in any case.",
        sources: [
            "metadata and SDK of beta: customUsernameSignInIdentifier",
            "documentation: Get signInIdentifierBase",
        ],
        settled_by: Reading(observers::objects::validation_regex),
    }

    /// Does v1.0 have the regions of a listener for phones?
    PhoneListeners = "phone-listeners" {
        answers: {
            V1 = "v1": "It shows and takes them.",
            BetaOnly = "beta-only": "It shows such a listener without them, and takes none.",
        }
        why: "The only example, of a guide, is in v1.0; the metadata has the type in beta only.",
        client: "Writes such a listener in beta, and compares regions that Graph does not show by their fingerprint.",
        sources: [
            "guide: Region code opt-in for MFA telephony verification (External ID)",
            "metadata: onPhoneMethodLoadStartListener",
        ],
        settled_by: Reading(observers::objects::phone_listeners),
    }

    /// How does a listener for phones name its applications?
    PhoneApplications = "phone-applications" {
        answers: {
            Objects = "objects": "As objects with an `appId`, as each listener does.",
            Ids = "ids": "As the bare client ids.",
        }
        why: "The metadata has objects; the guide shows ids.",
        client: "Reads both, and writes objects.",
        sources: [
            "metadata: authenticationConditionsApplications",
            "guide: Region code opt-in for MFA telephony verification (External ID)",
        ],
        settled_by: Reading(observers::objects::phone_applications),
    }

    /// Does the listing of event listeners hold those that Graph made for events flows?
    FlowListeners = "flow-listeners" {
        answers: {
            Listed = "listed": "Each, with the id of its flow.",
            Hidden = "hidden": "Only those that clients created.",
        }
        why: "The resource page says that a flow orchestrates one listener for each event.",
        client: "Leaves listeners of flows alone; they belong to their flow.",
        sources: ["documentation: authenticationEventsFlow resource type"],
        settled_by: Reading(observers::objects::flow_listeners),
    }
}
