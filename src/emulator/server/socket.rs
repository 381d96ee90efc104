//! The socket, with a switch that cuts a connection: clients have to current through lost and torn answers.
//! Knows nothing of HTTP but where its headers end.

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
    /// Before the first byte of the answer.
    BeforeResponse,
    /// In the middle of the answer's body.
    MidBody,
}

/// What TLS begins with.
const HANDSHAKE: [u8; 1] = [22];

/// The answer to a request without TLS.
const WITHOUT_TLS: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
    TLS is spoken here: the address begins with https:\n";

const WHOLE: u8 = 0;
const MID_BODY: u8 = 1;
const CLOSED: u8 = 2;

/// The switch of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutSwitch(Arc<AtomicU8>);

impl CutSwitch {
    /// Cuts the connection with the answer that is written next.
    pub(crate) fn cut(&self, cut: CutPoint) {
        let mode = match cut {
            CutPoint::BeforeResponse => CLOSED,
            CutPoint::MidBody => MID_BODY,
        };
        self.0.store(mode, Ordering::SeqCst);
    }
}

/// Listens, and gives each connection its switch.
pub(crate) struct Listener {
    tcp: TcpListener,
    tls: Option<Handshakes>,
}

/// TLS on its way.
struct Handshakes {
    acceptor: TlsAcceptor,
    under_way: JoinSet<io::Result<TlsStream<TcpStream>>>,
}

impl Listener {
    pub(crate) fn new(tcp: TcpListener, acceptor: Option<TlsAcceptor>) -> Self {
        let tls = acceptor.map(|acceptor| Handshakes {
            acceptor,
            under_way: JoinSet::new(),
        });
        Self { tcp, tls }
    }
}

impl Handshakes {
    /// The next connection that has shaken hands. None waits for another, and those that cannot are dropped.
    async fn accept(&mut self, tcp: &mut TcpListener) -> TlsStream<TcpStream> {
        loop {
            tokio::select! {
                (stream, _) = axum::serve::Listener::accept(tcp) => {
                    self.under_way.spawn(shake_hands(self.acceptor.clone(), stream));
                }
                Some(done) = self.under_way.join_next() => {
                    if let Ok(Ok(stream)) = done {
                        return stream;
                    }
                }
            }
        }
    }
}

/// Speaks TLS with those who do, and tells the others that they should.
async fn shake_hands(
    acceptor: TlsAcceptor,
    mut stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == HANDSHAKE {
        return acceptor.accept(stream).await;
    }
    // A connection that is closed before the request was read is reset, and the answer lost.
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

/// A connection that stops writing where its switch says so.
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

/// How much of the first write goes out: the headers and half of what follows them.
fn half_of_body(bytes: &[u8]) -> usize {
    let end_of_headers = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(0, |place| place + 4);
    end_of_headers + (bytes.len() - end_of_headers) / 2
}
