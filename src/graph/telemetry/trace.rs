//! The trace of a run: each request and its answer on a line of its own, in JSON, for a support case.
//!
//! No secret gets into it, by two rules that do not rely on each other. By value: every secret and every token that is sent
//! is taken out of every text from then on, wherever it stands. By name: the value of each property
//! that is a secret in some kind of object is never written, whoever set it. Headers are not written at all, and of
//! what is said to get a token only the words of a refusal.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

/// What stands in the place of a secret.
const HIDDEN: &str = "(secret)";

/// A file that lines are added to.
#[derive(Debug)]
pub struct Trace {
    file: Mutex<File>,
    /// Why a line is missing.
    gap: Mutex<Option<String>>,
    /// The properties that hold secrets.
    names: BTreeSet<String>,
    /// The secrets that are known, the longest first: one may begin with another.
    values: Mutex<Vec<SecretString>>,
}

/// A request and its answer.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exchange {
    /// When it was sent.
    pub(crate) time: String,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    /// The path with `{id}` for each id.
    pub(crate) route: String,
    /// 1 for the first time that this is sent.
    pub(crate) attempt: u32,
    /// How long was waited before, because of earlier attempts.
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
    pub(crate) answer: Value,
    /// What was wrong with the answer, or that there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<String>,
}

impl Trace {
    /// Adds to the file, which is made for its owner's eyes only if it is not there; `names` are the properties that hold
    /// secrets.
    pub fn open(path: &Path, names: BTreeSet<String>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: Mutex::new(options.open(path)?),
            gap: Mutex::default(),
            names,
            values: Mutex::default(),
        })
    }

    /// Why lines are missing, if any are.
    pub fn gap(&self) -> Option<String> {
        let gap = self.gap.lock().unwrap_or_else(PoisonError::into_inner);
        gap.clone()
    }

    /// Keeps a secret out of all lines from now on.
    pub(crate) fn hide(&self, secret: &SecretString) {
        let length = secret.expose_secret().len();
        if length == 0 {
            return;
        }
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let place = values.partition_point(|known| known.expose_secret().len() >= length);
        values.insert(place, secret.clone());
    }

    /// Adds a line. That it cannot be written stops nothing.
    pub(crate) fn add(&self, exchange: &Exchange) {
        let line = serde_json::to_value(exchange).map(|line| format!("{}\n", self.redacted(line)));
        let written = line
            .map_err(io::Error::from)
            .and_then(|line| self.write(line.as_bytes()));
        if let Err(error) = written {
            let mut gap = self.gap.lock().unwrap_or_else(PoisonError::into_inner);
            gap.get_or_insert(error.to_string());
        }
    }

    /// Adds a whole line or nothing, whoever else writes to the file.
    fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock()?;
        let end = file.metadata()?.len();
        let written = file.write_all(line);
        if written.is_err() {
            // What cannot be cut is no file, and has no other lines that half a one would spoil.
            let _ = file.set_len(end);
        }
        file.unlock().and(written)
    }

    fn redacted(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.without_secrets(text)),
            Value::Array(items) => items.into_iter().map(|item| self.redacted(item)).collect(),
            Value::Object(fields) => Value::Object(self.redacted_fields(fields)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn redacted_fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let field = |(name, value): (String, Value)| {
            let is_secret = self.names.contains(&name) && !value.is_null();
            let value = match is_secret {
                true => Value::from(HIDDEN),
                false => self.redacted(value),
            };
            (self.without_secrets(name), value)
        };
        fields.into_iter().map(field).collect()
    }

    fn without_secrets(&self, mut text: String) -> String {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in values.iter().map(ExposeSecret::expose_secret) {
            // JSON that is quoted in a text has it escaped.
            let escaped = Value::from(secret).to_string();
            for form in [secret, &escaped[1..escaped.len() - 1]] {
                if text.contains(form) {
                    text = text.replace(form, HIDDEN);
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trace(path: &Path) -> Trace {
        Trace::open(path, BTreeSet::from(["clientSecret".to_owned()])).unwrap()
    }

    fn exchange(body: Value, fault: &str) -> Exchange {
        Exchange {
            body,
            fault: Some(fault.to_owned()),
            ..Exchange::default()
        }
    }

    #[test]
    fn secrets_are_left_out_by_their_value_and_by_the_name_of_their_property() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trace.jsonl");
        let trace = trace(&path);
        trace.hide(&"hunter2".into());
        trace.hide(&"hunter2 and \"more\"".into());
        trace.hide(&"".into());
        let body = json!({
            "clientSecret": "of somebody else",
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
        assert_eq!(line["fault"], "`(secret)` is too weak");
        assert_eq!(trace.gap(), None);
    }

    #[test]
    fn lines_of_several_runs_follow_each_other_in_a_file_that_only_its_owner_reads() {
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
    fn a_full_disk_is_told_and_stops_nothing() {
        let trace = trace(Path::new("/dev/full"));
        trace.add(&exchange(Value::Null, ""));
        assert!(trace.gap().unwrap().contains("No space left"));
    }
}
