//! Scripted faults: what a test wants the next matching requests to meet.
//! Never invents a fault of its own.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::answer::{Answer, Payload};
use super::service::{Incoming, Outcome};
use super::wire::Cut;

/// A fault as `POST /_emulator/faults` takes it:
/// `{"method": "POST", "path": "/identity/b2xUserFlows", "skip": 0, "times": 1, "effect": {"status": {"status": 429}}}`.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fault {
    /// Any method when left out.
    #[serde(default)]
    method: Option<String>,
    /// Part of the path with its query; empty matches everything.
    #[serde(default)]
    path: String,
    /// How many matching requests pass first.
    #[serde(default)]
    skip: u32,
    /// How many matching requests then meet it.
    #[serde(default = "once")]
    times: u32,
    effect: Effect,
}

fn once() -> u32 {
    1
}

/// What happens instead of, or to, the answer.
#[derive(Clone, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(super) enum Effect {
    /// This status with these headers and this body. `after`: the request takes effect first.
    Status {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Value,
        #[serde(default)]
        after: bool,
    },
    /// An HTML page with status 502, without effect.
    Html,
    /// The request takes effect; the connection ends in the middle of the body.
    Truncated,
    /// The request takes effect; the status is right and the body is empty.
    Empty,
    /// The connection ends without an answer, and without effect.
    CloseBefore,
    /// The request takes effect; the connection ends without an answer.
    CloseAfter,
}

/// The effect that this request meets, if any. The first matching fault counts it.
pub(super) fn next(faults: &mut Vec<Fault>, incoming: &Incoming) -> Option<Effect> {
    let target = incoming.target();
    let place = faults.iter().position(|fault| {
        fault
            .method
            .as_ref()
            .is_none_or(|method| method.eq_ignore_ascii_case(&incoming.method))
            && target.contains(&fault.path)
    })?;
    let fault = &mut faults[place];
    if fault.skip > 0 {
        fault.skip -= 1;
        return None;
    }
    fault.times = fault.times.saturating_sub(1);
    let effect = fault.effect.clone();
    if fault.times == 0 {
        faults.remove(place);
    }
    Some(effect)
}

impl Effect {
    /// Whether the request is carried out.
    pub(super) fn performs(&self) -> bool {
        match self {
            Self::Status { after, .. } => *after,
            Self::Html | Self::CloseBefore => false,
            Self::Truncated | Self::Empty | Self::CloseAfter => true,
        }
    }

    /// What the client gets to see of the answer.
    pub(super) fn apply(self, answer: Answer) -> Outcome {
        let whole = |answer| Outcome { answer, cut: None };
        match self {
            Self::Status {
                status,
                headers,
                body,
                after: _,
            } => {
                let empty = Answer {
                    status,
                    ..Answer::no_content()
                };
                let answer = if body.is_null() {
                    empty
                } else {
                    Answer::json(status, body)
                };
                whole(
                    headers
                        .into_iter()
                        .fold(answer, |answer, (name, value)| answer.header(&name, value)),
                )
            }
            Self::Html => {
                let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
                whole(Answer::text(502, "text/html", page.to_owned()))
            }
            Self::Empty => whole(Answer {
                payload: Payload::Empty,
                ..answer
            }),
            Self::Truncated => Outcome {
                answer,
                cut: Some(Cut::MidBody),
            },
            Self::CloseBefore | Self::CloseAfter => Outcome {
                answer,
                cut: Some(Cut::Now),
            },
        }
    }
}
