//! Doubts about requests and responses of every kind: query options, pages, batches, errors, spelling.

use super::observers;
use super::table::rows;

rows! {
    /// Does Graph answer requests with `$expand`?
    Expand = "expand" {
        answers: {
            Served = "served": "`$expand` is answered where a page shows it, and reads of events flows hold their links.",
            Refused = "refused": "400 for any `$expand`; reads of events flows omit their links, which have routes of their own.",
        }
        why: "Most pages show it, and one response of a tenant holds the links inline.",
        client: "Reads with `$expand`; after a refusal reads each part by its own route, in batches, for the rest of the run.",
        sources: [
            "documentation: Get b2xIdentityUserFlow, List authenticationEventsFlows, Get apiConnectorConfiguration",
            "documentation: userFlowApiConnectorConfiguration resource type (says that `$expand` is not supported)",
        ],
        settled_by: Reading(observers::protocol::expand),
    }

    /// Does Graph execute several creates in one collection that are in one parallel batch?
    ParallelCreates = "parallel-creates" {
        answers: {
            Served = "served": "All are executed.",
            Refused = "refused": "The first is executed, the others get 409 `Directory_ConcurrencyViolation`.",
        }
        why: "The conflict is reported for applications only.",
        client: "Creates in batches; after the first such conflict sends the creates of the collection one after the other.",
        sources: ["GitHub: nais/azurerator#448", "documentation: Combine multiple requests in one HTTP call using JSON batching"],
        settled_by: Writing(observers::protocol::parallel_creates),
    }

    /// Does Graph execute parallel writes to one object and what is below it?
    ParallelWrites = "parallel-writes" {
        answers: {
            Refused = "refused": "The first of a batch is executed, the others get 409 `Directory_ConcurrencyViolation`.",
            Served = "served": "All are executed.",
        }
        why: "The stricter of both: a client that passes it passes the other.",
        client: "Never sends two writes to one object in one parallel batch.",
        sources: ["GitHub: nais/azurerator#448"],
        settled_by: Writing(observers::protocol::parallel_writes),
    }

    /// In which order does a batch hold its responses?
    BatchOrder = "batch-order" {
        answers: {
            Reversed = "reversed": "The last request is answered first.",
            Sequential = "sequential": "As the requests.",
        }
        why: "The page allows any order; this one breaks a client that relies on the other.",
        client: "Matches responses by their ids.",
        sources: ["documentation: Combine multiple requests in one HTTP call using JSON batching"],
        settled_by: Reading(observers::protocol::batch_order),
    }

    /// How many objects does a page of a listing hold?
    PageSize = "page-size" {
        answers: {
            Hundred = "100": "100, as for directory objects.",
            Twenty = "20": "20.",
            Most = "999": "999.",
        }
        why: "No page names a size for these collections; 100 is that of directory objects.",
        client: "Follows `@odata.nextLink` until there is none, whatever the size.",
        sources: ["documentation: Paging Microsoft Graph data in your app"],
        settled_by: Reading(observers::protocol::page_size),
    }

    /// What does a page of a listing hold beside the next objects?
    Pages = "pages" {
        answers: {
            Exact = "exact": "Nothing: each page begins where the previous one ended.",
            Empty = "empty": "The first page is empty and has a link to the others.",
            Overlapping = "overlapping": "The last object of the previous page again.",
        }
        why: "The other answers occur only in other collections: empty pages are documented, repeated objects are known of listings that change.",
        client: "Reads on after an empty page, and counts an object that comes twice once.",
        sources: ["documentation: Paging Microsoft Graph data in your app (a page may contain zero results)"],
        settled_by: Reading(observers::protocol::pages),
    }

    /// In which order does a listing hold its objects?
    ListingOrder = "listing-order" {
        answers: {
            Created = "created": "In the order of their creation.",
            Newest = "newest": "The newest first.",
        }
        why: "The simplest; no page promises an order.",
        client: "Identifies objects by id and name, never by their position.",
        sources: ["documentation: none of the list pages names an order"],
        settled_by: Writing(observers::protocol::listing_order),
    }

    /// Do reads show a write at once?
    ReadLag = "read-lag" {
        answers: {
            None = "none": "At once.",
            Some = "some": "The next two reads of an object that was written show the state before the write.",
        }
        why: "Plans and reports stay the same from run to run; `--stale-reads` sets another number.",
        client: "Repeats reads after writes for up to `--wait` seconds, and looks for the effect of a write before it sends it again.",
        sources: [
            "GitHub: hashicorp/terraform-provider-azuread (waits until an attribute is readable after its create)",
            "scripts: 400 for an application that was registered seconds ago, up to 30 s",
        ],
        settled_by: Writing(observers::protocol::read_lag),
    }

    /// What does Graph answer if a permission is missing?
    PermissionError = "permission-error" {
        answers: {
            Directory = "authorization-request-denied": "403 `Authorization_RequestDenied`, as the directory does.",
            Backend = "aadb2c": "403 `AADB2C`, with the permissions that are accepted in the message.",
        }
        why: "The documented code of the directory.",
        client: "Ends with 7 for either and repeats Graph's list.",
        sources: [
            "documentation: Combine multiple requests in one HTTP call using JSON batching",
            "recorded answer: \"The application does not have any of the required application permissions\"",
        ],
        settled_by: Reading(observers::protocol::permission_error),
    }

    /// Which permission reads API connectors?
    ConnectorReads = "connector-reads" {
        answers: {
            Read = "read-permission": "`APIConnectors.Read.All`, too.",
            Write = "write-permission": "`APIConnectors.ReadWrite.All` only, as each page says.",
        }
        why: "A refusal of a tenant and Microsoft365DSC name it; the pages list only the other.",
        client: "A missing permission is what Graph refuses.",
        sources: [
            "documentation: List identityApiConnectors",
            "recorded answer: 403 that names `APIConnectors.Read.All`",
            "GitHub: microsoft/Microsoft365DSC, settings of AADIdentityAPIConnector",
        ],
        settled_by: Reading(observers::protocol::connector_reads),
    }

    /// Where is the error of a response?
    ErrorBody = "error-body" {
        answers: {
            Enveloped = "enveloped": "In the member `error`, as documented.",
            Bare = "bare": "The body is the error itself, as a backend without Graph's envelope sends it.",
        }
        why: "Documented; a bare error is reported for another route of the same backend.",
        client: "Decides by the status first, and reads code and message in either place.",
        sources: [
            "documentation: Microsoft Graph error responses and resource types",
            "GitHub: azure-ad-b2c/deploy-trustframework-policy#154",
        ],
        settled_by: Reading(observers::protocol::error_body),
    }

    /// Which error does a missing object give?
    NotFoundError = "not-found-error" {
        answers: {
            Resource = "resource-not-found": "404 `ResourceNotFound`.",
            Request = "request-resource-not-found": "404 `Request_ResourceNotFound`, as the directory does.",
            Unknown = "unknown-error": "404 `UnknownError`, whose message is an object.",
        }
        why: "The pages print the message without a code.",
        client: "An object is absent if the status is 404, whatever the code.",
        sources: [
            "GitHub: microsoftgraph/microsoft-graph-docs#7836",
            "GitHub: microsoftgraph/microsoft-graph-docs-contrib#9069 (`UnknownError`)",
        ],
        settled_by: Reading(observers::protocol::not_found_error),
    }

    /// Which error does a name, a link or an object give that is taken or in use?
    ConflictError = "conflict-error" {
        answers: {
            Conflict = "conflict": "409 `Conflict`.",
            BadRequest = "bad-request": "400 `BadRequest`.",
        }
        why: "The meaning of the status; no page documents a conflict.",
        client: "Reports either with Graph's message; after a response that was lost it looks for the effect instead of relying on a status.",
        sources: ["documentation: Microsoft Graph error responses and resource types (409, nameAlreadyExists)"],
        settled_by: Writing(observers::protocol::conflict_error),
    }

    /// How is one object of a collection returned?
    SingleObject = "single-object" {
        answers: {
            Plain = "plain": "As the body.",
            InValue = "in-value": "In the member `value` of the body, for events flows.",
        }
        why: "OData's form; the example of one page is probably a slip.",
        client: "Reads the object in either place.",
        sources: ["documentation: Get authenticationEventsFlow (the example has `{\"value\": {…}}`)"],
        settled_by: Reading(observers::protocol::single_object),
    }

    /// How are ids spelt in links?
    IdCase = "id-case" {
        answers: {
            Same = "same": "As the object itself spells its id.",
            Lower = "lower": "In lower case.",
        }
        why: "OData's form; examples have `Facebook-OAuth` and `Facebook-OAUTH`.",
        client: "Compares ids without regard to case.",
        sources: ["documentation: b2cIdentityUserFlow and identityProvider pages (two spellings)"],
        settled_by: Reading(observers::protocol::id_case),
    }

    /// How are enumeration values spelt in responses?
    EnumerationCase = "enumeration-case" {
        answers: {
            Camel = "camel": "As the metadata spells them, such as `textBox`.",
            Pascal = "pascal": "Capitalised, such as `TextBox`.",
        }
        why: "The metadata; several examples have the other form.",
        client: "Compares them without regard to case.",
        sources: ["documentation: List userAttributeAssignments (`TextBox`)", "metadata: identityUserFlowAttributeInputType"],
        settled_by: Reading(observers::protocol::enumeration_case),
    }

    /// How are types spelt in `@odata.type` of responses?
    TypeNames = "type-names" {
        answers: {
            Hash = "hash": "`#microsoft.graph.…`.",
            Bare = "bare": "`microsoft.graph.…`.",
            Capital = "capital": "`#Microsoft.Graph.…`.",
        }
        why: "OData's form; the pages have all three.",
        client: "Compares them without the `#` and without regard to case.",
        sources: ["documentation: List authenticationListeners (`#Microsoft.Graph.InvokeUserFlowListener`)"],
        settled_by: Reading(observers::protocol::type_names),
    }

    /// What does an update of a flow or an assignment return?
    UpdateAnswer = "update-answer" {
        answers: {
            NoContent = "no-content": "204, as the examples have it.",
            Object = "object": "200 with the object, as the prose says.",
        }
        why: "Examples are usually recorded, prose is not.",
        client: "Takes any success, and reads the object again.",
        sources: ["documentation: Update b2cIdentityUserFlow, Update identityUserFlowAttributeAssignment"],
        settled_by: Writing(observers::protocol::update_answer),
    }

    /// Does one of the permissions to read the audit log suffice?
    AuditPermissions = "audit-permissions" {
        answers: {
            Either = "either": "`AuditLog.Read.All` or `Directory.Read.All`.",
            Both = "both": "403 `Authentication_RequestFromNonPremiumTenantOrB2CTenant`, as for a tenant without a licence, unless the token has both.",
        }
        why: "Microsoft's permission manifest lists them as alternatives; the page asks for both.",
        client: "Says of `drift --who` which permissions it may need; a refusal is a note of the report.",
        sources: [
            "documentation: List directoryAudits",
            "GitHub: microsoftgraph/microsoft-graph-devx-content (the permission manifest)",
            "GitHub: microsoftgraph/microsoft-graph-docs#12537",
        ],
        settled_by: Nothing("`probe` does not read the audit log, which names people"),
    }

    /// Does Graph filter the audit log by a target?
    AuditFilter = "audit-filter" {
        answers: {
            Served = "served": "`targetResources/any(t:t/id eq '…')` is answered.",
            Refused = "refused": "400 for any filter with a lambda.",
        }
        why: "The page names the properties of targets among those for filters, without an example.",
        client: "Filters by activity, and looks for the object itself; by target only for objects whose activities are not known.",
        sources: ["documentation: directoryAudit resource type"],
        settled_by: Nothing("`probe` does not read the audit log, which names people"),
    }

    /// Do the entries of the audit log hold the ids of their targets?
    AuditTargets = "audit-targets" {
        answers: {
            Ids = "ids": "The id by which Graph addresses the object, and its display name.",
            Names = "names": "Only the display name; `id` is null.",
        }
        why: "Entries of other services hold both; none of this service is recorded.",
        client: "Takes an entry whose target has the id or the name of the object.",
        sources: ["documentation: targetResource resource type (every property may be null)"],
        settled_by: Nothing("`probe` does not read the audit log, which names people"),
    }

    /// Does the audit log record changes whose activity its reference does not name?
    UnlistedActivities = "unlisted-activities" {
        answers: {
            Recorded = "recorded": "Yes: `Update policy` for the methods of a B2C tenant.",
            Silent = "silent": "No.",
        }
        why: "Updates of other policies are recorded under this name.",
        client: "Looks for such an object by its id; says that there is no entry if none is found.",
        sources: ["documentation: Microsoft Entra audit log categories and activities"],
        settled_by: Nothing("`probe` does not read the audit log, which names people"),
    }
}
