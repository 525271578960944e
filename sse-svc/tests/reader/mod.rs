//! How Server-Sent Events read a channel.

use common::testing::{Client, Event, Reader, Server};
use serde_json::Value;
use sse_svc::Sse;

pub(crate) struct EventStream {
    client: Client,
    text: String,
}

impl Reader for EventStream {
    type Transport = Sse;
    const PATH: &'static str = "/events";

    async fn open(server: &Server, query: &str) -> Self {
        let mut client = server.connect().await;
        client.send("GET", &format!("/events?{query}"), &[], "").await;
        let head = client.head().await;
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
        let text = client.chunk().await.expect("the first bytes open the stream");
        let text = text.strip_prefix("retry: 2000\n:\n").expect("a retry and a comment").to_owned();
        Self { client, text }
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = parse(event);
                self.text = rest.to_owned();
                return event;
            }
            self.text += &self.client.chunk().await.expect("an open stream");
        }
    }

    async fn goodbye(mut self) {
        let last = self.client.chunk().await.expect("a last chunk");
        assert!(last.starts_with("retry: ") && last.ends_with('\n'), "{last:?}");
        assert_eq!(self.client.chunk().await, None);
        assert_eq!(self.client.rest().await, "");
    }

    async fn expired(mut self) {
        let last = loop {
            match self.client.chunk().await.expect("a last chunk") {
                heartbeat if heartbeat == ":\n" => {}
                last => break last,
            }
        };
        assert_eq!(last, ": token expired\n");
        assert_eq!(self.client.chunk().await, None);
        assert_eq!(self.client.rest().await, "");
    }
}

fn parse(event: &str) -> Event {
    let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
    let data: Value = serde_json::from_str(field("data: ").expect("data")).expect("JSON");
    match field("event: ") {
        Some("reset") => Event::Reset(data),
        Some(other) => panic!("no event is called {other}"),
        None => {
            assert_eq!(field("id: "), data["id"].as_str());
            Event::Message(data)
        }
    }
}
