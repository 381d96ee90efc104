//! Goes through the reads of the API in one tenant, with a few objects of each collection.
//! Never writes, and concludes nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::assumptions::{Observation, Observations, Purpose};
use crate::emulator::{ReadRoute, TenantType, reads};
use crate::graph::{ErrorKind, GraphError, GraphResponse, ReadRequest, Reader, encode_segment};
use crate::model::Version;

/// The most objects of a collection whose own reads are sent, by the number of ids in its path: those that differ first.
const SAMPLE: [usize; 3] = [2, 1, 1];

/// The most pages of a listing.
const PAGES: usize = 3;

/// The most requests of a batch whose order is looked at.
const BATCHED: usize = 4;

/// An id that no object has.
const MISSING: &str = "00000000-0000-4000-8000-000000000000";

/// What has routes of its own below a property or a collection, in place of a documented listing.
const NAMED: [(&str, &[&str]); 2] = [
    (
        "apiConnectorConfiguration",
        &[
            "postFederationSignup",
            "postAttributeCollection",
            "preTokenIssuance",
        ],
    ),
    (
        "signInIdentifiers",
        &["Email", "CustomUsername1", "CustomUsername2"],
    ),
];

/// Reads all that a token may read in a tenant of this type. A refusal is an observation; the error is that of a tenant that
/// cannot be reached.
pub async fn survey(
    reader: &Reader,
    tenant_type: TenantType,
    permissions: Option<Vec<String>>,
) -> Result<Observations, GraphError> {
    let mut survey = Survey {
        reader,
        ids: BTreeMap::new(),
        seen: Observations {
            permissions,
            ..Observations::default()
        },
    };
    let mut routes = reads(tenant_type);
    // The ids in a path come from the listing above it.
    routes.sort_by_key(|read| read.route.matches('{').count());
    for same_depth in routes.chunk_by(|a, b| depth(&a.route) == depth(&b.route)) {
        let requests = same_depth.iter().flat_map(|read| survey.requests(read));
        let requests = requests.collect();
        survey.send(requests).await?;
    }
    survey.batch().await?;
    Ok(survey.seen)
}

fn depth(route: &str) -> usize {
    route.matches('{').count()
}

/// A request of a survey.
struct Planned {
    purpose: Purpose,
    route: String,
    get: ReadRequest,
}

struct Survey<'a> {
    reader: &'a Reader,
    /// The ids that take the place of a placeholder, by the path before it.
    ids: BTreeMap<String, Vec<String>>,
    seen: Observations,
}

