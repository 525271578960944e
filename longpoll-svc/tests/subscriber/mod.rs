//! A long-polling client for the conformance suite.

use conformance::{Client, Event, Response, Server, Subscriber, eventually};
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
        let (event, cursor) = self.events.pop_front().expect("there is one");
        self.cursor = cursor;
        event
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
        if let Some(reset) = answer.get_mut("reset") {
            let cursor = text(&reset["cursor"]);
            self.events.push_back((Event::Reset(reset.take()), cursor));
        }
        let messages = answer["messages"].as_array_mut().expect("a list");
        assert!(messages.len() <= 7);
        let with_id = |message: Value| (Event::Message(message.clone()), text(&message["id"]));
        self.events.extend(messages.drain(..).map(with_id));
        let cursor = text(&answer["cursor"]);
        assert!(
            self.events.back().is_none_or(|(_, last)| *last == cursor),
            "{answer}"
        );
        self.poll(&cursor).await;
    }
}

fn text(id: &Value) -> String {
    id.as_str().expect("an id").to_owned()
}
