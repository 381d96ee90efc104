//! What a value of a document names and does not hold: secrets, and documents in files of their own.
//!
//! Of a secret only the place is read, never the value.

use std::path::{Path, PathBuf};

use super::reader::Reader;
use crate::desired::documents::files::{self, directory_of};
use crate::desired::yaml::{Entry, Node, Value as Written};
use crate::kinds::shape::Shape;
use crate::model::{Encoding, Hidden, Secret, SecretSource, Value, document};
use crate::problem::{Place, Problem};

impl Reader<'_> {
    pub(super) fn secret(
        &mut self,
        encoding: Encoding,
        shape: &Shape,
        node: &Node,
    ) -> Option<Value> {
        let source = match &node.value {
            Written::Map(entries) => match entries.as_slice() {
                [Entry { value, .. }] if matches!(value.value, Written::Broken) => return None,
                [Entry { key, value, .. }] => match (key.as_str(), value.as_str()) {
                    ("env", Some(env)) => {
                        let env = env.to_owned();
                        Some(SecretSource::Env { env, encoding })
                    }
                    ("file", Some(file)) => {
                        let file = directory_of(&value.place).join(file);
                        Some(SecretSource::File { file, encoding })
                    }
                    _ => None,
                },
                _ => None,
            },
            Written::Text { text, .. } => {
                self.clear_secret(text, shape, node)?;
                Some(SecretSource::Clear(Hidden::new(text.as_str())))
            }
            _ => None,
        };
        if let Some(source) = &source {
            self.secrets.push((source.clone(), node.place.clone()));
        } else {
            self.wrong_type(shape, node);
        }
        source.map(|source| Value::Secret(Secret::From(source)))
    }

    /// A secret in clear works, with a warning; a mask never does. (An empty one is none: a certificate without password.)
    fn clear_secret(&mut self, text: &str, shape: &Shape, node: &Node) -> Option<()> {
        if !text.is_empty() && text.bytes().all(|byte| byte == b'*') {
            let problem =
                Problem::error("asterisks are what Graph shows in place of a secret, not a secret")
                    .at(node.place.clone())
                    .help(format!(
                        "write where the secret is kept: {}",
                        shape.expected()
                    ));
            self.problems.push(problem);
            return None;
        }
        if !text.is_empty() {
            let problem = Problem::warning("a secret is written in clear")
                .at(node.place.clone())
                .label("everybody who can read the repository can read this")
                .help("put it into a variable, write `{ env: NAME }` here, and change the secret: it has been seen");
            self.problems.push(problem);
        }
        Some(())
    }

    pub(super) fn content(&mut self, shape: &Shape, node: &Node, key: &Place) -> Option<Value> {
        let Written::Map(entries) = &node.value else {
            self.wrong_type(shape, node);
            return None;
        };
        let named = match entries.as_slice() {
            [Entry { key, value, .. }] if key == "file" => value.as_str().map(|path| (path, value)),
            _ => None,
        };
        let Some((path, value)) = named else {
            return Some(Value::Text(document(&node.to_json())));
        };
        match read_content(self.roots, &directory_of(&value.place).join(path)) {
            Ok(text) => Some(Value::Text(text)),
            Err((message, help)) => {
                let place = if value.place.text().is_empty() {
                    key
                } else {
                    &value.place
                };
                self.problems
                    .push(Problem::error(message).at(place.clone()).help(help));
                None
            }
        }
    }
}

fn read_content(roots: &[PathBuf], path: &Path) -> Result<String, (String, String)> {
    let shown = path.display();
    let found = path.canonicalize().map_err(|error| {
        (
            format!("the file `{shown}` cannot be read: {error}"),
            "the path counts from the directory of this file".to_owned(),
        )
    })?;
    // A relative path without a directory is one in the working directory.
    let is_below = |root: &&PathBuf| {
        let here = root.as_os_str().is_empty().then(|| Path::new("."));
        let root = here.unwrap_or(root).canonicalize();
        root.is_ok_and(|root| found.starts_with(root))
    };
    if !roots.iter().any(|root| is_below(&root)) {
        let message = format!("the file `{shown}` lies outside the directory of the tenant");
        let name = |root: &PathBuf| match root.as_os_str().is_empty() {
            true => "`.`".to_owned(),
            false => format!("`{}`", root.display()),
        };
        let names: Vec<_> = roots.iter().map(name).collect();
        return Err((message, format!("move it below {}", names.join(" or "))));
    }
    let source = files::read(path).map_err(|problem| {
        (
            problem.message,
            problem.help.map(String::from).unwrap_or_default(),
        )
    })?;
    let json = serde_json::from_str(source.text()).map_err(|error| {
        (
            format!("the file `{shown}` is not JSON: {error}"),
            "Graph takes pages as JSON documents".to_owned(),
        )
    })?;
    Ok(document(&json))
}
