//! Whether a YAML or JSON value is a document of ours, and if not, what it is.
//! Asks for its kind and the names of its fields; checks no value.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use crate::desired::tenant::{self, TENANT};
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::shape::Record;
use crate::kinds::{KINDS, Kind};
use crate::problem::{Problem, ProblemLevel, did_you_mean};

/// What a value is that is not a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::desired) enum Unrecognised {
    /// A map without `kind`, and without a field of ours.
    NoKind,
    /// A map with a `kind` of another program.
    OtherKind(String),
    /// A list, or a scalar.
    NotAMap(&'static str),
    /// The text of a page, which no document names.
    PageText,
    /// A JSON Schema, such as `entraflow schema` writes.
    JsonSchema,
}

/// What the value is; `None` if it is a document, or was meant as one.
pub(in crate::desired) fn unrecognised(node: &Node) -> Option<Unrecognised> {
    match &node.value {
        NodeValue::Broken => None,
        NodeValue::Map(_) => unrecognised_map(node),
        NodeValue::List(nodes) => {
            let is_document =
                |node: &Node| node.get("kind").is_some() && unrecognised(node).is_none();
            let is_list = !nodes.iter().any(is_document);
            is_list.then_some(Unrecognised::NotAMap(node.kind_name()))
        }
        _ => Some(Unrecognised::NotAMap(node.kind_name())),
    }
}

fn unrecognised_map(node: &Node) -> Option<Unrecognised> {
    let has = |field: &str| node.get(field).is_some();
    let starts = |field: &str, start: &str| {
        let text = node.get(field).and_then(Node::as_str);
        text.is_some_and(|text| text.starts_with(start))
    };
    let written = match node.get("kind") {
        Some(kind) if matches!(kind.value, NodeValue::Broken) => return None,
        None if starts("$schema", "https://json-schema.org/") => {
            return Some(Unrecognised::JsonSchema);
        }
        written => written,
    };
    let mut entries = node.entries().iter();
    if entries.any(|entry| own_fields().contains(entry.key.as_str())) {
        return None;
    }
    let Some(written) = written else {
        return Some(match content_members().iter().any(|member| has(member)) {
            true => Unrecognised::PageText,
            false => Unrecognised::NoKind,
        });
    };
    let word = written.as_str().unwrap_or_default();
    let is_meant = word == TENANT || Kind::find(word).is_some() || nearest_kind(word).is_some();
    (!is_meant).then(|| Unrecognised::OtherKind(written.shown().into_owned()))
}

/// All values of `kind`.
pub(super) fn kind_names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name).chain([TENANT])
}

/// The kind that was probably meant.
pub(super) fn nearest_kind(word: &str) -> Option<&'static str> {
    did_you_mean(word, kind_names())
}

/// The fields that only documents of ours have: names of several words. Others, such as `name`, occur everywhere.
fn own_fields() -> &'static BTreeSet<&'static str> {
    static FIELDS: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    FIELDS.get_or_init(|| {
        let kinds = KINDS.iter().map(|kind| kind.record());
        let records: Vec<&Record> = kinds.chain([tenant::record()]).collect();
        let fields = records.iter().flat_map(|record| &record.fields);
        let has_words = |name: &&str| name.contains(|c: char| c.is_ascii_uppercase());
        fields.map(|field| field.name).filter(has_words).collect()
    })
}

/// The members at the top of the contents that documents keep in separate files.
fn content_members() -> &'static BTreeSet<String> {
    static MEMBERS: OnceLock<BTreeSet<String>> = OnceLock::new();
    MEMBERS.get_or_init(|| {
        let lists = KINDS.iter().flat_map(|kind| kind.parts.lists);
        let contents = lists.filter_map(|list| list.contents.as_ref());
        let members = contents.filter_map(|contents| {
            let empty: serde_json::Value = serde_json::from_str(contents.empty).ok()?;
            Some(empty.as_object()?.keys().cloned().collect::<Vec<_>>())
        });
        members.flatten().collect()
    })
}

/// Whether some kind has `prune`, so that a document that is not recognised would delete its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prune {
    Off,
    On,
}

impl Prune {
    /// According to the tenant documents.
    pub(super) fn of(tenants: &[Node]) -> Self {
        let is_on = |rules: &Node| {
            let prune = rules.get("prune").map(|prune| &prune.value);
            matches!(prune, Some(NodeValue::Bool(true)))
        };
        let manage = tenants.iter().filter_map(|tenant| tenant.get("manage"));
        let mut kinds = manage.flat_map(Node::entries);
        match kinds.any(|entry| is_on(&entry.value)) {
            true => Self::On,
            false => Self::Off,
        }
    }
}

/// Whether a file without a document is an error.
fn must_hold_documents(name: &str, prune: Prune) -> bool {
    prune == Prune::On || is_named_tenant(Path::new(name))
}

/// Whether a file is expected to hold the tenant document.
pub(super) fn is_named_tenant(file: &Path) -> bool {
    file.file_stem().is_some_and(|stem| stem == TENANT)
}

