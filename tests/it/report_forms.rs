//! Reports as other programs read them: each format is parsed by a foreign parser and checked against its published schema.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag};
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use crate::schemas::validator;

/// The formats, each with its file extension.
pub(crate) const FORMATS: [(&str, &str); 7] = [
    ("text", "txt"),
    ("json", "json"),
    ("markdown", "md"),
    ("html", "html"),
    ("junit", "xml"),
    ("sarif", "sarif"),
    ("github", "github"),
];

/// Checks a report against its format.
pub(crate) fn check(format: &str, text: &str) {
    match format {
        "text" => assert!(text.ends_with('\n'), "{text}"),
        "json" => json(text),
        "markdown" => markdown(text),
        "html" => page(text),
        "junit" => junit(text),
        "sarif" => sarif(text),
        "github" => github(text),
        other => panic!("unknown format {other}"),
    }
}

/// A report with the same time in every run: the digits before ` UTC` are replaced.
pub(crate) fn undated(report: &str) -> String {
    const TIME: &str = "2026-11-30 12:00";
    let is_time = |text: &str| {
        let same = |(actual, sample): (char, char)| match sample.is_ascii_digit() {
            true => actual.is_ascii_digit(),
            false => actual == sample,
        };
        text.len() == TIME.len() && text.chars().zip(TIME.chars()).all(same)
    };
    let parts: Vec<_> = report.split(" UTC").collect();
    let dated = parts.iter().enumerate().map(|(index, part)| {
        let start = part.len().saturating_sub(TIME.len());
        match part.get(start..) {
            Some(end) if index + 1 < parts.len() && is_time(end) => {
                format!("{}{TIME}", &part[..start])
            }
            _ => (*part).to_owned(),
        }
    });
    dated.collect::<Vec<_>>().join(" UTC")
}

fn json(text: &str) {
    let report: Value = serde_json::from_str(text).unwrap();
    let name = report["entraflowReport"].as_str().unwrap();
    no_errors(&validator(&format!("{name}.schema.json")), &report);
}

fn no_errors(validator: &jsonschema::Validator, value: &Value) {
    let errors = validator.iter_errors(value);
    let errors: Vec<_> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0]);
}

fn published(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/published");
    fs::read_to_string(directory.join(name)).unwrap()
}

fn sarif(text: &str) {
    let log: Value = serde_json::from_str(text).unwrap();
    // The published pattern of languages is not a valid regular expression: it has an extra bracket.
    let schema = published("sarif-schema-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    let schema = serde_json::from_str(&schema).unwrap();
    no_errors(&jsonschema::validator_for(&schema).unwrap(), &log);
    // Code scanning requires more than the schema.
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let [span] = result["locations"].as_array().unwrap().as_slice() else {
            panic!("{result}");
        };
        let span = &span["physicalLocation"];
        let uri = span["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains(' '), "{uri}");
        assert!(span["region"]["startLine"].as_u64().unwrap() > 0);
    }
}

/// Each command is on its own line, with escaped properties.
fn github(text: &str) {
    for line in text.lines() {
        let (command, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (word, properties) = command.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&word), "{line}");
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "col", "title"].contains(&name), "{line}");
            assert!(!value.is_empty() && !value.contains(':'), "{line}");
        }
        assert!(!message.is_empty() && !message.contains('\r'), "{line}");
    }
}

/// The elements of a page.
const ELEMENTS: [&str; 40] = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "section",
    "h1",
    "h2",
    "p",
    "dl",
    "dt",
    "dd",
    "pre",
    "ul",
    "li",
    "h3",
    "strong",
    "input",
    "label",
    "table",
    "tr",
    "th",
    "td",
    "del",
    "ins",
    "details",
    "summary",
    "code",
    "span",
    "div",
    "figure",
    "figcaption",
    "svg",
    "g",
    "path",
    "rect",
    "polygon",
    "text",
];

/// Checks an HTML page in XML syntax: known elements only, no external resources, no scripts.
pub(crate) fn page(text: &str) {
    let page = parsed_page(text);
    for node in page.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(ELEMENTS.contains(&name), "<{name}>");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on") && !["href", "src", "style"].contains(&name));
            assert!(
                !value.contains("://") || name == "aria-label",
                "{name}={value}"
            );
        }
        if name == "style" {
            let style = node.text().unwrap();
            assert!(!style.contains("url(") && !style.contains("@import"));
        }
    }
    let policy = node_with(&page, "http-equiv", "Content-Security-Policy");
    let content = policy.attribute("content").unwrap();
    assert!(content.starts_with("default-src 'none'"), "{content}");
}

pub(crate) fn parsed_page(text: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).unwrap()
}

