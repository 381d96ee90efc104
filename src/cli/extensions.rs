//! What Graph finds wrong with declared objects when it is asked about them: `plan --check-extensions`.

use serde_json::Value as Json;

use super::connect::Connection;
use super::stop::Stop;
use crate::desired::Desired;
use crate::desired::problem::Problem;
use crate::graph::{Function, GraphError, Question, Reader};
use crate::kinds::{Kind, Validation, wire};
use crate::model::{Address, Resource, Value};
use crate::plan::Body;

/// Asks Graph about each declared object that it can be asked about. Its findings stop nothing.
pub(super) async fn check(
    desired: &Desired,
    connection: &Connection,
) -> Result<Vec<Problem>, Stop> {
    let reader = connection.session.reader();
    let mut problems = Vec::new();
    for (address, resource) in &desired.resources {
        let Some((kind, validation)) = validated(address) else {
            continue;
        };
        let found = ask(&reader, kind, validation, resource).await?;
        let place = desired
            .documents
            .get(address)
            .map(|document| document.nearest(validation.at).place.clone());
        let at = |problem: Problem| match &place {
            Some(place) => problem.at(place.clone()),
            None => problem,
        };
        problems.extend(found.into_iter().map(at));
    }
    Ok(problems)
}
