//! The sockets of one reader or publisher, which can be cut from outside: the peer gets a TCP reset, as when a network
//! gives a connection up, and whoever holds this end gets an error in the middle of whatever it was doing.

use crate::client::http::PATIENCE;
use actix_rt::net::{ActixStream, Ready, TcpStream};
use actix_service::ServiceExt;
use actix_tls::connect;
use awc::{Client, Connector};
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

/// What the kernel takes for somebody who does not read: little, so that the service soon notices.
const RECEIVE_BUFFER: usize = 16 * 1024;

/// The open sockets. Cloning copies a reference.
#[derive(Clone, Default)]
pub(super) struct Line(Rc<RefCell<Vec<Weak<Ends>>>>);

/// One socket, as awc holds it.
struct Socket(Rc<Ends>);

struct Ends {
    /// None once it was cut.
    io: RefCell<Option<TcpStream>>,
    /// Whoever waits for it. awc never has two tasks wait for one socket.
    waker: RefCell<Waker>,
}

impl Line {
    /// A client whose connections are all of this line.
    pub(super) fn client(&self) -> Client {
        let line = self.clone();
        let connect = connect::Connector::default()
            .service()
            .map(move |connection| {
                let (io, uri) = connect::Connection::into_parts(connection);
                connect::Connection::new(uri, line.socket(io))
            });
        let connector = Connector::new().connector(connect).limit(0);
        Client::builder()
            .connector(connector)
            .disable_redirects()
            .timeout(PATIENCE)
            .finish()
    }

    /// Cuts all there are; false if there were none.
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
        // Neither of them matters to a socket that is broken already, and that shows soon enough.
        let _ = SockRef::from(&io).set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = io.set_nodelay(true);
        let ends = Rc::new(Ends {
            io: Some(io).into(),
            waker: Waker::noop().clone().into(),
        });
        let mut sockets = self.0.borrow_mut();
        sockets.retain(|socket| socket.strong_count() > 0);
        sockets.push(Rc::downgrade(&ends));
        Socket(ends)
    }
}

impl Ends {
    fn cut(&self) -> bool {
        let Some(io) = self.io.take() else {
            return false;
        };
        // Closed with a linger time of nothing, a socket sends a reset instead of an orderly end.
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
        self.0.poll(context, |io, context| io.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0
            .poll(context, |io, context| io.poll_shutdown(context))
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
        let (line, url) = (
            Line::default(),
            format!("http://{}", listener.local_addr().unwrap()),
        );
        assert!(!line.cut(), "there is nothing to cut yet");
        let request = line.client().get(url).send();
        let answer = spawn_local(async move { request.await.map(drop) });
        let (mut peer, mut buffer) = (listener.accept().await.unwrap().0, [0; 1024]);
        assert!(peer.read(&mut buffer).await.unwrap() > 0);
        assert!(line.cut());
        assert_eq!(
            peer.read(&mut buffer).await.unwrap_err().kind(),
            ErrorKind::ConnectionReset
        );
        assert!(answer.await.unwrap().is_err());
        assert!(!line.cut(), "it is cut already");
    }
}
