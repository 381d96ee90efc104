//! The secrets of a plan, read from the environment and from files before the first write.
//!
//! They are kept in memory for the run, and never leave it except in request bodies.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::{Encoding, RedactedText, SecretSource};
use crate::plan::Plan;

/// The secrets that a plan sends.
#[derive(Default)]
pub struct Secrets(Vec<(SecretSource, RedactedText)>);

/// A secret that could not be read.
#[derive(Debug, PartialEq)]
pub struct MissingSecret {
    /// Its source.
    pub source: SecretSource,
    /// Why it cannot be read.
    pub message: String,
}

impl Secrets {
    /// Reads all secrets that the plan sends. File paths are relative to `base`; `variable` reads an environment variable.
    pub fn read(
        plan: &Plan,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<MissingSecret>> {
        let (mut secrets, mut missing) = (Self::default(), Vec::new());
        let requests = plan
            .steps
            .iter()
            .flat_map(|step| step.operation.all_requests());
        for source in requests.flat_map(|request| request.secrets()) {
            if secrets.get(source).is_some()
                || missing
                    .iter()
                    .any(|missing: &MissingSecret| missing.source == *source)
            {
                continue;
            }
            match read(source, base, variable) {
                Ok(value) => secrets.0.push((source.clone(), value)),
                Err(message) => missing.push(MissingSecret {
                    source: source.clone(),
                    message,
                }),
            }
        }
        if missing.is_empty() {
            Ok(secrets)
        } else {
            Err(missing)
        }
    }

    /// All secrets of the run.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.expose())
    }

    /// The secret from this source.
    pub fn get(&self, source: &SecretSource) -> Option<&RedactedText> {
        self.0
            .iter()
            .find(|(known, _)| known == source)
            .map(|(_, value)| value)
    }
}

/// Reads one secret. The error says why it cannot be read.
pub fn read(
    source: &SecretSource,
    base: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<RedactedText, String> {
    let value = match source {
        SecretSource::PlainText(text) => return Ok(text.clone()),
        SecretSource::Env { env, .. } => match variable(env) {
            Some(value) if !value.is_empty() => value,
            Some(_) => return Err(format!("the variable {env} is empty")),
            None => return Err(format!("the variable {env} is not set")),
        },
        SecretSource::File {
            file,
            encoding: Encoding::Text,
        } => read_text(&base.join(file))?,
        SecretSource::File {
            file,
            encoding: Encoding::Base64,
        } => {
            let file = base.join(file);
            let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
            STANDARD.encode(bytes)
        }
    };
    if !value.is_empty() && value.bytes().all(|byte| byte == b'*') {
        return Err(
            "it contains only asterisks, which Graph returns in place of a secret".to_owned(),
        );
    }
    Ok(RedactedText::new(value))
}

/// The text of a file without its final line break, which editors add.
fn read_text(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn unreadable(file: &Path, error: &std::io::Error) -> String {
    format!("the file {} cannot be read: {error}", file.display())
}
