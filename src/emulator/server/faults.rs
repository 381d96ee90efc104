//! Fault injection: the faults that a test scripts for the next matching requests.
//! Never injects a fault that was not scripted.
//!
//! The command line has a short form, `[METHOD] PATH EFFECT [WORD …]`, such as `POST /identity/b2xUserFlows 503 x2`:
//!
//! | word | means |
//! |---|---|
//! | `503` | this status; the request is not executed |
//! | `html`, `truncated`, `empty`, `contended`, `foreignLink`, `repeatedLink` | see `Effect` |
//! | `closeBefore`, `closeHalfway`, `closeAfter`, `hold`, `holdHalfway`, `holdAfter` | see `Effect` |
//! | `closeLate=SECONDS`, `holdLate=SECONDS` | see `Effect` |
//! | `after` | with a status: the request is executed first |
//! | `retry-after=SECONDS` | with a status: with this header |
//! | `xTIMES` | applies to this many matching requests instead of one |
//! | `skip=N` | this many matching requests pass first |

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{Payload, Response, concurrency_violation};
use crate::emulator::server::delivery::{Delivery, ServedResponse};
use crate::emulator::server::socket::CutPoint;

/// A fault as `POST /_emulator/faults` takes it:
/// `{"method": "POST", "path": "/identity/b2xUserFlows", "skip": 0, "times": 1, "effect": {"status": {"status": 429}}}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Any method if omitted.
    #[serde(default)]
    method: Option<String>,
    /// Part of the path with its query; empty matches everything.
    #[serde(default)]
    path: String,
    /// How many matching requests pass first.
    #[serde(default)]
    skip: u32,
    /// To how many matching requests it then applies.
    #[serde(default = "once")]
    times: u32,
    effect: Effect,
}

fn once() -> u32 {
    1
}

/// What the fault does to the request, its response or its connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
enum Effect {
    /// This status with these headers and this body. `after`: the request is executed first.
    Status {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Value,
        #[serde(default)]
        after: bool,
    },
    /// An HTML page with status 502; the request is not executed.
    Html,
    /// The request is executed; the connection closes in the middle of the body.
    Truncated,
    /// The request is executed; the status is correct and the body is empty.
    Empty,
    /// 409 `Directory_ConcurrencyViolation`, as for a concurrent change; the request is not executed.
    Contended,
    /// The connection closes without a response; the request is not executed.
    CloseBefore,
    /// The first half of a batch is executed; the connection closes without a response.
    CloseHalfway,
    /// The request is executed; the connection closes without a response.
    CloseAfter,
    /// The response never comes, and the request is not executed. `GET /_emulator/held` answers when this begins.
    Hold,
    /// The first half of a batch is executed; the response never comes.
    HoldHalfway,
    /// The request is executed; the response never comes.
    HoldAfter,
    /// The connection closes without a response, and the request is executed so many seconds later.
    CloseLate { seconds: u64 },
    /// The response never comes, and the request is executed so many seconds later.
    HoldLate { seconds: u64 },
    /// The next link of a list names another host; any other response is unchanged.
    ForeignLink,
    /// The next link of a list names its own page; any other response is unchanged.
    RepeatedLink,
}

/// How much of a request is executed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Execution {
    None,
    /// The first half of a batch; nothing of any other request.
    FirstHalf,
    Full,
}

/// The short form of a fault cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error(
    "write `[METHOD] PATH EFFECT [xTIMES] [skip=N] [after] [retry-after=SECONDS]`, where EFFECT is a status or one of \
     html, truncated, empty, contended, closeBefore, closeHalfway, closeAfter, closeLate=SECONDS, hold, holdHalfway, \
     holdAfter, holdLate=SECONDS, foreignLink, repeatedLink"
)]
pub struct ParseFaultError;

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, ParseFaultError> {
        let mut words = text.split_whitespace().peekable();
        let method = words
            .next_if(|word| !word.starts_with('/'))
            .map(str::to_owned);
        let path = words.next().ok_or(ParseFaultError)?.to_owned();
        let effect = words.next().ok_or(ParseFaultError)?;
        let mut fault = Self {
            method,
            path,
            skip: 0,
            times: once(),
            effect: match effect.parse() {
                Ok(status @ 100..=599) => Effect::Status {
                    status,
                    headers: BTreeMap::new(),
                    body: Value::Null,
                    after: false,
                },
                _ => effect_named(effect)?,
            },
        };
        words.try_for_each(|word| fault.word(word))?;
        Ok(fault)
    }
}

/// An effect without parameters by its name, or one with seconds: `closeLate=40`.
fn effect_named(word: &str) -> Result<Effect, ParseFaultError> {
    let json = match word.split_once('=') {
        Some((name, seconds)) => {
            let seconds: u64 = seconds.parse().map_err(|_| ParseFaultError)?;
            json!({ name: { "seconds": seconds } })
        }
        None => word.into(),
    };
    serde_json::from_value(json).map_err(|_| ParseFaultError)
}

impl Fault {
    fn word(&mut self, word: &str) -> Result<(), ParseFaultError> {
        let number = |text: &str| text.parse::<u32>().map_err(|_| ParseFaultError);
        if let Some(times) = word.strip_prefix('x') {
            self.times = number(times)?;
            return Ok(());
        }
        match (word.split_once('='), &mut self.effect) {
            (Some(("skip", count)), _) => self.skip = number(count)?,
            (Some(("retry-after", seconds)), Effect::Status { headers, .. }) => {
                headers.insert("Retry-After".to_owned(), number(seconds)?.to_string());
            }
            (None, Effect::Status { after, .. }) if word == "after" => *after = true,
            _ => return Err(ParseFaultError),
        }
        Ok(())
    }

