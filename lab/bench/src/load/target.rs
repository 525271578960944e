//! The server under load, and the requests to it.

use super::url::{InvalidUrl, Url};
use bytes::BytesMut;
use client::Transport;
use wire::head;

/// The sample key of RFC 6455 section 1.3. A load does not need a new one for each connection.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// Placeholder for the cursor in a stored request. It occurs in no request.
const CURSOR: char = '\0';

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) transport: Transport,
    /// Whether each poll and each publication uses a new connection.
    pub(crate) new_connections: bool,
    pub(super) read: Url,
    pub(super) publish: Url,
    /// The request of a subscriber without a cursor.
    fresh: Vec<u8>,
    /// The request of a subscriber with a cursor, which belongs between these parts.
    resuming: Vec<Vec<u8>>,
}

impl Target {
    /// Creates a target: subscribers read from `read`, messages are posted to `publish`.
    pub(crate) fn new(
        transport: Transport,
        read: Url,
        publish: Url,
        new_connections: bool,
    ) -> Self {
        let fresh = request(transport, &read, None, new_connections);
        let resuming = request(transport, &read, Some(CURSOR), new_connections);
        let resuming = resuming
            .split(|byte| char::from(*byte) == CURSOR)
            .map(<[u8]>::to_vec)
            .collect();
        Self {
            transport,
            new_connections,
            read,
            publish,
            fresh,
            resuming,
        }
    }

    /// Creates a target for a service of this project.
    pub(crate) fn ours(
        transport: Transport,
        base: &str,
        channel: &str,
    ) -> Result<Self, InvalidUrl> {
        let path = match transport {
            Transport::Longpoll => "poll?wait=60&",
            Transport::Sse => "events?",
            Transport::Ws => "ws?",
        };
        let read = format!("{base}/{path}channel={channel}").parse()?;
        Ok(Self::new(
            transport,
            read,
            format!("{base}/messages?channel={channel}").parse()?,
            false,
        ))
    }

    /// Appends the request of a subscriber with this cursor; an empty one means from now on.
    pub(super) fn subscribe(&self, after: &[u8], out: &mut BytesMut) {
        if after.is_empty() {
            return out.extend_from_slice(&self.fresh);
        }
        for (at, part) in self.resuming.iter().enumerate() {
            out.extend_from_slice(if at > 0 { after } else { b"" });
            out.extend_from_slice(part);
        }
    }

    /// Appends the request that publishes a text. The text must not need escaping in JSON.
    pub(super) fn post(&self, text: &str, out: &mut BytesMut) {
        let Url { authority, path } = &self.publish;
        let body = format!(r#"{{"message":"{text}"}}"#);
        let mut headers = vec![("Host", &**authority), ("Content-Type", "application/json")];
        headers.extend(self.new_connections.then_some(("Connection", "close")));
        let start_line = format!("POST {path} HTTP/1.1");
        out.extend_from_slice(&head::message(&start_line, &headers, body.as_bytes()));
    }
}

fn request(transport: Transport, url: &Url, after: Option<char>, new_connections: bool) -> Vec<u8> {
    let url = after.map_or_else(|| url.clone(), |after| url.with(&format!("after={after}")));
    let after = after.map(String::from);
    let mut headers = vec![("Host", &*url.authority)];
    match transport {
        Transport::Longpoll if new_connections => headers.push(("Connection", "close")),
        Transport::Longpoll => {}
        Transport::Sse => {
            headers.push(("Accept", "text/event-stream"));
            headers.extend(after.as_deref().map(|after| ("Last-Event-ID", after)));
        }
        Transport::Ws => headers.extend([
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", KEY),
        ]),
    }
    head::message(&format!("GET {} HTTP/1.1", url.path), &headers, b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut BytesMut)) -> String {
        let mut bytes = BytesMut::new();
        write(&mut bytes);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn target(transport: Transport) -> Target {
        Target::ours(transport, "http://h:1", "c").unwrap()
    }

    #[test]
    fn requests_are_pinned() {
        assert_eq!(
            written(|out| target(Transport::Longpoll).subscribe(b"7-1", out)),
            "GET /poll?wait=60&channel=c&after=7-1 HTTP/1.1\r\nHost: h:1\r\n\r\n"
        );
        assert_eq!(
            written(|out| target(Transport::Sse).subscribe(b"", out)),
            "GET /events?channel=c HTTP/1.1\r\nHost: h:1\r\nAccept: text/event-stream\r\n\r\n"
        );
        let upgrade = written(|out| target(Transport::Ws).subscribe(b"", out));
        assert!(
            upgrade.contains("Upgrade: websocket\r\n") && upgrade.ends_with("==\r\n\r\n"),
            "{upgrade}"
        );
        assert_eq!(
            written(|out| target(Transport::Sse).post("hi", out)),
            "POST /messages?channel=c HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"message\":\"hi\"}"
        );
    }

    #[test]
    fn any_stream_can_be_resumed_by_its_ids() {
        let url: Url = "http://h/stream".parse().unwrap();
        let target = Target::new(Transport::Sse, url.clone(), url, false);
        let resumed = written(|out| target.subscribe(b"x9", out));
        assert!(
            resumed.starts_with("GET /stream?after=x9 ")
                && resumed.contains("Last-Event-ID: x9\r\n"),
            "{resumed}"
        );
    }
}
