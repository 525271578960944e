//! What the response to a poll has, and when it arrives.

use crate::*;

#[actix_web::test]
async fn without_a_cursor_a_poll_returns_the_latest_id() {
    let server = start(&[]);
    let id = server.publish("c", json!(1)).await;
    assert_eq!(
        server.get("/poll?channel=c").await.json(),
        json!({ "messages": [], "cursor": id })
    );
}

#[actix_web::test]
async fn a_poll_waits_for_its_wait_parameter() {
    let server = start(&[]);
    let cursor = cursor(&server).await;
    let empty = json!({ "messages": [], "cursor": cursor });
    for (wait, seconds) in [(0, 0), (1, 1), (2, 2)] {
        let began = Instant::now();
        let answer = server
            .get(&format!("/poll?channel=c&after={cursor}&wait={wait}"))
            .await
            .json();
        assert_eq!(answer, empty);
        assert!(
            began.elapsed() >= Duration::from_secs(seconds),
            "{wait} s took {:?}",
            began.elapsed()
        );
    }
    assert_eq!(server.subscribers(), 0);
}

#[actix_web::test]
async fn bad_numbers_are_named_problems() {
    let server = start(&[]);
    for (query, words) in [
        ("channel=c&wait=61", "a whole number from 0 to 60"),
        ("channel=c&wait=soon", "wait=\\\"soon\\\""),
        ("channel=c&limit=0", "a whole number from 1 to 1000"),
        ("after=0", "needs channel=NAME"),
        ("wait=1", "needs channel=NAME"),
        ("limit=1", "needs channel=NAME"),
        ("envelope=none", "needs channel=NAME"),
    ] {
        let response = server.get(&format!("/poll?{query}")).await;
        assert_eq!(response.status, 400);
        assert!(response.body.contains(words), "{query}: {}", response.body);
    }
}

#[actix_web::test]
async fn a_response_has_all_messages_up_to_the_limit() {
    let server = start(&[]);
    for number in 0..5 {
        server.publish("c", json!(number)).await;
    }
    let first = server.get("/poll?channel=c&after=0&limit=2").await.json();
    assert_eq!(first["messages"].as_array().map(Vec::len), Some(2));
    let path = format!(
        "/poll?channel=c&after={}",
        first["cursor"].as_str().expect("a cursor")
    );
    assert_eq!(
        server.get(&path).await.json()["messages"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
}

#[actix_web::test]
async fn without_an_envelope_the_headers_have_cursor_and_reset() {
    let server = start(&[]);
    let id = server.publish("c", json!({ "a": 1 })).await;
    let poll = async |query: &str| {
        let path = format!("/poll?channel=c&envelope=none{query}");
        server.get(&path).await
    };
    for (query, body) in [("", "[]"), ("&after=0", "[{\"a\":1}]")] {
        let response = poll(query).await;
        assert_eq!(response.body, body);
        assert_eq!(response.header("trilane-cursor"), Some(&*id));
        assert_eq!(response.header("trilane-reset"), None);
    }
    let response = poll("&after=1-1").await;
    assert_eq!(response.body, "[{\"a\":1}]");
    let reset: Value =
        serde_json::from_str(response.header("trilane-reset").expect("a reset")).expect("JSON");
    assert_eq!(
        (&reset["after"], &reset["oldest"]),
        (&json!("1-1"), &json!(id))
    );
}

#[actix_web::test]
async fn every_response_has_the_same_headers() {
    let server = start(&["--origins", "http://page.example"]);
    let (mut client, mut cursor) = (server.connect().await, cursor(&server).await);
    let origin = [("origin", "http://page.example")];
    for _ in 0..3 {
        let response = waiting_poll(&server, &mut client, &path(&cursor), &origin).await;
        assert_eq!(
            response.header("access-control-allow-origin"),
            Some("http://page.example")
        );
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("transfer-encoding"), None);
        assert!(
            response
                .header("date")
                .is_some_and(|date| date.ends_with(" GMT"))
        );
        cursor = cursor_of(&response);
    }
}

#[actix_web::test]
async fn a_large_backlog_is_one_response_over_http_1_0_too() {
    let server = start(&[]);
    let texts: Vec<_> = [1, 60_000, 20_000, 60_000, 10]
        .map(|length| "x".repeat(length))
        .into();
    let mut last = String::new();
    for text in &texts {
        last = server.publish("c", json!(text)).await;
    }
    let all = |answer: Value| {
        let messages = answer["messages"].as_array().expect("messages").iter();
        let got: Vec<_> = messages
            .map(|message| message["message"].as_str().expect("a text").to_owned())
            .collect();
        assert!(got == texts && answer["cursor"] == last.as_str(), "{got:?}");
    };
    for path in ["/poll?channel=c&after=0", "/messages?channel=c"] {
        all(server.get(path).await.json());
        let mut old = server.connect().await;
        old.write(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())
            .await;
        let response = old.rest().await;
        let (head, body) = response.split_once("\r\n\r\n").expect("a head");
        assert!(
            !head.to_ascii_lowercase().contains("transfer-encoding"),
            "{head}"
        );
        all(serde_json::from_str(body).expect("JSON"));
    }
    let sent = server.metric("delivered_total", "longpoll");
    assert_eq!(sent, 2 * texts.len() as u64);
}
