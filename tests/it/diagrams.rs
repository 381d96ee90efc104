//! Diagrams: the journeys and references of the examples, and names that contain markup.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use roxmltree::{Document, Node};
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::expected;
use crate::program::{Outcome, Program};
use crate::report_forms::{page, parsed_page, undated};
use crate::tenant_state::sign_up_on;

fn tenant(name: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    copy(&examples().join(name), directory.path());
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Outcome {
    Program::new(directory).run(arguments.iter().copied())
}

fn drawn(directory: &Path, arguments: &[&str]) -> String {
    let outcome = run(directory, &[&["diagram"], arguments].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn example_diagrams_match_the_expected_files() {
    for name in ["workforce", "b2c", "external-id"] {
        let directory = tenant(name);
        for of in ["journey", "references"] {
            for (format, end) in [("mermaid", "mmd"), ("dot", "dot"), ("svg", "svg")] {
                let arguments = ["--of", of, "--format", format];
                let picture = drawn(directory.path(), &arguments);
                if format == "svg" {
                    Document::parse(&picture).unwrap();
                }
                let file = format!("tests/it/expected/pictures/{name}_{of}.{end}");
                expected::assert_file(&file, &picture);
            }
        }
    }
}

#[test]
fn readme_diagram_matches_the_example() {
    let readme = fs::read_to_string(examples().parent().unwrap().join("README.md")).unwrap();
    let picture = drawn(
        tenant("workforce").path(),
        &["--flow", "b2xUserFlow/Partner"],
    );
    assert!(
        readme.contains(&format!("```mermaid\n{picture}```\n")),
        "{picture}"
    );
}

#[test]
fn diagram_of_one_flow_has_its_references_and_listeners() {
    let directory = tenant("workforce");
    let flow = ["--flow", "b2xUserFlow/summerschool", "--of", "references"];
    assert_eq!(
        drawn(directory.path(), &flow),
        "\
graph LR
  n0[\"SummerSchool<br/>b2xUserFlow\"]:::same
  n1[\"Facebook-OAUTH<br/>socialIdentityProvider\"]:::same
  n2[\"Google-OAUTH<br/>socialIdentityProvider\"]:::same
  n3[\"Newsletter<br/>userFlowAttribute\"]:::same
  n4[\"SummerSchool<br/>userFlowListener\"]:::same
  n0 -->|\"identityProviders\"| n1
  n0 -->|\"identityProviders\"| n2
  n0 -->|\"userAttributeAssignments\"| n3
  n4 -->|\"userFlow\"| n0
  classDef same fill:#f6f8fa,stroke:#818b98,color:#1f2328
"
    );
}

#[test]
fn diagram_out_writes_a_file() {
    let directory = tenant("workforce");
    let arguments = ["diagram", "--format", "svg", "--out", "flows.svg"];
    let outcome = run(directory.path(), &arguments);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    assert_eq!(outcome.stderr, "Written to flows.svg.\n");
    let file = fs::read_to_string(directory.path().join("flows.svg")).unwrap();
    assert_eq!(file, drawn(directory.path(), &["--format", "svg"]));
    let outcome = run(directory.path(), &["diagram", "--out", "nowhere/flows.mmd"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.stderr,
        "error: the diagram cannot be written to nowhere/flows.mmd: No such file or directory (os error 2)\n"
    );
}

#[test]
fn undeclared_flow_suggests_the_nearest_name() {
    let directory = tenant("workforce");
    let stderr = |arguments: &[&str]| {
        let outcome = run(directory.path(), &[&["diagram"], arguments].concat());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        outcome.stderr
    };
    assert_eq!(
        stderr(&["--flow", "b2xUserFlow/Partnr"]),
        "error: no file declares the flow `b2xUserFlow/Partnr`\nhelp: did you mean `b2xUserFlow/Partner`?\n"
    );
    assert_eq!(
        stderr(&["--flow", "apiConnector/Approve guest"]),
        "error: no file declares the flow `apiConnector/Approve guest`\n\
         help: the flows are b2xUserFlow/Partner, b2xUserFlow/SummerSchool\n"
    );
    assert!(stderr(&["--flow", "Partner"]).contains("write it as kind/name"));
    let flowless = TempDir::new().unwrap();
    let (tenant, _) = HOSTILE.split_once("---").unwrap();
    fs::write(flowless.path().join("tenant.yaml"), tenant).unwrap();
    let outcome = run(flowless.path(), &["diagram"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert_eq!(
        outcome.stderr,
        "error: the files declare no flow, so there is no journey to draw\n\
         help: `--of references` draws the references between the declared objects\n"
    );
}

const HOSTILE: &str = r#"
kind: tenant
name: "<script>alert(1)</script>"
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: apiConnector
displayName: "\"]; click n0 href \"https://evil.example\"; end %%{init}%% `x` \\\" &lt;b&gt; </text><script>alert(1)</script>"
targetUrl: https://api.contoso.com/postcode
authenticationConfiguration: { type: basic, username: flow, password: { env: PASSWORD } }
---
kind: userFlowAttribute
displayName: "1. ]]></style><img src=x onerror=alert(1)>"
dataType: string
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
apiConnectorConfiguration:
  postAttributeCollection: "\"]; click n0 href \"https://evil.example\"; end %%{init}%% `x` \\\" &lt;b&gt; </text><script>alert(1)</script>"
userAttributeAssignments:
  - userAttribute: "1. ]]></style><img src=x onerror=alert(1)>"
    displayName: "- <b>bold</b>\u202E & \\l"
    isOptional: true
    userInputType: textBox
"#;

#[test]
fn diagrams_escape_names() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("tenant.yaml"), HOSTILE).unwrap();
    sign_up_on(directory.path());
    for of in ["journey", "references"] {
        for (format, end) in [("mermaid", "mmd"), ("dot", "dot"), ("svg", "svg")] {
            let arguments = ["--of", of, "--format", format];
            let picture = drawn(directory.path(), &arguments);
            expected::assert_file(
                &format!("tests/it/expected/pictures/hostile_{of}.{end}"),
                &picture,
            );
            if format == "svg" {
                let svg = Document::parse(&picture).unwrap();
                let known = ["svg", "style", "g", "path", "rect", "polygon", "text"];
                let elements = svg.descendants().filter(Node::is_element);
                let unknown = elements.filter(|node| !known.contains(&node.tag_name().name()));
                assert_eq!(unknown.count(), 0);
                let texts = svg.descendants().filter_map(|node| node.text());
                assert!(texts.collect::<String>().contains("</text><script>"));
            }
        }
    }
    let program = Program::new(directory.path()).with("PASSWORD", "battery-staple");
    let outcome = program.run(["plan", "--format", "html"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    page(&outcome.stdout);
}

#[test]
fn example_page_matches_the_expected_file() {
    let directory = tenant("workforce");
    let outcome = run(directory.path(), &["plan", "--format", "html"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    page(&outcome.stdout);
    let page = undated(&outcome.stdout);
    expected::assert_file("tests/it/expected/report_workforce.html", &page);
}

#[test]
fn page_shows_only_affected_journeys() {
    let directory = tenant("workforce");
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    let file = directory.path().join("connectors.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("suppliers/lookup", "suppliers/find")).unwrap();
    let outcome = run(directory.path(), &["plan", "--format", "html"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    page(&outcome.stdout);
    let html = parsed_page(&outcome.stdout);
    let texts = |tag: &'static str| -> Vec<String> {
        let nodes = html
            .descendants()
            .filter(move |node| node.has_tag_name(tag));
        nodes
            .filter_map(|node| node.text())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(texts("figcaption"), ["b2xUserFlow/Partner"]);
    let svg = "http://www.w3.org/2000/svg";
    let marked = html
        .descendants()
        .filter(|node| node.has_tag_name((svg, "g")));
    let marked = marked.filter(|node| node.attribute("class") == Some("changed"));
    let names: Vec<_> = marked
        .filter_map(|group| {
            group
                .descendants()
                .find(|node| node.has_tag_name((svg, "text")))
        })
        .filter_map(|node| node.text())
        .collect();
    assert_eq!(names, ["~ Look up supplier"]);
}

#[test]
fn page_strikes_out_what_leaves_a_journey() {
    let directory = tenant("workforce");
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    let file = directory.path().join("flows/summer-school.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text
        .replace("Facebook-OAUTH, ", "")
        .replace("First name", "Given name");
    fs::write(&file, text).unwrap();
    let outcome = run(directory.path(), &["plan", "--format", "html"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let html = parsed_page(&outcome.stdout);
    let texts = |class: &str| -> Vec<&str> {
        let nodes = html.descendants();
        let groups = nodes.filter(|node| node.attribute("class") == Some(class));
        let texts = groups.flat_map(|group| group.descendants().filter(Node::is_text));
        texts
            .filter_map(|text| text.text())
            .filter(|text| !text.trim().is_empty())
            .collect()
    };
    assert_eq!(
        texts("deleted"),
        ["−", "− Facebook-OAUTH", "identity provider"]
    );
    assert_eq!(texts("line gone"), ["− First name"]);
    assert_eq!(texts("line new"), ["+ Given name"]);
    assert!(texts("changed").contains(&"~ The page asks for"));
    assert_eq!(outcome.stdout.matches("\"arrow removed\"").count(), 2);
}

/// A frame that measures the width of a page and counts its diagrams; the page itself runs no script.
const FRAME: &str = r#"<!DOCTYPE html>
<iframe width="WIDTH" height="900" style="border: 0" srcdoc="PAGE"></iframe>
<p></p>
<script>
onload = () => {
  const page = document.querySelector('iframe').contentDocument;
  const drawn = [...page.querySelectorAll('svg.picture')].filter((it) => it.getBoundingClientRect().height > 300);
  document.querySelector('p').textContent = `wide: ${page.documentElement.scrollWidth}, drawn: ${drawn.length}`;
};
</script>
"#;

/// Runs only if ENTRAFLOW_BROWSER names a Chromium: the page fits the width, and in print everything is unfolded.
#[test]
fn page_fits_phone_desktop_and_print() {
    let Some(browser) = std::env::var_os("ENTRAFLOW_BROWSER") else {
        return;
    };
    let directory = tenant("workforce");
    let outcome = run(directory.path(), &["plan", "--report", "html=plan.html"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let headless = |action: &str, file: &str| {
        let mut command = Command::new(&browser);
        let file = directory.path().join(file);
        let output = command
            .current_dir(&directory)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--user-data-dir=browser",
            ])
            .arg(action)
            .arg(format!("file://{}", file.display()))
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let page = fs::read_to_string(directory.path().join("plan.html")).unwrap();
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    for width in ["320", "1280"] {
        let frame = FRAME.replace("WIDTH", width).replace("PAGE", &page);
        fs::write(directory.path().join("frame.html"), frame).unwrap();
        let dom = headless("--dump-dom", "frame.html");
        let (_, actual) = dom.split_once("</iframe>").unwrap();
        let expected = format!("<p>wide: {width}, drawn: 2</p>");
        assert!(actual.contains(&expected), "{actual}");
    }
    headless("--print-to-pdf=plan.pdf", "plan.html");
    let pdf = fs::read(directory.path().join("plan.pdf")).unwrap();
    let pages = pdf
        .split(|byte| *byte == b'\n')
        .filter(|line| line.ends_with(b"/Type /Page"));
    assert!(pages.count() > 8, "folded details are missing in print");
}
