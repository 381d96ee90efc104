//! The trace of a run for a support case: a file with one JSON line for each request and its response.
//! Never contains a secret.
//!
//! Two independent rules ensure that. By value: every known secret and token is replaced in every text. By name: the value of each property that is a secret in some kind of object is never written. Headers are
//! not written at all; of a token request, only the error fields of its response are.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::graph::redact::KnownSecrets;
use crate::model::printable_json;

/// Replaces a secret.
const REDACTED: &str = "(secret)";

/// A file that lines are appended to.
#[derive(Debug)]
pub struct Trace {
    file: Mutex<File>,
    /// Why the first missing line could not be written.
    write_error: Mutex<Option<String>>,
    /// The names of the properties that contain secrets.
    secret_properties: BTreeSet<String>,
    secrets: KnownSecrets,
}

/// A request and its response.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exchange {
    /// When it was sent.
    pub(crate) time: String,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    /// The path with `{id}` for each id.
    pub(crate) route: String,
    /// From 1.
    pub(crate) attempt: u32,
    /// How long earlier attempts made the request wait.
    pub(crate) waited_ms: u64,
    pub(crate) took_ms: u64,
    pub(crate) client_request_id: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) body: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) response: Value,
    /// What is wrong with the response, or why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Trace {
    /// Opens the file for appending, or creates it readable only by its owner.
    pub fn open(
        path: &Path,
        secret_properties: BTreeSet<String>,
        secrets: KnownSecrets,
    ) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: Mutex::new(options.open(path)?),
            write_error: Mutex::default(),
            secret_properties,
            secrets,
        })
    }

    /// Why lines are missing; `None` if none are.
    pub fn write_error(&self) -> Option<String> {
        let error = self
            .write_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        error.clone()
    }

    /// Appends a line. A failure is recorded and does not stop the run.
    pub(crate) fn add(&self, exchange: &Exchange) {
        let line = serde_json::to_value(exchange).map(|line| {
            let line = self.redacted(line).to_string();
            format!("{}\n", printable_json(&line))
        });
        let written = line
            .map_err(io::Error::from)
            .and_then(|line| self.write(line.as_bytes()));
        if let Err(error) = written {
            let mut first = self
                .write_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error.to_string());
        }
    }

    /// Appends a whole line or nothing, also while other processes append to the file.
    fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock()?;
        let end = file.metadata()?.len();
        let written = file.write_all(line);
        if written.is_err() {
            // Only a regular file can be truncated; a pipe or a device has no earlier lines that half a line would corrupt.
            let _ = file.set_len(end);
        }
        file.unlock().and(written)
    }

    fn redacted(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redacted_text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.redacted(item)).collect(),
            Value::Object(fields) => Value::Object(self.redacted_fields(fields)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn redacted_fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let field = |(name, value): (String, Value)| {
            let is_secret = self.secret_properties.contains(&name) && !value.is_null();
            let value = match is_secret {
                true => Value::from(REDACTED),
                false => self.redacted(value),
            };
            (self.redacted_text(name), value)
        };
        fields.into_iter().map(field).collect()
    }

    fn redacted_text(&self, text: String) -> String {
        self.secrets.redact(&text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trace(path: &Path) -> Trace {
        let secrets = KnownSecrets::default();
        secrets.add(["hunter2", "hunter2 and \"more\"", ""]);
        Trace::open(path, BTreeSet::from(["clientSecret".to_owned()]), secrets).unwrap()
    }

    fn exchange(body: Value, error: &str) -> Exchange {
        Exchange {
            body,
            error: Some(error.to_owned()),
            ..Exchange::default()
        }
    }

    #[test]
    fn trace_redacts_secrets_by_value_and_by_property_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trace.jsonl");
        let trace = trace(&path);
        let body = json!({
            "clientSecret": "another secret",
            "list": [{ "clientSecret": null, "note": "it is hunter2, not hunter3" }],
            "hunter2": r#"{"p":"hunter2 and \"more\""}"#,
        });
        trace.add(&exchange(body, "`hunter2 and \"more\"` is too weak"));
        let text = std::fs::read_to_string(&path).unwrap();
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            line["body"],
            json!({
                "clientSecret": "(secret)",
                "list": [{ "clientSecret": null, "note": "it is (secret), not hunter3" }],
                "(secret)": r#"{"p":"(secret)"}"#,
            })
        );
        assert_eq!(line["error"], "`(secret)` is too weak");
        assert_eq!(trace.write_error(), None);
    }

    #[test]
    fn concurrent_traces_append_whole_lines_to_a_private_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trace.jsonl");
        let (one, other) = (trace(&path), trace(&path));
        std::thread::scope(|scope| {
            for trace in [&one, &other] {
                scope.spawn(|| {
                    (0..50).for_each(|_| trace.add(&exchange(json!("x".repeat(9000)), "")));
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 100);
        for line in text.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn full_disk_is_recorded_and_stops_nothing() {
        let trace = trace(Path::new("/dev/full"));
        trace.add(&exchange(Value::Null, ""));
        assert!(trace.write_error().unwrap().contains("No space left"));
    }
}
