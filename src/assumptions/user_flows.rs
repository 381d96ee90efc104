//! Doubts about user flows of workforce and Azure AD B2C tenants.

use super::observers;
use super::table::rows;

rows! {
    /// What does a workforce tenant whose self-service sign-up is off answer for attributes and API connectors?
    SignUpOff = "sign-up-off" {
        answers: {
            Refused = "refused": "400 `AADB2C99039`, for reads as well.",
            Served = "served": "The same as if it were on.",
        }
        why: "A real tenant answered so; no page mentions it.",
        client: "The refusal means that they are not readable yet: the plan switches sign-up on first, where a document does, and reads them then.",
        sources: [
            "recorded answer: 400 `AADB2C99039` for both listings of a workforce tenant",
            "scripts: an exporter that ignores this text on both routes",
        ],
        settled_by: Reading(observers::user_flows::sign_up_off),
    }

    /// What becomes of identity providers and API connectors in the create request of a user flow?
    InlineLinks = "inline-links" {
        answers: {
            Kept = "kept": "The flow has them.",
            Dropped = "dropped": "The flow is created without them.",
            Refused = "refused": "400; nothing is created.",
        }
        why: "The pages show it.",
        client: "Sends them with the create, after a 400 once more without them, reads what the flow has, and links the rest.",
        sources: [
            "documentation: Create b2cIdentityUserFlow, Create b2xIdentityUserFlow",
            "GitHub: microsoftgraph/microsoft-graph-docs#11875 (a connector by `@odata.id` is accepted without effect)",
        ],
        settled_by: Writing(observers::user_flows::inline_links),
    }

    /// What does a second link of a flow to the same object return?
    SecondLink = "second-link" {
        answers: {
            Conflict = "conflict": "409; nothing changes.",
            BadRequest = "bad-request": "400; nothing changes.",
            NoContent = "no-content": "204; nothing changes.",
        }
        why: "No page says it; a refusal shows clients that link twice.",
        client: "Links only what is missing; after a lost response it reads the links first.",
        sources: ["documentation: Add userFlowIdentityProvider (names no error)"],
        settled_by: Writing(observers::user_flows::second_link),
    }

    /// Which attributes does a new b2x flow collect?
    DefaultAssignments = "default-assignments" {
        answers: {
            Email = "email": "The e-mail address.",
            None = "none": "None.",
            Several = "several": "The e-mail address, the display name and the given name.",
        }
        why: "That there are some is reported, not which.",
        client: "Reads the list after the create and makes it the declared one.",
        sources: ["GitHub: microsoft/Microsoft365DSC, AADIdentityB2XUserFlow (reads the assignments of a flow that it has created)"],
        settled_by: Writing(observers::user_flows::default_assignments),
    }

    /// Is the listing of a flow's assignments in the order of the page?
    AssignmentOrder = "assignment-order" {
        answers: {
            Same = "same": "Yes, as `getOrder` is.",
            ById = "by-id": "No, it is sorted by id; only `getOrder` has the order.",
        }
        why: "The simplest; no page promises it.",
        client: "Reads the order from `getOrder`.",
        sources: ["documentation: Get identityUserFlowAttributeAssignment order"],
        settled_by: Reading(observers::user_flows::assignment_order),
    }

    /// Does the deprecated relationship `identityProviders` of a flow still show its providers?
    LegacyProviders = "legacy-providers" {
        answers: {
            Shown = "shown": "Yes.",
            Empty = "empty": "It is empty.",
        }
        why: "The v1.0 pages describe no other.",
        client: "Reads `userFlowIdentityProviders` instead.",
        sources: ["documentation: identityProvider resource type (stops returning data after March 2023)"],
        settled_by: Reading(observers::user_flows::legacy_providers),
    }

    /// Which pages does `overridesPages` of a language list?
    OverridesPages = "overrides-pages" {
        answers: {
            Changed = "changed": "Those with changed texts.",
            All = "all": "All pages of the flow.",
        }
        why: "The name.",
        client: "Reads the texts of the listed pages; those without a change are as if they were not listed.",
        sources: ["documentation: List overridesPages"],
        settled_by: Reading(observers::user_flows::overrides_pages),
    }

    /// What are the texts of an unchanged page?
    UnchangedPage = "unchanged-page" {
        answers: {
            Empty = "empty": "200 with an empty list.",
            NotFound = "not-found": "404.",
        }
        why: "The page itself exists.",
        client: "Takes both as no changed text.",
        sources: ["documentation: Get userFlowLanguagePage"],
        settled_by: Reading(observers::user_flows::unchanged_page),
    }

    /// Which languages does a new b2c flow have?
    B2cLanguages = "b2c-languages" {
        answers: {
            English = "english": "English.",
            All = "all": "All built-in languages, of which only English is enabled.",
        }
        why: "The example of the list page.",
        client: "Enables a language that is there and creates one that is not, with the same request.",
        sources: ["documentation: List languages of a b2cIdentityUserFlow"],
        settled_by: Reading(observers::user_flows::b2c_languages),
    }

    /// What does a put of a new language return?
    NewLanguage = "new-language" {
        answers: {
            Created = "created": "201 with the language.",
            NoContent = "no-content": "204.",
        }
        why: "The page.",
        client: "Takes any success, and reads the language again.",
        sources: ["documentation: Create or update userFlowLanguageConfiguration"],
        settled_by: Writing(observers::user_flows::new_language),
    }

    /// What does a b2c flow without a default language show as its default?
    DefaultLanguage = "default-language" {
        answers: {
            Null = "null": "`null`.",
            English = "english": "`en`.",
        }
        why: "Two of three pages; the response to the create has `en` in one.",
        client: "Compares it only if a document declares it.",
        sources: ["documentation: Create, Get and List b2cIdentityUserFlow"],
        settled_by: Writing(observers::user_flows::default_language),
    }

    /// What do the API connectors of a flow without sign-up return, for password reset or profile editing?
    ResetConnectors = "reset-connectors" {
        answers: {
            Served = "served": "200, as for other flows.",
            BadRequest = "bad-request": "400.",
            NotFound = "not-found": "404.",
        }
        why: "No page says that they differ.",
        client: "Takes the connectors of such a flow for unknown; only a document that declares some is a problem.",
        sources: [
            "script: Microsoft's tool for migrating Azure AD B2C handles these errors",
            "documentation: Get apiConnectorConfiguration",
        ],
        settled_by: Reading(observers::user_flows::reset_connectors),
    }

    /// Can a user flow call an API connector before it issues a token?
    TokenStep = "token-step" {
        answers: {
            Beta = "beta": "The step `preTokenIssuance` is served on beta.",
            Unknown = "unknown": "400 for the step, on either version.",
        }
        why: "The beta type has it.",
        client: "Reads without the step after a refusal; a document that declares it gets Graph's refusal.",
        sources: [
            "metadata: userFlowApiConnectorConfiguration (beta)",
            "GitHub: microsoftgraph/microsoft-graph-docs pull request 13541 (closed without a merge)",
        ],
        settled_by: Reading(observers::user_flows::token_step),
    }

    /// Is the prefix of an id that has it already doubled?
    PrefixedId = "prefixed-id" {
        answers: {
            Kept = "kept": "No: `B2X_1_Partner` stays.",
            Doubled = "doubled": "Yes: `B2X_1_Partner` becomes `B2X_1_B2X_1_Partner`.",
        }
        why: "Scripts send ids with the prefix.",
        client: "Sends ids without the prefix.",
        sources: ["documentation: Create b2xIdentityUserFlow (the prefix is added)"],
        settled_by: Writing(observers::user_flows::prefixed_id),
    }
}
