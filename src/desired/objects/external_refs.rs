//! Values that refer to data outside the document: secrets, and JSON documents in separate files.
//!
//! Of a secret the source is recorded; its value is never read.

use std::path::{Path, PathBuf};

use super::declarations::MAX_CONTENT;
use super::reader::DocumentReader;
use crate::desired::documents::files::{self, directory_of};
use crate::desired::template::environment_variable;
use crate::desired::yaml::{Node, NodeEntry, NodeValue};
use crate::kinds::shape::Shape;
use crate::model::{Encoding, Placeholder, RedactedText, Secret, SecretSource, Value, document};
use crate::problem::{Problem, Span};

/// Characters of shells and pipelines that are not part of a variable's name.
const NOT_IN_NAMES: [char; 11] = ['$', '%', '{', '}', '(', ')', '<', '>', '=', ' ', '\0'];

/// The switch beside a reference that accepts a value which looks like no secret.
const ALLOW_UNUSUAL: &str = "allowUnusual";

/// A reference to a secret: its source, and the name in it.
struct SecretReference<'a> {
    source: SecretSource,
    name: &'a str,
    span: &'a Span,
}

impl<'a> SecretReference<'a> {
    /// The reference in a map; `None` if it has other entries.
    fn of(entries: &'a [NodeEntry], encoding: Encoding) -> Option<Self> {
        let (mut named, mut allow_unusual) = (None, false);
        for NodeEntry { key, value, .. } in entries {
            match (key.as_str(), &value.value) {
                (ALLOW_UNUSUAL, NodeValue::Bool(allow)) => allow_unusual = *allow,
                ("env" | "file", _) if named.is_none() => named = Some((key.as_str(), value)),
                _ => return None,
            }
        }
        let (kind, value) = named?;
        let name = value.as_str()?;
        let source = match kind {
            "env" => SecretSource::Env {
                env: name.to_owned(),
                encoding,
                allow_unusual,
            },
            _ => SecretSource::File {
                file: directory_of(&value.span).join(name),
                encoding,
                allow_unusual,
            },
        };
        let span = &value.span;
        Some(Self { source, name, span })
    }
}

