//! Limits of connections, headers and memory.

use crate::{Client, Response, Subscriber, client::JSON, eventually, steps::assert_problem};

const BODY: &str = "{\"message\":1}";

/// `--max-connections` counts all connections of the service.
pub async fn connections_beyond_the_limit_are_refused<S: Subscriber>() {
    assert_limit_of_two::<S>("--max-connections").await;
}

/// `--max-connections-per-address` counts those of one peer.
pub async fn connections_beyond_the_limit_of_an_address_are_refused<S: Subscriber>() {
    assert_limit_of_two::<S>("--max-connections-per-address").await;
}

/// The third connection gets 503, until one of the others is closed.
async fn assert_limit_of_two<S: Subscriber>(limit: &str) {
    let server = S::start(&[limit, "2"]).await;
    // The connections that waited until the service is ready may still be counted.
    eventually("no connection", async || server.connections() == 0).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect().await;
        assert_eq!(client.get("/health/live").await.status, 200);
        open.push(client);
    }
    let refused = server.connect().await.head().await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("5"))
    );
    assert_readable_by_all(&refused);
    open.pop();
    eventually("room for another", async || server.connections() < 2).await;
    assert_eq!(server.get("/health/live").await.status, 200);
}

/// Checks that no cache may store the response and that a page of any origin may read it. The
/// request was not parsed, so the service does not know its origin.
fn assert_readable_by_all(refused: &Response) {
    let named = [
        "cache-control",
        "access-control-allow-origin",
        "access-control-expose-headers",
    ];
    assert_eq!(
        named.map(|name| refused.header(name)),
        [Some("no-store"), Some("*"), Some("retry-after")]
    );
}

/// Neither empty lines in a body nor many pipelined requests count as long headers.
pub async fn only_headers_count_against_the_header_limit<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut client = server.connect().await;
    let refused = {
        let mut client = server.connect().await;
        client
            .write(
                format!(
                    "GET /worker HTTP/1.1\r\nHost: x\r\nA: {}",
                    "a".repeat(20_000)
                )
                .as_bytes(),
            )
            .await;
        client.response().await
    };
    assert_problem(&refused, 431, "head-too-large", "at most 8192 bytes");
    assert_readable_by_all(&refused);
    client
        .send("GET", "/worker", &[("a", &"a".repeat(6_000))], "")
        .await;
    assert_eq!(client.response().await.status, 200);
    let lines = format!("{{\"message\":{}1}}", "\n\r\n".repeat(20_000));
    for _ in 0..3 {
        client
            .send("POST", "/messages?channel=c", &[JSON], &lines)
            .await;
        assert_eq!(client.response().await.status, 200);
    }
    chunked(&mut client, &lines).await;
    assert_eq!(client.response().await.status, 200);
    let many = 1000;
    client
        .write(
            "GET /worker HTTP/1.1\r\nHost:  x\r\n\r\n"
                .repeat(many)
                .as_bytes(),
        )
        .await;
    for _ in 0..many {
        assert_eq!(client.response().await.status, 200);
    }
}

/// With more headers, their table would exceed the memory that is documented for a connection.
pub async fn requests_with_too_many_headers_are_refused<S: Subscriber>() {
    let server = S::start(&[]).await;
    let request = |headers: usize| {
        let lines = "A: b\r\n".repeat(headers - 1);
        format!("GET /worker HTTP/1.1\r\nHost: x\r\n{lines}\r\n")
    };
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.write(request(56).as_bytes()).await;
        assert_eq!(client.response().await.status, 200);
    }
    client.write(request(57).as_bytes()).await;
    let refused = client.response().await;
    assert_problem(&refused, 431, "head-too-large", "and 56 lines");
    assert_readable_by_all(&refused);
}

/// Publishes in chunks of 100 bytes.
async fn chunked(client: &mut Client, body: &str) {
    let head = format!(
        "{}: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        JSON.0, JSON.1
    );
    let chunks = body.as_bytes().chunks(100).map(|chunk| {
        format!(
            "{:x}\r\n{}\r\n",
            chunk.len(),
            std::str::from_utf8(chunk).expect("text")
        )
    });
    let request = format!(
        "POST /messages?channel=c HTTP/1.1\r\nHost: x\r\n{head}{}0\r\n\r\n",
        chunks.collect::<String>()
    );
    client.write(request.as_bytes()).await;
}

/// Small bodies, and large bodies of other addresses, are still accepted.
pub async fn large_bodies_are_refused_when_memory_is_short<S: Subscriber>() {
    let server = S::start(&[
        "--max-body",
        "262144",
        "--buffers",
        "1",
        "--trust-proxy",
        "1",
    ])
    .await;
    let large = format!("{{\"message\":\"{}\"}}", "x".repeat(200_000));
    let publish = async |body: &str, from: &str| {
        let headers = [JSON, ("x-forwarded-for", from)];
        server
            .request("POST", "/messages?channel=c", &headers, body)
            .await
    };
    let mut unfinished = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect().await;
        let head = "POST /messages HTTP/1.1\r\nHost: x\r\n\
                    X-Forwarded-For: 1.1.1.1\r\nContent-Type: application/json\r\n";
        client
            .write(format!("{head}Content-Length: 200001\r\n\r\n{}", &large[..200_000]).as_bytes())
            .await;
        unfinished.push(client);
    }
    let budget = &server.running().service().budget;
    eventually("two bodies that are held", async || {
        budget.held() >= 2 * 3 * 200_000
    })
    .await;
    let refused = publish(&large, "1.1.1.1").await;
    assert_problem(&refused, 503, "out-of-memory", "retry later");
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(publish(BODY, "1.1.1.1").await.status, 200);
    assert_eq!(publish(&large, "2.2.2.2").await.status, 200);
    drop(unfinished);
    eventually("room", async || budget.held() == 0).await;
    assert_eq!(publish(&large, "1.1.1.1").await.status, 200);
}
