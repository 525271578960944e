//! Where a stream resumes: `after`, `Last-Event-ID`, and other spellings of it.

use crate::*;

#[actix_web::test]
async fn the_last_event_id_wins_over_after() {
    let server = Server::start::<Sse>(&[]);
    let first = server.publish("c", json!(1)).await;
    server.publish("c", json!(2)).await;
    let mut stream = events(&server, "?channel=c&after=0", &[("last-event-id", &first)]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| chunk.contains("\"message\":2"))
    );
    let wrong = server
        .request("GET", "/events?channel=c", &[("last-event-id", "x")], "")
        .await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("Last-Event-ID"), "{}", wrong.body);
}

#[actix_web::test]
async fn the_last_event_id_may_be_a_parameter() {
    let server = Server::start::<Sse>(&[]);
    let (first, second) = (
        server.publish("c", json!(1)).await,
        server.publish("c", json!(2)).await,
    );
    server.publish("c", json!(3)).await;
    for name in ["lastEventId", "Last-Event-ID"] {
        let mut stream = events(&server, &format!("?channel=c&after=0&{name}={first}"), &[]).await;
        let chunk = stream.chunk().await.expect("an open stream");
        assert!(
            chunk.contains("\"message\":2") && !chunk.contains("\"message\":1"),
            "{name}: {chunk}"
        );
    }
    // The URL may contain the parameter; the header has the client's latest id.
    let header = [("last-event-id", &*second)];
    let mut stream = events(&server, &format!("?channel=c&lastEventId={first}"), &header).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| !chunk.contains("\"message\":2"))
    );
    let mut stream = events(&server, "?channel=c&after=0&lastEventId=", &[]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| chunk.contains("\"message\":1")),
        "an empty parameter is ignored"
    );
    for (query, words) in [
        ("lastEventId=x", "Last-Event-ID=\\\"x\\\""),
        ("lastEventId=1-1&lastEventId=1-2", "lastEventId: repeated"),
        ("last-event-id=1-1&lastEventId=1-2", "lastEventId: repeated"),
    ] {
        let wrong = server.get(&format!("/events?channel=c&{query}")).await;
        assert_eq!(wrong.status, 400, "{query}");
        assert!(wrong.body.contains(words), "{}", wrong.body);
    }
    let twice = [("last-event-id", &*first), ("last-event-id", &*second)];
    let wrong = server.request("GET", "/events?channel=c", &twice, "").await;
    assert!(
        wrong.status == 400 && wrong.body.contains("bad-header"),
        "{}",
        wrong.body
    );
}

#[actix_web::test]
async fn a_cursor_without_a_channel_is_refused() {
    let server = Server::start::<Sse>(&[]);
    let response = server.get("/events?after=0").await;
    assert_eq!(response.status, 400);
    assert!(
        response.body.contains("needs channel=NAME"),
        "{}",
        response.body
    );
}
