//! A client of event streams for the conformance suite.

use conformance::{Client, Event, Server, Subscriber, cursor_after};
use serde_json::Value;
use sse_svc::Sse;

pub(crate) struct EventStream {
    client: Client,
    text: String,
    /// The value that a browser would send as `Last-Event-ID`.
    last_id: String,
}

impl Subscriber for EventStream {
    type Transport = Sse;
    const PATH: &'static str = "/events";

    async fn subscribe(server: &Server, query: &str) -> Self {
        let mut client = server.connect().await;
        client
            .send("GET", &format!("/events?{query}"), &[], "")
            .await;
        let head = client.head().await;
        assert_eq!(
            (head.status, head.header("content-type")),
            (200, Some("text/event-stream"))
        );
        let text = client
            .chunk()
            .await
            .expect("the first bytes open the stream");
        let mut stream = Self {
            client,
            text,
            last_id: String::new(),
        };
        let hello = stream.event().await;
        let wait = hello
            .lines()
            .find_map(|line| line.strip_prefix("retry: "))
            .expect("a time to reconnect after");
        assert!(
            (1000..3000).contains(&wait.parse::<u32>().expect("milliseconds")),
            "{hello}"
        );
        let (name, data) = parse(&hello);
        assert_eq!(
            (name, data["cursor"].as_str()),
            (Some("hello"), Some(stream.cursor()))
        );
        assert_eq!(head.header("trilane-cursor"), Some(stream.cursor()));
        stream
    }

    async fn next(&mut self) -> Event {
        let event = self.event().await;
        let (name, data) = parse(&event);
        match name {
            Some("reset") => Event::Reset(data),
            Some("end") => {
                assert_eq!(Some(self.cursor()), data["cursor"].as_str());
                assert_eq!((&*self.text, self.client.chunk().await), ("", None));
                assert_eq!(self.client.rest().await, "");
                Event::End
            }
            name => {
                assert_eq!(self.cursor(), cursor_after(self.cursor(), &data));
                assert_eq!(name, data["event"].as_str());
                Event::Message(data)
            }
        }
    }

    async fn payloads(server: &Server, query: &str, count: usize) -> Vec<String> {
        let mut stream = Self::subscribe(server, query).await;
        let mut payloads = Vec::new();
        for _ in 0..count {
            let event = stream.event().await;
            let lines = event.lines().filter_map(|line| line.strip_prefix("data: "));
            payloads.push(lines.collect::<Vec<_>>().join("\n"));
        }
        payloads
    }

    async fn has_ended(server: &Server, query: &str) -> bool {
        let response = server.get(&format!("/events?{query}")).await;
        response.status == 204 && response.header("trilane-end") == Some("true")
    }

    fn cursor(&self) -> &str {
        &self.last_id
    }

    async fn drained(mut self) {
        let last = self.client.chunk().await.expect("a last chunk");
        assert!(
            last.starts_with("retry: ") && last.ends_with('\n'),
            "{last:?}"
        );
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

impl EventStream {
    /// The lines of the next event. Its id is the last of them, and counts when the event is
    /// complete.
    async fn event(&mut self) -> String {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                let id = event
                    .lines()
                    .last()
                    .and_then(|line| line.strip_prefix("id: "));
                id.expect("an id at the end").clone_into(&mut self.last_id);
                self.text = rest;
                return event;
            }
            self.text += &self.client.chunk().await.expect("an open stream");
        }
    }
}

/// The name and the data of an event.
fn parse(event: &str) -> (Option<&str>, Value) {
    let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
    (
        field("event: "),
        serde_json::from_str(field("data: ").expect("data")).expect("JSON"),
    )
}
