//! The sockets of one subscriber or publisher, which can be cut from outside. The peer gets a TCP
//! reset, as from a failing network, and the pending operation of the client fails.

use actix_rt::net::{ActixStream, Ready, TcpStream};
use actix_service::ServiceExt;
use actix_tls::connect;
use awc::{Client, Connector};
use client::http::PATIENCE;
use socket2::SockRef;
use std::{
    cell::RefCell,
    fmt,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Receive buffer in bytes: small, so that a frozen subscriber soon blocks the service.
const RECEIVE_BUFFER: usize = 16 * 1024;

/// A shared handle of the open sockets.
#[derive(Clone, Default)]
pub(super) struct CuttableSockets(Rc<RefCell<Vec<Weak<SharedSocket>>>>);

/// One socket, as awc holds it.
struct Socket(Rc<SharedSocket>);

struct SharedSocket {
    /// `None` after a cut.
    io: RefCell<Option<TcpStream>>,
    /// The waiting task. awc never polls one socket from two tasks.
    waker: RefCell<Waker>,
}

impl CuttableSockets {
    /// Returns a client whose connections belong to this set.
    pub(super) fn client(&self) -> Client {
        let sockets = self.clone();
        let connect = connect::Connector::default()
            .service()
            .map(move |connection| {
                let (io, uri) = connect::Connection::into_parts(connection);
                connect::Connection::new(uri, sockets.socket(io))
            });
        let connector = Connector::new().connector(connect).limit(0);
        Client::builder()
            .connector(connector)
            .disable_redirects()
            .timeout(PATIENCE)
            .finish()
    }

    /// Cuts every open socket. Returns whether there was one.
    pub(super) fn cut(&self) -> bool {
        let sockets = mem::take(&mut *self.0.borrow_mut());
        sockets
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|socket| socket.cut())
            .count()
            > 0
    }

    fn socket(&self, io: TcpStream) -> Socket {
        // A failure means that the connection is broken, which the next read reports.
        let _ = SockRef::from(&io).set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = io.set_nodelay(true);
        let ends = Rc::new(SharedSocket {
            io: Some(io).into(),
            waker: Waker::noop().clone().into(),
        });
        let mut sockets = self.0.borrow_mut();
        sockets.retain(|socket| socket.strong_count() > 0);
        sockets.push(Rc::downgrade(&ends));
        Socket(ends)
    }
}

impl SharedSocket {
    fn cut(&self) -> bool {
        let Some(io) = self.io.take() else {
            return false;
        };
        // A socket that is closed with a linger time of zero sends a TCP reset instead of a FIN.
        let reset = SockRef::from(&io).set_linger(Some(Duration::ZERO)).is_ok();
        drop(io);
        self.waker.borrow().wake_by_ref();
        reset
    }

    fn poll<T>(
        &self,
        context: &mut Context<'_>,
        act: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        self.waker.borrow_mut().clone_from(context.waker());
        match &mut *self.io.borrow_mut() {
            Some(io) => act(Pin::new(io), context),
            None => Poll::Ready(Err(ErrorKind::ConnectionReset.into())),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0
            .poll(context, |io, context| io.poll_read(context, buffer))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0
            .poll(context, |io, context| io.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll(context, tokio::io::AsyncWrite::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll(context, tokio::io::AsyncWrite::poll_shutdown)
    }
}

impl ActixStream for Socket {
    fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        self.0.poll(context, |io, context| {
            ActixStream::poll_read_ready(&*io, context)
        })
    }

    fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        self.0.poll(context, |io, context| {
            ActixStream::poll_write_ready(&*io, context)
        })
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.io.borrow().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::{io::AsyncReadExt, net::TcpListener, task::spawn_local};

    #[actix_web::test]
    async fn a_cut_is_a_reset_for_the_peer_and_an_error_for_the_client() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let sockets = CuttableSockets::default();
        let url = format!("http://{}", listener.local_addr().unwrap());
        assert!(!sockets.cut(), "there is nothing to cut yet");
        let request = sockets.client().get(url).send();
        let response = spawn_local(async move { request.await.map(drop) });
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 1024];
        assert!(peer.read(&mut buffer).await.unwrap() > 0);
        assert!(sockets.cut());
        assert_eq!(
            peer.read(&mut buffer).await.unwrap_err().kind(),
            ErrorKind::ConnectionReset
        );
        assert!(response.await.unwrap().is_err());
        assert!(!sockets.cut(), "it is cut already");
    }
}
