//! Runs entraflow on a copy of a scenario's tenant and its emulator.
//! Asserts nothing.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use entraflow::emulator::{self, Emulator, Options};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::Program;

/// The variables with the secrets of all scenarios.
pub(crate) const SECRETS: &[(&str, &str)] = &[
    ("CERTIFICATE", "Y29ycmVjdCBob3JzZQ=="),
    ("PASSWORD", "battery-staple"),
];

/// A tenant: its files in a temporary directory, and an emulator.
pub(crate) struct Tenant {
    files: TempDir,
    data: PathBuf,
    /// Whether the scenario leaves out the policies, so that guest sign-up was enabled for it.
    has_added_policies: bool,
    emulator: Emulator,
    runtime: Runtime,
}

/// The result of a run of entraflow.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) trace: String,
}

/// A request in the emulator's log.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) in_batch: bool,
}

impl Request {
    pub(crate) fn only_reads(&self) -> bool {
        let reading_posts = ["/$batch", "/validateAuthenticationConfiguration"];
        self.method == "GET" || reading_posts.iter().any(|path| self.path.ends_with(path))
    }
}

impl Tenant {
    /// The domain or GUID of the tenant, and its type.
    pub(crate) fn identity(&self) -> (String, String) {
        let document = tenant_document(self.files.path());
        let word = |field: &str| document[field].as_str().unwrap().to_owned();
        (word("tenantId"), word("type"))
    }

    /// The text of a file in the tenant's directory, if there is one.
    pub(crate) fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.files.path().join(name)).ok()
    }

    pub(crate) fn start(scenario: &Path) -> Self {
        Self::start_with(scenario, Options::default())
    }

    /// A tenant whose emulator has these options, except those that the scenario sets.
    pub(crate) fn start_with(scenario: &Path, options: Options) -> Self {
        let files = tempfile::tempdir().unwrap();
        copy(&scenario.join("desired"), files.path());
        let data = files.path().join(".entraflow/graph.json");
        let live = fs::read(scenario.join("live.json")).unwrap_or_else(|_| b"{}".to_vec());
        let mut live: Value = serde_json::from_slice(&live).unwrap();
        let has_added_policies = live["policies"].is_null();
        if has_added_policies {
            live["policies"] = json!([sign_up_policy()]);
        }
        fs::create_dir(data.parent().unwrap()).unwrap();
        if options.seed.is_none() {
            fs::write(&data, live.to_string()).unwrap();
        }
        let document = tenant_document(files.path());
        let options = Options {
            tenant: document["tenantId"].as_str().unwrap().to_owned(),
            tenant_type: serde_yaml::from_value(document["type"].clone()).unwrap(),
            data: Some(data.clone()),
            ..options
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let emulator = runtime.block_on(emulator::start(options)).unwrap();
        Self {
            files,
            data,
            has_added_policies,
            emulator,
            runtime,
        }
    }

    /// Runs entraflow in the tenant's directory. Its output has `http://emulator` in place of the emulator's URL.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(self.files.path(), self.emulator.url(), arguments)
    }

    /// Runs entraflow with an emulator URL that refuses connections.
    pub(crate) fn run_offline(&self, arguments: &[&str]) -> Run {
        self.run_with(self.files.path(), "http://127.0.0.1:9", arguments)
    }

    /// Runs entraflow in another directory, with the same emulator.
    pub(crate) fn run_in(&self, directory: &Path, arguments: &[&str]) -> Run {
        self.run_with(directory, self.emulator.url(), arguments)
    }

    /// Runs entraflow in another directory, with the same emulator and with values for further variables.
    pub(crate) fn run_with_secrets(
        &self,
        directory: &Path,
        variables: &[String],
        arguments: &[&str],
    ) -> Run {
        let variables = variables
            .iter()
            .map(|name| match name.ends_with("PKCS12_VALUE") {
                true => (name.as_str(), SECRETS[0].1),
                false => (name.as_str(), "correct horse"),
            });
        self.run_program(directory, self.emulator.url(), variables, arguments)
    }

    fn run_with(&self, directory: &Path, emulator: &str, arguments: &[&str]) -> Run {
        self.run_program(directory, emulator, SECRETS.iter().copied(), arguments)
    }

    fn run_program<'a>(
        &self,
        directory: &Path,
        emulator: &str,
        variables: impl Iterator<Item = (&'a str, &'a str)>,
        arguments: &[&str],
    ) -> Run {
        let program = Program::new(directory).with("ENTRAFLOW_EMULATOR", emulator);
        let with = |program: Program, (name, secret): (&str, &str)| program.with(name, secret);
        let program = variables.fold(program, with);
        let (outcome, trace) = program.run_traced(arguments.iter().copied());
        Run {
            code: outcome.code,
            out: self.without_port(&outcome.stdout),
            err: self.without_port(&outcome.stderr),
            trace,
        }
    }

    fn without_port(&self, text: &str) -> String {
        text.replace(self.emulator.url(), "http://emulator")
    }

    /// The requests to Graph since the last call, in order, without token requests.
    pub(crate) fn take_requests(&self) -> Vec<Request> {
        let log = self.without_port(&self.control("GET", "requests"));
        self.control("DELETE", "requests");
        let mut requests: Vec<Request> = serde_json::from_str(&log).unwrap();
        requests.retain(|request| {
            request.path.starts_with("/v1.0/") || request.path.starts_with("/beta/")
        });
        requests
    }

    /// The emulator's response to a control request.
    pub(crate) fn control(&self, method: &str, what: &str) -> String {
        let url = format!("{}/_emulator/{what}", self.emulator.url());
        let client = crate::loopback::http();
        let request = client.request(method.parse().unwrap(), url);
        self.runtime
            .block_on(async { request.send().await.unwrap().text().await.unwrap() })
    }

    /// All files in the tenant's directory, as one text.
    pub(crate) fn files(&self) -> String {
        texts(self.files.path())
    }

    /// All files of the backup, as one text: a line with the path, and the contents.
    pub(crate) fn backup(&self) -> String {
        let backup = self.backup_directory();
        backup.map(|backup| texts(&backup)).unwrap_or_default()
    }

    /// The directory of the backup, if there is one.
    pub(crate) fn backup_directory(&self) -> Option<PathBuf> {
        let backups = fs::read_dir(self.files.path().join(".entraflow/backup")).ok()?;
        let backups: Vec<_> = backups.map(|backup| backup.unwrap().path()).collect();
        assert!(backups.len() < 2);
        backups.into_iter().next()
    }

    /// The objects that the emulator has saved, without built-in ones and without the policy that was added for the
    /// scenario, unless it was changed. Masks have a fixed length, because their length has no meaning.
    pub(crate) fn objects(&self) -> String {
        let text = fs::read(&self.data).unwrap();
        let mut objects: Map<String, Value> = serde_json::from_slice(&text).unwrap();
        objects.retain(|key, objects| {
            let is_given = ["applications", "servicePrincipals"].contains(&key.as_str());
            objects.is_array() && !is_given
        });
        let added = self.has_added_policies.then(sign_up_policy);
        for objects in objects.values_mut().filter_map(Value::as_array_mut) {
            objects.retain(|object| !is_built_in(object) && Some(object) != added.as_ref());
            objects.iter_mut().for_each(shorten_masks);
        }
        objects.retain(|_, objects| objects != &Value::Array(Vec::new()));
        format!("{:#}\n", Value::Object(objects))
    }
}

