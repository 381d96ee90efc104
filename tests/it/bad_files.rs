//! Files that no transcript can contain: too large, too deep, alias bombs, or not text.
//! Tests `validate` as a program; the messages of single errors are tested next to the code.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs::{self, File};

use tempfile::TempDir;

use crate::program::{Outcome, Program};

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
";

/// A tenant's directory with one more file, `flow.yaml`.
fn tenant_with(flow: impl AsRef<[u8]>) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("tenant.yaml"), TENANT).unwrap();
    fs::write(directory.path().join("flow.yaml"), flow).unwrap();
    directory
}

/// The standard error of `validate`, which rejects the files.
fn rejection(directory: &TempDir) -> String {
    let Outcome {
        code,
        stdout,
        stderr,
    } = Program::new(directory.path()).run(["validate"]);
    assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
    stderr
}

#[test]
fn validate_rejects_a_file_that_is_not_utf8() {
    let directory = tenant_with(b"kind: b2xUserFlow\nid: M\xFCnchen\n");
    assert_eq!(
        rejection(&directory),
        "\
error: this file is not valid UTF-8
 --> flow.yaml:2:6
  |
2 | id: M\u{fffd}nchen
  |      ^ byte 23 of the file is 0xFC
  |
  = help: save it as UTF-8

"
    );
}

#[test]
fn validate_redacts_a_secret_in_a_file_that_is_not_utf8() {
    let directory = tenant_with(b"kind: socialIdentityProvider\nclientSecret: h\xFCnter2\n");
    assert_eq!(
        rejection(&directory),
        "\
error: this file is not valid UTF-8
 --> flow.yaml:2:16
  |
2 | clientSecret: *******
  |                ^ byte 44 of the file is 0xFC
  |
  = help: save it as UTF-8

"
    );
}

#[test]
fn validate_rejects_utf16_by_name() {
    let text = "\u{feff}kind: b2xUserFlow\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        rejection(&tenant_with(bytes)),
        "\
error: `flow.yaml` is UTF-16, not UTF-8
 |
 = help: save it as UTF-8

"
    );
}

#[test]
fn validate_rejects_an_exponential_alias_bomb() {
    let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
    }
    assert_eq!(
        rejection(&tenant_with(bomb)),
        "\
error: anchors and aliases make this file too large
 --> flow.yaml:6:10
  |
6 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
  |          ^^^ up to here they copy 16 MiB
  |
  = help: replace aliases by their values, or split the file

"
    );
}

#[test]
fn validate_rejects_an_alias_bomb_of_one_large_value() {
    let large = "x".repeat(100_000);
    let repeats = "- *large\n".repeat(100_000);
    let bomb = format!("- &large {large}\n{repeats}");
    assert_eq!(
        rejection(&tenant_with(bomb)),
        "\
error: anchors and aliases make this file too large
   --> flow.yaml:168:3
    |
168 | - *large
    |   ^^^^^^ up to here they copy 16 MiB
    |
    = help: replace aliases by their values, or split the file

"
    );
}

#[test]
fn validate_rejects_two_hundred_levels_of_nesting() {
    let nested = format!(
        "kind: b2xUserFlow\nid: {}{}\n",
        "[".repeat(200),
        "]".repeat(200)
    );
    assert_eq!(
        rejection(&tenant_with(nested)),
        "\
error: values are nested more than 64 levels deep
 --> flow.yaml:2:69
  |
2 | id: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
  |                                                                     ^ one level too many
  |
  = help: check for an unclosed bracket above, or a line that is indented too far

"
    );
}

#[test]
fn validate_rejects_a_file_of_a_hundred_megabytes() {
    let directory = tenant_with("");
    let flow = File::create(directory.path().join("flow.yaml")).unwrap();
    flow.set_len(100 << 20).unwrap();
    assert_eq!(
        rejection(&directory),
        "\
error: `flow.yaml` is larger than 16 MiB, the limit for one file
 |
 = help: split the file: all files below a directory are read together

"
    );
}

#[test]
fn validate_stops_after_a_hundred_problems_of_a_file() {
    let flow = "kind: b2xUserFlow\n".to_owned() + &"id: Partner\n".repeat(1001);
    let messages = rejection(&tenant_with(flow));
    let last = messages.trim_end().rsplit("\n\n").next();
    assert_eq!(
        last.unwrap_or_default(),
        "\
error: too many problems; the rest of this file was not checked
   --> flow.yaml:102:1
    |
102 | id: Partner
    | ^^
    |
    = help: fix the problems above first"
    );
}

/// The shortest of three times that the files of a tenant take which declares attributes and refers to as many others.
fn time_of_wrong_names(count: usize) -> std::time::Duration {
    let list = |line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    let assignments = list(|i| format!("  - userAttribute: Attrybute {i}\n"));
    let attributes = list(|i| {
        format!(
            "---\nkind: userFlowAttribute\ndisplayName: Attribute {i}\ndescription: d\ndataType: string\n"
        )
    });
    let flow =
        format!("kind: b2xUserFlow\nid: A\nuserAttributeAssignments:\n{assignments}{attributes}");
    let directory = tenant_with(flow);
    let paths = [directory.path().to_owned()];
    let time = |_| {
        let start = std::time::Instant::now();
        assert!(entraflow::desired::load(&paths, jiff::civil::date(2026, 11, 30)).is_err());
        start.elapsed()
    };
    (0..3).map(time).min().unwrap()
}

/// Quadratic time would be a factor of 16.
#[test]
fn wrong_names_in_one_list_take_linear_time() {
    let (few, many) = (time_of_wrong_names(500), time_of_wrong_names(2000));
    assert!(many < few * 9, "{few:?} for 500, {many:?} for 2000");
}
