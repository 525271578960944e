//! The server under load, and the requests to it.

use super::{
    decoder::Decoder,
    dialect::{FrameDialect, PollDialect, TEXT},
    template::{Template, place},
    url::Url,
};
use anyhow::Result;
use bytes::BytesMut;
use client::Transport;
use std::{ops::Range, sync::Arc};
use wire::head;

/// The sample key of RFC 6455 section 1.3. A load does not need a new one for each connection.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) transport: Transport,
    /// Whether each poll and each publication uses a new connection.
    pub(crate) new_connections: bool,
    pub(super) read: Url,
    pub(crate) publish: Url,
    /// The request of a subscriber without a cursor.
    fresh: Vec<u8>,
    /// The request of a subscriber with a cursor.
    resuming: Template,
    /// What follows from another server's polls. `None` for those of this project.
    polls: Option<PollDialect>,
    /// When a subscriber is open.
    pub(crate) opens: Opens,
    /// What is said on WebSockets.
    pub(crate) frames: Arc<FrameDialect>,
    pub(crate) content_type: String,
    /// The body of a publication, and the frame that is echoed, with the place of the text.
    pub(crate) body: String,
    pub(crate) echo: String,
    /// The numbers of the channels, if there are several instead of one. Subscribers without a
    /// cursor and messages take them in turn. Both URLs must end with the name of the channel,
    /// which ends with the number.
    pub(crate) channels: Option<Range<u64>>,
}

/// When a subscriber is open: it receives what is published from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    /// With the first response, which every stream and every poll with a cursor gets at once.
    WithResponse,
    /// With its poll, which has no response before the next message.
    Held,
    /// With the first response, or without one after a while: the server is not known.
    Unknown,
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
        let resuming = request(transport, &read, Some(&place(0)), new_connections);
        Self {
            transport,
            new_connections,
            read,
            publish,
            fresh,
            resuming: Template::parse(&resuming),
            polls: None,
            opens: Opens::WithResponse,
            frames: Arc::default(),
            content_type: "application/json".to_owned(),
            body: format!(r#"{{"message":"{TEXT}"}}"#),
            echo: TEXT.to_owned(),
            channels: None,
        }
    }

    /// Returns the same target for a server whose polls continue in another way.
    pub(crate) fn with_polls(self, polls: PollDialect) -> Self {
        Self {
            resuming: polls.next(&self.read),
            polls: Some(polls),
            opens: Opens::Held,
            ..self
        }
    }

    /// Returns the same target for subscribers that begin after this cursor.
    pub(crate) fn beginning_after(self, cursor: &str) -> Self {
        let mut fresh = BytesMut::new();
        self.resuming.write(cursor.as_bytes(), &mut fresh);
        Self {
            fresh: fresh.to_vec(),
            ..self
        }
    }

    /// Returns a decoder of what this server sends to a subscriber.
    pub(super) fn decoder(&self) -> Decoder {
        match &self.polls {
            Some(polls) => Decoder::polls(polls.cursor.clone()),
            None => Decoder::new(self.transport),
        }
    }

    /// Creates a target for a service of this project.
    pub(crate) fn ours(transport: Transport, base: &str, channel: &str) -> Result<Self> {
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

    /// Appends the request of a subscriber with this number and cursor; an empty cursor means from
    /// now on.
    pub(super) fn subscribe(&self, number: u64, after: &[u8], out: &mut BytesMut) {
        if !after.is_empty() {
            return self.resuming.write(after, out);
        }
        let Some(channel) = self.channel(number) else {
            return out.extend_from_slice(&self.fresh);
        };
        let url = self.read.at(format!("{}{channel}", self.read.path));
        let request = request(self.transport, &url, None, self.new_connections);
        out.extend_from_slice(&request);
    }

    /// Returns the number of the channel of this subscriber or message, if there are several.
    fn channel(&self, number: u64) -> Option<u64> {
        let Range { start, end } = self.channels.as_ref()?;
        Some(start + number % (end - start))
    }

    /// Appends the request that publishes a text as the message with this number. The text must not
    /// need escaping in JSON.
    pub(super) fn post(&self, number: u64, text: &str, out: &mut BytesMut) {
        let Url { authority, path } = &self.publish;
        let channel = self.channel(number).map(|channel| channel.to_string());
        let channel = channel.unwrap_or_default();
        let body = self.body.replace(TEXT, text);
        let mut headers = vec![
            ("Host", &**authority),
            ("Content-Type", &*self.content_type),
        ];
        headers.extend(self.new_connections.then_some(("Connection", "close")));
        let start_line = format!("POST {path}{channel} HTTP/1.1");
        out.extend_from_slice(&head::message(&start_line, &headers, body.as_bytes()));
    }

    /// Returns the frame that is echoed with this text.
    pub(super) fn echo(&self, text: &str) -> String {
        self.echo.replace(TEXT, text)
    }
}

