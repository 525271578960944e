//! A proxy that cuts connections after a number of response bytes, for tests of clients.

use std::{
    cell::Cell,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
};
use tokio::{
    io::{AsyncReadExt, copy},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, spawn_local},
};

/// A proxy in front of a server. It ends when this is dropped.
#[derive(Debug)]
pub struct FlakyProxy {
    address: SocketAddr,
    connections: Rc<Cell<usize>>,
    task: JoinHandle<()>,
}

impl FlakyProxy {
    /// Starts a proxy. Connection N carries `bytes[N]` bytes of responses, later ones are not cut.
    pub async fn to(server: SocketAddr, bytes: &[u64]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let connections = Rc::<Cell<usize>>::default();
        let bytes = bytes.to_vec();
        let counter = connections.clone();
        let task = spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                let most = bytes.get(counter.get()).copied().unwrap_or(u64::MAX);
                counter.set(counter.get() + 1);
                spawn_local(carry(client, server, most));
            }
        });
        Self {
            address,
            connections,
            task,
        }
    }

    /// Returns its URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.connections.get()
    }
}

impl Drop for FlakyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, most: u64) {
    let mut server = TcpStream::connect(server)
        .await
        .expect("the server listens");
    let (mut requests, mut to_client) = client.split();
    let (responses, mut to_server) = server.split();
    let response = async {
        // Wait for the first byte, so that the request has arrived before a cut.
        responses.readable().await.expect("an open connection");
        let _ = copy(&mut responses.take(most), &mut to_client).await;
    };
    tokio::select! {
        () = response => {}
        _ = copy(&mut requests, &mut to_server) => {}
    }
}
