//! How another server's requests and frames differ from those of the services of this project.

use super::{
    decoder::Event,
    template::{SEPARATOR, Template, place},
    url::Url,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use wire::{frames::Opcode, head};

/// Stands for the text of a message in a body or a frame.
pub(crate) const TEXT: &str = "{text}";

/// The POST that publishes a message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PublicationDialect {
    pub(crate) path: String,
    pub(crate) content_type: String,
    /// Its body. `{text}` is the place of the text.
    pub(crate) body: String,
    /// What the server has done when it responds.
    pub(crate) acknowledged: String,
}

/// What a client says on a WebSocket beside its messages.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FrameDialect {
    pub(crate) path: String,
    /// Texts that a client sends after the handshake.
    #[serde(default)]
    pub(crate) hello: Vec<String>,
    /// Beginning of the text with which the server accepts a client, if the handshake does not.
    #[serde(default)]
    pub(crate) open_on: String,
    /// Texts of the server, and what a client answers to each.
    #[serde(default)]
    pub(crate) replies: BTreeMap<String, String>,
}

/// What follows from an event on a WebSocket.
#[derive(Default)]
pub(super) struct Answer {
    /// Frames to send.
    pub(super) frames: Vec<(Opcode, Vec<u8>)>,
    /// Whether the client is open now.
    pub(super) opens: bool,
}

impl FrameDialect {
    /// Returns what follows from a handshake, a ping or a text without a message.
    pub(super) fn answer(&self, event: &Event<'_>) -> Answer {
        let text = |text: &String| (Opcode::Text, text.clone().into_bytes());
        match event {
            Event::Opened => Answer {
                frames: self.hello.iter().map(text).collect(),
                opens: self.open_on.is_empty(),
            },
            Event::Text(received) => Answer {
                frames: self.reply(received).map(text).into_iter().collect(),
                opens: !self.open_on.is_empty() && received.starts_with(self.open_on.as_bytes()),
            },
            Event::Ping(payload) => Answer {
                frames: vec![(Opcode::Pong, payload.to_vec())],
                opens: false,
            },
            _ => Answer::default(),
        }
    }

    fn reply(&self, received: &[u8]) -> Option<&String> {
        self.replies.get(std::str::from_utf8(received).ok()?)
    }
}

/// How a poll continues after a response: with values of its headers. The first one has no response
/// before the next message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PollDialect {
    pub(crate) path: String,
    /// Response headers whose values the next poll needs.
    #[serde(default)]
    pub(crate) cursor: Vec<String>,
    /// Path of the next poll. `{Header}` is the place of a value of `cursor`.
    pub(crate) next_path: Option<String>,
    /// Headers of the next poll, with the same places.
    #[serde(default)]
    pub(crate) next_headers: BTreeMap<String, String>,
}

impl PollDialect {
    /// Returns the request of the next poll.
    pub(super) fn next(&self, url: &Url) -> Template {
        let path = self.placed(self.next_path.as_ref().unwrap_or(&url.path));
        let values: Vec<_> = self
            .next_headers
            .iter()
            .map(|(name, value)| (&**name, self.placed(value)))
            .collect();
        let mut headers = vec![("Host", &*url.authority)];
        headers.extend(values.iter().map(|(name, value)| (*name, &**value)));
        Template::parse(&head::message(
            &format!("GET {path} HTTP/1.1"),
            &headers,
            b"",
        ))
    }

    fn placed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (part, name) in self.cursor.iter().enumerate() {
            text = text.replace(&format!("{{{name}}}"), &place(part));
        }
        text
    }
}

/// Returns the cursor in the headers of a response: their values in the order of `names`.
pub(super) fn cursor_of(headers: &[(&str, &[u8])], names: &[String]) -> Vec<u8> {
    let value = |name: &String| {
        let found = headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map_or(&b""[..], |(_, value)| *value)
    };
    let values: Vec<_> = names.iter().map(value).collect();
    values.join(&SEPARATOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;

    #[test]
    fn the_next_poll_has_the_headers_of_the_last_response() {
        let polls: PollDialect = toml::from_str(
            r#"
            path = "/sub"
            cursor = ["Last-Modified", "Etag"]
            next-headers = { If-Modified-Since = "{Last-Modified}", If-None-Match = "{Etag}" }"#,
        )
        .unwrap();
        let headers = [("etag", &b"3"[..]), ("last-modified", b"Sun")];
        let mut out = BytesMut::new();
        let url = "http://h/sub".parse().unwrap();
        polls
            .next(&url)
            .write(&cursor_of(&headers, &polls.cursor), &mut out);
        assert_eq!(
            out,
            "GET /sub HTTP/1.1\r\nHost: h\r\nIf-Modified-Since: Sun\r\nIf-None-Match: 3\r\n\r\n"
        );
        assert_eq!(cursor_of(&[], &polls.cursor), b"\n");
    }

    #[test]
    fn a_text_opens_a_client_or_is_answered() {
        let dialect = FrameDialect {
            hello: vec!["40".to_owned()],
            open_on: "40".to_owned(),
            replies: [("2".to_owned(), "3".to_owned())].into(),
            ..FrameDialect::default()
        };
        let after = |dialect: &FrameDialect, event: Event<'_>| {
            let Answer { frames, opens } = dialect.answer(&event);
            let frames = frames.into_iter().map(|(_, payload)| payload);
            (frames.collect::<Vec<_>>().concat(), opens)
        };
        assert_eq!(after(&dialect, Event::Opened), (b"40".to_vec(), false));
        assert_eq!(after(&dialect, Event::Text(b"40{}")), (Vec::new(), true));
        assert_eq!(after(&dialect, Event::Text(b"2")), (b"3".to_vec(), false));
        assert_eq!(after(&dialect, Event::Ping(b"x")), (b"x".to_vec(), false));
        let plain = FrameDialect::default();
        assert_eq!(after(&plain, Event::Opened), (Vec::new(), true));
        assert_eq!(after(&plain, Event::Text(b"hi")), (Vec::new(), false));
    }
}
