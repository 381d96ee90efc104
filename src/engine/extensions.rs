//! What Graph finds when it is asked about declared objects: `plan --check-extensions`.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::desired::Desired;
use crate::graph::{ActionRequest, GraphError, ReadOnlyAction, Reader};
use crate::kinds::{Kind, Validation, wire};
use crate::model::{Address, Resource, Value};
use crate::problem::Problem;

/// Asks about each declared object that Graph can be asked about. What it finds stops nothing.
pub async fn check(desired: &Desired, reader: &Reader) -> Result<Vec<Problem>, GraphError> {
    let mut problems = Vec::new();
    for (address, resource) in desired.resources.iter() {
        let Some((kind, validation)) = asked(address) else {
            continue;
        };
        let documents = &desired.documents;
        let span = documents
            .get(address)
            .map(|document| &document.nearest(validation.at).span);
        let found = ask(reader, kind, validation, resource).await?;
        problems.extend(found.into_iter().map(|problem| match span {
            Some(span) => problem.at(span),
            None => problem,
        }));
    }
    Ok(problems)
}

/// The kinds of the declared objects that Graph can be asked about.
pub fn kinds(desired: &Desired) -> BTreeSet<&'static str> {
    let asked = desired.resources.keys().filter_map(asked);
    asked.map(|(kind, _)| kind.name).collect()
}

fn asked(address: &Address) -> Option<(&'static Kind, &'static Validation)> {
    let kind = Kind::of(address)?;
    Some((kind, kind.constraints.validation.as_ref()?))
}

async fn ask(
    reader: &Reader,
    kind: &Kind,
    validation: &Validation,
    resource: &Resource,
) -> Result<Vec<Problem>, GraphError> {
    let mut fields = resource.fields.clone();
    fields.retain(|name, _| validation.fields.contains(&&**name));
    let body = Value::Map(wire::record_to_graph(kind.record(), &fields));
    let question = ActionRequest {
        version: kind.collection.version,
        collection: kind.collection.path,
        action: ReadOnlyAction::ValidateAuthenticationConfiguration,
        body: body.to_json(),
    };
    let answer = reader.invoke(&question).await?;
    let found = ["errors", "warnings"].map(|list| answer.body[list].as_array().cloned());
    Ok(found
        .into_iter()
        .flatten()
        .flatten()
        .map(|one| problem(&one))
        .collect())
}

fn problem(found: &Json) -> Problem {
    let [code, message] = ["code", "message"].map(|name| found[name].as_str().unwrap_or("unknown"));
    Problem::warning(format!("Graph finds: {message}"))
        .help(format!("Graph's code for it is {code}"))
}
