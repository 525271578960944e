//! A long-polling client for the conformance suite.

use conformance::{Client, Event, Response, Server, Subscriber, cursor_before, eventually};
use longpoll_svc::LongPoll;
use serde_json::Value;
use std::collections::VecDeque;

/// Polls on one connection, with one request waiting at any time.
pub(crate) struct Poller {
    client: Client,
    path: String,
    /// The cursor after the last event that `next` returned.
    cursor: String,
    events: VecDeque<(Event, String)>,
}

impl Subscriber for Poller {
    type Transport = LongPoll;
    const PATH: &'static str = "/poll";

    async fn subscribe(server: &Server, query: &str) -> Self {
        let others: Vec<_> = query
            .split('&')
            .filter(|parameter| !parameter.starts_with("after="))
            .collect();
        let path = format!("/poll?{}&limit=7", others.join("&"));
        let (client, events) = (server.connect().await, VecDeque::new());
        let before = server.subscribers();
        let after = if let Some((_, after)) = query.split_once("after=") {
            after.split('&').next().expect("a value").to_owned()
        } else {
            let cursor = server.get(&format!("/poll?{query}")).await.json()["cursor"].clone();
            cursor.as_str().expect("a cursor").to_owned()
        };
        let mut poller = Self {
            client,
            path,
            cursor: after.clone(),
            events,
        };
        poller.poll(&after).await;
        if !query.contains("after=") {
            eventually("a waiting poll", async || server.subscribers() > before).await;
        }
        poller
    }

    async fn next(&mut self) -> Event {
        while self.events.is_empty() {
            let response = self.client.response().await;
            self.take(&response).await;
        }
        let (event, cursor) = self.events.pop_front().expect("an event");
        self.cursor = cursor;
        event
    }

    async fn payloads(server: &Server, query: &str, count: usize) -> Vec<String> {
        let (mut client, mut payloads) = (server.connect().await, Vec::new());
        let (parameters, after) = query.split_once("&after=0").expect("a query from 0");
        let mut cursor = "0".to_owned();
        while payloads.len() < count {
            let path = format!("/poll?{parameters}{after}&after={cursor}");
            let response = client.get(&path).await;
            assert_eq!(response.status, 200, "{}", response.body);
            let values = response.json();
            payloads.extend(values.as_array().expect("a list").iter().map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            }));
            let next = response.header("trilane-cursor").expect("a cursor");
            next.clone_into(&mut cursor);
        }
        payloads
    }

    async fn has_ended(server: &Server, query: &str) -> bool {
        let response = server.get(&format!("/poll?{query}")).await;
        assert_eq!(response.status, 200, "{}", response.body);
        match response.header("trilane-end") {
            Some(end) => end == "true" && query.contains("envelope=none"),
            None => response.json()["end"] == true,
        }
    }

    fn cursor(&self) -> &str {
        &self.cursor
    }

    async fn drained(mut self) {
        let response = self.client.response().await;
        assert_eq!(
            (response.status, response.header("connection")),
            (200, Some("close"))
        );
        assert_eq!(response.json()["messages"], Value::Array(Vec::new()));
    }

    async fn expired(mut self) {
        let response = self.client.response().await;
        assert_eq!(
            (response.status, response.header("connection")),
            (200, None)
        );
        assert_eq!(response.json()["messages"], Value::Array(Vec::new()));
    }
}

impl Poller {
    async fn poll(&mut self, after: &str) {
        self.client
            .send("GET", &format!("{}&after={after}", self.path), &[], "")
            .await;
    }

    async fn take(&mut self, response: &Response) {
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, Some("application/json"))
        );
        assert_eq!(response.header("cache-control"), Some("no-store"));
        let mut answer = response.json();
        let reset = answer.get_mut("reset").map(Value::take);
        let after_reset = reset.as_ref().map(|reset| text(&reset["cursor"]));
        let reset = reset.map(|reset| (Event::Reset(reset), String::new()));
        self.events.extend(reset);
        let cursor = text(&answer["cursor"]);
        let messages = answer["messages"].as_array_mut().expect("a list");
        assert!(messages.len() <= 7);
        self.events.extend(
            messages
                .drain(..)
                .map(|message| (Event::Message(message), String::new())),
        );
        // Backwards, since the response has the cursor after its last message.
        let mut after = cursor.clone();
        for (event, of_event) in self.events.iter_mut().rev() {
            of_event.clone_from(&after);
            if let Event::Message(message) = event {
                after = cursor_before(&after, message);
            }
        }
        if let Some(after_reset) = after_reset {
            assert_eq!(after, after_reset, "{answer}");
        }
        if answer["end"] == true {
            self.events.push_back((Event::End, cursor));
        } else {
            self.poll(&cursor).await;
        }
    }
}

fn text(id: &Value) -> String {
    id.as_str().expect("an id").to_owned()
}
