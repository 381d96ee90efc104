//! Experiments with API connectors, which every type of tenant has.
//! Deletes nothing but what it needs to delete for an answer.

use serde_json::{Value, json};

use super::Experiments;
use crate::graph::{GraphError, WriteRequest, encode_segment};
use crate::model::{Method, Version};

pub(super) const COLLECTION: &str = "/identity/apiConnectors";

/// A connector that nothing calls.
fn body(name: &str) -> Value {
    json!({
        "displayName": name,
        "targetUrl": "https://probe.example.com/entraflow",
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.basicAuthentication",
            "username": "entraflow-probe",
            "password": uuid::Uuid::new_v4().to_string(),
        },
    })
}

impl Experiments<'_> {
    /// Returns the path of a connector for further experiments.
    pub(super) async fn connectors(&mut self) -> Result<Option<String>, GraphError> {
        for number in [1, 2] {
            let body = Some(body(&self.name(number)));
            self.send(None, Method::Post, COLLECTION, body).await?;
        }
        let connector = self.created.first().cloned();
        self.read_back("listing-order", COLLECTION).await?;
        let again = Some(body(&self.name(1)));
        self.send(Some("display-names"), Method::Post, COLLECTION, again)
            .await?;
        let third = Some(body(&self.name(3)));
        let created = self.send(None, Method::Post, COLLECTION, third).await?;
        if let Some(id) = created.body["id"].as_str() {
            let path = format!("{COLLECTION}/{}", encode_segment(id));
            self.get(Some("read-lag"), &path).await?;
            self.send(None, Method::Delete, &path, None).await?;
            self.send(Some("delete-missing"), Method::Delete, &path, None)
                .await?;
        }
        let creates = [4, 5].map(|number| WriteRequest {
            method: Method::Post,
            version: Version::Beta,
            path: COLLECTION.to_owned(),
            body: Some(body(&self.name(number))),
        });
        self.send_parallel("parallel-creates", creates.to_vec())
            .await;
        Ok(connector)
    }
}
