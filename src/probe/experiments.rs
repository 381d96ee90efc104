//! Settles what only writing can settle, with objects that exist for it and are deleted at the end.
//! Never changes an object that it did not create, a setting of the tenant, or an attribute.

mod connectors;
mod events_flow;
mod user_flows;

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::assumptions::{Observation, Observations, PROBE_NAME, Purpose};
use crate::emulator::{TenantType, route_of};
use crate::graph::{
    BatchItemResult, ErrorKind, GraphError, GraphResponse, ReadRequest, Reader, WriteRequest,
    Writer, encode_segment,
};
use crate::model::{BatchMode, Method, Version};

/// Where the names of a probe's objects are kept, so that a later run knows which ones are its own.
pub trait Ledger {
    /// The tags of runs whose objects may still exist.
    fn tags(&self) -> io::Result<Vec<String>>;
    /// Adds the tag of a run, before it creates an object.
    fn add(&mut self, tag: &str) -> io::Result<()>;
    /// Removes all tags: no object is left.
    fn clear(&mut self) -> io::Result<()>;
}

/// Why no experiment was made, or not all of them.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// Objects have names of a probe, and no run of this directory has created them.
    #[error("{} of another probe exist: {}", .0.len(), .0.join(", "))]
    Foreign(Vec<String>),
    /// The tags cannot be kept.
    #[error("the record of the probe's objects cannot be written")]
    Ledger(#[from] io::Error),
    /// Graph cannot be reached.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Objects of the probe could not be deleted.
    #[error("objects of the probe could not be deleted: {}", .0.join(", "))]
    NotDeleted(Vec<String>),
}

/// How often a read of something that was just written is repeated.
const READS: usize = 3;

/// The collections in which experiments create, those that refer to others first.
fn collections(tenant_type: TenantType) -> [&'static str; 2] {
    let flows = match tenant_type {
        TenantType::Workforce => "/identity/b2xUserFlows",
        TenantType::B2c => "/identity/b2cUserFlows",
        TenantType::External => "/identity/authenticationEventsFlows",
    };
    [flows, connectors::COLLECTION]
}

/// Makes every experiment that this type of tenant allows, and deletes what it has created, also if one fails. Objects that
/// an earlier run left behind are deleted first. `pause` precedes each read of something that was just written.
pub async fn experiment(
    writer: &Writer,
    tenant_type: TenantType,
    pause: Duration,
    ledger: &mut dyn Ledger,
    seen: &mut Observations,
) -> Result<(), ExperimentError> {
    let tag = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
    let mut experiments = Experiments {
        writer,
        reader: writer.reader(),
        tag,
        pause,
        seen,
        created: Vec::new(),
        closed: BTreeSet::new(),
    };
    let collections = collections(tenant_type);
    experiments.delete_left_behind(&collections, ledger).await?;
    ledger.add(&experiments.tag)?;
    let made = experiments.run(tenant_type, collections[0]).await;
    let deleted = experiments.delete_own().await;
    made?;
    deleted?;
    // Objects of an earlier run may be in a collection that is not listed now.
    if experiments.closed.is_empty() {
        ledger.clear()?;
    }
    Ok(())
}

struct Experiments<'a> {
    writer: &'a Writer,
    reader: Reader,
    /// What the names of all objects of this run contain.
    tag: String,
    pause: Duration,
    seen: &'a mut Observations,
    /// The paths of the objects that this run has created.
    created: Vec<String>,
    /// The collections that this tenant does not list, because a feature is off.
    closed: BTreeSet<&'static str>,
}

