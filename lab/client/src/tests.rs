//! The three clients against the three services, over links that break.

use super::{Client, Event, Target, Transport, http};
use common::{
    broker::{Broker, Memory},
    message::ChannelName,
    server,
};
use conformance::{FlakyProxy, Server, patient};
use longpoll_svc::LongPoll;
use serde_json::json;
use sse_svc::Sse;
use ws_svc::Ws;

fn client(transport: Transport, link: &FlakyProxy, after: Option<&str>) -> Client {
    let target = Target {
        base: link.url().parse().unwrap(),
        channel: ChannelName::main(),
        after: after.map(str::to_owned),
    };
    Client::new(http::client(), transport, target)
}

/// Reads until the client has this many messages. Returns their ids and the number of reconnects.
async fn read(client: &mut Client, count: usize) -> (Vec<String>, usize) {
    let mut ids = Vec::new();
    let mut retries = 0;
    while ids.len() < count {
        match patient("an event", client.next()).await.unwrap() {
            Event::Message { id, .. } => ids.push(id),
            Event::Retrying { .. } => retries += 1,
            Event::Opened { .. } => {}
            Event::Reset(reset) => panic!("{reset:?}"),
        }
    }
    (ids, retries)
}

async fn gets_everything_once<T: server::Transport + Default>(transport: Transport) {
    let server = Server::start::<T>(&[]);
    let mut published = Vec::new();
    for number in 0..30 {
        published.push(server.publish("main", json!(number)).await);
    }
    // Counted from the first message, whatever is before it.
    let link = FlakyProxy::to(server.address(), &[900, 1500]).await;
    let mut client = client(transport, &link, Some("0"));
    let (ids, retries) = read(&mut client, 30).await;
    assert_eq!(ids, published);
    assert!(retries >= 2, "{retries} retries");
    let last = server.publish("main", json!("live")).await;
    assert_eq!(read(&mut client, 1).await.0, [last]);
}

#[actix_web::test]
async fn longpoll_gets_everything_once_over_a_link_that_breaks() {
    gets_everything_once::<LongPoll>(Transport::Longpoll).await;
}

#[actix_web::test]
async fn sse_gets_everything_once_over_a_link_that_breaks() {
    gets_everything_once::<Sse>(Transport::Sse).await;
}

#[actix_web::test]
async fn ws_gets_everything_once_over_a_link_that_breaks() {
    gets_everything_once::<Ws>(Transport::Ws).await;
}

async fn hears_of_lost_history_and_of_refusals<T: server::Transport + Default>(
    transport: Transport,
) {
    let server = Server::sharing::<T>(&["--history", "2"], Broker::Memory(Memory::new(1)));
    for number in 0..5 {
        server.publish("main", json!(number)).await;
    }
    let link = FlakyProxy::to(server.address(), &[]).await;
    let mut reader = client(transport, &link, Some("1-1"));
    assert!(matches!(
        patient("to open", reader.next()).await,
        Ok(Event::Opened { .. })
    ));
    assert!(
        matches!(patient("a reset", reader.next()).await, Ok(Event::Reset(reset)) if reset.after == "1-1")
    );
    assert_eq!(read(&mut reader, 2).await.0.len(), 2);

    let target = Target {
        base: link.url().parse().unwrap(),
        channel: ChannelName::main(),
        after: Some("nonsense".into()),
    };
    let refused = patient(
        "a refusal",
        Client::new(http::client(), transport, target).next(),
    )
    .await
    .unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("400 Bad Request: after=\"nonsense\""),
        "{refused}"
    );
}

#[actix_web::test]
async fn longpoll_hears_of_lost_history_and_of_refusals() {
    hears_of_lost_history_and_of_refusals::<LongPoll>(Transport::Longpoll).await;
}

#[actix_web::test]
async fn sse_hears_of_lost_history_and_of_refusals() {
    hears_of_lost_history_and_of_refusals::<Sse>(Transport::Sse).await;
}

#[actix_web::test]
async fn ws_hears_of_lost_history_and_of_refusals() {
    hears_of_lost_history_and_of_refusals::<Ws>(Transport::Ws).await;
}

#[actix_web::test]
async fn ws_comes_back_to_a_service_that_is_stopping() {
    let server = Server::start::<Ws>(&[]);
    let link = FlakyProxy::to(server.address(), &[]).await;
    server
        .running()
        .service()
        .hub
        .drain(std::time::Duration::ZERO);
    // It is accepted first, and disconnected like all others.
    let mut client = client(Transport::Ws, &link, None);
    let opened = patient("a beginning", client.next()).await;
    assert!(matches!(opened, Ok(Event::Opened { .. })), "{opened:?}");
    let event = patient("its end", client.next()).await;
    assert!(matches!(event, Ok(Event::Retrying { .. })), "{event:?}");
}
