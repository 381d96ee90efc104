//! The files below `examples/`, read and copied.
//! Asserts nothing.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::path::{Path, PathBuf};

use entraflow::desired::{files, yaml};
use serde_json::Value;

/// A document of an example.
pub(crate) struct Document {
    pub(crate) file: PathBuf,
    pub(crate) json: Value,
}

impl Document {
    pub(crate) fn kind(&self) -> &str {
        self.json["kind"].as_str().unwrap()
    }
}

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The YAML files below a directory of the examples, except Kubernetes manifests.
pub(crate) fn yaml_files(below: &str) -> Vec<PathBuf> {
    let (mut problems, directory) = (Vec::new(), examples().join(below));
    let mut found = files::find(&[directory], &mut problems);
    found.retain(|path| path.extension().unwrap() == "yaml");
    found.retain(|path| !path.starts_with(examples().join("kubernetes")));
    assert!(problems.is_empty(), "{problems:?}");
    found
}

/// The documents in them.
pub(crate) fn documents(below: &str) -> Vec<Document> {
    let read = |file: PathBuf| {
        let mut problems = Vec::new();
        let nodes = yaml::parse(&files::read(&file).unwrap(), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let document = move |node: yaml::Node| Document {
            file: file.clone(),
            json: node.to_json(),
        };
        nodes.into_iter().map(document)
    };
    yaml_files(below).into_iter().flat_map(read).collect()
}

/// Copies a directory, except the files that runs leave in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        match path.is_dir() {
            _ if name == ".entraflow" || name == "entraflow.lock" => {}
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}