impl Experiments<'_> {
    async fn run(&mut self, tenant_type: TenantType, flows: &str) -> Result<(), GraphError> {
        let connector = match self.closed.contains(connectors::COLLECTION) {
            true => None,
            false => self.connectors().await?,
        };
        match tenant_type {
            TenantType::Workforce | TenantType::B2c => {
                self.user_flows(flows, connector.as_deref()).await
            }
            TenantType::External => self.events_flow(flows).await,
        }
    }

    /// The name of an object of this run.
    fn name(&self, number: u32) -> String {
        format!("{PROBE_NAME}{}-{number}", self.tag)
    }

    /// The id of a flow of this run, which may hold no hyphen.
    fn flow_id(&self, number: u32) -> String {
        self.name(number).replace('-', "_")
    }

    /// Sends a write. Its response is the answer to the question of this name, if it has one.
    async fn send(
        &mut self,
        question: Option<&'static str>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<GraphResponse, GraphError> {
        let request = WriteRequest {
            method,
            version: Version::Beta,
            path: path.to_owned(),
            body,
        };
        let response = self.writer.answer(&request).await?;
        if method == Method::Post {
            self.record_created(path, &response.body);
        }
        self.observe(
            question,
            method.as_str(),
            path,
            response.status,
            &response.body,
        );
        Ok(response)
    }

    /// Reads what was just written: several times, because a read may show what was before.
    async fn read_back(&mut self, question: &'static str, path: &str) -> Result<(), GraphError> {
        for _ in 0..READS {
            sleep(self.pause).await;
            self.get(Some(question), path).await?;
        }
        Ok(())
    }

    async fn get(
        &mut self,
        question: Option<&'static str>,
        path: &str,
    ) -> Result<GraphResponse, GraphError> {
        let get = ReadRequest {
            version: Version::Beta,
            path: path.to_owned(),
        };
        let response = self.reader.answer(&get).await?;
        self.observe(question, "GET", path, response.status, &response.body);
        Ok(response)
    }

    fn observe(
        &mut self,
        question: Option<&'static str>,
        method: &'static str,
        path: &str,
        status: u16,
        body: &Value,
    ) {
        self.seen.all.push(Observation {
            purpose: Purpose::Experiment(question.unwrap_or_default()),
            method,
            version: Version::Beta.to_string(),
            route: route_of(path),
            path: path.to_owned(),
            status,
            body: body.clone(),
        });
    }
}

impl Experiments<'_> {
    /// The objects of a collection with the name of a probe: their paths.
    async fn of_probes(&self, collection: &str) -> Result<Vec<(String, String)>, GraphError> {
        let objects = self.reader.list(Version::Beta, collection).await?;
        let objects = objects.iter().filter_map(|object| {
            let id = object["id"].as_str()?;
            let name = object["displayName"]
                .as_str()
                .unwrap_or(id)
                .replace('_', "-");
            let path = format!("{collection}/{}", encode_segment(id));
            name.contains(PROBE_NAME).then_some((path, name))
        });
        Ok(objects.collect())
    }

    /// Deletes what an earlier run of this directory could not delete. Refuses to go on beside objects of another probe.
    /// A collection that the tenant does not list is closed to experiments.
    async fn delete_left_behind(
        &mut self,
        collections: &[&'static str],
        ledger: &dyn Ledger,
    ) -> Result<(), ExperimentError> {
        let tags = ledger.tags()?;
        let mut own = Vec::new();
        let mut foreign = Vec::new();
        for collection in collections {
            let of_probes = match self.of_probes(collection).await {
                Err(error) if error.kind() == ErrorKind::BadRequest => {
                    self.closed.insert(collection);
                    continue;
                }
                of_probes => of_probes?,
            };
            for (path, name) in of_probes {
                let is_own = tags.iter().any(|tag| name.contains(tag.as_str()));
                match is_own {
                    true => own.push(path),
                    false => foreign.push(path),
                }
            }
        }
        match foreign.is_empty() {
            true => self.delete(own).await,
            false => Err(ExperimentError::Foreign(foreign)),
        }
    }

    /// Deletes the objects of this run, the last one first: later ones may refer to earlier ones.
    async fn delete_own(&mut self) -> Result<(), ExperimentError> {
        let own = std::mem::take(&mut self.created);
        self.delete(own.into_iter().rev().collect()).await
    }

    /// Records the object that a create has returned, unless it goes with the flow that has it.
    fn record_created(&mut self, collection: &str, created: &Value) {
        let is_own = collection.split('/').count() == 3;
        if let Some(id) = created["id"].as_str().filter(|_| is_own) {
            self.created
                .push(format!("{collection}/{}", encode_segment(id)));
        }
    }

    async fn delete(&mut self, paths: Vec<String>) -> Result<(), ExperimentError> {
        let mut left = Vec::new();
        for path in paths {
            let answer = self.send(None, Method::Delete, &path, None).await?;
            if answer.status >= 400 && answer.status != 404 {
                left.push(path);
            }
        }
        match left.is_empty() {
            true => Ok(()),
            false => Err(ExperimentError::NotDeleted(left)),
        }
    }

    /// Sends writes in one parallel batch, as the answer to a question.
    async fn send_parallel(&mut self, question: &'static str, calls: Vec<WriteRequest>) {
        let answers = self.writer.send_batch(&calls, BatchMode::Parallel).await;
        for (call, answer) in calls.iter().zip(answers) {
            let (status, body) = match answer.as_ref().map(BatchItemResult::response) {
                Some(Ok(response)) => (response.status, response.body.clone()),
                Some(Err(error)) => {
                    let code = json!({"error": {"code": error.code()}});
                    (error.status().unwrap_or_default(), code)
                }
                None => continue,
            };
            self.record_created(&call.path, &body);
            self.observe(
                Some(question),
                call.method.as_str(),
                &call.path,
                status,
                &body,
            );
        }
    }
}