impl DocumentReader<'_> {
    pub(super) fn secret(
        &mut self,
        encoding: Encoding,
        shape: &Shape,
        node: &Node,
    ) -> Option<Value> {
        let source = match &node.value {
            NodeValue::Map(entries) => {
                if entries
                    .iter()
                    .any(|entry| matches!(entry.value.value, NodeValue::Broken))
                {
                    return None;
                }
                if let Some(switch) = entries.iter().find(|entry| entry.key == ALLOW_UNUSUAL)
                    && !matches!(switch.value.value, NodeValue::Bool(_))
                {
                    self.type_mismatch(&Shape::Bool, &switch.value);
                    return None;
                }
                let reference = SecretReference::of(entries, encoding);
                if let Some(reference) = &reference {
                    self.check_reference(reference)?;
                }
                reference.map(|reference| reference.source)
            }
            NodeValue::Text { text, .. } => {
                self.check_plain_text_secret(text, shape, node)?;
                Some(SecretSource::PlainText(RedactedText::new(text.as_str())))
            }
            _ => None,
        };
        if let Some(source) = &source {
            self.secrets.push((source.clone(), node.span.clone()));
        } else {
            self.type_mismatch(shape, node);
        }
        source.map(|source| Value::Secret(Secret::From(source)))
    }

    /// Checks the name in a reference: it is not empty, and that of a variable is no reference itself.
    fn check_reference(&mut self, reference: &SecretReference<'_>) -> Option<()> {
        let SecretReference { source, name, span } = reference;
        let problem = match source {
            _ if name.trim().is_empty() => Problem::error("the name of the source is empty")
                .help("write the name of a variable or of a file, or remove the field"),
            SecretSource::Env { .. } if name.contains(NOT_IN_NAMES) => Problem::error(
                "this is not the name of a variable",
            )
            .help(
                "write the name alone, without `$` or other characters around it: `{ env: NAME }`",
            ),
            _ => return Some(()),
        };
        self.problems.push(problem.at((*span).clone()));
        None
    }

    /// Checks a plain-text secret: it is accepted with a warning; what only stands in place of one is rejected. (An empty text
    /// is not a secret: a certificate without a password.)
    fn check_plain_text_secret(&mut self, text: &str, shape: &Shape, node: &Node) -> Option<()> {
        if !text.is_empty()
            && let Some(placeholder) = Placeholder::of(text, "")
        {
            let message = match placeholder {
                Placeholder::Mask => "this is Graph's mask for a secret, not a secret".to_owned(),
                other => format!("this is not a secret: the text {other}"),
            };
            let source = match environment_variable(text) {
                Some(name) => format!("`{{ env: {name} }}`"),
                None => shape.expected(),
            };
            let problem = Problem::error(message)
                .at(node.span.clone())
                .help(format!("write the source of the secret: {source}"));
            self.problems.push(problem);
            return None;
        }
        if !text.is_empty() {
            let problem = Problem::warning("this secret is in plain text")
                .at(node.span.clone())
                .label("everyone with access to the repository can read it")
                .help("move it to an environment variable, write `{ env: NAME }` here, and rotate the secret, because it has been exposed");
            self.problems.push(problem);
        }
        Some(())
    }

    pub(super) fn content(&mut self, shape: &Shape, node: &Node, key: &Span) -> Option<Value> {
        let NodeValue::Map(entries) = &node.value else {
            self.type_mismatch(shape, node);
            return None;
        };
        let named = match entries.as_slice() {
            [NodeEntry { key, value, .. }] if key == "file" => {
                value.as_str().map(|path| (path, value))
            }
            _ => None,
        };
        let Some((path, value)) = named else {
            return Some(Value::Text(document(&node.to_json())));
        };
        let content = read_content(self.roots, &directory_of(&value.span).join(path));
        let content = content.and_then(|text| match self.declarations.add_content(&text) {
            true => Ok(text),
            false => Err(too_much_content()),
        });
        match content {
            Ok(text) => Some(Value::Text(text)),
            Err((message, help)) => {
                let span = if value.span.text().is_empty() {
                    key
                } else {
                    &value.span
                };
                self.problems
                    .push(Problem::error(message).at(span.clone()).help(help));
                None
            }
        }
    }
}

/// The most separators in a content file, so that its values take no more memory than those of any other file.
const MAX_SEPARATORS: usize = 500_000;

fn too_much_content() -> (String, String) {
    let limit = MAX_CONTENT >> 20;
    (
        format!("the files that documents name as content are larger than {limit} MiB together"),
        "name fewer files on the command line".to_owned(),
    )
}

fn read_content(roots: &[PathBuf], path: &Path) -> Result<String, (String, String)> {
    let shown = path.display();
    let found = path.canonicalize().map_err(|error| {
        (
            format!("cannot read the file `{shown}`: {error}"),
            "the path is relative to the directory of this file".to_owned(),
        )
    })?;
    // The empty path is the working directory.
    let is_below = |root: &&PathBuf| {
        let here = root.as_os_str().is_empty().then(|| Path::new("."));
        let root = here.unwrap_or(root).canonicalize();
        root.is_ok_and(|root| found.starts_with(root))
    };
    if !roots.iter().any(|root| is_below(&root)) {
        let message = format!("the file `{shown}` is outside the directory of the tenant");
        let name = |root: &PathBuf| match root.as_os_str().is_empty() {
            true => "`.`".to_owned(),
            false => format!("`{}`", root.display()),
        };
        let names: Vec<_> = roots.iter().map(name).collect();
        return Err((message, format!("move it into {}", names.join(" or "))));
    }
    let source = files::check_regular(path).and_then(|()| files::read(path));
    let source = source.map_err(|problem| {
        (
            problem.message,
            problem.help.map(String::from).unwrap_or_default(),
        )
    })?;
    if source.text().matches([',', ':', '[', '{']).count() > MAX_SEPARATORS {
        let message = format!("the file `{shown}` contains too many values");
        return Err((message, "Graph accepts pages of texts only".to_owned()));
    }
    let json = serde_json::from_str(source.text()).map_err(|error| {
        (
            format!("the file `{shown}` is not JSON: {error}"),
            "Graph accepts pages as JSON documents only".to_owned(),
        )
    })?;
    Ok(document(&json))
}