fn request(transport: Transport, url: &Url, after: Option<&str>, new_connections: bool) -> Vec<u8> {
    let url = after.map_or_else(|| url.clone(), |after| url.with(&format!("after={after}")));
    let mut headers = vec![("Host", &*url.authority)];
    match transport {
        Transport::Longpoll if new_connections => headers.push(("Connection", "close")),
        Transport::Longpoll => {}
        Transport::Sse => {
            headers.push(("Accept", "text/event-stream"));
            headers.extend(after.map(|after| ("Last-Event-ID", after)));
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
            written(|out| target(Transport::Longpoll).subscribe(0, b"7-1", out)),
            "GET /poll?wait=60&channel=c&after=7-1 HTTP/1.1\r\nHost: h:1\r\n\r\n"
        );
        assert_eq!(
            written(|out| target(Transport::Sse).subscribe(0, b"", out)),
            "GET /events?channel=c HTTP/1.1\r\nHost: h:1\r\nAccept: text/event-stream\r\n\r\n"
        );
        let upgrade = written(|out| target(Transport::Ws).subscribe(0, b"", out));
        assert!(
            upgrade.contains("Upgrade: websocket\r\n") && upgrade.ends_with("==\r\n\r\n"),
            "{upgrade}"
        );
        assert_eq!(
            written(|out| target(Transport::Sse).post(0, "hi", out)),
            "POST /messages?channel=c HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"message\":\"hi\"}"
        );
    }

    #[test]
    fn subscribers_and_messages_take_the_channels_in_turn() {
        let target = Target {
            channels: Some(7..9),
            ..target(Transport::Sse)
        };
        let path = |number| {
            let subscribe = written(|out| target.subscribe(number, b"", out));
            let post = written(|out| target.post(number, "hi", out));
            [subscribe, post].map(|request| request.split(' ').nth(1).unwrap().to_owned())
        };
        let paths = |channel| {
            [
                format!("/events?channel={channel}"),
                format!("/messages?channel={channel}"),
            ]
        };
        assert_eq!(
            [path(0), path(1), path(2)],
            [paths("c7"), paths("c8"), paths("c7")]
        );
    }

    #[test]
    fn publications_and_echoes_have_the_form_of_the_server() {
        let target = Target {
            content_type: "text/plain".to_owned(),
            body: "[{text}]".to_owned(),
            echo: r#"42["echo","{text}"]"#.to_owned(),
            ..target(Transport::Ws)
        };
        let post = written(|out| target.post(0, "hi", out));
        assert!(
            post.contains("text/plain") && post.ends_with("\r\n\r\n[hi]"),
            "{post}"
        );
        assert_eq!(target.echo("hi"), r#"42["echo","hi"]"#);
    }

    #[test]
    fn any_stream_can_be_resumed_by_its_ids() {
        let url: Url = "http://h/stream".parse().unwrap();
        let target = Target::new(Transport::Sse, url.clone(), url, false);
        let resumed = written(|out| target.subscribe(0, b"x9", out));
        assert!(
            resumed.starts_with("GET /stream?after=x9 ")
                && resumed.contains("Last-Event-ID: x9\r\n"),
            "{resumed}"
        );
    }
}
