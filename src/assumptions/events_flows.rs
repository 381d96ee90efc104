//! Doubts about External ID's user flows (authentication events flows).

use super::observers;
use super::table::rows;

rows! {
    /// Does an update of an events flow replace or merge the handlers that it names?
    HandlerUpdate = "handler-update" {
        answers: {
            Replaced = "replaced": "A handler replaces the stored one; what it omits has its default.",
            Merged = "merged": "The members of a handler replace those that are stored; the others stay. Lists are replaced.",
        }
        why: "The page says that inputs which `views` omits are removed.",
        client: "Sends a handler whole: what is there, with what changes.",
        sources: ["documentation: Update authenticationEventsFlow"],
        settled_by: Writing(observers::events_flows::handler_update),
    }

    /// What are the settings of an input that a request does not give?
    InputDefaults = "input-defaults" {
        answers: {
            ByAttribute = "by-attribute": "Label, type and pattern follow the attribute.",
            Uniform = "uniform": "A text with the pattern `^.*`, optional and without a label.",
        }
        why: "The patterns of the recorded answers differ with the attribute.",
        client: "Compares what a document declares; the rest stays as Graph has it.",
        sources: [
            "documentation: Create authenticationEventsFlow (patterns of the example)",
            "recorded answers: two events flows of tenants",
        ],
        settled_by: Writing(observers::events_flows::input_defaults),
    }

    /// Does Graph create a flow that collects attributes and has no page for them?
    FlowWithoutPage = "flow-without-page" {
        answers: {
            Created = "created": "Yes.",
            Refused = "refused": "400.",
        }
        why: "One script does so; the metadata of the pages has the page as required.",
        client: "Refuses a document from which such a flow would be created, before it sends anything.",
        sources: [
            "documentation: onAttributeCollectionExternalUsersSelfServiceSignUp resource type",
            "script: one creates a flow with bound attributes only",
        ],
        settled_by: Writing(observers::events_flows::flow_without_page),
    }

    /// What happens to an input in an update whose attribute is not linked to the flow?
    UnlinkedInput = "unlinked-input" {
        answers: {
            Ignored = "ignored": "The update is accepted without the input.",
            Linked = "linked": "The attribute is linked.",
            Refused = "refused": "400.",
        }
        why: "It was measured; the page on updates says that the inputs decide which attributes are collected.",
        client: "Links attributes before it updates their inputs.",
        sources: [
            "documentation: Update authenticationEventsFlow",
            "script: one reports, measured against a tenant, that the input is ignored",
        ],
        settled_by: Writing(observers::events_flows::unlinked_input),
    }

    /// May an update of an events flow hold `attributes`?
    InlineAttributes = "inline-attributes" {
        answers: {
            Refused = "refused": "400 \"The request body is null or in bad format\".",
            Taken = "taken": "They are the attributes of the flow from then on.",
        }
        why: "It was measured; by the metadata, an update takes them as a create does.",
        client: "Changes the attributes by their own route, never in an update.",
        sources: ["script: one reports the refusal, measured against a tenant"],
        settled_by: Writing(observers::events_flows::inline_attributes),
    }

    /// What do the attributes of a flow return that collects none?
    NoAttributes = "no-attributes" {
        answers: {
            BadRequest = "bad-request": "400.",
            Empty = "empty": "200 with an empty list.",
            NotFound = "not-found": "404.",
        }
        why: "The page says so.",
        client: "Takes all three as none.",
        sources: ["documentation: List attributes of an authenticationEventsFlow"],
        settled_by: Reading(observers::events_flows::no_attributes),
    }

    /// Does the input of an attribute stay on the page when the attribute is unlinked?
    RemovedAttribute = "removed-attribute" {
        answers: {
            InputStays = "input-stays": "Until an update omits it.",
            InputGoes = "input-goes": "It is removed with the attribute.",
        }
        why: "The page tells clients to update the flow afterwards.",
        client: "Updates the page in the same step, from what it reads.",
        sources: ["documentation: Remove attribute from an authenticationEventsFlow"],
        settled_by: Writing(observers::events_flows::removed_attribute),
    }

    /// Does a link to an attribute add an input to the page?
    AddedAttribute = "added-attribute" {
        answers: {
            InputAdded = "input-added": "With default settings.",
            NoInput = "no-input": "The page stays as it is.",
        }
        why: "The page says so.",
        client: "Writes the inputs after the links.",
        sources: ["documentation: Add attribute to an authenticationEventsFlow"],
        settled_by: Writing(observers::events_flows::added_attribute),
    }

    /// Can the last identity provider of an events flow be removed?
    LastProvider = "last-provider" {
        answers: {
            Kept = "kept": "No: 400.",
            Removable = "removable": "Yes.",
        }
        why: "A create needs one.",
        client: "Adds providers before it removes others.",
        sources: ["documentation: authenticationEventsFlow resource type (at least one provider)"],
        settled_by: Writing(observers::events_flows::last_provider),
    }

    /// Does the response to the create of an events flow show its links?
    CreatedFlow = "created-flow" {
        answers: {
            WithoutLinks = "without-links": "No.",
            WithLinks = "with-links": "Yes, as a read does.",
        }
        why: "The example of the page.",
        client: "Reads the flow after the create.",
        sources: ["documentation: Create authenticationEventsFlow"],
        settled_by: Writing(observers::events_flows::created_flow),
    }
}
