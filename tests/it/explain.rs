//! `entraflow explain`: the reference of kinds and fields.

use entraflow::desired::TENANT;
use entraflow::kinds::KINDS;

use crate::expected;
use crate::program::{Outcome, Program};

fn explain(kind: &str) -> Outcome {
    Program::new(".").run(
        ["explain", kind]
            .into_iter()
            .filter(|word| !word.is_empty()),
    )
}

#[test]
fn explain_lists_kinds_with_their_summaries() {
    expected::assert_file("tests/it/expected/explain.txt", &explain("").stdout);
}

#[test]
fn explain_describes_nested_fields_of_a_kind() {
    let text = explain("apiConnector").stdout;
    expected::assert_file("tests/it/expected/explain_apiConnector.txt", &text);
}

#[test]
fn explain_names_the_permissions_to_read_what_a_kind_refers_to() {
    let text = explain("authenticationEventsFlow").stdout;
    let references = "\
References      Application.Read.All to read application;
                CustomAuthenticationExtension.Read.All to read
";
    assert!(text.contains(references), "{text}");
}

#[test]
fn explain_wraps_lines_at_80_characters() {
    for kind in KINDS.iter().map(|kind| kind.name).chain([TENANT, ""]) {
        let Outcome { code, stdout, .. } = explain(kind);
        assert_eq!(code, 0, "{kind}");
        let long = stdout.lines().find(|line| line.chars().count() > 80);
        assert_eq!(long, None, "{kind}");
        let loose = stdout.lines().find(|line| line.ends_with(' '));
        assert_eq!(loose, None, "{kind}");
    }
}

#[test]
fn explain_suggests_the_nearest_kind() {
    let expected = Outcome {
        code: 2,
        stdout: String::new(),
        stderr: "error: unknown kind `apiConector`\nhelp: did you mean `apiConnector`?\n"
            .to_owned(),
    };
    assert_eq!(explain("apiConector"), expected);
}
