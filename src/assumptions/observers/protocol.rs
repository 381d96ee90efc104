//! How answers about requests and responses of every kind are seen.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::assumptions::observation::{
    Finding, NEEDS_WRITING, Observation, Observations, PROBE_NAME, Purpose,
};
use crate::assumptions::protocol::*;

/// The properties whose values are enumerations in all that is read.
const ENUMERATIONS: [&str; 4] = [
    "userFlowType",
    "dataType",
    "userFlowAttributeType",
    "inputType",
];

pub(in crate::assumptions) fn expand(seen: &Observations) -> Finding<Expand> {
    let answers = seen.of(Purpose::Expand);
    let answers = answers.filter_map(|answer| match answer.status {
        200 => Some(Expand::Served),
        400 | 501 => Some(Expand::Refused),
        _ => None,
    });
    Finding::of_all(answers, "no listing with `$expand` was answered")
}

pub(in crate::assumptions) fn batch_order(seen: &Observations) -> Finding<BatchOrder> {
    let order = seen.batch_orders.iter().find(|order| order.len() > 1);
    let Some(order) = order else {
        return Finding::NotSeen("no batch of several requests was answered");
    };
    match order {
        order if order.is_sorted() => Finding::Answer(BatchOrder::Sequential),
        order if order.iter().rev().is_sorted() => Finding::Answer(BatchOrder::Reversed),
        order => Finding::Unlike(format!("requests are answered in the order {order:?}")),
    }
}

pub(in crate::assumptions) fn page_size(seen: &Observations) -> Finding<PageSize> {
    // A page before the last one that is not empty.
    let mut sizes = seen.paged().flat_map(|pages| {
        let whole = &pages[..pages.len() - 1];
        let sizes = whole.iter().map(|page| page.entries().len());
        sizes.filter(|size| *size > 0)
    });
    match sizes.next() {
        None => Finding::NotSeen("no listing has more than one page"),
        Some(20) => Finding::Answer(PageSize::Twenty),
        Some(100) => Finding::Answer(PageSize::Hundred),
        Some(999) => Finding::Answer(PageSize::Most),
        Some(size) => Finding::Unlike(format!("a page has {size} objects")),
    }
}

pub(in crate::assumptions) fn pages(seen: &Observations) -> Finding<Pages> {
    let answers = seen.paged().map(|pages| {
        let overlaps = pages.windows(2).any(|pair| {
            let (before, after) = (pair[0].ids(), pair[1].ids());
            before
                .last()
                .is_some_and(|last| after.first() == Some(last))
        });
        match pages.iter().any(|page| page.entries().is_empty()) {
            true => Pages::Empty,
            false if overlaps => Pages::Overlapping,
            false => Pages::Exact,
        }
    });
    Finding::of_all(answers, "no listing has more than one page")
}

pub(in crate::assumptions) fn permission_error(seen: &Observations) -> Finding<PermissionError> {
    let refused = seen.all.iter().filter(|answer| answer.status == 403);
    let answers = refused.filter_map(|answer| match answer.code()? {
        "Authorization_RequestDenied" => Some(PermissionError::Directory),
        "AADB2C" if message(answer).contains("permission") => Some(PermissionError::Backend),
        _ => None,
    });
    Finding::of_all(answers, "the token has the permission of every read")
}

fn message(answer: &Observation) -> &str {
    let error = answer.body.get("error").unwrap_or(&answer.body);
    error["message"].as_str().unwrap_or_default()
}

pub(in crate::assumptions) fn connector_reads(seen: &Observations) -> Finding<ConnectorReads> {
    let has = |permission: &str| {
        let all = seen.permissions.iter().flatten();
        all.into_iter()
            .any(|held| held.eq_ignore_ascii_case(permission))
    };
    if !has("APIConnectors.Read.All") || has("APIConnectors.ReadWrite.All") {
        return Finding::NotSeen(
            "only a token with APIConnectors.Read.All and without APIConnectors.ReadWrite.All shows it",
        );
    }
    let answers = seen.reads("/identity/apiConnectors");
    let answers = answers.filter_map(|answer| match answer.status {
        200 => Some(ConnectorReads::Read),
        403 => Some(ConnectorReads::Write),
        _ => None,
    });
    Finding::of_all(answers, "API connectors were not answered")
}

pub(in crate::assumptions) fn error_body(seen: &Observations) -> Finding<ErrorBody> {
    let errors = seen.all.iter().filter(|answer| answer.status >= 400);
    let answers = errors.filter_map(|answer| match &answer.body {
        body if body["error"].is_object() => Some(ErrorBody::Enveloped),
        body if body["code"].is_string() => Some(ErrorBody::Bare),
        _ => None,
    });
    Finding::of_all(answers, "no read was refused")
}

pub(in crate::assumptions) fn not_found_error(seen: &Observations) -> Finding<NotFoundError> {
    // The directory has words of its own.
    let missing = seen.of(Purpose::MissingObject);
    let mut missing = missing.filter(|answer| answer.route.starts_with("/identity"));
    // A feature that is off says nothing about the object.
    let is_about_it = |answer: &&Observation| !matches!(answer.status, 400 | 403);
    let Some(answer) = missing.find(is_about_it) else {
        return Finding::NotSeen("no missing object could be read");
    };
    match (answer.status, answer.code()) {
        (404, Some("ResourceNotFound")) => Finding::Answer(NotFoundError::Resource),
        (404, Some("Request_ResourceNotFound")) => Finding::Answer(NotFoundError::Request),
        (404, Some("UnknownError")) => Finding::Answer(NotFoundError::Unknown),
        (status, _) => {
            let code = answer.shown_code().unwrap_or("no code");
            Finding::Unlike(format!("{status} with {code}"))
        }
    }
}

