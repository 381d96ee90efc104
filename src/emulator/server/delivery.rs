//! How much of a response the client receives: scripted faults may cut or withhold it.
//! Never touches a connection: `http` and `socket` do.

use std::time::Duration;

use crate::emulator::protocol::response::Response;
use crate::emulator::server::socket::CutPoint;

/// A response, and how much of it the client receives.
pub(crate) struct ServedResponse {
    pub(crate) response: Response,
    pub(crate) delivery: Delivery,
    /// How much later the request is executed, if it has not been yet.
    pub(crate) executes_after: Option<Duration>,
}

impl ServedResponse {
    /// A response that the client receives as it is.
    pub(crate) fn complete(response: Response) -> Self {
        Self {
            response,
            delivery: Delivery::Complete,
            executes_after: None,
        }
    }
}

/// How much of a response the client receives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Complete,
    Cut(CutPoint),
    /// No byte is sent, and the connection stays open.
    Withheld,
}
