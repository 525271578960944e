//! A WebSocket client of a storm.

use crate::load::target::Target;
use anyhow::{Result, ensure};
use bytes::BytesMut;
use client::{Transport, backoff::Backoff};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use wire::head::{Head, MessageKind};

/// Channel that the clients subscribe to.
const CHANNEL: &str = "storm";
/// Bytes of one read.
const BUFFER: usize = 1024;

pub(super) struct Client {
    io: TcpStream,
    address: SocketAddr,
}

impl Client {
    /// Opens a client. It is open once the service has agreed to the upgrade.
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let target = Target::ours(Transport::Ws, &format!("http://{address}"), CHANNEL)?;
        let mut request = BytesMut::new();
        target.subscribe(0, b"", &mut request);
        let mut io = TcpStream::connect(address).await?;
        io.write_all(&request).await?;
        let mut response = BytesMut::new();
        let status = loop {
            let length = io.read_buf(&mut response).await?;
            ensure!(length > 0, "the connection was closed");
            if let Some(head) = Head::parse(MessageKind::Responses, &response)? {
                break head.status();
            }
        };
        ensure!(status == Some(101), "the upgrade was refused");
        Ok(Self { io, address })
    }

    /// Returns the address that the server sees.
    pub(super) fn local_address(&self) -> Option<SocketAddr> {
        self.io.local_addr().ok()
    }

    /// Waits for the end of the connection and reconnects once. Returns `None` if there is no end
    /// (in a black hole), or if the reconnect fails. `wait` limits each of the two.
    pub(super) async fn reconnect(mut self, backoff: bool, wait: Duration) -> Option<Self> {
        timeout(wait, self.end()).await.ok()?;
        if backoff {
            sleep(Backoff::default().next(Duration::ZERO)).await;
        }
        timeout(wait, Self::open(self.address)).await.ok()?.ok()
    }

    async fn end(&mut self) {
        let mut buffer = [0; BUFFER];
        while matches!(self.io.read(&mut buffer).await, Ok(1..)) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conformance::patient;
    use std::net::TcpListener;

    #[actix_web::test]
    async fn a_client_that_is_not_cut_does_not_reconnect() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let io = TcpStream::connect(address).await.unwrap();
        let reconnected = Client { io, address }.reconnect(false, Duration::from_millis(50));
        let reconnected = patient("an end of the wait", reconnected).await;
        assert!(reconnected.is_none());
    }
}
