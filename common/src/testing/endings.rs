//! How readers end, and services.

use super::{Reader, eventually, steps::bodies};
use crate::server::Transport;
use serde_json::json;

/// A closed connection is no reader any more.
pub async fn a_reader_that_leaves_is_noticed<R: Reader>() {
    let server = R::start(&[]).await;
    let (stays, leaves) = (R::open(&server, "channel=c").await, R::open(&server, "channel=c").await);
    eventually("two readers", async || server.readers() == 2).await;
    drop(leaves);
    eventually("one reader", async || server.readers() == 1).await;
    drop(stays);
    eventually("no reader", async || server.readers() == 0).await;
}

/// Nobody is cut off in the middle.
pub async fn a_service_that_stops_tells_its_readers<R: Reader>() {
    let server = R::start(&[]).await;
    let mut readers = Vec::new();
    for _ in 0..5 {
        readers.push(R::open(&server, "channel=c").await);
    }
    eventually("five readers", async || server.readers() == 5).await;
    let goodbyes = async {
        for reader in readers {
            reader.goodbye().await;
        }
    };
    let not_ready = async {
        let ready = server.get("/health/ready").await;
        assert_eq!((ready.status, ready.header("retry-after")), (503, Some("1")), "also to whoever comes just now");
    };
    tokio::join!(server.stop(), goodbyes, not_ready);
    assert_eq!(server.metric("drained_total", R::Transport::NAME), 5);
}

/// It costs what its socket holds, and that not for long; the others go on.
pub async fn a_reader_that_takes_nothing_is_cut<R: Reader>() {
    let server = R::start(&["--stalled", "3", "--heartbeat", "1", "--history", "10"]).await;
    let stalled = R::open(&server, "channel=c").await;
    let mut healthy = R::open(&server, "channel=d").await;
    let body = json!("x".repeat(60_000));
    eventually("the cut", async || {
        server.publish("c", body.clone()).await;
        server.publish("d", json!(0)).await;
        assert_eq!(bodies(&mut healthy, 1).await, [0]);
        server.metric("streams_gone_total", "slow") == 1
    })
    .await;
    assert_eq!(server.metric("streams_gone_total", "silent"), 0, "who is not read cannot answer");
    assert_eq!(server.readers(), 1);
    server.publish("d", json!(1)).await;
    assert_eq!(bodies(&mut healthy, 1).await, [1]);
    drop(stalled);
}
