//! Accepts the connections of a route and runs each to its end.

use super::{
    Upstream, bad_gateway,
    gate_connection::{ConnectionEnd, GateConnection},
    relay::Relay,
    reverse_proxy::{self, ServiceAddresses},
    route::Route,
};
use net::listen;
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

/// Socket buffers, in bytes each way. Small, so that a receiver that does not read is soon noticed.
const BUFFER: usize = 64 * 1024;
/// Interval between attempts to bind a port that was taken while the gate refused connections.
pub(super) const RELISTEN_INTERVAL: Duration = Duration::from_millis(100);

impl Route {
    /// Accepts connections while it is polled.
    pub(super) async fn serve(self: Rc<Self>, mut listener: TcpListener) {
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                accepted = listener.accept() => match accepted {
                    Ok((client, peer)) => drop(spawn_local(self.clone().connection(client, peer))),
                    // Too many open files, or the client has closed already.
                    Err(_) => sleep(RELISTEN_INTERVAL).await,
                },
            }
            if self.conditions().refuse {
                drop(listener);
                listener = self.listen_later().await;
            }
        }
    }

    async fn listen_later(&self) -> TcpListener {
        loop {
            while self.conditions().refuse {
                self.changed.notified().await;
            }
            match listen(self.address).and_then(TcpListener::from_std) {
                Ok(listener) => return listener,
                Err(error) => log::warn!("gate: {}: {error}", self.name),
            }
            sleep(RELISTEN_INTERVAL).await;
        }
    }

    async fn connection(self: Rc<Self>, client: TcpStream, peer: SocketAddr) {
        let connection = Rc::new(GateConnection::new(self.thread.next_id(), peer));
        self.tally.borrow_mut().counters.connections += 1;
        self.connections
            .borrow_mut()
            .insert(connection.id, connection.clone());
        self.thread.opened();
        set_up(&client);
        if self.conditions().bad_gateway {
            bad_gateway::respond(&self, &connection, client).await;
        } else {
            self.relay(&connection, client).await;
        }
        self.connections.borrow_mut().remove(&connection.id);
        self.thread.closed();
    }

    async fn relay(&self, connection: &GateConnection, mut client: TcpStream) {
        let ending = match &self.upstream {
            Upstream::Service(address) => {
                self.relay_to_service(address, connection, &mut client)
                    .await
            }
            Upstream::Services(services) => {
                self.relay_to_proxy(services, connection, &mut client).await
            }
        };
        if ending == ConnectionEnd::Reset {
            reset(client);
        }
    }

    async fn relay_to_service(
        &self,
        address: &str,
        connection: &GateConnection,
        client: &mut TcpStream,
    ) -> ConnectionEnd {
        // Between two sockets, a reset is the only way to signal that the service is not there.
        let Ok(mut upstream) = TcpStream::connect(address).await else {
            return ConnectionEnd::Reset;
        };
        set_up(&upstream);
        let ending = self.run_relay(connection, client, &mut upstream).await;
        if ending == ConnectionEnd::Reset {
            reset(upstream);
        }
        ending
    }

    async fn relay_to_proxy(
        &self,
        services: &ServiceAddresses,
        connection: &GateConnection,
        client: &mut TcpStream,
    ) -> ConnectionEnd {
        let (mut upstream, inside) = duplex(BUFFER);
        let proxied = async {
            // The relay notices the end of the proxy at its end of the pipe.
            let _ = reverse_proxy::serve(inside, services, reverse_proxy::IDLE_TIMEOUT).await;
            pending().await
        };
        tokio::select! {
            ending = self.run_relay(connection, client, &mut upstream) => ending,
            ending = proxied => ending,
        }
    }

    async fn run_relay(
        &self,
        connection: &GateConnection,
        client: &mut TcpStream,
        upstream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> ConnectionEnd {
        let mut relay = Relay::new(self, connection, client, upstream);
        poll_fn(|context| relay.poll(context)).await
    }
}

/// Sets the socket options. A dead socket fails at the next read or write anyway.
fn set_up(socket: &TcpStream) {
    let socket = SockRef::from(socket);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
}

/// Closes with a TCP reset: a linger time of zero discards unsent bytes (socket(7)).
fn reset(socket: TcpStream) {
    let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
}
