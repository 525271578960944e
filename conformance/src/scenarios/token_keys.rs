//! Which tokens a service accepts: signatures, algorithms, key files.

use crate::{
    Event, Subscriber, eventually,
    scenarios::access::request,
    steps::assert_problem,
    tokens::{FLAGS, SECRET, now, token, token_for},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use std::path::PathBuf;

fn keys() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../common/service/tests/keys"
    ))
}

/// The problem names the mistake.
pub async fn a_bad_token_is_refused_and_never_echoed<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
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
        let refused = request::<S>(&server, "GET", &format!("{}?channel=c", S::PATH), &token).await;
        assert_problem(&refused, 401, name, words);
        assert!(!refused.body.contains(&token), "{}", refused.body);
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(
            challenge.contains("error=\"invalid_token\"") && !challenge.contains(&token),
            "{challenge}"
        );
    }
}

/// HS256, RS256 and ES256, with tokens signed by another program.
pub async fn keys_of_every_kind_are_read_from_files<S: Subscriber>() {
    let keys = keys();
    for (key, token) in [
        (
            "hs256.secret",
            include_str!("../../../common/service/tests/keys/hs256.jwt"),
        ),
        (
            "rsa-public.pem",
            include_str!("../../../common/service/tests/keys/rs256.jwt"),
        ),
        (
            "ec-public.pem",
            include_str!("../../../common/service/tests/keys/es256.jwt"),
        ),
    ] {
        let server = S::start(&["--jwt-key-file", &keys.join(key).to_string_lossy()]).await;
        // Twice: the second time the token is in the cache.
        for _ in 0..2 {
            assert_eq!(
                request::<S>(&server, "POST", "/messages?channel=news.a", token.trim())
                    .await
                    .status,
                200
            );
            let refused =
                request::<S>(&server, "POST", "/messages?channel=other", token.trim()).await;
            assert_problem(&refused, 403, "channel-not-allowed", "other");
        }
        let mut subscriber = S::subscribe(
            &server,
            &format!("channel=news.a&after=0&access_token={}", token.trim()),
        )
        .await;
        assert!(
            matches!(subscriber.next().await, Event::Message(message) if message["message"] == 1)
        );
    }
}

/// Verifying a signature is costly. Cached tokens and other addresses are not affected.
pub async fn bad_tokens_are_limited_by_address<S: Subscriber>() {
    let key = keys().join("ec-public.pem");
    let server = S::start(&[
        "--jwt-key-file",
        &key.to_string_lossy(),
        "--trust-proxy",
        "1",
    ])
    .await;
    let good = include_str!("../../../common/service/tests/keys/es256.jwt").trim();
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
