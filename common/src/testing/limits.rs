//! How much a service takes of one address and of one token.

use super::{
    Client, Reader, Response, Server, eventually,
    requests::{JSON, assert_problem},
    tokens::{SECRET, token},
};
use serde_json::json;

const BODY: &str = "{\"message\":1}";

/// How many publications are taken before one is refused, and that refusal.
async fn taken(server: &Server, headers: &[(&str, &str)]) -> (usize, Response) {
    let headers = [&[JSON], headers].concat();
    for count in 0.. {
        let response = server.request("POST", "/messages", &headers, BODY).await;
        if response.status != 200 {
            return (count, response);
        }
    }
    unreachable!("there are more numbers")
}

/// 429 after two seconds' worth, until there is some again; other addresses are others.
pub async fn publications_beyond_the_rate_are_refused<R: Reader>() {
    let server = R::start(&["--publish-rate", "0.01", "--trust-proxy", "1"]).await;
    let (count, refused) = taken(&server, &[("x-forwarded-for", "1.1.1.1")]).await;
    assert_eq!(count, 1);
    assert_problem(&refused, 429, "too-many-publications", "retry in ");
    let seconds = refused
        .header("retry-after")
        .and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(
        seconds.is_some_and(|seconds| (1..=100).contains(&seconds)),
        "{seconds:?}"
    );
    assert_eq!(
        taken(&server, &[("x-forwarded-for", "1.1.1.1, 2.2.2.2")])
            .await
            .0,
        1
    );
    assert_eq!(taken(&server, &[]).await.0, 1);
}

/// One subject with many tokens is one, from whatever address.
pub async fn each_subject_has_a_rate_of_its_own<R: Reader>() {
    let flags = [
        "--publish-rate",
        "0.01",
        "--trust-proxy",
        "1",
        "--jwt-secret",
        SECRET,
    ];
    let server = R::start(&flags).await;
    let token = |exp: u64, subject| token(&json!({ "exp": exp, "sub": subject, "publish": ["*"] }));
    for (token, address, expected) in [
        (token(4102444800, "a"), "1.1.1.1", 1),
        (token(4102444801, "a"), "1.1.1.2", 0),
        (token(4102444800, "b"), "1.1.1.1", 0),
        (token(4102444800, "b"), "1.1.1.2", 1),
    ] {
        let bearer = format!("Bearer {token}");
        let (count, refused) = taken(
            &server,
            &[("authorization", &bearer), ("x-forwarded-for", address)],
        )
        .await;
        assert_eq!((count, refused.status), (expected, 429), "{address}");
    }
}

/// 429 for the third new channel of an address, published to or read; channels that are there are for everybody.
pub async fn new_channels_beyond_the_rate_are_refused<R: Reader>() {
    let server = R::start(&["--new-channels", "2", "--trust-proxy", "1"]).await;
    let publish = async |channel: &str, address: &str| {
        let path = format!("/messages?channel={channel}");
        server
            .request("POST", &path, &[JSON, ("x-forwarded-for", address)], BODY)
            .await
    };
    for channel in ["main", "a", "b", "a", "b"] {
        assert_eq!(publish(channel, "1.1.1.1").await.status, 200, "{channel}");
    }
    let read = [R::HEADERS, &[("x-forwarded-for", "1.1.1.1")]].concat();
    let stream = server
        .request("GET", &format!("{}?channel=d&after=0", R::PATH), &read, "")
        .await;
    for refused in [publish("c", "1.1.1.1").await, stream] {
        assert_problem(&refused, 429, "too-many-new-channels", "retry in ");
        let seconds = refused
            .header("retry-after")
            .expect("a header")
            .parse::<u32>()
            .expect("a number");
        assert!((1..=30).contains(&seconds), "{seconds}");
    }
    assert_eq!(publish("c", "2.2.2.2").await.status, 200);
    assert_eq!(publish("a", "1.1.1.1").await.status, 200);
    assert_eq!(publish("c", "1.1.1.1").await.status, 200, "it is there now");
}

/// One subject with many tokens is one, from whatever address; a task is a publication too.
pub async fn each_subject_may_begin_so_many_channels<R: Reader>() {
    let flags = [
        "--new-channels",
        "1",
        "--trust-proxy",
        "1",
        "--jwt-secret",
        SECRET,
    ];
    let server = R::start(&flags).await;
    let token = |exp: u64, subject| token(&json!({ "exp": exp, "sub": subject, "publish": ["*"] }));
    for (token, address, path, body, expected) in [
        (
            token(4102444800, "a"),
            "1.1.1.1",
            "/messages?channel=a",
            BODY,
            200,
        ),
        (
            token(4102444801, "a"),
            "1.1.1.2",
            "/messages?channel=b",
            BODY,
            429,
        ),
        (
            token(4102444801, "a"),
            "1.1.1.2",
            "/tasks?channel=b",
            "{\"primes_below\":10}",
            429,
        ),
        (
            token(4102444800, "b"),
            "1.1.1.1",
            "/messages?channel=b",
            BODY,
            429,
        ),
        (
            token(4102444800, "b"),
            "1.1.1.2",
            "/messages?channel=b",
            BODY,
            200,
        ),
    ] {
        let bearer = format!("Bearer {token}");
        let headers = [
            JSON,
            ("authorization", &bearer),
            ("x-forwarded-for", address),
        ];
        let response = server.request("POST", path, &headers, body).await;
        assert_eq!(
            response.status, expected,
            "{path} from {address}: {}",
            response.body
        );
    }
}

/// Of the whole service.
pub async fn connections_beyond_the_limit_are_refused<R: Reader>() {
    two_and_no_more::<R>("--max-connections").await;
}

/// Of one peer.
pub async fn connections_of_one_address_beyond_its_limit_are_refused<R: Reader>() {
    two_and_no_more::<R>("--max-connections-per-address").await;
}

/// 503 from the first connection too many, and room again when one leaves.
async fn two_and_no_more<R: Reader>(limit: &str) {
    let server = R::start(&[limit, "2"]).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect().await;
        client.send("GET", "/health/live", &[], "").await;
        assert_eq!(client.response().await.status, 200);
        open.push(client);
    }
    let refused = server.connect().await.head().await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("5"))
    );
    is_for_all(&refused);
    open.pop();
    eventually("room for another", async || {
        server.running().service().hub.metrics().connections.get() < 2
    })
    .await;
    assert_eq!(server.get("/health/live").await.status, 200);
}

/// No cache keeps it, and a page of any origin may see it: nobody knew whose request it was.
fn is_for_all(refused: &Response) {
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

/// Neither a body that looks like many heads, nor many requests at once, are a long head.
pub async fn only_heads_are_limited_as_heads<R: Reader>() {
    let server = R::start(&[]).await;
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
    is_for_all(&refused);
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

/// Publishes in chunks of a few bytes.
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

/// Small ones are taken all the same, and those of others have room.
pub async fn large_bodies_are_refused_when_others_hold_all_room<R: Reader>() {
    let server = R::start(&[
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
        let head = "POST /messages HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\nContent-Type: application/json\r\n";
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