/// Turns the warning of an empty file into an error where a file without a document is one.
pub(super) fn check_empty(empty: &BTreeSet<String>, prune: Prune, problems: &mut [Problem]) {
    for problem in problems {
        let name = problem.span.as_ref().map(|span| span.source.name());
        if name.is_some_and(|name| empty.contains(name) && must_hold_documents(name, prune)) {
            problem.level = ProblemLevel::Error;
        }
    }
}

impl Unrecognised {
    /// The report on a file that holds nothing else; `None` for a file that cannot be meant as a document.
    pub(super) fn problem(&self, name: &str, prune: Prune) -> Option<Problem> {
        let what = match self {
            Self::JsonSchema => return None,
            Self::NoKind => "it has no `kind`".to_owned(),
            Self::OtherKind(kind) => format!("`kind: {kind}` belongs to another program"),
            Self::NotAMap(found) => format!("it is {found}, not a map with `kind`"),
            Self::PageText => "it is the text of a page that no document names".to_owned(),
        };
        let is_tenant = is_named_tenant(Path::new(name));
        let level = match (self, prune) {
            _ if must_hold_documents(name, prune) => ProblemLevel::Error,
            (Self::PageText, _) => ProblemLevel::Warning,
            _ => ProblemLevel::Note,
        };
        let help = match (self, prune) {
            (_, Prune::On) => {
                "with `prune` an object without a document is deleted: name the file in .entraflowignore if it holds none"
            }
            _ if is_tenant => {
                "write the tenant document, rename the file, or name it in .entraflowignore"
            }
            (Self::PageText, Prune::Off) => {
                "name it in a document with `{ file: … }`, or remove it"
            }
            (_, Prune::Off) => "name it in .entraflowignore to leave it out without this note",
        };
        let problem = Problem::new(level, format!("`{name}` holds no document: {what}"));
        Some(problem.help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::yaml;
    use crate::problem::SourceFile;

    fn read(text: &str) -> Option<Unrecognised> {
        let source = SourceFile::new("a.yaml", text.to_owned());
        let nodes = yaml::parse(&source, &mut Vec::new());
        unrecognised(&nodes[0])
    }

    #[test]
    fn unrecognised_is_what_has_neither_a_kind_nor_a_field_of_ours() {
        use Unrecognised::{JsonSchema, NoKind, NotAMap, OtherKind, PageText};
        let cases = [
            ("kind: apiConnector", None),
            ("kind: tenant", None),
            ("kind: apiConector", None),
            ("kind: [apiConnector]\ndisplayName: a", None),
            ("displayName: a", None),
            ("Kind: b2xUserFlow\nuserFlowType: signUp", None),
            ("- kind: apiConnector", None),
            (
                "kind: Deployment\nmetadata: { name: a }",
                Some(OtherKind("Deployment".to_owned())),
            ),
            (
                "{\"name\": \"a\", \"version\": \"1\", \"type\": \"module\"}",
                Some(NoKind),
            ),
            ("{\"LocalizedStrings\": []}", Some(PageText)),
            (
                "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"title\": \"tenant\"}",
                Some(JsonSchema),
            ),
            ("- a\n- { name: b }", Some(NotAMap("a list"))),
            ("text", Some(NotAMap("a string"))),
            ("null", Some(NotAMap("null"))),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn unrecognised_files_are_errors_with_prune_and_as_tenant_documents() {
        use ProblemLevel::{Error, Note, Warning};
        let cases = [
            (
                Unrecognised::NoKind,
                "t/package.json",
                Prune::Off,
                Some(Note),
            ),
            (
                Unrecognised::NoKind,
                "t/package.json",
                Prune::On,
                Some(Error),
            ),
            (
                Unrecognised::NoKind,
                "t/tenant.yml",
                Prune::Off,
                Some(Error),
            ),
            (
                Unrecognised::PageText,
                "t/fr.json",
                Prune::Off,
                Some(Warning),
            ),
            (Unrecognised::PageText, "t/fr.json", Prune::On, Some(Error)),
            (Unrecognised::JsonSchema, "t/a.json", Prune::On, None),
        ];
        for (what, name, prune, level) in cases {
            let problem = what.problem(name, prune);
            assert_eq!(
                problem.map(|problem| problem.level),
                level,
                "{name} {prune:?}"
            );
        }
    }

    #[test]
    fn prune_is_on_if_any_kind_has_it() {
        let prune = |text: &str| {
            let source = SourceFile::new("a.yaml", text.to_owned());
            Prune::of(&yaml::parse(&source, &mut Vec::new()))
        };
        assert_eq!(
            prune("manage: { apiConnector: { prune: true } }"),
            Prune::On
        );
        assert_eq!(
            prune("manage: { apiConnector: { prune: false } }"),
            Prune::Off
        );
        assert_eq!(prune("name: a"), Prune::Off);
    }
}
