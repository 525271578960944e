//! The three clients against the three services, over links that break.

use super::{Client, Event, Target, Transport, channels, http};
use broker::{Broker, Memory};
use conformance::{FlakyProxy, Server, patient};
use longpoll_svc::LongPoll;
use serde_json::{Value, json};
use service::server;
use sse_svc::Sse;
use ws_svc::Ws;

/// Makes a test for each transport from a function that is generic over the service.
macro_rules! on_each_transport {
    ($($function:ident)*) => {
        $(mod $function {
            use super::*;

            #[actix_web::test]
            async fn longpoll() {
                super::$function::<LongPoll>(Transport::Longpoll).await;
            }

            #[actix_web::test]
            async fn sse() {
                super::$function::<Sse>(Transport::Sse).await;
            }

            #[actix_web::test]
            async fn ws() {
                super::$function::<Ws>(Transport::Ws).await;
            }
        })*
    };
}

on_each_transport! {
    gets_everything_once_over_a_link_that_breaks
    gets_several_channels_once_over_a_link_that_breaks
    hears_of_lost_history_and_of_refusals
    hears_of_the_end
}

fn client(transport: Transport, link: &FlakyProxy, after: Option<&str>) -> Client {
    client_of("main", transport, link, after)
}

fn client_of(names: &str, transport: Transport, link: &FlakyProxy, after: Option<&str>) -> Client {
    let target = Target {
        base: link.url().parse().unwrap(),
        channels: channels(names).unwrap(),
        after: after.map(str::to_owned),
    };
    Client::new(http::client(), transport, target)
}

/// Reads until the client has this many messages. Returns their channels and ids, and the number of
/// reconnects.
async fn read(client: &mut Client, count: usize) -> (Vec<(String, String)>, usize) {
    let mut received = Vec::new();
    let mut retries = 0;
    while received.len() < count {
        match patient("an event", client.next()).await.unwrap() {
            Event::Message { json, .. } => {
                let message: Value = serde_json::from_slice(&json).unwrap();
                let text = |field: &str| message[field].as_str().unwrap().to_owned();
                received.push((text("channel"), text("id")));
            }
            Event::Retrying { .. } => retries += 1,
            Event::Opened { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    (received, retries)
}

async fn gets_everything_once_over_a_link_that_breaks<T: server::TransportService + Default>(
    transport: Transport,
) {
    let server = Server::start::<T>(&[]);
    let mut published = Vec::new();
    for number in 0..30 {
        let id = server.publish("main", json!(number)).await;
        published.push(("main".to_owned(), id));
    }
    // Counted from the first message, whatever is before it.
    let link = FlakyProxy::to(server.address(), &[900, 1500]).await;
    let mut client = client(transport, &link, Some("0"));
    let (received, retries) = read(&mut client, 30).await;
    assert_eq!(received, published);
    assert!(retries >= 2, "{retries} retries");
    let last = server.publish("main", json!("live")).await;
    assert_eq!(read(&mut client, 1).await.0, [("main".to_owned(), last)]);
}

async fn gets_several_channels_once_over_a_link_that_breaks<
    T: server::TransportService + Default,
>(
    transport: Transport,
) {
    let server = Server::start::<T>(&[]);
    // The service accepts them in this order.
    let mut published = Vec::new();
    for number in 0..30 {
        let channel = ["a", "b", "c"][number % 3];
        let id = server.publish(channel, json!(number)).await;
        published.push((channel.to_owned(), id));
    }
    let link = FlakyProxy::to(server.address(), &[700, 900]).await;
    let mut client = client_of("c,a,b", transport, &link, Some("0"));
    let (received, retries) = read(&mut client, 30).await;
    assert_eq!(received, published);
    assert!(retries >= 2, "{retries} retries");
}

async fn hears_of_lost_history_and_of_refusals<T: server::TransportService + Default>(
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

    let mut wrong = client(transport, &link, Some("nonsense"));
    let refused = patient("a refusal", wrong.next()).await.unwrap_err();
    let why = "400 Bad Request: after=\"nonsense\"";
    assert!(refused.to_string().starts_with(why), "{refused}");
}

/// Live, later with the messages, and at the end.
async fn hears_of_the_end<T: server::TransportService + Default>(transport: Transport) {
    let server = Server::start::<T>(&[]);
    let start = server.publish("main", json!(1)).await;
    let link = FlakyProxy::to(server.address(), &[]).await;
    let mut live = client(transport, &link, Some(&start));
    let opened = patient("to open", live.next()).await;
    assert!(matches!(opened, Ok(Event::Opened { .. })));
    let end = r#"{"message":2,"end":true}"#;
    let ended = server.post("/messages?channel=main", &[], end).await.json();
    let end = ended["id"].as_str().unwrap();
    for (mut client, messages) in [
        (live, 1),
        (client(transport, &link, Some("0")), 2),
        (client(transport, &link, Some(end)), 0),
    ] {
        let mut got = 0;
        loop {
            match patient("the end", client.next()).await.unwrap() {
                Event::Message { .. } => got += 1,
                Event::Opened { .. } => {}
                Event::Ended => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(got, messages);
    }
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
