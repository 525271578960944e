//! Heartbeats, violations and close frames.

use crate::*;

#[actix_web::test]
async fn a_close_frame_is_echoed_and_ends_the_connection() {
    let server = Server::start::<Ws>(&[]);
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut socket = connect(server.address(), path).await;
        let close = CloseFrame {
            code: CloseCode::Library(4321),
            reason: "done".into(),
        };
        socket
            .send(Message::Close(Some(close)))
            .await
            .expect("an open connection");
        let close = next_close(&mut socket).await;
        assert_eq!(close.code, CloseCode::Library(4321), "{path}");
        assert!(patient("the end", socket.next()).await.is_none());
    }
    eventually("the end to be counted", async || {
        server.metric("streams_gone_total", "ended") == 1
    })
    .await;
    eventually("no connections", async || server.connections() == 0).await;
}

#[actix_web::test]
async fn a_violation_is_named_in_the_close_frame() {
    let server = Server::start::<Ws>(&[]);
    let violations: [(&[u8], u16); 4] = [
        (b"\x81\x01x", 1002),                          // not masked
        (b"\xc1\x80\0\0\0\0", 1002),                   // a reserved bit
        (b"\x81\x81\0\0\0\0\xff", 1007),               // not UTF-8
        (b"\x81\xff\0\0\0\x01\0\0\0\0\0\0\0\0", 1009), // 4 GiB
    ];
    for path in ["/", "/echo", "/ws?channel=c"] {
        for (bytes, code) in violations {
            let mut client = upgraded(&server, path).await;
            client.write(bytes).await;
            let mut socket = over(client).await;
            let close = next_close(&mut socket).await;
            assert_eq!(u16::from(close.code), code, "{path}: {}", close.reason);
        }
    }
}

#[actix_web::test]
async fn the_close_after_a_far_too_long_message_can_be_read() {
    let server = Server::start::<Ws>(&[]);
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut client = upgraded(&server, path).await;
        let length: u64 = 17 << 20;
        client
            .write(&[&b"\x82\xff"[..], &length.to_be_bytes(), &[0; 4]].concat())
            .await;
        client.write(&vec![0; length as usize]).await;
        let mut socket = over(client).await;
        let close = next_close(&mut socket).await;
        assert_eq!(close.code, CloseCode::Size, "{path}: {}", close.reason);
    }
}

/// An incomplete frame, an incomplete sequence of fragments, and an incomplete header.
#[actix_web::test]
async fn an_incomplete_message_times_out() {
    let server = Server::start::<Ws>(&[]);
    let beginnings: [&[u8]; 3] = [b"\x81\x85\0\0\0\0ab", b"\x01\x81\0\0\0\0a", b"\x81"];
    let mut sockets = Vec::new();
    for path in ["/", "/echo", "/ws?channel=c"] {
        for beginning in beginnings {
            let mut client = upgraded(&server, path).await;
            client.write(beginning).await;
            sockets.push((path, beginning, client));
        }
    }
    for (path, beginning, client) in sockets {
        let mut socket = over(client).await;
        let close = next_close(&mut socket).await;
        let close = (close.code, &*close.reason);
        assert_eq!(
            close,
            (CloseCode::Policy, "a message was not complete after 10 s"),
            "{path} {beginning:?}"
        );
    }
}

#[actix_web::test]
async fn binary_messages_are_refused_where_text_is_expected() {
    let server = Server::start::<Ws>(&[]);
    for path in ["/", "/ws?channel=c"] {
        let mut socket = connect(server.address(), path).await;
        next(&mut socket).await;
        socket
            .send(Message::binary(vec![1]))
            .await
            .expect("an open connection");
        assert_eq!(next_close(&mut socket).await.code, CloseCode::Unsupported);
    }
}

#[actix_web::test]
async fn a_ping_is_answered_and_a_quiet_peer_is_pinged() {
    let server = Server::start::<Ws>(&["--heartbeat", "1"]);
    for path in ["/echo", "/ws?channel=c"] {
        let mut client = upgraded(&server, path).await;
        client.write(b"\x89\x82\0\0\0\0hi").await;
        let mut socket = over(client).await;
        let (mut pinged, mut ponged) = (false, false);
        while !(pinged && ponged) {
            match next(&mut socket).await {
                Message::Ping(_) => pinged = true,
                Message::Pong(payload) => ponged = payload == "hi",
                _ => {}
            }
        }
    }
}

#[actix_web::test]
async fn a_peer_that_answers_no_ping_is_disconnected() {
    let server = Server::start::<Ws>(&["--heartbeat", "1"]);
    let _client = upgraded(&server, "/ws?channel=c").await;
    eventually("the disconnect", async || {
        server.metric("streams_gone_total", "silent") == 1
    })
    .await;
    assert_eq!(server.subscribers(), 0);
}

#[actix_web::test]
async fn a_flooding_peer_blocks_no_other() {
    let server = Server::start::<Ws>(&["--workers", "1"]);
    let client = upgraded(&server, "/ws?channel=c").await;
    let io = client.into_parts().0.into_std().expect("a socket");
    io.set_nonblocking(false).expect("a socket");
    let pongs = b"\x8a\x80\0\0\0\0".repeat(10_000);
    io.set_write_timeout(Some(Duration::from_secs(1)))
        .expect("a socket");
    let over = Arc::new(AtomicBool::new(false));
    let ended = over.clone();
    let flood = std::thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            let _ = (&io).write_all(&pongs);
        }
    });
    for number in 0..20 {
        server.publish("c", json!(number)).await;
    }
    over.store(true, Ordering::Relaxed);
    flood.join().expect("no panic while writing");
}
