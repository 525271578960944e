//! A link for tests: it carries so many bytes of answers on each connection, and then breaks it.

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
    /// The first connections carry this many bytes each, later ones as many as they like.
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

    /// How many there have been.
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
        // Not before there is one: the request must have arrived.
        answers.readable().await.unwrap();
        let _ = copy(&mut answers.take(most), &mut to_client).await;
    };
    tokio::select! {
        () = answer => {}
        _ = copy(&mut requests, &mut to_server) => {}
    }
}