fn node_with<'a>(page: &'a Document<'_>, name: &str, value: &str) -> Node<'a, 'a> {
    let mut nodes = page.descendants();
    let found = nodes.find(|node| node.attribute(name) == Some(value));
    found.unwrap_or_else(|| panic!("no element has {name}={value}"))
}

/// Checks JUnit XML against the elements, except their order, and the attributes of the schema.
fn junit(text: &str) {
    let schema = published("junit-10.xsd");
    let schema = Document::parse(&schema).unwrap();
    let report = Document::parse(text).unwrap();
    assert_eq!(report.root_element().tag_name().name(), "testsuites");
    element(report.root_element(), schema.root_element());
    let suite = report.root_element().first_element_child().unwrap();
    let cases: Vec<_> = named(suite, "testcase").collect();
    let with = |tag| named(suite, tag).count().to_string();
    assert_eq!(suite.attribute("tests"), Some(&*cases.len().to_string()));
    assert_eq!(suite.attribute("failures"), Some(&*with("failure")));
    assert_eq!(suite.attribute("skipped"), Some(&*with("skipped")));
    let names: BTreeSet<_> = cases
        .iter()
        .map(|case| (case.attribute("classname"), case.attribute("name")))
        .collect();
    assert_eq!(names.len(), cases.len(), "two tests have the same name");
    validated(text);
}

/// Checks a report against the whole schema if ENTRAFLOW_XMLLINT names the validator of libxml2.
fn validated(text: &str) {
    let Some(xmllint) = std::env::var_os("ENTRAFLOW_XMLLINT") else {
        return;
    };
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/published/junit-10.xsd");
    let mut report = tempfile::NamedTempFile::new().unwrap();
    report.write_all(text.as_bytes()).unwrap();
    let output = Command::new(xmllint)
        .args(["--nonet", "--noout", "--schema"])
        .args([&schema, report.path()])
        .output()
        .unwrap();
    let actual = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{actual}{text}");
}

fn named<'a, 'i: 'a>(node: Node<'a, 'i>, tag: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants()
        .filter(move |node| node.has_tag_name(tag))
}

fn element(node: Node<'_, '_>, schema: Node<'_, '_>) {
    let name = node.tag_name().name();
    let declared = |child: &Node<'_, '_>| child.attribute("name") == Some(name);
    let mut elements = schema.children().filter(Node::is_element);
    let declaration = elements
        .find(declared)
        .unwrap_or_else(|| panic!("<{name}>"));
    let of = |tag: &str| {
        let descendants = declaration.descendants();
        descendants
            .filter(|node| node.tag_name().name() == tag)
            .collect::<Vec<_>>()
    };
    let attributes = of("attribute");
    for attribute in node.attributes() {
        let is_known = |known: &Node<'_, '_>| known.attribute("name") == Some(attribute.name());
        assert!(
            attributes.iter().any(is_known),
            "{} of <{name}>",
            attribute.name()
        );
    }
    for known in attributes {
        let name = known.attribute("name").unwrap();
        let is_required = known.attribute("use") == Some("required");
        assert!(
            !is_required || node.has_attribute(name),
            "{name} is missing"
        );
    }
    let children: Vec<_> = of("element")
        .into_iter()
        .filter_map(|it| it.attribute("ref"))
        .collect();
    for child in node.children().filter(Node::is_element) {
        let child_name = child.tag_name().name();
        assert!(children.contains(&child_name), "<{child_name}> in <{name}>");
        element(child, schema);
    }
}

/// The markup of a Markdown report.
const OWN: [&str; 9] = [
    "<!-- entraflow ",
    "<h3>entraflow ",
    "<h4>",
    "<table>",
    "<tr><td>",
    "</table>",
    "<details><summary>",
    "</details>",
    "<p>",
];

fn markdown(text: &str) {
    assert!(text.chars().count() <= 65_536);
    assert!(text.starts_with("<!-- entraflow "), "{text}");
    let mut fence = None;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => fence = Some(kind),
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => fence = None,
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => panic!("{tag:?}"),
            Event::InlineHtml(html) => panic!("{html}"),
            Event::Html(html) if fence.is_none() => own_html(&html),
            _ => {}
        }
    }
    assert!(fence.is_none(), "a fence is not closed");
}

/// Each line of HTML is from the report, without tags in foreign text.
fn own_html(html: &str) {
    for line in html.lines().filter(|line| !line.is_empty()) {
        assert!(OWN.iter().any(|own| line.starts_with(own)), "{line}");
        let tags = line
            .split('<')
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap());
        for tag in tags {
            let tag = tag.trim_start_matches('/');
            let known = [
                "code", "h3", "h4", "table", "tr", "td", "details", "summary",
            ];
            assert!(
                known.contains(&tag) || tag.starts_with("!--"),
                "<{tag}> in {line}"
            );
        }
    }
}
