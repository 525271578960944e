//! A proxy for tests that cuts connections after a number of response bytes.

use super::Base;
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

pub(crate) struct FlakyProxy {
    address: SocketAddr,
    connections: Rc<Cell<usize>>,
    task: JoinHandle<()>,
}

impl FlakyProxy {
    /// Starts a proxy. Connection N carries `bytes[N]` bytes of responses, later ones are not cut.
    pub(crate) async fn to(server: SocketAddr, bytes: &[u64]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
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

    pub(crate) fn base(&self) -> Base {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// Returns the number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.get()
    }
}

impl Drop for FlakyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, most: u64) {
    let mut server = TcpStream::connect(server).await.unwrap();
    let (mut requests, mut to_client) = client.split();
    let (answers, mut to_server) = server.split();
    let answer = async {
        // Wait for the first byte, so that the request has arrived before a cut.
        answers.readable().await.unwrap();
        let _ = copy(&mut answers.take(most), &mut to_client).await;
    };
    tokio::select! {
        () = answer => {}
        _ = copy(&mut requests, &mut to_server) => {}
    }
}
