//! The frames that `/ws` sends.

use bytes::{Bytes, BytesMut};
use common::{
    history::Reset,
    message::{ChannelName, Envelope, Message, MessageId},
    transport::{Disconnect, Encoder, SetEncoder},
};
use rfc6455::{
    close_code::{GOING_AWAY, NORMAL_CLOSURE, POLICY_VIOLATION},
    encode,
};
use std::{fmt::Display, sync::Arc};

/// Encodes each message as one text frame. A peer that does not reply to pings is disconnected.
///
/// Without an envelope every frame is what was published, so a reset ends the connection.
pub struct WsEncoder(pub Envelope);

/// The close code of a reset without an envelope (RFC 6455 §7.4.2: codes from 4000 are private).
const RESET: u16 = 4000;

impl WsEncoder {
    pub(crate) fn shared() -> WsEncoders {
        let encoder = |envelope| Arc::new(Self(envelope)) as Arc<dyn Encoder>;
        WsEncoders {
            message: encoder(Envelope::Message),
            none: encoder(Envelope::None),
        }
    }
}

/// An encoder for each envelope, shared by all connections.
pub(crate) struct WsEncoders {
    message: Arc<dyn Encoder>,
    none: Arc<dyn Encoder>,
}

impl WsEncoders {
    pub(crate) fn get(&self, envelope: Envelope) -> Arc<dyn Encoder> {
        match envelope {
            Envelope::Message => self.message.clone(),
            Envelope::None => self.none.clone(),
        }
    }
}

impl Encoder for WsEncoder {
    fn messages(&self, batch: &[Message]) -> Bytes {
        let size = batch
            .iter()
            .map(|message| message.json().len() + encode::MAX_HEADER)
            .sum();
        let mut frames = BytesMut::with_capacity(size);
        for message in batch {
            match self.0 {
                Envelope::Message => encode::text(message.json(), &mut frames),
                Envelope::None if message.has_payload() => {
                    encode::text(message.payload().as_bytes(), &mut frames);
                }
                Envelope::None => {}
            }
        }
        frames.freeze()
    }

    fn reset(&self, reset: Reset) -> Bytes {
        match self.0 {
            Envelope::Message => text(&format!(r#"{{"reset":{}}}"#, reset.json())),
            Envelope::None => close(RESET, &format!("reset: continue after {}", reset.cursor())),
        }
    }

    fn ends_at_reset(&self) -> bool {
        self.0 == Envelope::None
    }

    fn heartbeat(&self) -> Bytes {
        let mut frame = BytesMut::new();
        encode::ping(b"", &mut frame);
        frame.freeze()
    }

    fn expects_replies(&self) -> bool {
        true
    }

    fn end(&self, cursor: MessageId) -> Option<Bytes> {
        let told = match self.0 {
            Envelope::Message => end_frame(&cursor),
            Envelope::None => Bytes::new(),
        };
        let close = close(NORMAL_CLOSURE, "the channel has ended");
        Some([told, close].concat().into())
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        let (code, reason) = match disconnect {
            Disconnect::Draining(wait) => (
                GOING_AWAY,
                format!("draining: come back in {} ms", wait.as_millis()),
            ),
            Disconnect::TokenExpired => (POLICY_VIOLATION, "token expired".to_owned()),
        };
        close(code, &reason)
    }

    fn for_sets(&self) -> Option<&dyn SetEncoder> {
        Some(self)
    }
}

/// A message has its channel and its id: the client knows its cursor without the combined one. So
/// several channels need the envelope.
impl SetEncoder for WsEncoder {
    fn write_message(&self, message: &Message, _: &dyn Display, out: &mut BytesMut) {
        encode::text(message.json(), out);
    }

    fn write_reset(
        &self,
        channel: &ChannelName,
        reset: Reset,
        cursor: &dyn Display,
        out: &mut BytesMut,
    ) {
        let json = format!(r#"{{"reset":{}}}"#, reset.json_of(channel, cursor));
        encode::text(json.as_bytes(), out);
    }

    fn end(&self, cursor: &dyn Display) -> Bytes {
        let close = close(NORMAL_CLOSURE, "all channels have ended");
        [end_frame(cursor), close].concat().into()
    }
}

fn end_frame(cursor: &dyn Display) -> Bytes {
    text(&format!(r#"{{"end":{{"cursor":"{cursor}"}}}}"#))
}

fn close(code: u16, reason: &str) -> Bytes {
    let mut frame = BytesMut::new();
    encode::close(code, reason, &mut frame);
    frame.freeze()
}

/// Encodes one text frame.
pub(crate) fn text(text: &str) -> Bytes {
    let mut frame = BytesMut::with_capacity(text.len() + encode::MAX_HEADER);
    encode::text(text.as_bytes(), &mut frame);
    frame.freeze()
}

#[cfg(test)]
mod tests;
