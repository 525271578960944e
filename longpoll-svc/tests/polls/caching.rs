//! `--poll-cache`: which responses caches may keep.

use crate::*;

const PAGE: &str = "http://page.example";

fn caching(flags: &[&str]) -> Server {
    let mut transport = LongPoll::default();
    transport.poll_cache = std::time::Duration::from_secs(5);
    Server::of(transport, flags)
}

fn control(response: &Response) -> &str {
    response.header("cache-control").expect("a header")
}

/// By actix, by the hub for a new poll, and by the hub for one that it recognises.
#[actix_web::test]
async fn a_response_with_messages_after_a_cursor_may_be_kept() {
    let server = caching(&["--origins", PAGE]);
    let mut after = cursor(&server).await;
    let (mut client, origin) = (server.connect().await, [("origin", PAGE)]);
    for envelope in ["", "&envelope=none"] {
        let mut before = after.clone();
        for _ in 0..3 {
            let path = format!("{}{envelope}", path(&after));
            client.send("GET", &path, &origin, "").await;
            waits(&server, 1).await;
            before = after;
            after = server.publish("c", json!("hi")).await;
            let response = client.response().await;
            assert_eq!(control(&response), "public, max-age=5");
            // A cache must not give it to pages of another origin.
            assert_eq!(response.header("vary"), Some("origin"));
            assert_eq!(response.header("access-control-allow-origin"), Some(PAGE));
        }
        let path = format!("{}{envelope}", path(&before));
        let response = server.request("GET", &path, &origin, "").await;
        assert_eq!(control(&response), "public, max-age=5");
        let response = server.get(&path).await;
        assert_eq!(response.header("access-control-allow-origin"), None);
        assert_eq!(response.header("vary"), Some("origin"));
    }
}

/// A cache would give them to polls that come later, for which they are not true.
#[actix_web::test]
async fn other_responses_may_not_be_kept() {
    let server = caching(&["--history", "3"]);
    let first = server.publish("c", json!(1)).await;
    for query in [
        "channel=c".to_owned(),
        "channel=c&after=0".to_owned(),
        "channel=c&after=1-1".to_owned(),
        format!("channel=c&after={first}&wait=0"),
        format!("channel=c&after={first}&wait=1"),
        "channel=c&after=no".to_owned(),
    ] {
        let response = server.get(&format!("/poll?{query}")).await;
        assert_eq!(control(&response), "no-store", "{query}");
    }
    server.publish("c", json!(2)).await;
    let history = server
        .get(&format!("/messages?channel=c&after={first}"))
        .await;
    assert_eq!(control(&history), "no-store");
    let several = server
        .get(&format!("/poll?channel=c,d&after=c@{first}"))
        .await;
    assert_eq!(several.json()["messages"][0]["message"], 2);
    assert_eq!(control(&several), "no-store");
    let end = r#"{"message":3,"end":true}"#;
    let ended = server.post("/messages?channel=c", &[], end).await.json();
    let last = ended["id"].as_str().expect("an id").to_owned();
    for after in [first, last] {
        let response = server.get(&path(&after)).await;
        assert_eq!(response.json()["end"], true);
        assert_eq!(control(&response), "no-store");
    }
}

/// It is not told from other cursors once the poll waits in the hub.
#[actix_web::test]
async fn a_poll_from_the_beginning_may_not_be_kept_however_it_waits() {
    let server = caching(&[]);
    let mut client = server.connect().await;
    let beginning = "/poll?channel=c&after=0";
    client.send("GET", beginning, &[], "").await;
    waits(&server, 1).await;
    let id = server.publish("c", json!(1)).await;
    assert_eq!(control(&client.response().await), "no-store");
    client.send("GET", &path(&id), &[], "").await;
    waits(&server, 1).await;
    server.publish("c", json!(2)).await;
    assert_eq!(control(&client.response().await), "public, max-age=5");
    let again = client.get(beginning).await;
    assert_eq!(again.json()["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(control(&again), "no-store");
}

#[actix_web::test]
async fn a_large_response_may_be_kept_and_has_what_it_began_with() {
    let server = caching(&[]);
    let first = server.publish("c", json!(0)).await;
    for number in 1..=20 {
        server.publish("c", json!([number, "x".repeat(9000)])).await;
    }
    let response = server.get(&path(&first)).await;
    assert_eq!(control(&response), "public, max-age=5");
    assert_eq!(
        response.json()["messages"].as_array().map(Vec::len),
        Some(20)
    );
}

#[actix_web::test]
async fn with_a_token_only_the_client_itself_may_keep_it() {
    let server = caching(&tokens::FLAGS);
    let claims = json!({ "exp": 4_102_444_800_u64, "publish": ["*"], "subscribe": ["*"] });
    let bearer = format!("Bearer {}", tokens::token(&claims));
    let header = [("authorization", &*bearer)];
    let publish = async || {
        let body = r#"{"message":1}"#;
        let response = server.post("/messages?channel=c", &header, body).await;
        let id = response.json()["id"].take();
        id.as_str().expect("an id").to_owned()
    };
    let (mut client, mut after) = (server.connect().await, publish().await);
    for _ in 0..3 {
        client.send("GET", &path(&after), &header, "").await;
        waits(&server, 1).await;
        after = publish().await;
        let head = client.head().await;
        assert_eq!(control(&head), "private, max-age=5");
        // Another user of the same browser has another token.
        let vary: Vec<_> = head.headers("vary").collect();
        assert_eq!(vary.join(", "), "origin, authorization, cookie");
        client.body(head).await;
    }
}
