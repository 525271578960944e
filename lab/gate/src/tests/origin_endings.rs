//! The shared origin with clients that are not browsers: they read to the end, speak HTTP/1.0,
//! offer HTTP/2, send a full URL, or send nothing.

use super::shared::{Origin, origin};
use crate::reverse_proxy::serve;
use conformance::{Client, patient};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

/// Sends a request and reads to the end of the connection.
async fn whole(origin: &Origin, request: &str) -> String {
    let mut client = Client::connect(origin.gate.address()).await;
    client.write(request.as_bytes()).await;
    client.rest().await
}

#[actix_web::test]
async fn a_connection_closes_after_the_response_if_requested() {
    let origin = origin().await;
    for request in [
        "GET /worker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /worker HTTP/1.0\r\n\r\n",
        "HEAD /worker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /worker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /worker HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let response = whole(&origin, request).await;
        assert_eq!(
            response.matches(" 200 OK\r\n").count(),
            1,
            "{request}: {response}"
        );
        assert_eq!(
            response.contains("Handled by worker"),
            request.starts_with("GET"),
            "{request}: {response}"
        );
    }
    let mut kept = Client::connect(origin.gate.address()).await;
    for _ in 0..2 {
        kept.write(b"GET /worker HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        assert_eq!(kept.response().await.status, 200);
    }
}

#[actix_web::test]
async fn an_offer_of_http_2_is_ignored() {
    let origin = origin().await;
    origin.services[0].publish("c", 1.into()).await;
    let mut client = Client::connect(origin.gate.address()).await;
    let offer = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
    ];
    for _ in 0..2 {
        client
            .send("GET", "/poll?channel=c&after=0", &offer, "")
            .await;
        let response = client.response().await;
        assert_eq!(
            (
                response.status,
                response.json()["messages"].as_array().map(Vec::len)
            ),
            (200, Some(1))
        );
        assert_eq!(response.header("connection"), None);
    }
}

#[actix_web::test]
async fn the_path_of_a_full_url_selects_the_service() {
    let origin = origin().await;
    let mut client = Client::connect(origin.gate.address()).await;
    for (method, target, status) in [
        ("POST", "http://a/events", 405),
        ("GET", "http://a/ws?channel=c", 426),
        ("GET", "http://a/worker", 200),
    ] {
        client.send(method, target, &[], "").await;
        assert_eq!(client.response().await.status, status, "{target}");
    }
}

#[actix_web::test]
async fn an_idle_connection_is_closed() {
    let services = [(); 3].map(|()| "127.0.0.1:1".to_owned());
    for begun in [&b""[..], b"GET /worker HTTP/1.1\r\nHos"] {
        let (mut client, inside) = duplex(1024);
        client.write_all(begun).await.unwrap();
        let served = serve(inside, &services, Duration::from_millis(20));
        let _ = patient("the end of a connection that is idle", served).await;
        assert_eq!(client.read(&mut [0; 16]).await.unwrap(), 0);
    }
}