/// The first document of the file with the tenant.
fn tenant_document(directory: &Path) -> serde_yaml::Value {
    let text = fs::read_to_string(directory.join("tenant.yaml")).unwrap();
    let first = serde_yaml::Deserializer::from_str(&text).next().unwrap();
    serde_yaml::Value::deserialize(first).unwrap()
}

/// The policy that enables guest sign-up. Scenarios that set no policy have it, because most are not about that.
fn sign_up_policy() -> Value {
    json!({"id": "authenticationFlowsPolicy", "selfServiceSignUp": {"isEnabled": true}})
}

fn is_built_in(object: &Value) -> bool {
    let is_new_identifier =
        |(id, is_enabled): (&str, bool)| object["id"] == id && object["isEnabled"] == is_enabled;
    let identifiers = [("Email", true), ("UPN", false), ("Username", false)];
    let app_id = object["appId"].as_str().unwrap_or_default();
    object["userFlowAttributeType"] == "builtIn"
        || object["@odata.type"] == "#microsoft.graph.builtInIdentityProvider"
        || identifiers.into_iter().any(is_new_identifier)
        || app_id.starts_with("11111111-0000-4000-8000-")
}

/// All files in a directory, sorted by path, each below a line with its path.
pub(crate) fn texts(directory: &Path) -> String {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => directories.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    let text = |path: &PathBuf| {
        let name = path.strip_prefix(directory).unwrap().display();
        let bytes = fs::read(path).unwrap();
        format!("=== {name}\n{}", String::from_utf8_lossy(&bytes))
    };
    files.iter().map(text).collect()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        match from.is_dir() {
            true => copy(&from, &to),
            false => {
                fs::copy(&from, &to).unwrap();
            }
        }
    }
}

/// A line for each request, and the body of writes. Reads between two writes run concurrently, so they are sorted.
pub(crate) fn log(requests: &[Request]) -> String {
    let mut text = String::new();
    for run in requests.chunk_by(|one, next| one.only_reads() && next.only_reads()) {
        let mut lines: Vec<_> = run.iter().map(line).collect();
        lines.sort();
        text.extend(lines);
    }
    text
}

fn line(request: &Request) -> String {
    let Request {
        method,
        path,
        status,
        body,
        in_batch,
    } = request;
    let suffix = if *in_batch { ", in a batch" } else { "" };
    let mut text = format!("{method} {path} -> {status}{suffix}\n");
    if !request.only_reads() && !body.is_null() {
        for line in format!("{body:#}").lines() {
            writeln!(text, "  {line}").unwrap();
        }
    }
    text
}

fn shorten_masks(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte == b'*') => {
            *text = "***".to_owned()
        }
        Value::Array(items) => items.iter_mut().for_each(shorten_masks),
        Value::Object(object) => object.values_mut().for_each(shorten_masks),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