    /// An entry of a batch has no connection of its own, so faults of the connection do not apply to it.
    fn matches(&self, request: &Request, target: &str) -> bool {
        let is_method = self
            .method
            .as_ref()
            .is_none_or(|method| method.eq_ignore_ascii_case(&request.method));
        is_method
            && target.contains(&self.path)
            && !(request.in_batch && self.effect.affects_connection())
    }
}

/// The fault that applies to a request.
pub(crate) struct ActiveFault(Effect);

/// The fault that applies to this request, if any. Only the first matching fault counts the request.
pub(crate) fn next(faults: &mut Vec<Fault>, request: &Request) -> Option<ActiveFault> {
    let target = request.target();
    let index = faults
        .iter()
        .position(|fault| fault.matches(request, &target))?;
    let fault = &mut faults[index];
    if fault.skip > 0 {
        fault.skip -= 1;
        return None;
    }
    fault.times = fault.times.saturating_sub(1);
    let effect = fault.effect.clone();
    if fault.times == 0 {
        faults.remove(index);
    }
    Some(ActiveFault(effect))
}

impl Effect {
    fn affects_connection(&self) -> bool {
        match self {
            Self::Status { .. } | Self::Html | Self::Empty | Self::Contended => false,
            Self::ForeignLink | Self::RepeatedLink => false,
            Self::Truncated
            | Self::CloseBefore
            | Self::CloseHalfway
            | Self::CloseAfter
            | Self::Hold
            | Self::HoldHalfway
            | Self::HoldAfter
            | Self::CloseLate { .. }
            | Self::HoldLate { .. } => true,
        }
    }
}

impl ActiveFault {
    /// How much of the request is executed.
    pub(crate) fn execution(&self) -> Execution {
        match &self.0 {
            Effect::Status { after: false, .. } | Effect::Html | Effect::Contended => {
                Execution::None
            }
            Effect::CloseBefore | Effect::Hold => Execution::None,
            Effect::CloseLate { .. } | Effect::HoldLate { .. } => Execution::None,
            Effect::CloseHalfway | Effect::HoldHalfway => Execution::FirstHalf,
            Effect::Status { after: true, .. } | Effect::Truncated | Effect::Empty => {
                Execution::Full
            }
            Effect::CloseAfter | Effect::HoldAfter => Execution::Full,
            Effect::ForeignLink | Effect::RepeatedLink => Execution::Full,
        }
    }

    /// How long after its arrival the request is executed, if that is later.
    pub(crate) fn executes_after(&self) -> Option<Duration> {
        match &self.0 {
            Effect::CloseLate { seconds } | Effect::HoldLate { seconds } => {
                Some(Duration::from_secs(*seconds))
            }
            Effect::Status { .. } | Effect::Html | Effect::Truncated | Effect::Empty => None,
            Effect::Contended | Effect::CloseBefore | Effect::CloseHalfway => None,
            Effect::CloseAfter | Effect::Hold | Effect::HoldHalfway | Effect::HoldAfter => None,
            Effect::ForeignLink | Effect::RepeatedLink => None,
        }
    }

    /// What the client receives of the response to the request at `url`.
    pub(crate) fn apply(self, response: Response, url: &str) -> ServedResponse {
        let executes_after = self.executes_after();
        let whole = ServedResponse::complete;
        let part = |response, delivery| ServedResponse {
            response,
            delivery,
            executes_after,
        };
        match self.0 {
            Effect::Status {
                status,
                headers,
                body,
                after: _,
            } => {
                let empty = Response {
                    status,
                    ..Response::no_content()
                };
                let response = if body.is_null() {
                    empty
                } else {
                    Response::json(status, body)
                };
                whole(
                    headers
                        .into_iter()
                        .fold(response, |response, (name, value)| {
                            response.header(&name, value)
                        }),
                )
            }
            Effect::ForeignLink => {
                whole(with_next_link(response, "https://graph.example/beta/next"))
            }
            Effect::RepeatedLink => whole(with_next_link(response, url)),
            Effect::Html => {
                let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
                whole(Response::text(502, "text/html", page.to_owned()))
            }
            Effect::Empty => whole(Response {
                payload: Payload::Empty,
                ..response
            }),
            Effect::Truncated => part(response, Delivery::Cut(CutPoint::MidBody)),
            Effect::Contended => whole(concurrency_violation()),
            Effect::CloseBefore
            | Effect::CloseHalfway
            | Effect::CloseAfter
            | Effect::CloseLate { .. } => part(response, Delivery::Cut(CutPoint::BeforeResponse)),
            Effect::Hold | Effect::HoldHalfway | Effect::HoldAfter | Effect::HoldLate { .. } => {
                part(response, Delivery::Withheld)
            }
        }
    }
}

/// The list with this next link.
fn with_next_link(mut response: Response, link: &str) -> Response {
    if let Payload::Json(body) = &mut response.payload
        && body["value"].is_array()
    {
        body["@odata.nextLink"] = link.into();
    }
    response
}