impl Survey<'_> {
    /// The requests of a route, for the objects that are known by now.
    fn requests(&self, read: &ReadRoute) -> Vec<Planned> {
        let paths = self.paths(&read.route);
        let is_deep = depth(&read.route) > 1;
        let versions = match read.beta_only || is_deep {
            true => &[Version::Beta][..],
            false => &[Version::Beta, Version::V1],
        };
        let planned = |purpose, version, path: String| Planned {
            purpose,
            route: read.route.clone(),
            get: ReadRequest { version, path },
        };
        let mut requests = Vec::new();
        for (path, purpose) in paths {
            requests.extend(
                versions
                    .iter()
                    .map(|it| planned(purpose, *it, path.clone())),
            );
        }
        if depth(&read.route) == 0
            && let Some(first) = read.expand.first()
        {
            let path = format!("{}?$expand={first}", read.route);
            requests.push(planned(Purpose::Expand, Version::Beta, path));
        }
        if let Some((collection, placeholder)) = read.route.rsplit_once('/')
            && placeholder.starts_with('{')
            && depth(&read.route) == 1
        {
            let path = format!("{collection}/{MISSING}");
            requests.push(planned(Purpose::MissingObject, Version::Beta, path));
        }
        requests
    }

    /// The paths of a route, with ids in place of its placeholders.
    fn paths(&self, route: &str) -> Vec<(String, Purpose)> {
        let mut paths = vec![(String::new(), Purpose::Read)];
        for segment in route.split('/').skip(1) {
            paths = match segment.starts_with('{') {
                false => {
                    let longer = paths.into_iter();
                    longer
                        .map(|(path, purpose)| (format!("{path}/{segment}"), purpose))
                        .collect()
                }
                true => paths
                    .into_iter()
                    .flat_map(|path| self.objects(&path))
                    .collect(),
            };
        }
        paths
    }

    /// The paths of the objects of a collection.
    fn objects(&self, (collection, purpose): &(String, Purpose)) -> Vec<(String, Purpose)> {
        let below = |id: &str| format!("{collection}/{}", encode_segment(id));
        let known = self.ids.get(collection).into_iter().flatten();
        let known = known.take(sample(collection));
        let mut objects: Vec<_> = known.map(|id| (below(id), *purpose)).collect();
        // The texts of a page that is not overridden can be asked for as well.
        if let Some(language) = collection.strip_suffix("/overridesPages") {
            let all = self.ids.get(&format!("{language}/defaultPages"));
            let unchanged = all.into_iter().flatten().map(|id| below(id)).take(2);
            let unchanged = unchanged.filter(|path| objects.iter().all(|(known, _)| known != path));
            let unchanged: Vec<_> = unchanged
                .map(|path| (path, Purpose::UnchangedPage))
                .collect();
            objects.extend(unchanged);
        }
        for (property, names) in NAMED {
            if collection.ends_with(&format!("/{property}")) {
                objects.extend(names.iter().map(|name| (below(name), *purpose)));
            }
        }
        objects
    }

    /// Sends requests that do not depend on each other, and reads the further pages of listings.
    async fn send(&mut self, requests: Vec<Planned>) -> Result<(), GraphError> {
        let reader = self.reader;
        let sent = requests.into_iter().map(|planned| async move {
            let mut pages = vec![answer(reader, &planned.get).await?];
            while pages.len() < PAGES
                && let Some(last) = pages.last()
                && let Some(next) = reader.next_page(planned.get.version, &last.body)
            {
                pages.push(answer(reader, &next).await?);
            }
            Ok::<_, GraphError>((planned, pages))
        });
        for result in join_all(sent).await {
            let (planned, pages) = result?;
            let path = planned.get.path.split('?').next().unwrap_or_default();
            let mut observe = |purpose, status, body| {
                self.seen.all.push(Observation {
                    purpose,
                    method: "GET",
                    version: planned.get.version.to_string(),
                    route: planned.route.clone(),
                    path: path.to_owned(),
                    status,
                    body,
                });
            };
            let Some((first, further)) = pages.split_first() else {
                continue;
            };
            observe(planned.purpose, first.status, whole(first, further));
            if !further.is_empty() {
                pages
                    .into_iter()
                    .for_each(|page| observe(Purpose::Page, page.status, page.body));
            }
        }
        self.find_ids();
        Ok(())
    }

    /// Takes the ids of listings, of objects that differ first.
    fn find_ids(&mut self) {
        for listing in self.seen.of(Purpose::Read) {
            let entries = listing.entries().iter();
            let mut objects: Vec<_> = entries
                .filter_map(|entry| Some((traits(entry), entry["id"].as_str()?.to_owned())))
                .collect();
            let mut seen = BTreeSet::new();
            objects.sort_by_cached_key(|(traits, _)| !seen.insert(traits.clone()));
            let ids = self.ids.entry(listing.path.clone()).or_default();
            for (_, id) in objects {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
    }

    /// Reads some listings once more, in one batch.
    async fn batch(&mut self) -> Result<(), GraphError> {
        let listings = self.seen.reads("").filter(|read| read.is_success());
        let listings = listings.filter(|read| read.version == Version::Beta.to_string());
        let gets: Vec<_> = listings
            .take(BATCHED)
            .map(|read| ReadRequest {
                version: Version::Beta,
                path: read.path.clone(),
            })
            .collect();
        let order = self.reader.batch_order(&gets).await?;
        self.seen.batch_orders.push(order);
        Ok(())
    }
}

/// What Graph answers to a read. An answer that cannot be read is one as well: one route must not end the survey of all.
async fn answer(reader: &Reader, get: &ReadRequest) -> Result<GraphResponse, GraphError> {
    let result = reader.answer(get).await;
    result.or_else(|error| match (error.kind(), error.status()) {
        (ErrorKind::Server | ErrorKind::InvalidResponse, Some(status)) => Ok(GraphResponse {
            status,
            ..GraphResponse::saved(json!({"error": {"code": error.code()}}))
        }),
        _ => Err(error),
    })
}

/// The body of a listing with the entries of further pages.
fn whole(first: &GraphResponse, further: &[GraphResponse]) -> Value {
    let mut body = first.body.clone();
    if let Some(entries) = body["value"].as_array_mut() {
        let more = further
            .iter()
            .filter_map(|page| page.body["value"].as_array());
        entries.extend(more.flatten().cloned());
    }
    body
}

/// How many objects of a collection are read. Each id in a path follows a collection.
fn sample(collection: &str) -> usize {
    let ids = collection.split('/').count() / 2;
    let sample = SAMPLE.get(ids.saturating_sub(1)).or(SAMPLE.last());
    sample.copied().unwrap_or_default()
}

/// By what objects of a collection differ: their types and which properties have a value.
fn traits(entry: &Value) -> (String, Vec<String>) {
    let object = entry.as_object().into_iter().flatten();
    let set = object
        .filter(|(_, value)| !value.is_null())
        .map(|(name, _)| name.clone());
    let kind = entry["@odata.type"].as_str().unwrap_or_default();
    let flow_type = entry["userFlowType"].as_str().unwrap_or_default();
    (format!("{kind} {flow_type}"), set.collect())
}
