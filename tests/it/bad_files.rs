//! Files that no transcript can hold: too large, too deep, too devious, or not text at all.
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

/// What validate says to standard error, having refused the files.
fn refusal(directory: &TempDir) -> String {
    let Outcome {
        code,
        stdout,
        stderr,
    } = Program::new(directory.path()).run(["validate"]);
    assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
    stderr
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_the_place_of_the_byte() {
    let directory = tenant_with(b"kind: b2xUserFlow\nid: M\xFCnchen\n");
    assert_eq!(
        refusal(&directory),
        "\
error: this file is not UTF-8
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
fn a_secret_in_a_file_that_is_not_utf8_is_not_shown() {
    let directory = tenant_with(b"kind: socialIdentityProvider\nclientSecret: h\xFCnter2\n");
    assert_eq!(
        refusal(&directory),
        "\
error: this file is not UTF-8
 --> flow.yaml:2:23
  |
2 | clientSecret: (hidden)(hidden)(hidden)
  |                       ^^^^^^^^ byte 44 of the file is 0xFC
  |
  = help: save it as UTF-8

"
    );
}

#[test]
fn a_file_of_utf16_is_refused_as_what_it_is() {
    let text = "\u{feff}kind: b2xUserFlow\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        refusal(&tenant_with(bytes)),
        "\
error: `flow.yaml` is UTF-16, not UTF-8
 |
 = help: save it as UTF-8

"
    );
}

#[test]
fn an_alias_bomb_that_grows_with_each_line_is_refused() {
    let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
    }
    assert_eq!(
        refusal(&tenant_with(bomb)),
        "\
error: anchors and aliases make this file too large
 --> flow.yaml:6:10
  |
6 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
  |          ^^^ up to here they repeat 16 MiB
  |
  = help: write the values out, or split the file

"
    );
}

#[test]
fn an_alias_bomb_that_repeats_one_large_value_is_refused() {
    let large = "x".repeat(100_000);
    let repeats = "- *large\n".repeat(100_000);
    let bomb = format!("- &large {large}\n{repeats}");
    assert_eq!(
        refusal(&tenant_with(bomb)),
        "\
error: anchors and aliases make this file too large
   --> flow.yaml:168:3
    |
168 | - *large
    |   ^^^^^^ up to here they repeat 16 MiB
    |
    = help: write the values out, or split the file

"
    );
}

#[test]
fn two_hundred_levels_of_nesting_are_refused() {
    let nested = format!(
        "kind: b2xUserFlow\nid: {}{}\n",
        "[".repeat(200),
        "]".repeat(200)
    );
    assert_eq!(
        refusal(&tenant_with(nested)),
        "\
error: values are nested more than 64 levels deep
 --> flow.yaml:2:69
  |
2 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
  |                                   ^ this is one level too many
  |
  = help: nothing in Microsoft Graph is nested so deep: is a bracket missing above, or a line
          indented too far?

"
    );
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused() {
    let directory = tenant_with("");
    let flow = File::create(directory.path().join("flow.yaml")).unwrap();
    flow.set_len(100 << 20).unwrap();
    assert_eq!(
        refusal(&directory),
        "\
error: `flow.yaml` is larger than 16 MiB, the limit for one file
 |
 = help: split it: all files below a directory are read together

"
    );
}

#[test]
fn a_thousand_problems_of_one_file_end_where_nobody_reads_on() {
    let flow = "kind: b2xUserFlow\n".to_owned() + &"id: Partner\n".repeat(1001);
    let told = refusal(&tenant_with(flow));
    let last = told.trim_end().rsplit("\n\n").next();
    assert_eq!(
        last.unwrap_or_default(),
        "\
error: too many problems up to here; the rest of this file has not been read
   --> flow.yaml:102:1
    |
102 | id: Partner
    | ^^
    |
    = help: mend those above first"
    );
}
