//! The frames that `/ws` sends.

use bytes::{Bytes, BytesMut};
use common::{
    history::{Reset, Resume},
    hub::{Disconnect, Encoder},
    message::Message,
};
use rfc6455::{
    close_code::{GOING_AWAY, POLICY_VIOLATION},
    encode,
};
use std::sync::Arc;

/// Encodes each message as one text frame. A peer that answers no ping is taken for dead.
pub struct WsEncoder;

/// The thread and the process that serve a connection. An HTTP client reads them from `GET
/// /worker`.
#[derive(Clone, Copy)]
pub(crate) struct ServingWorker {
    /// The number of the worker thread, from 1.
    pub(crate) worker: usize,
    /// The process id.
    pub(crate) pid: u32,
}

impl WsEncoder {
    pub(crate) fn shared() -> Arc<dyn Encoder> {
        Arc::new(Self)
    }
}

impl Encoder for WsEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let size = batch
            .iter()
            .map(|message| message.json().len() + encode::MAX_HEADER)
            .sum();
        let mut frames = BytesMut::with_capacity(size);
        batch
            .iter()
            .for_each(|message| encode::text(message.json(), &mut frames));
        frames.freeze()
    }

    fn reset(&self, reset: Reset) -> Bytes {
        text(&format!(r#"{{"reset":{}}}"#, reset.json()))
    }

    fn heartbeat(&self) -> Bytes {
        let mut frame = BytesMut::new();
        encode::ping(b"", &mut frame);
        frame.freeze()
    }

    fn expects_replies(&self) -> bool {
        true
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        let (code, reason) = match disconnect {
            Disconnect::Draining(wait) => (
                GOING_AWAY,
                format!("draining: come back in {} ms", wait.as_millis()),
            ),
            Disconnect::TokenExpired => (POLICY_VIOLATION, "token expired".to_owned()),
        };
        let mut frame = BytesMut::new();
        encode::close(code, &reason, &mut frame);
        frame.freeze()
    }
}

/// Encodes the first frame of every connection: its cursor, the largest `{"message":…}` in bytes (a
/// much larger frame ends the connection), and the serving worker if the client asked for it.
pub(crate) fn hello(resume: &Resume, max_body: u64, serving: Option<ServingWorker>) -> Bytes {
    let serving = serving
        .map(|ServingWorker { worker, pid }| format!(r#","worker":{worker},"pid":{pid}"#))
        .unwrap_or_default();
    text(&format!(
        r#"{{"hello":{{{},"max_body":{max_body}{serving}}}}}"#,
        resume.hello_fields()
    ))
}

/// Encodes one text frame.
pub(crate) fn text(text: &str) -> Bytes {
    let mut frame = BytesMut::with_capacity(text.len() + encode::MAX_HEADER);
    encode::text(text.as_bytes(), &mut frame);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::message::{ChannelName, MessageId};
    use std::time::Duration;

    fn id(epoch: u64, offset: u64) -> MessageId {
        MessageId { epoch, offset }
    }

    #[test]
    fn each_message_is_a_frame() {
        let hello = Message::new(id(7, 1), &ChannelName::main(), "\"hi\"", 9);
        let frame = b"\x81\x35{\"id\":\"7-1\",\"channel\":\"main\",\"message\":\"hi\",\"time\":9}";
        assert_eq!(
            WsEncoder.messages(&[hello.clone(), hello]),
            [&frame[..], frame].concat()
        );
    }

    #[test]
    fn the_bytes_of_hello_and_reset_are_pinned() {
        let start = Resume {
            cursor: id(7, 0),
            reset: None,
        };
        assert_eq!(
            hello(&start, 99, None),
            &b"\x81\x28{\"hello\":{\"cursor\":\"7-0\",\"max_body\":99}}"[..]
        );
        let serving = Some(ServingWorker { worker: 2, pid: 41 });
        let json = br#"{"hello":{"cursor":"7-0","max_body":99,"worker":2,"pid":41}}"#;
        assert_eq!(
            hello(&start, 99, serving),
            [&b"\x81\x3c"[..], json].concat()
        );
        let lost = Reset {
            after: id(7, 1),
            oldest: id(8, 4),
        };
        let start = Resume {
            cursor: lost.cursor(),
            reset: Some(lost),
        };
        assert_eq!(
            hello(&start, 99, None),
            &b"\x81\x35{\"hello\":{\"cursor\":\"7-1\",\"reset\":true,\"max_body\":99}}"[..]
        );
        let reset =
            &b"\x81\x37{\"reset\":{\"after\":\"7-1\",\"oldest\":\"8-4\",\"cursor\":\"8-3\"}}"[..];
        assert_eq!(WsEncoder.reset(lost), reset);
    }

    #[test]
    fn heartbeats_and_disconnects_are_control_frames() {
        assert_eq!(WsEncoder.heartbeat(), &b"\x89\x00"[..]);
        let disconnect = WsEncoder.disconnect(Disconnect::Draining(Duration::from_millis(1500)));
        assert_eq!(
            disconnect,
            &b"\x88\x20\x03\xe9draining: come back in 1500 ms"[..]
        );
        assert_eq!(
            WsEncoder.disconnect(Disconnect::TokenExpired),
            &b"\x88\x0f\x03\xf0token expired"[..]
        );
    }
}
