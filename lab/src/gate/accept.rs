//! The connections of a lane, from the listener to their end.

use super::{
    Upstream, bad_gateway,
    carrier::Carrier,
    connection::{Connection, Ending},
    lane::Lane,
    router::{IDLE, Router, Services},
};
use common::net::listen;
use socket2::SockRef;
use std::{
    future::{pending, poll_fn},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, duplex},
    net::{TcpListener, TcpStream},
    task::spawn_local,
    time::sleep,
};

/// What the kernel keeps for a side that does not read, each way: little, so that it soon shows.
const BUFFER: usize = 64 * 1024;
/// Time until the port is tried again that somebody took while connections were refused.
pub(super) const AGAIN: Duration = Duration::from_millis(100);

impl Lane {
    /// Accepts connections for as long as it is polled.
    pub(super) async fn serve(self: Rc<Self>, mut listener: TcpListener) {
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                accepted = listener.accept() => match accepted {
                    Ok((client, peer)) => drop(spawn_local(self.clone().connection(client, peer))),
                    // Too many open files, or a client that left at once.
                    Err(_) => sleep(AGAIN).await,
                },
            }
            if self.conditions().refuse {
                drop(listener);
                listener = self.listen_again().await;
            }
        }
    }

    async fn listen_again(&self) -> TcpListener {
        loop {
            while self.conditions().refuse {
                self.changed.notified().await;
            }
            match listen(self.address).and_then(TcpListener::from_std) {
                Ok(listener) => return listener,
                Err(error) => log::warn!("gate: {}: {error}", self.name),
            }
            sleep(AGAIN).await;
        }
    }

    async fn connection(self: Rc<Self>, client: TcpStream, peer: SocketAddr) {
        let connection = Rc::new(Connection::new(self.thread.next_id(), peer));
        self.tally.borrow_mut().counters.connections += 1;
        self.connections
            .borrow_mut()
            .insert(connection.id, connection.clone());
        self.thread.opened();
        set_up(&client);
        if self.conditions().bad_gateway {
            bad_gateway::answer(&self, &connection, client).await;
        } else {
            self.carry(&connection, client).await;
        }
        self.connections.borrow_mut().remove(&connection.id);
        self.thread.closed();
    }

    async fn carry(&self, connection: &Connection, mut client: TcpStream) {
        let ending = match &self.upstream {
            Upstream::Service(address) => self.to_service(address, connection, &mut client).await,
            Upstream::Services(services) => {
                self.to_services(services, connection, &mut client).await
            }
        };
        if ending == Ending::Reset {
            reset(client);
        }
    }

    async fn to_service(
        &self,
        address: &str,
        connection: &Connection,
        client: &mut TcpStream,
    ) -> Ending {
        // A link has no other way to say that nobody listens behind it.
        let Ok(mut upstream) = TcpStream::connect(address).await else {
            return Ending::Reset;
        };
        set_up(&upstream);
        let ending = self.until_end(connection, client, &mut upstream).await;
        if ending == Ending::Reset {
            reset(upstream);
        }
        ending
    }

    async fn to_services(
        &self,
        services: &Services,
        connection: &Connection,
        client: &mut TcpStream,
    ) -> Ending {
        let (mut upstream, inside) = duplex(BUFFER);
        let routed = async {
            // However it ends: the other end of the pipe shows it.
            let _ = Router::new(services, inside, IDLE).run().await;
            pending().await
        };
        tokio::select! {
            ending = self.until_end(connection, client, &mut upstream) => ending,
            ending = routed => ending,
        }
    }

    async fn until_end(
        &self,
        connection: &Connection,
        client: &mut TcpStream,
        upstream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> Ending {
        let mut carrier = Carrier::new(self, connection, client, upstream);
        poll_fn(|context| carrier.poll(context)).await
    }
}

/// What cannot be set now shows soon enough.
fn set_up(socket: &TcpStream) {
    let socket = SockRef::from(socket);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
}

/// Closed with a linger time of nothing, a socket sends a reset instead of an orderly end.
fn reset(socket: TcpStream) {
    let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
}
