//! The socket, with a switch that cuts a connection: clients have to live through lost and torn answers.
//! Knows nothing of HTTP but where its headers end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Where to cut a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Before the first byte of the answer.
    Now,
    /// In the middle of the answer's body.
    MidBody,
}

const WHOLE: u8 = 0;
const MID_BODY: u8 = 1;
const CLOSED: u8 = 2;

/// The switch of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Switch(Arc<AtomicU8>);

impl Switch {
    /// Cuts the connection with the answer that is written next.
    pub(super) fn cut(&self, cut: Cut) {
        let mode = match cut {
            Cut::Now => CLOSED,
            Cut::MidBody => MID_BODY,
        };
        self.0.store(mode, Ordering::SeqCst);
    }
}

/// Listens, and gives each connection its switch.
pub(super) struct Listener(pub(super) TcpListener);

impl axum::serve::Listener for Listener {
    type Io = Stream;
    type Addr = Switch;

    async fn accept(&mut self) -> (Stream, Switch) {
        let (stream, _) = axum::serve::Listener::accept(&mut self.0).await;
        let switch = Switch::default();
        (
            Stream {
                stream,
                switch: switch.clone(),
            },
            switch,
        )
    }

    fn local_addr(&self) -> io::Result<Switch> {
        Ok(Switch::default())
    }
}

impl Connected<IncomingStream<'_, Listener>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection that stops writing where its switch says so.
pub(super) struct Stream {
    stream: TcpStream,
    switch: Switch,
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = match self.switch.0.load(Ordering::SeqCst) {
            WHOLE => bytes,
            MID_BODY => &bytes[..half_of_body(bytes)],
            _ => return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
        };
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() && self.switch.0.load(Ordering::SeqCst) == MID_BODY {
            self.switch.cut(Cut::Now);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// How much of the first write goes out: the headers and half of what follows them.
fn half_of_body(bytes: &[u8]) -> usize {
    let end_of_headers = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(0, |place| place + 4);
    end_of_headers + (bytes.len() - end_of_headers) / 2
}
