use std::fmt::Write;

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

/// An encoding in which a server may quote a secret.
type Encoder = fn(&str) -> String;

const TEXTUAL: [Encoder; 9] = [
    str::to_owned,
    |text| each_byte(text, |byte| format!("%{byte:02X}")),
    |text| each_byte(text, |byte| format!("%{byte:02x}")),
    |text| form(text),
    |text| html_escape::encode_quoted_attribute(text).into_owned(),
    |text| {
        text.chars()
            .map(|c| format!("&#{};", u32::from(c)))
            .collect()
    },
    json,
    |text| {
        text.encode_utf16().fold(String::new(), |mut out, unit| {
            let _ = write!(out, "\\u{unit:04X}");
            out
        })
    },
    dot_net,
];

const BINARY: [Encoder; 8] = [
    |text| STANDARD.encode(text),
    |text| STANDARD_NO_PAD.encode(format!("a{text}b")),
    |text| URL_SAFE.encode(format!("ab{text}abc")),
    |text| URL_SAFE_NO_PAD.encode(format!("user:{text}")),
    |text| each_byte(text, |byte| format!("{byte:02x}")),
    |text| each_byte(text, |byte| format!("{byte:02X}")),
    |text| each_byte(text, |byte| format!("{byte:02X}-")),
    |text| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        STANDARD.encode(units.collect::<Vec<_>>())
    },
];

/// How programs write bytes, and long lines.
const BYTES: [Encoder; 6] = [
    |text| each_byte(text, |byte| format!("\\x{byte:02x}")),
    |text| each_byte(text, |byte| format!("\\{byte:03o}")),
    |text| each_byte(text, |byte| format!("0x{byte:02x}, ")),
    |text| each_byte(text, |byte| format!("{byte},")),
    |text| each_byte(text, |byte| format!("={byte:02X}")),
    |text| {
        let lines = STANDARD.encode(text).into_bytes();
        let lines = lines.chunks(8).map(String::from_utf8_lossy);
        lines.collect::<Vec<_>>().join(" ")
    },
];

fn each_byte(text: &str, encode: impl Fn(u8) -> String) -> String {
    text.bytes().map(encode).collect()
}

