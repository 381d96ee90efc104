//! `entraflow explain`: what people read about kinds and fields.

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
fn the_kinds_are_told_with_their_summaries() {
    expected::assert_file("tests/it/expected/explain.txt", &explain("").stdout);
}

#[test]
fn the_fields_of_a_kind_are_told_with_all_that_is_inside_them() {
    let told = explain("apiConnector").stdout;
    expected::assert_file("tests/it/expected/explain_apiConnector.txt", &told);
}

#[test]
fn each_kind_is_told_in_lines_of_at_most_80_letters() {
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
fn a_kind_that_there_is_not_is_refused_with_the_nearest() {
    let expected = Outcome {
        code: 2,
        stdout: String::new(),
        stderr: "error: there is no kind `apiConector`\nhelp: did you mean `apiConnector`?\n"
            .to_owned(),
    };
    assert_eq!(explain("apiConector"), expected);
}
