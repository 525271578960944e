//! Prints the messages of a channel, one a line, and reconnects with its cursor until the channel
//! ends.
//!
//!     cargo run -- (longpoll|sse|ws) URL CHANNEL [CURSOR]

use serde_json::Value;
use std::{
    env,
    error::Error,
    io::{BufRead, BufReader},
    process,
    sync::mpsc::sync_channel,
    thread,
    time::Duration,
};
use tungstenite::stream::MaybeTlsStream;
use ureq::{Agent, Body, http::Response};

/// Above two heartbeats, and above the wait of a poll (25 s).
const SILENCE: Duration = Duration::from_secs(40);

type Failure = Box<dyn Error>;

/// Ends the program: the channel has ended.
fn end() -> ! {
    process::exit(0)
}

struct Client {
    url: String,
    channel: String,
    cursor: String,
}

impl Client {
    fn address(&self, path: &str) -> String {
        let Self {
            url,
            channel,
            cursor,
        } = self;
        let after = if cursor.is_empty() { "" } else { "&after=" };
        format!("{url}{path}?channel={channel}{after}{cursor}")
    }

    /// Sends a request whose response must be complete within this time.
    fn get(&self, path: &str, limit: Option<Duration>) -> Result<Response<Body>, Failure> {
        let config = Agent::config_builder()
            .timeout_global(limit)
            .timeout_recv_response(Some(SILENCE));
        let agent = Agent::new_with_config(config.build());
        let response = agent.get(self.address(path)).call()?;
        if response.status() == 204 {
            end();
        }
        Ok(response)
    }

    fn longpoll(&mut self) -> Result<(), Failure> {
        loop {
            let mut response = self.get("/poll", Some(SILENCE))?;
            let batch: Value = serde_json::from_reader(response.body_mut().as_reader())?;
            if let Some(reset) = batch.get("reset") {
                eprintln!("lost messages: {reset}");
            }
            for message in batch["messages"].as_array().into_iter().flatten() {
                println!("{message}");
            }
            self.advance(&batch["cursor"]);
            if batch["end"] == true {
                end();
            }
        }
    }

    fn sse(&mut self) -> Result<(), Failure> {
        let body = self.get("/events", None)?.into_body();
        // A thread reads, so that silence can be noticed.
        let (sender, lines) = sync_channel(1);
        thread::spawn(move || {
            for line in BufReader::new(body.into_reader()).lines() {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let (mut event, mut data) = (String::new(), String::new());
        loop {
            let line = lines.recv_timeout(SILENCE)??;
            match line.split_once(": ") {
                Some(("event", name)) => name.clone_into(&mut event),
                Some(("data", text)) => text.clone_into(&mut data),
                Some(("id", id)) => id.clone_into(&mut self.cursor),
                _ if !line.is_empty() => {}
                _ => {
                    match &*event {
                        "hello" => {}
                        "reset" => eprintln!("lost messages: {data}"),
                        "end" => end(),
                        // A message may have a name.
                        _ => println!("{data}"),
                    }
                    event.clear();
                }
            }
        }
    }

    fn ws(&mut self) -> Result<(), Failure> {
        let address = self.address("/ws").replacen("http", "ws", 1);
        let (mut socket, _) = tungstenite::connect(address)?;
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(SILENCE))?;
        }
        loop {
            let frame = socket.read()?;
            // It has answered a ping by itself.
            if !frame.is_text() {
                continue;
            }
            let text = frame.to_text()?;
            let frame: Value = serde_json::from_str(text)?;
            if frame["id"].is_string() {
                println!("{text}");
                self.advance(&frame["id"]);
            }
            if frame["end"].is_object() {
                end();
            }
            if frame["reset"].is_object() {
                eprintln!("lost messages: {}", frame["reset"]);
            }
            self.advance(&frame["hello"]["cursor"]);
            self.advance(&frame["reset"]["cursor"]);
        }
    }

    fn advance(&mut self, cursor: &Value) {
        if let Some(cursor) = cursor.as_str() {
            cursor.clone_into(&mut self.cursor);
        }
    }
}

/// Returns whether a retry would fail in the same way.
fn is_refused(failure: &Failure) -> bool {
    let status = if let Some(ureq::Error::StatusCode(status)) = failure.downcast_ref() {
        *status
    } else if let Some(tungstenite::Error::Http(response)) = failure.downcast_ref() {
        response.status().as_u16()
    } else {
        return false;
    };
    matches!(status, 400 | 401 | 403 | 404)
}

/// A wait of half a second to three seconds, so that not all clients reconnect at once.
fn wait() -> Duration {
    use std::hash::{BuildHasher, RandomState};
    Duration::from_millis(500 + RandomState::new().hash_one(()) % 2500)
}

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [transport, url, channel, rest @ ..] = &*arguments else {
        eprintln!("usage: trilane-client (longpoll|sse|ws) URL CHANNEL [CURSOR]");
        process::exit(2);
    };
    let mut client = Client {
        url: url.clone(),
        channel: channel.clone(),
        cursor: rest.first().cloned().unwrap_or_default(),
    };
    let subscribe = match &**transport {
        "longpoll" => Client::longpoll,
        "sse" => Client::sse,
        "ws" => Client::ws,
        other => {
            eprintln!("{other} is unknown: expected longpoll, sse or ws");
            process::exit(2);
        }
    };
    loop {
        if let Err(failure) = subscribe(&mut client) {
            eprintln!("reconnecting: {failure}");
            if is_refused(&failure) {
                process::exit(1);
            }
        }
        thread::sleep(wait());
    }
}
