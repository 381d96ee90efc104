//! What has to hold for any bytes that come from outside.
//!
//! Each target in `fuzz_targets/` holds what the fuzzer makes up to one of these, and `tests/it/fuzz_corpus.rs` the
//! files in `corpus/`.

use std::error::Error;

use entraflow::desired::yaml::{self, Node};
use entraflow::graph::{Answer, Get, GraphError, NextLinks};
use entraflow::model::Version;
use entraflow::plan::saved_plan::Saved;
use entraflow::problem::{Problem, Source, render};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// A file is read or refused with problems that can be shown, and what was read is the same when JSON says it.
pub fn yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (documents, problems) = documents(text);
    for problem in &problems {
        for width in [20, 80] {
            assert_visible(&render(problem, false, width));
        }
    }
    if !problems.is_empty() {
        return;
    }
    for document in documents {
        // JSON may hold what YAML may not, such as a deleted character.
        let (again, problems) = self::documents(&document.to_string());
        if problems.is_empty() {
            assert_eq!(again, [document]);
        }
    }
}

fn documents(text: &str) -> (Vec<Value>, Vec<Problem>) {
    let source = Source::new("a.yaml", text.to_owned());
    let mut problems = Vec::new();
    let documents = yaml::parse(&source, &mut problems);
    (documents.iter().map(Node::to_json).collect(), problems)
}

/// An answer is taken or refused in words that can be shown. The bytes are a status, headers and a body, written as in
/// HTTP; a body with `responses` is read as a batch, too.
pub fn answer(bytes: &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 2..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.parse().ok());
    let headers: HeaderMap = lines.filter_map(header).collect();
    let get = Get {
        version: Version::Beta,
        path: "/identity/b2xUserFlows".to_owned(),
    };
    match Answer::read(&get, status.unwrap_or(200), &headers, body) {
        Err(error) => assert_told(&error),
        Ok(answer) => {
            assert!((200..300).contains(&answer.status));
            if let Err(error) = answer.entries(&get) {
                assert_told(&error);
            }
            for response in answer.body["responses"].as_array().into_iter().flatten() {
                if let Err(error) = Answer::entry(&get, response.clone()) {
                    assert_told(&error);
                }
            }
        }
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.parse().ok()?, value.parse().ok()?))
}

fn assert_told(error: &GraphError) {
    assert!(!error.to_string().is_empty());
    assert_visible(&error.to_string());
    // What no table holds is still cut to a length that a person reads.
    assert!(error.to_string().chars().count() < 10_000);
}

/// A saved plan is what was saved, or it is refused with a reason; without its digest, it is a plan or none.
pub fn saved_plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Saved::read(text) {
        // Its digest may be another: what an earlier version wrote out, this one may leave out.
        Ok((saved, _)) => assert_eq!(again(&saved), saved),
        Err(error) => assert!(!told(&error).is_empty()),
    }
    if let Ok(saved) = serde_json::from_str::<Saved>(text) {
        assert_eq!(again(&saved), saved);
    }
}

fn again(saved: &Saved) -> Saved {
    let text = saved.write().expect("what was read can be written");
    Saved::read(&text).expect("what was written can be read").0
}

fn told(error: &dyn Error) -> String {
    let cause = error.source().map(told).unwrap_or_default();
    format!("{error}{cause}")
}

/// A next link is asked only below the Graph root, and once. Each line is a link.
pub fn next_link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for root in ["https://graph.microsoft.com", "http://127.0.0.1:8585"] {
        let home = Url::parse(root).expect("a root is a URL");
        let mut links = NextLinks::new(root, "/beta/first");
        let mut asked = vec![home.join("/beta/first").expect("a path is one")];
        for line in text.lines() {
            let link = serde_json::from_str(line).unwrap_or_else(|_| Value::from(line));
            match links.next(&link) {
                Err(why) => assert!(!why.is_empty()),
                Ok(url) => {
                    assert_eq!(url.origin(), home.origin(), "{link}");
                    assert_eq!((url.username(), url.password()), ("", None), "{link}");
                    let mut segments = url.path_segments().expect("http has a path");
                    assert!(matches!(segments.next(), Some("v1.0" | "beta")), "{link}");
                    assert!(segments.all(|segment| segment != ".."), "{link}");
                    assert!(!asked.contains(&url), "{link}");
                    asked.push(url);
                }
            }
        }
    }
}

fn assert_visible(text: &str) {
    let steers = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(steers), "{text:?}");
}
