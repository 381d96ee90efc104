//! The socket, with a switch that cuts a connection: clients have to survive lost and truncated responses.
//! Parses no HTTP except for the end of the headers.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Where to cut a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutPoint {
    /// Before the first byte of the response.
    BeforeResponse,
    /// In the middle of the response's body.
    MidBody,
}

/// The first byte of a TLS handshake.
const HANDSHAKE_BYTE: [u8; 1] = [22];

/// The response to a request without TLS.
const WITHOUT_TLS: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
    TLS is required: the URL has to begin with https:\n";

const WHOLE: u8 = 0;
const MID_BODY: u8 = 1;
const CLOSED: u8 = 2;

/// The switch of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutSwitch(Arc<AtomicU8>);

impl CutSwitch {
    /// Cuts the connection at the next response.
    pub(crate) fn cut(&self, cut: CutPoint) {
        let mode = match cut {
            CutPoint::BeforeResponse => CLOSED,
            CutPoint::MidBody => MID_BODY,
        };
        self.0.store(mode, Ordering::SeqCst);
    }
}

/// Accepts connections, each with a switch.
pub(crate) struct Listener {
    tcp: TcpListener,
    tls: Option<Handshakes>,
}

/// TLS handshakes in progress.
struct Handshakes {
    acceptor: TlsAcceptor,
    in_progress: JoinSet<io::Result<TlsStream<TcpStream>>>,
}

impl Listener {
    pub(crate) fn new(tcp: TcpListener, acceptor: Option<TlsAcceptor>) -> Self {
        let tls = acceptor.map(|acceptor| Handshakes {
            acceptor,
            in_progress: JoinSet::new(),
        });
        Self { tcp, tls }
    }
}

impl Handshakes {
    /// The next connection with a completed handshake. Handshakes run concurrently, and failed ones are dropped.
    async fn accept(&mut self, tcp: &mut TcpListener) -> TlsStream<TcpStream> {
        loop {
            tokio::select! {
                (stream, _) = axum::serve::Listener::accept(tcp) => {
                    self.in_progress.spawn(handshake(self.acceptor.clone(), stream));
                }
                Some(done) = self.in_progress.join_next() => {
                    if let Ok(Ok(stream)) = done {
                        return stream;
                    }
                }
            }
        }
    }
}

/// Completes a TLS handshake, and answers a client without TLS with a hint.
async fn handshake(
    acceptor: TlsAcceptor,
    mut stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == HANDSHAKE_BYTE {
        return acceptor.accept(stream).await;
    }
    // Closing a connection before its request was read resets it, and the response would be lost.
    let _length = stream.read(&mut [0; 16 * 1024]).await?;
    stream.write_all(WITHOUT_TLS).await?;
    stream.shutdown().await?;
    Err(io::ErrorKind::InvalidData.into())
}

impl axum::serve::Listener for Listener {
    type Io = Stream;
    type Addr = CutSwitch;

    async fn accept(&mut self) -> (Stream, CutSwitch) {
        let socket: Box<dyn Socket> = match &mut self.tls {
            None => Box::new(axum::serve::Listener::accept(&mut self.tcp).await.0),
            Some(tls) => Box::new(tls.accept(&mut self.tcp).await),
        };
        let switch = CutSwitch::default();
        (
            Stream {
                socket,
                switch: switch.clone(),
            },
            switch,
        )
    }

    fn local_addr(&self) -> io::Result<CutSwitch> {
        Ok(CutSwitch::default())
    }
}

impl Connected<IncomingStream<'_, Listener>> for CutSwitch {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.remote_addr().clone()
    }
}

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// A connection that stops writing where its switch cuts it.
pub(crate) struct Stream {
    socket: Box<dyn Socket>,
    switch: CutSwitch,
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, into)
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
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        if written.is_ready() && self.switch.0.load(Ordering::SeqCst) == MID_BODY {
            self.switch.cut(CutPoint::BeforeResponse);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// How many bytes of the first write are sent: the headers and half of what follows them.
fn half_of_body(bytes: &[u8]) -> usize {
    let end_of_headers = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(0, |index| index + 4);
    end_of_headers + (bytes.len() - end_of_headers) / 2
}
