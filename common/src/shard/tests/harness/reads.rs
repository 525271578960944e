//! What a shard reads from its clients.

use super::Harness;
use crate::{shard::tests::clients::TENTH, subscriber::SubscriberKey, transport::PendingReply};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
};
use tokio::time::timeout;

impl Harness {
    /// Sends bytes from a client, which contain no request, and reads them.
    pub(in crate::shard::tests) async fn receive(&mut self, client: &mut TcpStream, bytes: &[u8]) {
        client.write_all(bytes).expect("an open connection");
        assert!(self.serve_ready().await.is_none(), "no request");
    }

    /// Reads `length` bytes from a client that does not block, and serves its socket meanwhile.
    pub(in crate::shard::tests) async fn read(&mut self, client: &mut TcpStream, length: usize) {
        let mut rest = vec![0; length];
        while !rest.is_empty() {
            match client.read(&mut rest) {
                Ok(0) => panic!("the connection ended"),
                Ok(received) => rest.truncate(rest.len() - received),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // Bytes may be on their way although the socket of the shard is not ready.
                    let _ = timeout(TENTH, self.serve_ready()).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Waits until a socket is ready, and serves it. Returns a request of its client.
    pub(in crate::shard::tests) async fn serve_ready(
        &mut self,
    ) -> Option<(SubscriberKey, PendingReply)> {
        loop {
            self.sockets.ready().await;
            let events = self.sockets.take();
            if !events.is_empty() {
                return events
                    .into_iter()
                    .filter_map(|event| self.subscribers.serve_ready(event))
                    .last();
            }
        }
    }
}
