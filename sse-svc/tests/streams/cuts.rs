//! A stream that breaks after any of its bytes. The client has what an EventSource has (HTML
//! standard §9.2): it sees no headers, dispatches an event at its empty line, and reconnects with
//! the last id.

use broker::unix_millis;
use common::message::{ChannelName, Message, MessageId};
use conformance::{Server, patient};
use serde_json::{Value, json};
use sse_svc::Sse;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Clone, Default)]
struct EventSource {
    last_id: String,
    /// The names and the data of the events that were dispatched.
    events: Vec<(String, Value)>,
}

impl EventSource {
    /// Reads the bytes of one connection.
    fn read(&mut self, stream: &str) {
        let complete = stream.rfind("\n\n").map_or("", |end| &stream[..end]);
        for event in complete.split("\n\n").filter(|event| !event.is_empty()) {
            let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
            if let Some(id) = field("id: ") {
                id.clone_into(&mut self.last_id);
            }
            let data = serde_json::from_str(field("data: ").expect("data")).expect("JSON");
            self.events
                .push((field("event: ").unwrap_or("message").to_owned(), data));
        }
    }

    /// Returns the number of events with this name.
    fn count(&self, name: &str) -> usize {
        self.events
            .iter()
            .filter(|(event, _)| event == name)
            .count()
    }

    fn messages(&self) -> Vec<&Value> {
        let messages = self.events.iter().filter(|(name, _)| name == "message");
        messages.map(|(_, data)| &data["message"]).collect()
    }
}

/// Opens a stream and reads its body up to the event that contains `last`. HTTP/1.0 keeps chunks
/// out of it.
async fn stream(server: &Server, query: &str, last_id: &str, last: &str) -> String {
    let mut io = TcpStream::connect(server.address())
        .await
        .expect("the server listens");
    let header = if last_id.is_empty() {
        String::new()
    } else {
        format!("Last-Event-ID: {last_id}\r\n")
    };
    let request = format!("GET /events?channel=c{query} HTTP/1.0\r\n{header}\r\n");
    io.write_all(request.as_bytes())
        .await
        .expect("the server reads");
    let mut received = String::new();
    while !received.contains(last) || !received.ends_with("\n\n") {
        let mut buffer = [0; 4096];
        let length = patient("an event", io.read(&mut buffer))
            .await
            .expect("an open stream");
        received += str::from_utf8(&buffer[..length]).expect("text");
    }
    received
        .split_once("\r\n\r\n")
        .expect("a head")
        .1
        .to_owned()
}

async fn publish(server: &Server, numbers: std::ops::Range<u64>) {
    for number in numbers {
        server.publish("c", json!(number)).await;
    }
}

#[actix_web::test]
async fn a_break_anywhere_after_hello_loses_nothing() {
    let server = Server::start::<Sse>(&[]);
    publish(&server, 0..2).await;
    let mut bytes = stream(&server, "", "", "event: hello").await;
    let opening = bytes.len();
    let mut source = EventSource::default();
    source.read(&bytes);
    publish(&server, 2..5).await;
    bytes += &events(&stream(&server, "", &source.last_id, "\"message\":4").await);
    for cut in opening..=bytes.len() {
        let mut source = EventSource::default();
        source.read(&bytes[..cut]);
        if source.messages().len() < 3 {
            let rest = stream(&server, "", &source.last_id, "\"message\":4").await;
            source.read(&rest);
        }
        assert_eq!(
            source.messages(),
            [2, 3, 4],
            "cut after {cut} of {} bytes",
            bytes.len()
        );
        assert_eq!(source.count("reset"), 0);
    }
}

#[actix_web::test]
async fn a_reset_arrives_once_wherever_the_stream_breaks() {
    let server = Server::start::<Sse>(&["--history", "2"]);
    publish(&server, 0..1).await;
    let hub = &server.running().service().hub;
    let channel = ChannelName::parse("c").expect("a name");
    // With the current time, since old messages expire.
    let nth = |offset: u64| {
        Message::new(
            MessageId { epoch: 7, offset },
            &channel,
            &offset.to_string(),
            unix_millis(),
        )
    };
    hub.restart(
        &channel,
        MessageId {
            epoch: 7,
            offset: 4,
        },
        vec![nth(3), nth(4)],
    );
    let lost = EventSource {
        last_id: "5-1".to_owned(),
        ..EventSource::default()
    };
    let bytes = stream(&server, "&after=5-1", "5-1", "\"message\":4").await;
    for cut in 0..=bytes.len() {
        let mut source = lost.clone();
        source.read(&bytes[..cut]);
        if source.messages().len() < 2 {
            let rest = stream(&server, "&after=5-1", &source.last_id, "\"message\":4").await;
            source.read(&rest);
        }
        assert_eq!(
            source.messages(),
            [3, 4],
            "cut after {cut} of {} bytes",
            bytes.len()
        );
        assert_eq!(
            source.count("reset"),
            1,
            "cut after {cut}: {:?}",
            source.events
        );
    }
}

/// Returns the events after the opening.
fn events(stream: &str) -> String {
    let (_, events) = stream.split_once("\n\n").expect("an opening");
    events.to_owned()
}