pub(in crate::assumptions) fn single_object(seen: &Observations) -> Finding<SingleObject> {
    let flows = seen.reads("/authenticationEventsFlows/{flow}");
    let answers = flows.filter_map(|answer| match &answer.body {
        body if body["id"].is_string() => Some(SingleObject::Plain),
        body if body["value"]["id"].is_string() => Some(SingleObject::InValue),
        _ => None,
    });
    Finding::of_all(answers, super::NO_FLOW)
}

pub(in crate::assumptions) fn id_case(seen: &Observations) -> Finding<IdCase> {
    let own: BTreeSet<&str> = seen
        .all
        .iter()
        .filter(|answer| !answer.route.contains('{'))
        .flat_map(Observation::ids)
        .collect();
    let links = seen.reads("/userFlowIdentityProviders");
    let links = links.chain(seen.reads("ExternalUsersSelfServiceSignUp/identityProviders"));
    let answers = links.flat_map(Observation::ids).filter_map(|link| {
        let own = own.iter().find(|own| own.eq_ignore_ascii_case(link))?;
        let is_told = own.bytes().any(|byte| byte.is_ascii_uppercase());
        let answer = match *own == link {
            true => IdCase::Same,
            false => IdCase::Lower,
        };
        is_told.then_some(answer)
    });
    Finding::of_all(answers, super::NO_FLOW)
}

pub(in crate::assumptions) fn enumeration_case(seen: &Observations) -> Finding<EnumerationCase> {
    let mut answers = Vec::new();
    for answer in &seen.all {
        each_property(&answer.body, &mut |name, value| {
            let first = value.as_str().and_then(|value| value.chars().next());
            if let Some(first) = first.filter(|_| ENUMERATIONS.contains(&name)) {
                answers.push(match first.is_ascii_uppercase() {
                    true => EnumerationCase::Pascal,
                    false => EnumerationCase::Camel,
                });
            }
        });
    }
    Finding::of_all(answers, "no object with an enumeration was read")
}

pub(in crate::assumptions) fn type_names(seen: &Observations) -> Finding<TypeNames> {
    let mut answers = Vec::new();
    for answer in &seen.all {
        each_property(&answer.body, &mut |name, value| {
            let answer = match value.as_str().unwrap_or_default() {
                name if name.starts_with("#microsoft.") => Some(TypeNames::Hash),
                name if name.starts_with("microsoft.") => Some(TypeNames::Bare),
                name if name.starts_with("#Microsoft.") => Some(TypeNames::Capital),
                _ => None,
            };
            answers.extend(answer.filter(|_| name == "@odata.type"));
        });
    }
    Finding::of_all(answers, "no object with a type was read")
}

pub(in crate::assumptions) fn parallel_creates(seen: &Observations) -> Finding<ParallelCreates> {
    of_parallel(
        seen,
        "parallel-creates",
        ParallelCreates::Served,
        ParallelCreates::Refused,
    )
}

pub(in crate::assumptions) fn parallel_writes(seen: &Observations) -> Finding<ParallelWrites> {
    of_parallel(
        seen,
        "parallel-writes",
        ParallelWrites::Served,
        ParallelWrites::Refused,
    )
}

/// Whether the requests of one batch were all executed.
fn of_parallel<A>(seen: &Observations, name: &'static str, served: A, refused: A) -> Finding<A> {
    let answers = seen.experiment(name);
    let is_refused =
        |answer: &&Observation| answer.code() == Some("Directory_ConcurrencyViolation");
    match answers.as_slice() {
        [] => Finding::NotSeen(NEEDS_WRITING),
        all if all.iter().any(is_refused) => Finding::Answer(refused),
        all if all.iter().all(|answer| answer.is_success()) => Finding::Answer(served),
        _ => Finding::Unlike("a batch of writes was refused".to_owned()),
    }
}

pub(in crate::assumptions) fn listing_order(seen: &Observations) -> Finding<ListingOrder> {
    let listings = seen.last_of("listing-order").into_iter();
    let answers = listings.filter_map(|listing| {
        let names = listing.entries().iter();
        let names = names.filter_map(|entry| entry["displayName"].as_str());
        let own: Vec<_> = names.filter(|name| name.starts_with(PROBE_NAME)).collect();
        // Their names are in the order of their creation.
        match own.len() {
            0 | 1 => None,
            _ if own.is_sorted() => Some(ListingOrder::Created),
            _ => Some(ListingOrder::Newest),
        }
    });
    Finding::of_all(answers, NEEDS_WRITING)
}

pub(in crate::assumptions) fn read_lag(seen: &Observations) -> Finding<ReadLag> {
    seen.by_status("read-lag", &[(200, ReadLag::None), (404, ReadLag::Some)])
}

pub(in crate::assumptions) fn conflict_error(seen: &Observations) -> Finding<ConflictError> {
    let answers = [
        (409, ConflictError::Conflict),
        (400, ConflictError::BadRequest),
    ];
    seen.by_status("conflict-error", &answers)
}

pub(in crate::assumptions) fn update_answer(seen: &Observations) -> Finding<UpdateAnswer> {
    let answers = [(204, UpdateAnswer::NoContent), (200, UpdateAnswer::Object)];
    seen.by_status("update-answer", &answers)
}

/// Calls a function with each property at any depth.
fn each_property<'a>(value: &'a Value, visit: &mut impl FnMut(&'a str, &'a Value)) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            visit(name, value);
            each_property(value, visit);
        }),
        Value::Array(list) => list.iter().for_each(|value| each_property(value, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
