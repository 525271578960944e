//! Delivery, timing and counting on a link.

use crate::{Gate, Link, counters::Traffic, fault::Direction};
use conformance::{eventually, patient};
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU64,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const MS: Duration = Duration::from_millis(1);

/// Returns a gate, and the client's and the service's end of a connection through it.
async fn through(link: Link) -> (Gate, TcpStream, TcpStream) {
    let service = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let gate = Gate::before(service.local_addr().unwrap(), link).unwrap();
    let client = TcpStream::connect(gate.address()).await.unwrap();
    let (service, _) = patient("the gate's connection", service.accept())
        .await
        .unwrap();
    (gate, client, service)
}

async fn read(socket: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    patient("bytes", socket.read_exact(&mut bytes))
        .await
        .unwrap();
    bytes
}

#[tokio::test]
async fn bytes_arrive_unchanged_and_are_counted_exactly() {
    let (gate, mut client, mut service) = through(Link::default()).await;
    let before = gate.counters().await;
    let request = "GET /a?b HTTP/1.1\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    client.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(read(&mut service, request.len()).await, request.as_bytes());
    service.write_all(b"result").await.unwrap();
    assert_eq!(read(&mut client, 6).await, b"result");
    let used = gate.counters().await - before;
    let once = |bytes: usize| Traffic {
        bytes: bytes as u64,
        segments: 1,
    };
    assert_eq!((used.up, used.down), (once(request.len()), once(6)));
    let requests = used.requests;
    assert_eq!((requests.get, requests.post, requests.all()), (1, 1, 2));
    let all = gate.counters().await;
    assert_eq!((all.connections, all.wakeups, gate.open().await), (1, 1, 1));
}

#[tokio::test]
async fn jitter_keeps_bytes_in_order() {
    let link = Link {
        delay: 3 * MS,
        jitter: 3 * MS,
        bandwidth: NonZeroU64::new(400_000_000),
    };
    let (gate, mut client, mut service) = through(link).await;
    let sent: Vec<_> = (0..2_000_000u32).map(|at| (at % 251) as u8).collect();
    let write = async {
        client.write_all(&sent).await.unwrap();
        client.shutdown().await.unwrap();
    };
    let receive = async {
        let mut received = Vec::new();
        service.read_to_end(&mut received).await.unwrap();
        received
    };
    let ((), received) = patient("all bytes", async { tokio::join!(write, receive) }).await;
    assert!(received == sent, "other bytes");
    assert_eq!(gate.counters().await.up.bytes, sent.len() as u64);
}

#[tokio::test]
async fn connecting_takes_a_round_trip_and_each_trip_one_delay() {
    let began = Instant::now();
    let (gate, mut client, mut service) = through(Link::delayed(30 * MS)).await;
    client.write_all(b"x").await.unwrap();
    read(&mut service, 1).await;
    assert!(began.elapsed() >= 90 * MS, "{:?}", began.elapsed());
    gate.set_link(Direction::Down, Link::delayed(10 * MS)).await;
    let asked = Instant::now();
    client.write_all(b"x").await.unwrap();
    read(&mut service, 1).await;
    assert!(asked.elapsed() >= 30 * MS, "{:?}", asked.elapsed());
    service.write_all(b"x").await.unwrap();
    read(&mut client, 1).await;
    assert!(asked.elapsed() >= 40 * MS, "{:?}", asked.elapsed());
    let cost = gate.cost().await;
    assert_eq!((cost.chunks, cost.bytes, cost.late.count()), (3, 3, 3));
}

#[tokio::test]
async fn two_connections_share_the_bandwidth() {
    let service = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let link = Link {
        bandwidth: NonZeroU64::new(8_000_000),
        ..Link::default()
    };
    let gate = Gate::before(service.local_addr().unwrap(), link).unwrap();
    let began = Instant::now();
    let transfer = async || {
        let mut client = TcpStream::connect(gate.address()).await.unwrap();
        let (mut service, _) = service.accept().await.unwrap();
        service.write_all(&[7; 100_000]).await.unwrap();
        read(&mut client, 100_000).await;
    };
    tokio::join!(transfer(), transfer());
    assert!(began.elapsed() >= 200 * MS, "{:?}", began.elapsed());
}

#[tokio::test]
async fn backpressure_stops_the_service_and_loses_nothing() {
    let (gate, mut client, mut service) = through(Link::default()).await;
    let mut sent = 0;
    // Larger than all buffers together, so that the service has to wait.
    while let Ok(written) = timeout(500 * MS, service.write(&[7; 65536])).await {
        sent += written.unwrap();
        assert!(sent < 64 * 1024 * 1024, "nothing stops the sender");
    }
    let kept = gate.counters().await.down.bytes;
    assert!(kept < 8 * 1024 * 1024, "{kept}");
    drop(service);
    let mut received = Vec::new();
    patient("the rest", client.read_to_end(&mut received))
        .await
        .unwrap();
    assert_eq!(received.len(), sent);
}

#[tokio::test]
async fn ends_and_resets_are_relayed() {
    let (gate, mut client, mut service) = through(Link::delayed(2 * MS)).await;
    client.shutdown().await.unwrap();
    assert_eq!(
        patient("an end", service.read(&mut [0; 1])).await.unwrap(),
        0
    );
    service.write_all(b"last").await.unwrap();
    drop(service);
    assert_eq!(read(&mut client, 4).await, b"last");
    assert_eq!(
        patient("an end", client.read(&mut [0; 1])).await.unwrap(),
        0
    );
    eventually("the connection's end", async || gate.open().await == 0).await;

    let (gate, mut client, service) = through(Link::default()).await;
    socket2::SockRef::from(&service)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(service);
    assert_eq!(
        patient("a reset", client.read(&mut [0; 1]))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::ConnectionReset
    );
    drop(gate);
}

#[tokio::test]
async fn a_dropped_gate_closes_all_sockets() {
    let (gate, mut client, mut service) = through(Link::delayed(50 * MS)).await;
    let address = gate.address();
    drop(gate);
    assert!(TcpStream::connect(address).await.is_err());
    for socket in [&mut client, &mut service] {
        assert!(
            patient("the end", socket.read(&mut [0; 1]))
                .await
                .is_ok_and(|read| read == 0)
        );
    }
}

#[tokio::test]
async fn an_unreachable_service_is_a_reset() {
    // Bound but not listening, so that no other test gets the port.
    let unused_port =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    unused_port
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    let address = unused_port.local_addr().unwrap().as_socket().unwrap();
    let gate = Gate::before(address, Link::default()).unwrap();
    // The reset may arrive while the client is still connecting.
    let read = async || {
        TcpStream::connect(gate.address())
            .await?
            .read(&mut [0; 1])
            .await
    };
    assert_eq!(
        patient("a reset", read()).await.unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
}
