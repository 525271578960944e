//! Open connections and captured bytes, without secrets.

use super::{Controls, controls};
use conformance::{Client, eventually};
use serde_json::{Value, json};

/// Subscribes through the gate, and reads a message.
async fn subscribe(controls: &Controls, query: &str, headers: &[(&str, &str)]) -> Client {
    let (_, sse) = controls.gate.addresses()[1];
    let mut reader = Client::connect(sse).await;
    let target = format!("/events?channel=c{query}");
    reader.send("GET", &target, headers, "").await;
    assert_eq!(reader.head().await.status, 200);
    controls.service.publish("c", json!("grün")).await;
    while !reader.chunk().await.unwrap().contains("grün") {}
    reader
}

/// Returns the captured bytes of one direction.
async fn captured(controls: &Controls, direction: &str) -> String {
    let capture = controls.get("/gate/capture?lane=sse").await;
    let chunks = capture["chunks"].as_array().unwrap().iter();
    let bytes = chunks
        .filter(|chunk| chunk["direction"] == direction)
        .flat_map(|chunk| chunk["bytes"].as_str().unwrap().chars())
        .map(|character| u8::try_from(character).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

#[actix_web::test]
async fn a_capture_shows_both_directions_of_a_harmless_connection() {
    let controls = controls();
    let _reader = subscribe(&controls, "&after=0", &[("Accept", "text/event-stream")]).await;
    let up = captured(&controls, "up").await;
    assert!(
        up.starts_with("GET /events?channel=c&after=0 HTTP/1.1\r\n"),
        "{up}"
    );
    let down = captured(&controls, "down").await;
    assert!(down.contains("grün"), "{down}");
    assert_eq!(controls.lanes().await[1]["open"], 1);
}

#[actix_web::test]
async fn a_capture_shows_nothing_of_a_connection_with_credentials() {
    let controls = controls();
    let cookie = [("Cookie", "trilane=SECRET")];
    let token = [("Authorization", "Bearer SECRET")];
    let _readers = [
        subscribe(&controls, "&access_token=SECRET", &[]).await,
        subscribe(&controls, "", &cookie).await,
        subscribe(&controls, "", &token).await,
    ];
    for direction in ["up", "down"] {
        assert_eq!(captured(&controls, direction).await, "");
    }
}

#[actix_web::test]
async fn open_connections_are_listed_without_secrets() {
    let controls = controls();
    let _reader = subscribe(&controls, "&access_token=SECRET", &[]).await;
    let open = controls.get("/gate/connections?lane=sse").await;
    let connection = &open["connections"][0];
    assert_eq!(connection["first"], "GET /events");
    assert_eq!(connection["lane"], "sse");
    assert_eq!(connection["requests"]["get"], 1);
    assert_eq!(open["connections"][1], Value::Null);
    let peer = connection["peer"].as_str().unwrap();
    assert!(peer.starts_with("127.0.0.1:"), "{peer}");
}

/// Returns the requests on the lane `sse` after the one with this id.
async fn requests(controls: &Controls, after: u64) -> Vec<Value> {
    let path = format!("/gate/requests?lane=sse&after={after}");
    let answer = controls.get(&path).await;
    answer["requests"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_request_shows_how_long_it_and_its_response_were_on_their_way() {
    let controls = controls();
    let link = json!({ "lane": "sse", "delay": 20 });
    controls.link(link).await;
    let reader = subscribe(&controls, "", &[]).await;
    let all = requests(&controls, 0).await;
    let [request] = &all[..] else {
        panic!("{all:?}")
    };
    let time = |name: &str| request[name].as_f64().unwrap();
    // Of the round trip before it, a busy machine may have read the request only at the end.
    assert!(time("sent") >= 20.0, "{request}");
    assert!(time("answered") >= time("sent"), "{request}");
    assert!(time("delivered") >= time("answered") + 20.0, "{request}");
    assert!(requests(&controls, 1).await.is_empty());

    let hole = json!({ "fault": "black-hole", "lane": "sse" });
    controls.fault(hole).await;
    drop(reader);
    let (_, sse) = controls.gate.addresses()[1];
    let mut lost = Client::connect(sse).await;
    lost.send("GET", "/events", &[], "").await;
    eventually("the swallowed request", async || {
        !requests(&controls, 1).await.is_empty()
    })
    .await;
    assert_eq!(requests(&controls, 1).await[0]["sent"], Value::Null);
}