fn form(text: &str) -> String {
    let pairs = [("s", text)];
    let url = reqwest::Url::parse_with_params("http://a/", pairs).unwrap();
    url.query().unwrap_or_default()[2..].to_owned()
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As `System.Text.Json` writes it: everything but letters, digits and harmless punctuation is a `\u` escape.
fn dot_net(text: &str) -> String {
    let escape = |unit: u16| match u8::try_from(unit).map(char::from) {
        Ok(c) if c.is_ascii() && !c.is_control() && !"\"+&'<>\\`".contains(c) => c.to_string(),
        _ => format!("\\u{unit:04X}"),
    };
    text.encode_utf16().map(escape).collect()
}

fn redacted(secret: &str, text: &str) -> String {
    let known = KnownSecrets::default();
    known.add([secret]);
    known.redact(text).into_owned()
}

proptest! {
    // A case decodes dozens of texts: 32 of them are a second in a build without optimization.
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn secret_is_found_in_every_encoding(secret in "[ -~äöü€𝄞]{8,24}") {
        for encode in TEXTUAL.iter().chain(&BINARY).chain(&BYTES) {
            let quoted = encode(&secret);
            let text = redacted(&secret, &format!("The value '{quoted}' is too weak."));
            prop_assert!(!text.contains(&quoted), "{} in {}", quoted, text);
            prop_assert!(text.starts_with("The value '(secret)") || text.contains("(secret)"), "{}", text);
        }
    }

    #[test]
    fn secret_is_found_in_encodings_inside_each_other(
        secret in "[ -~äöü€]{8,16}",
        inner in 0..TEXTUAL.len(),
        middle in 0..TEXTUAL.len(),
        outer in 0..TEXTUAL.len() + BINARY.len(),
    ) {
        let outer = TEXTUAL.iter().chain(&BINARY).nth(outer).unwrap();
        let quoted = outer(&TEXTUAL[middle](&TEXTUAL[inner](&secret)));
        let text = redacted(&secret, &format!("`{quoted}`"));
        prop_assert!(text.contains("(secret)") && !text.contains(&quoted), "{}", text);
    }

    #[test]
    fn text_without_the_secret_is_unchanged(text in "[a-zA-Z0-9 %&+;\\\\/=<>\"{}:,.-]{0,200}") {
        prop_assert_eq!(redacted("no text has \u{1f511} this", &text), text);
    }

    #[test]
    fn redaction_of_any_text_keeps_what_is_around(before in ".{0,40}", after in ".{0,40}") {
        let text = redacted("correct horse", &format!("{before} correct horse {after}"));
        prop_assert_eq!(text, format!("{before} (secret) {after}"));
    }
}

#[test]
fn every_quotation_of_a_text_is_replaced_exactly() {
    let secret = "a+b&c'd<e>f\"g\\h";
    let text = format!(
        "raw {secret}, form {}, html {}, net {}, twice {}, basic {}.",
        form(secret),
        html_escape::encode_text(secret),
        dot_net(secret),
        json(&json(secret)),
        STANDARD.encode(secret),
    );
    assert_eq!(
        redacted(secret, &text),
        "raw (secret), form (secret), html (secret), net (secret), twice (secret), basic (secret)."
    );
}

#[test]
fn escapes_are_found_in_utf_16_beyond_ascii() {
    let secret = "öa€𝄞&00A";
    let html = html_escape::encode_text(secret).into_owned();
    let units = html.encode_utf16().flat_map(u16::to_le_bytes);
    let quoted = STANDARD.encode(units.collect::<Vec<_>>());
    assert_eq!(redacted(secret, &format!("`{quoted}`")), "`(secret)=`");
}

/// The parts of a long text overlap, and no word is cut.
#[test]
fn secret_is_found_at_every_place_of_a_long_text() {
    let secret = "a+b&c'd<e>f\"g\\h";
    let text = "word flows, ".repeat(20_000);
    for place in [0, 65_000, 65_530, 65_536, 131_072, text.len()] {
        for quoted in [secret.to_owned(), form(secret), dot_net(secret)] {
            let long = format!("{}{quoted}{}", &text[..place], &text[place..]);
            let expected = format!("{}(secret){}", &text[..place], &text[place..]);
            assert!(redacted(secret, &long) == expected, "{quoted} at {place}");
        }
    }
    for shift in 0..12 {
        let long = format!("{}{text}", &text[shift..12]);
        assert!(redacted("flow", &long) == long, "{shift}");
    }
}

#[test]
fn several_and_overlapping_secrets_are_replaced_once() {
    let known = KnownSecrets::default();
    known.add(["hunter2-and-more", "hunter2-", "more-secrets"]);
    let text = "it is hunter2-and-more-secrets, hunter2-x";
    assert_eq!(known.redact(text), "it is (secret), (secret)x");
}

#[test]
fn short_secret_is_found_only_as_a_whole_word() {
    assert_eq!(
        redacted("flow", "`flow` of userFlow, flow=flow1"),
        "`(secret)` of userFlow, (secret)=flow1"
    );
    assert_eq!(redacted("abc", "`abc`"), "`abc`");
    let known = KnownSecrets::default();
    known.add(["flow", "long-secret", ""]);
    assert_eq!(
        known.redact_output("a flow with long-secret"),
        "a flow with (secret)"
    );
}

#[test]
fn certificate_is_found_in_other_encodings_of_its_bytes() {
    let bytes: Vec<u8> = (0..=255).collect();
    let (certificate, digits) = (STANDARD.encode(&bytes), each_byte_of(&bytes));
    assert_eq!(
        redacted(&certificate, &format!("bad {digits}!")),
        "bad (secret)!"
    );
    let lines: Vec<_> = certificate
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line))
        .collect();
    assert_eq!(
        redacted(&certificate, &format!("{}\n", lines.join("\n  "))),
        "(secret)\n"
    );
}

fn each_byte_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn multi_line_secret_is_found_on_one_line() {
    let key = "-----BEGIN KEY-----\r\nMIGT\n-----END KEY-----";
    assert_eq!(
        redacted(key, "bad `-----BEGIN KEY-----  MIGT -----END KEY-----`"),
        "bad `(secret)`"
    );
}

#[test]
fn secret_is_found_across_lines_that_became_one() {
    assert_eq!(
        redacted("correct horse battery", "it is correct hor  se battery"),
        "it is (secret)"
    );
}

#[test]
fn hostile_text_takes_linear_time() {
    let known = KnownSecrets::default();
    known.add(["hunter2-hunter2"]);
    for part in [
        "%25",
        "&amp;",
        "\\\\u0025",
        "+%2B&amp;\\n",
        "QUJD",
        "4142",
        "\n ",
        "a-",
        "65, ",
        "\\x41=41",
    ] {
        let text = part.repeat((128 << 10) / part.len());
        assert_eq!(known.redact(&text), text);
    }
}

#[test]
fn secrets_of_a_scope_are_known_to_all_until_its_last_clone_ends() {
    let known = KnownSecrets::default();
    let (one, other) = (known.scope(), known.scope());
    one.add(["correct horse"]);
    other.clone().add(["correct horse", "battery staple"]);
    let text = "correct horse, battery staple";
    assert_eq!(known.redact(text), "(secret), (secret)");
    assert_eq!(one.redact(text), "(secret), (secret)");
    drop(other);
    known.add(["hunter2-hunter2"]);
    assert_eq!(known.redact(text), "(secret), battery staple");
    drop(one);
    known.add(["hunter3-hunter3"]);
    assert_eq!(known.redact(text), text);
}
