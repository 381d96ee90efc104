//! The secrets of a plan, read from the environment and from files before the first write.
//!
//! They are kept in memory for the run, and never leave it except in request bodies.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::local_file;
use crate::model::{Encoding, Placeholder, RedactedText, SecretSource};
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
    pub error: SecretError,
}

/// Why a secret cannot be used. Never quotes its value.
#[derive(Debug, PartialEq)]
pub enum SecretError {
    /// The source has no value that can be read.
    Unreadable(String),
    /// The source has a value that looks like no secret.
    Unusual(String),
}

impl SecretError {
    /// What is wrong.
    pub fn message(&self) -> &str {
        match self {
            Self::Unreadable(message) | Self::Unusual(message) => message,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => {
                "put the secret there and run the command again; nothing was sent"
            }
            Self::Unusual(_) => {
                "put the secret there and run the command again, or write `allowUnusual: true` beside the reference if this \
                 is the secret; nothing was sent"
            }
        }
    }
}

impl Secrets {
    /// Reads all secrets that the plan sends. File paths are relative to `base`; `variable` reads an environment variable.
    pub fn read(
        plan: &Plan,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Vec<MissingSecret>> {
        let requests = plan
            .steps
            .iter()
            .filter(|step| plan.is_sent(step))
            .flat_map(|step| step.operation.all_requests());
        Self::read_all(
            requests.flat_map(|request| request.secrets()),
            base,
            variable,
        )
    }

    /// Placeholders for all secrets of the plan. None is read.
    pub fn placeholders(plan: &Plan) -> Self {
        let requests = plan.steps.iter();
        let requests = requests.flat_map(|step| step.operation.all_requests());
        let mut placeholders = Self::default();
        for source in requests.flat_map(|request| request.secrets()) {
            if placeholders.get(source).is_none() {
                let text = format!("placeholder {}", placeholders.0.len());
                let text = match source.encoding() {
                    Encoding::Text => text,
                    Encoding::Base64 => STANDARD.encode(text),
                };
                let placeholder = (source.clone(), RedactedText::new(&text));
                placeholders.0.push(placeholder);
            }
        }
        placeholders
    }

    /// Reads these secrets.
    pub fn read_all<'a>(
        sources: impl Iterator<Item = &'a SecretSource>,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Vec<MissingSecret>> {
        let (mut secrets, mut missing) = (Self::default(), Vec::new());
        for source in sources {
            if secrets.get(source).is_some()
                || missing
                    .iter()
                    .any(|missing: &MissingSecret| missing.source == *source)
            {
                continue;
            }
            match read(source, base, variable) {
                Ok(value) => secrets.0.push((source.clone(), value)),
                Err(error) => missing.push(MissingSecret {
                    source: source.clone(),
                    error,
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

/// Reads one secret.
pub fn read(
    source: &SecretSource,
    base: &Path,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<RedactedText, SecretError> {
    let (value, written, name, subject, allow_unusual) = match source {
        SecretSource::PlainText(text) => return Ok(text.clone()),
        SecretSource::Env {
            env, allow_unusual, ..
        } => {
            let subject = format!("the variable {env}");
            let value = variable(env).ok_or_else(|| not_set(&subject))?;
            let value = value.into_string().map_err(|_| not_utf8(&subject))?;
            let value = without_mark(value);
            (value.clone(), value, env.clone(), subject, *allow_unusual)
        }
        SecretSource::File {
            file,
            encoding,
            allow_unusual,
        } => {
            let path = base.join(file);
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let subject = format!("the file {}", path.display());
            let (value, written) =
                read_file(&path, *encoding).map_err(|error| unreadable(&subject, &error))?;
            (value, written, name.into_owned(), subject, *allow_unusual)
        }
    };
    match Placeholder::of(&written, &name) {
        Some(placeholder) if !allow_unusual => {
            Err(SecretError::Unusual(format!("{subject} {placeholder}")))
        }
        _ => Ok(RedactedText::new(value)),
    }
}

/// The value in a file, and the text as it is written there.
fn read_file(path: &Path, encoding: Encoding) -> io::Result<(String, String)> {
    match encoding {
        Encoding::Text => {
            let text = local_file::read_text(path, local_file::SMALL)?;
            let value = without_mark(without_line_break(text));
            Ok((value.clone(), value))
        }
        Encoding::Base64 => {
            let bytes = local_file::read(path, local_file::SMALL)?;
            let written = String::from_utf8_lossy(&bytes).into_owned();
            Ok((STANDARD.encode(bytes), written))
        }
    }
}

/// The text without its final line break, which editors add.
fn without_line_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

/// The text without a byte order mark, which editors of Windows add.
fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

fn not_set(subject: &str) -> SecretError {
    SecretError::Unreadable(format!("{subject} is not set"))
}

fn not_utf8(subject: &str) -> SecretError {
    SecretError::Unreadable(format!("{subject} is not UTF-8"))
}

fn unreadable(subject: &str, error: &io::Error) -> SecretError {
    SecretError::Unreadable(format!("{subject} cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::apply::samples::step;
    use crate::model::{Method, Secret, Value, Version};
    use crate::plan::{Action, Request};

    fn env(allow_unusual: bool) -> SecretSource {
        SecretSource::Env {
            env: "SECRET".to_owned(),
            encoding: Encoding::Text,
            allow_unusual,
        }
    }

    fn read_env(value: Option<&str>, allow_unusual: bool) -> Result<String, String> {
        let variable = |name: &str| value.filter(|_| name == "SECRET").map(OsString::from);
        let read = read(&env(allow_unusual), Path::new(""), &variable);
        read.map(|secret| secret.expose().to_owned())
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn variable_that_cannot_be_the_secret_is_refused_unless_the_file_allows_it() {
        let reference = "the variable SECRET contains a reference that was not replaced: `$(…)`";
        assert_eq!(
            read_env(Some("$(G_SECRET)"), false),
            Err(reference.to_owned())
        );
        assert_eq!(
            read_env(Some("$(G_SECRET)"), true),
            Ok("$(G_SECRET)".to_owned())
        );
        assert_eq!(
            read_env(Some("SECRET"), false),
            Err("the variable SECRET contains its own name".to_owned())
        );
        assert_eq!(
            read_env(Some(""), false),
            Err("the variable SECRET is empty".to_owned())
        );
        assert_eq!(read_env(Some(""), true), Ok(String::new()));
        assert_eq!(
            read_env(None, true),
            Err("the variable SECRET is not set".to_owned())
        );
        assert_eq!(
            read_env(Some("\u{feff}hunter2 "), false),
            Ok("hunter2 ".to_owned())
        );
    }

    #[test]
    fn placeholders_have_nothing_of_the_secrets_also_of_those_in_clear() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("marked.pfx");
        fs::write(&file, "marked-in-a-file").unwrap();
        let sources = [
            SecretSource::PlainText(RedactedText::new("marked-in-clear")),
            SecretSource::File {
                file,
                encoding: Encoding::Base64,
                allow_unusual: false,
            },
            env(false),
        ];
        let plan = plan_that_sends(&sources.iter().collect::<Vec<_>>());
        let placeholders = Secrets::placeholders(&plan);
        let texts: Vec<_> = placeholders.all().collect();
        assert_eq!(texts.len(), sources.len());
        let decoded = STANDARD.decode(texts[1]).unwrap();
        for text in [texts[0], texts[2], std::str::from_utf8(&decoded).unwrap()] {
            assert!(text.starts_with("placeholder "), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn variable_that_is_not_utf8_is_refused() {
        use std::os::unix::ffi::OsStringExt;

        let variable = |_: &str| Some(OsString::from_vec(b"h\xFCnter2".to_vec()));
        let read = read(&env(false), Path::new(""), &variable);
        let message = "the variable SECRET is not UTF-8".to_owned();
        assert_eq!(read.err(), Some(SecretError::Unreadable(message)));
    }

    #[test]
    fn file_is_read_without_mark_and_final_line_break() {
        let directory = tempfile::tempdir().unwrap();
        let read_as = |encoding, bytes: &[u8]| {
            fs::write(directory.path().join("fb.txt"), bytes).unwrap();
            let source = SecretSource::File {
                file: "fb.txt".into(),
                encoding,
                allow_unusual: false,
            };
            let read = read(&source, directory.path(), &|_| None);
            read.map(|secret| secret.expose().to_owned())
                .map_err(|error| {
                    error
                        .message()
                        .replace(&directory.path().display().to_string(), "…")
                })
        };
        let read_text = |bytes: &[u8]| read_as(Encoding::Text, bytes);
        assert_eq!(
            read_text(b"\xef\xbb\xbfabc-secret-1\r\n"),
            Ok("abc-secret-1".to_owned())
        );
        assert_eq!(read_text(b"a\nb\n\n"), Ok("a\nb\n".to_owned()));
        assert_eq!(
            read_text(b"fb.txt\n"),
            Err("the file …/fb.txt contains its own name".to_owned())
        );
        assert_eq!(
            read_text(b"\n"),
            Err("the file …/fb.txt is empty".to_owned())
        );
        assert_eq!(
            read_text(b"\xff\xfea\0"),
            Err("the file …/fb.txt cannot be read: it is not UTF-8".to_owned())
        );
        let certificate = "the file …/fb.txt contains a reference that was not replaced: `$(…)`";
        assert_eq!(
            read_as(Encoding::Base64, b"$(CERTIFICATE)"),
            Err(certificate.to_owned())
        );
        assert_eq!(read_as(Encoding::Base64, b"\xff\0"), Ok("/wA=".to_owned()));
    }

    fn plan_that_sends(sources: &[&SecretSource]) -> Plan {
        let fields = sources.iter().map(|source| {
            let secret = Value::Secret(Secret::From((*source).clone()));
            ("clientSecret".into(), secret)
        });
        let steps = fields.map(|field| {
            let path = crate::plan::PathTemplate(Vec::new()).literal("/identity");
            let body = [field].into_iter().collect();
            step(
                "A",
                Action::Create,
                Request::json(Method::Post, Version::V1, path, body),
            )
        });
        crate::plan::samples::plan(steps.collect())
    }

    #[test]
    fn each_secret_of_a_plan_is_read_once() {
        let other = SecretSource::PlainText(RedactedText::new("in the file".to_owned()));
        let plan = plan_that_sends(&[&env(false), &other, &env(false)]);
        let reads = std::cell::Cell::new(0);
        let variable = |_: &str| {
            reads.set(reads.get() + 1);
            Some("hunter2".into())
        };
        let secrets = Secrets::read(&plan, Path::new(""), &variable).unwrap();
        assert_eq!(reads.get(), 1);
        assert_eq!(
            secrets.all().collect::<Vec<_>>(),
            ["hunter2", "in the file"]
        );
        let get = |source: SecretSource| {
            let secret = secrets.get(&source);
            secret.map(|secret| secret.expose().to_owned())
        };
        assert_eq!(get(env(false)).as_deref(), Some("hunter2"));
        assert_eq!(get(other).as_deref(), Some("in the file"));
        assert_eq!(get(env(true)), None);
    }

    #[test]
    fn each_missing_secret_is_named_once() {
        let plan = plan_that_sends(&[&env(false), &env(true), &env(false)]);
        let missing = Secrets::read(&plan, Path::new(""), &|_| None)
            .err()
            .unwrap();
        let sources: Vec<_> = missing.iter().map(|missing| &missing.source).collect();
        assert_eq!(sources, [&env(false), &env(true)]);
    }

    #[test]
    fn help_names_the_way_out_of_an_unusual_value_only() {
        let help = |error: SecretError| error.help().contains("allowUnusual");
        assert!(help(SecretError::Unusual(String::new())));
        assert!(!help(SecretError::Unreadable(String::new())));
    }
}
