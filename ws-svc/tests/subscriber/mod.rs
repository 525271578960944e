//! A WebSocket client for the conformance suite. Its frames are those of `tungstenite`, which
//! shares no code with ours.

use conformance::{Event, Server, Subscriber, cursor_after, patient};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};
use ws_svc::Ws;

pub(crate) struct Socket {
    frames: WebSocketStream<TcpStream>,
    cursor: String,
}

impl Socket {
    /// Returns the connection.
    #[allow(dead_code, reason = "not every test program uses it")]
    pub(crate) fn into_frames(self) -> WebSocketStream<TcpStream> {
        self.frames
    }

    fn set_cursor(&mut self, cursor: &Value) {
        cursor
            .as_str()
            .expect("a cursor")
            .clone_into(&mut self.cursor);
    }

    async fn json(&mut self) -> Value {
        loop {
            match patient("a frame", self.frames.next())
                .await
                .expect("an open connection")
                .expect("valid frames")
            {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) => {}
                other => panic!("expected a text frame, got {other:?}"),
            }
        }
    }
}

async fn connect(server: &Server, query: &str) -> WebSocketStream<TcpStream> {
    let io = TcpStream::connect(server.address())
        .await
        .expect("the server listens");
    let url = format!("ws://{}/ws?{query}", server.address());
    let (socket, _) = patient("a handshake", client_async(url, io))
        .await
        .expect("a handshake");
    socket
}

/// Returns whether the close frame is next that tells the end of the channel.
async fn is_normal_close(frames: &mut WebSocketStream<TcpStream>) -> bool {
    let close = patient("a close", frames.next()).await;
    let Some(Ok(Message::Close(Some(frame)))) = close else {
        return false;
    };
    frame.code == CloseCode::Normal
        && ["the channel has ended", "all channels have ended"].contains(&frame.reason.as_str())
}

impl Subscriber for Socket {
    type Transport = Ws;
    const PATH: &'static str = "/ws";
    const HEADERS: &'static [(&'static str, &'static str)] = &[
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    async fn publish(server: &Server, query: &str, message: Value, key: &str) -> String {
        let mut socket = Self::subscribe(server, query).await;
        let request = json!({ "publish": { "message": message, "key": key }, "ref": 1 });
        socket
            .frames
            .send(Message::text(request.to_string()))
            .await
            .expect("an open connection");
        loop {
            let frame = socket.json().await;
            if frame["ref"] == 1 {
                return frame["ok"]["id"]
                    .as_str()
                    .unwrap_or_else(|| panic!("an id, not {frame}"))
                    .to_owned();
            }
        }
    }

    async fn subscribe(server: &Server, query: &str) -> Self {
        let mut socket = Self {
            frames: connect(server, query).await,
            cursor: String::new(),
        };
        let hello = socket.json().await;
        socket.set_cursor(&hello["hello"]["cursor"]);
        socket
    }

    async fn next(&mut self) -> Event {
        let mut frame = self.json().await;
        if let Some(reset) = frame.get_mut("reset") {
            self.set_cursor(&reset["cursor"]);
            Event::Reset(reset.take())
        } else if frame.get("id").is_none() && frame.get("end").is_some() {
            self.set_cursor(&frame["end"]["cursor"]);
            assert!(is_normal_close(&mut self.frames).await);
            Event::End
        } else {
            self.cursor = cursor_after(&self.cursor, &frame);
            Event::Message(frame)
        }
    }

    async fn payloads(server: &Server, query: &str, count: usize) -> Vec<String> {
        let mut frames = connect(server, query).await;
        let mut payloads = Vec::new();
        while payloads.len() < count {
            let frame = patient("a frame", frames.next()).await;
            let frame = frame.expect("an open connection").expect("valid frames");
            if let Message::Text(text) = frame {
                payloads.push(text.to_string());
            }
        }
        payloads
    }

    async fn has_ended(server: &Server, query: &str) -> bool {
        let mut frames = connect(server, query).await;
        if !query.contains("envelope=none") {
            for name in ["hello", "end"] {
                let frame = patient("a frame", frames.next()).await;
                let frame = frame.expect("an open connection").expect("valid frames");
                if !frame.to_text().is_ok_and(|text| text.contains(name)) {
                    return false;
                }
            }
        }
        is_normal_close(&mut frames).await
    }

    fn cursor(&self) -> &str {
        &self.cursor
    }

    async fn drained(mut self) {
        let close = patient("a close", self.frames.next())
            .await
            .expect("an open connection")
            .expect("valid frames");
        let Message::Close(Some(frame)) = close else {
            panic!("expected a close frame, got {close:?}")
        };
        assert_eq!(frame.code, CloseCode::Away);
    }

    async fn expired(mut self) {
        let frame = loop {
            match patient("a close", self.frames.next())
                .await
                .expect("an open connection")
                .expect("valid frames")
            {
                Message::Ping(_) => {}
                Message::Close(Some(frame)) => break frame,
                other => panic!("expected a close frame, got {other:?}"),
            }
        };
        assert_eq!(
            (frame.code, frame.reason.as_str()),
            (CloseCode::Policy, "token expired")
        );
        assert!(patient("the end", self.frames.next()).await.is_none());
    }
}
