//! The report of a probe: what a tenant answers and in which shapes, without a word of the tenant.
//! A person can read it before sending it; an emulator can behave like it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::assumptions::{Choice, Observations};
use crate::probe::settle::{Outcome, Settled};
use crate::probe::shape::Shape;

const PROBE: &str = "probe";
const FORMAT: u32 = 1;

/// What a tenant answered to a probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeReport {
    /// The kind of output: `probe`. Marks the file, so that it is not read as a document.
    pub entraflow_report: String,
    /// The version of this format: 1.
    pub format: u32,
    /// The version of entraflow.
    pub entraflow: String,
    /// The type of the tenant.
    pub tenant_type: String,
    /// The cloud, as the tenant document names it.
    pub cloud: String,
    /// What the tenant says about each assumption.
    pub assumptions: Vec<ReportedAnswer>,
    /// Properties of responses that no type of the emulator has, by route.
    pub unknown_properties: BTreeMap<String, BTreeSet<String>>,
    /// The responses, one for each route, version and status.
    pub responses: Vec<Response>,
}

/// What a tenant says about an assumption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportedAnswer {
    /// The name of the assumption.
    pub name: String,
    /// What the tenant says.
    pub outcome: SeenAs,
    /// The answer of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What was seen that is no answer of the table, or why nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// How the answer of a tenant compares with the assumed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SeenAs {
    /// The assumed answer.
    Confirmed,
    /// Another answer of the table.
    Contradicted,
    /// None of the answers.
    Unlike,
    /// No answer.
    NotSeen,
}

/// The responses to the requests of a route with one status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The method.
    pub method: String,
    /// The version of Graph.
    pub version: String,
    /// The path with `{…}` in place of ids.
    pub route: String,
    /// The status.
    pub status: u16,
    /// The code of an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many there were.
    pub count: usize,
    /// What their bodies have in common.
    pub shape: Value,
}

/// Why a file is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is not JSON of the form.
    #[error("it is not the report of `entraflow probe`")]
    Invalid(#[source] serde_json::Error),
    /// It is another report, or one of another version.
    #[error("it is not a report of `entraflow probe` in format {FORMAT}")]
    Other,
    /// It names what this version does not know.
    #[error(transparent)]
    Unknown(#[from] crate::assumptions::ChoiceError),
}

impl ProbeReport {
    /// The report of what a tenant answered.
    pub fn new(seen: &Observations, settled: &[Settled], tenant_type: &str, cloud: &str) -> Self {
        let responses = responses(seen);
        let unknown = responses
            .iter()
            .filter(|((_, _, _, status, _), _)| *status < 400)
            .filter_map(|((_, _, route, ..), (_, shape))| {
                let unknown = shape.unknown_properties();
                (!unknown.is_empty()).then(|| (route.clone(), unknown))
            });
        let mut unknown_properties = BTreeMap::<_, BTreeSet<_>>::new();
        for (route, names) in unknown {
            unknown_properties.entry(route).or_default().extend(names);
        }
        let responses = responses.into_iter().map(|(key, (count, shape))| {
            let (method, version, route, status, code) = key;
            Response {
                method: method.to_owned(),
                version,
                route,
                status,
                code,
                count,
                shape: shape.to_json(),
            }
        });
        Self {
            entraflow_report: PROBE.to_owned(),
            format: FORMAT,
            entraflow: env!("CARGO_PKG_VERSION").to_owned(),
            tenant_type: tenant_type.to_owned(),
            cloud: cloud.to_owned(),
            assumptions: settled.iter().map(ReportedAnswer::of).collect(),
            unknown_properties,
            responses: responses.collect(),
        }
    }

    /// The report in a file.
    pub fn read(json: &[u8]) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_slice(json).map_err(ReportError::Invalid)?;
        match report.entraflow_report == PROBE && report.format == FORMAT {
            true => Ok(report),
            false => Err(ReportError::Other),
        }
    }

    /// The report as a file.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The answers of the table that the tenant gave.
    pub fn choices(&self) -> Result<Vec<Choice>, ReportError> {
        let told = self.assumptions.iter();
        let told = told.filter_map(|told| Some((&told.name, told.answer.as_deref()?)));
        let choices = told.map(|(name, answer)| Ok(Choice::named(name, answer)?));
        choices.collect()
    }
}

impl ReportedAnswer {
    fn of(settled: &Settled) -> Self {
        let (outcome, what) = match &settled.outcome {
            Outcome::Confirmed(_) => (SeenAs::Confirmed, None),
            Outcome::Contradicted(_) => (SeenAs::Contradicted, None),
            Outcome::Unlike(what) => (SeenAs::Unlike, Some(what.clone())),
            Outcome::NotSeen(why) => (SeenAs::NotSeen, Some((*why).to_owned())),
        };
        Self {
            name: settled.row.name.to_owned(),
            outcome,
            answer: settled
                .outcome
                .answer()
                .map(|answer| answer.name.to_owned()),
            what,
        }
    }
}

/// Method, version, route, status and code.
type ResponseKey = (&'static str, String, String, u16, Option<String>);

fn responses(seen: &Observations) -> BTreeMap<ResponseKey, (usize, Shape)> {
    let mut responses = BTreeMap::<ResponseKey, (usize, Shape)>::new();
    for answer in &seen.all {
        let (version, route) = (answer.version.clone(), answer.route.clone());
        let key = (
            answer.method,
            version,
            route,
            answer.status,
            answer.shown_code().map(str::to_owned),
        );
        let (count, shape) = responses.entry(key).or_default();
        *count += 1;
        shape.add("", &answer.body);
    }
    responses
}
