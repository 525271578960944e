//! What a service with a key must do with requests that have a token, and with those that have none.

use super::{
    Client, Event, Process, Reader, Response, Server, eventually,
    requests::{JSON, assert_problem},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// The secret of the services under test.
pub const SECRET: &str = "a secret of thirty-two bytes, or more";

/// The flags that turn tokens on.
pub const FLAGS: [&str; 2] = ["--jwt-secret", SECRET];

/// A token with these claims.
pub fn token(claims: &Value) -> String {
    encode(
        &Header::default(),
        claims,
        &EncodingKey::from_secret(SECRET.as_bytes()),
    )
    .expect("a token")
}

/// A token that may publish and read these, for so many seconds.
pub fn token_for(publish: &[&str], subscribe: &[&str], seconds: f64) -> String {
    token(&json!({ "exp": now() + seconds, "publish": publish, "subscribe": subscribe }))
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later than 1970")
        .as_secs_f64()
}

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

async fn request<R: Reader>(server: &Server, method: &str, path: &str, token: &str) -> Response {
    let (name, value) = bearer(token);
    let (own, body) = if method == "POST" {
        (&[JSON][..], "{\"message\":1}")
    } else {
        (R::HEADERS, "")
    };
    let mut client = server.connect().await;
    client
        .send(method, path, &[own, &[(name, &value)]].concat(), body)
        .await;
    let head = client.head().await;
    // A stream that is opened has no end to wait for.
    if head.status < 400 {
        head
    } else {
        client.body(head).await
    }
}

/// Everything that publishes or reads is refused without a token; the rest is not.
pub async fn whoever_has_no_token_may_look_after_the_service_only<R: Reader>() {
    let server = R::start(&FLAGS).await;
    let own = [R::PATH.to_owned(), format!("{}?channel=c", R::PATH)];
    let asks = ["/messages", "/messages?channel=c", &own[0], &own[1]].map(|path| ("GET", path));
    for (method, path) in asks.into_iter().chain([
        ("POST", "/messages"),
        ("POST", "/messages?channel=c"),
        ("POST", "/tasks"),
        ("DELETE", "/tasks/a"),
    ]) {
        let refused = server.request(method, path, R::HEADERS, "").await;
        assert_problem(
            &refused,
            401,
            "missing-token",
            "Authorization: Bearer TOKEN",
        );
        assert_eq!(
            refused.header("www-authenticate"),
            Some("Bearer realm=\"trilane\""),
            "{method} {path}"
        );
    }
    for path in ["/health/live", "/health/ready", "/metrics", "/worker", "/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(server.readers(), 0);
}

/// In this order, and the first counts.
pub async fn a_token_comes_in_a_header_a_cookie_or_the_query<R: Reader>() {
    let server = R::start(&FLAGS).await;
    let token = token_for(&["*"], &["*"], 60.0);
    let (name, bearer) = bearer(&token);
    let cookie = format!("other=1; trilane={token}");
    let query = format!("/messages?access_token={token}");
    for (path, headers) in [
        ("/messages", &[(name, &*bearer)][..]),
        ("/messages", &[("cookie", &cookie)]),
        (&query, &[]),
        ("/messages?access_token=bad", &[("cookie", &cookie)]),
        (
            "/messages?access_token=bad",
            &[(name, &bearer), ("cookie", "trilane=bad")],
        ),
    ] {
        assert_eq!(
            server.request("GET", path, headers, "").await.status,
            200,
            "{headers:?}"
        );
    }
    let bad = server
        .request(
            "GET",
            &query,
            &[(name, "Bearer bad"), ("cookie", &cookie)],
            "",
        )
        .await;
    assert_problem(&bad, 401, "bad-token", "not a JWT");
    let preflight = [
        ("origin", "http://localhost:8000"),
        ("access-control-request-method", "GET"),
    ];
    let allowed = server.request("OPTIONS", "/messages", &preflight, "").await;
    assert_eq!(
        allowed.header("access-control-allow-credentials"),
        Some("true")
    );
}

/// By name or by its beginning, and reading is not publishing.
pub async fn a_token_allows_what_it_names<R: Reader>() {
    let server = R::start(&FLAGS).await;
    let token = token_for(&["news.*"], &["main", "news.a"], 60.0);
    let own = |channel| format!("{}?channel={channel}", R::PATH);
    let cases = [
        ("POST", "/messages?channel=news.a".to_owned(), true),
        ("POST", "/messages?channel=news.b".to_owned(), true),
        ("POST", "/messages".to_owned(), false),
        ("GET", "/messages".to_owned(), true),
        ("GET", "/messages?channel=news.b".to_owned(), false),
        ("GET", own("news.a"), true),
        ("GET", own("news.b"), false),
    ];
    for (method, path, allowed) in cases {
        let response = request::<R>(&server, method, &path, &token).await;
        if allowed {
            assert!(
                [101, 200].contains(&response.status),
                "{method} {path}: {}",
                response.body
            );
        } else {
            let (claim, channel) = if method == "POST" {
                ("publish", "main")
            } else {
                ("subscribe", "news.b")
            };
            assert_problem(
                &response,
                403,
                "channel-not-allowed",
                &format!("does not have {channel}"),
            );
            let challenge = response.header("www-authenticate").expect("a challenge");
            assert!(
                challenge.contains("error=\"insufficient_scope\"") && challenge.contains(claim),
                "{challenge}"
            );
        }
    }
    assert_eq!(
        server
            .get(&format!("/messages?access_token={token}"))
            .await
            .json()["messages"],
        json!([])
    );
}

/// And says what is wrong with it.
pub async fn a_bad_token_is_refused_and_never_repeated<R: Reader>() {
    let server = R::start(&FLAGS).await;
    let header = Header::new(Algorithm::HS512);
    let claims = json!({ "exp": now() + 60.0, "subscribe": ["*"] });
    let encoded = |header, secret: &str| {
        encode(
            header,
            &claims,
            &EncodingKey::from_secret(secret.as_bytes()),
        )
    };
    let good = token(&claims);
    let unsigned = format!(
        "eyJhbGciOiJub25lIn0.{}.",
        good.split('.').nth(1).expect("claims")
    );
    for (token, name, words) in [
        (token_for(&["*"], &["*"], -1.0), "expired-token", "expired"),
        (
            token(&json!({ "exp": now() + 60.0, "nbf": now() + 30.0 })),
            "bad-token",
            "not valid yet",
        ),
        (
            token(&json!({ "subscribe": ["*"] })),
            "bad-token",
            "exp a number",
        ),
        (
            encoded(&Header::default(), "the secret of some other service").expect("a token"),
            "bad-token",
            "signature",
        ),
        (
            encoded(&header, SECRET).expect("a token"),
            "bad-token",
            "another algorithm",
        ),
        (unsigned, "bad-token", "algorithm"),
        (good[..good.len() - 1].to_owned(), "bad-token", ""),
    ] {
        let refused = request::<R>(&server, "GET", &format!("{}?channel=c", R::PATH), &token).await;
        assert_problem(&refused, 401, name, words);
        assert!(!refused.body.contains(&token), "{}", refused.body);
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(
            challenge.contains("error=\"invalid_token\"") && !challenge.contains(&token),
            "{challenge}"
        );
    }
}

/// HS256, RS256 and ES256, with tokens that another program signed.
pub async fn keys_of_all_kinds_come_in_files<R: Reader>() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testing/keys");
    for (key, token) in [
        ("hs256.secret", include_str!("keys/hs256.jwt")),
        ("rsa-public.pem", include_str!("keys/rs256.jwt")),
        ("ec-public.pem", include_str!("keys/es256.jwt")),
    ] {
        let server = R::start(&["--jwt-key-file", &keys.join(key).to_string_lossy()]).await;
        // More than once, since a good token is remembered.
        for _ in 0..2 {
            assert_eq!(
                request::<R>(&server, "POST", "/messages?channel=news.a", token.trim())
                    .await
                    .status,
                200
            );
            let refused =
                request::<R>(&server, "POST", "/messages?channel=other", token.trim()).await;
            assert_problem(&refused, 403, "channel-not-allowed", "other");
        }
        let mut reader = R::open(
            &server,
            &format!("channel=news.a&after=0&access_token={}", token.trim()),
        )
        .await;
        assert!(matches!(reader.next().await, Event::Message(message) if message["message"] == 1));
    }
}

/// Where checking one is costly. Good tokens that are known, and other addresses, are not affected.
pub async fn bad_tokens_of_one_address_are_limited<R: Reader>() {
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testing/keys/ec-public.pem");
    let server = R::start(&[
        "--jwt-key-file",
        &key.to_string_lossy(),
        "--trust-proxy",
        "1",
    ])
    .await;
    let good = include_str!("keys/es256.jwt").trim();
    let get = |address, token| {
        let headers =
            format!("Host: x\r\nX-Forwarded-For: {address}\r\nAuthorization: Bearer {token}\r\n");
        format!("GET /messages HTTP/1.1\r\n{headers}\r\n")
    };
    let mut client = server.connect().await;
    let mut statuses = async |request: String, count| {
        client.write(request.repeat(count).as_bytes()).await;
        let mut statuses = Vec::new();
        for _ in 0..count {
            let response = client.response().await;
            assert!(
                response.status != 429 || response.header("retry-after") == Some("1"),
                "{}",
                response.body
            );
            statuses.push(response.status);
        }
        statuses
    };
    assert_eq!(statuses(get("1.1.1.1", good), 1).await, [200]);
    eventually("too many bad tokens", async || {
        statuses(get("1.1.1.1", "bad"), 300).await.contains(&429)
    })
    .await;
    assert_eq!(statuses(get("1.1.1.1", good), 1).await, [200]);
    assert_eq!(statuses(get("2.2.2.2", "bad"), 1).await, [401]);
}

/// With everything delivered until then; others go on, and whoever comes back is refused.
pub async fn a_stream_ends_when_its_token_expires<R: Reader>() {
    // The first heartbeat comes before the token's end, since the hub looks for that with each heartbeat.
    let server = R::start(&["--heartbeat", "2", "--jwt-secret", SECRET]).await;
    let (short, long) = (token_for(&[], &["c"], 2.5), token_for(&["*"], &["*"], 60.0));
    let (name, value) = bearer(&long);
    let publish = async |body: &str| {
        let body = format!("{{\"message\":{body}}}");
        let response = server
            .request(
                "POST",
                "/messages?channel=c",
                &[JSON, (name, &value)],
                &body,
            )
            .await;
        response.json()["id"].as_str().expect("an id").to_owned()
    };
    let mut ends = R::open(&server, &format!("channel=c&access_token={short}")).await;
    let mut stays = R::open(&server, &format!("channel=c&access_token={long}")).await;
    publish("1").await;
    for reader in [&mut ends, &mut stays] {
        assert!(matches!(reader.next().await, Event::Message(message) if message["message"] == 1));
    }
    ends.expired().await;
    let refused = request::<R>(
        &server,
        "GET",
        &format!("{}?channel=c&after=0", R::PATH),
        &short,
    )
    .await;
    assert_problem(&refused, 401, "expired-token", "expired");
    eventually("one reader", async || server.readers() == 1).await;
    publish("2").await;
    assert!(matches!(stays.next().await, Event::Message(message) if message["message"] == 2));
}

/// Nothing that a service's program says holds a token, good or bad, or the secret; however much it says.
pub async fn a_program_never_logs_a_token(program: &str, path: &str, headers: &[(&str, &str)]) {
    let process = Process::start_logging("trace", program, &FLAGS);
    let tokens = [
        token_for(&["*"], &["*"], 60.0),
        token_for(&[], &[], 60.0),
        token_for(&["*"], &["*"], -1.0),
    ];
    let paths = [path, "/messages", "/nowhere", "/health/ready", "/metrics"];
    for (token, path) in tokens
        .iter()
        .flat_map(|token| paths.map(|path| (token, path)))
    {
        let (bearer, cookie) = (format!("Bearer {token}"), format!("trilane={token}"));
        let query = format!("{path}?channel=c&access_token={token}");
        let ways = [
            (&*query, vec![]),
            (path, vec![("authorization", &*bearer)]),
            (path, vec![("cookie", &*cookie)]),
        ];
        for (path, credentials) in ways {
            for (method, own, body) in [
                ("GET", headers, ""),
                ("POST", &[JSON], "{\"message\":1}"),
                ("DELETE", &[], ""),
            ] {
                let mut client = Client::connect(process.address()).await;
                client
                    .send(method, path, &[own, &credentials].concat(), body)
                    .await;
                // Bare polls are answered when there is a message, and that has been published by then.
                let head = client.head().await;
                let answer = if head.status >= 400 {
                    client.body(head).await.body
                } else {
                    String::new()
                };
                assert!(
                    !tokens.iter().any(|token| answer.contains(token)),
                    "{method} {path}: {answer}"
                );
            }
        }
    }
    process.terminate();
    let log = process.whole_log().await;
    assert!(log.contains("TRACE") && log.contains("stopped"), "{log}");
    for text in tokens.iter().map(String::as_str).chain([SECRET]) {
        // Not even a part that could be put together with others.
        let part = text.rsplit('.').next().expect("a part");
        assert!(!log.contains(part), "{part} is in the log");
    }
}
