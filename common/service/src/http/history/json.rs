//! The JSON of a response with messages, and what its headers say instead without an envelope.

use bytes::{BufMut, Bytes, BytesMut};
use common::message::{Envelope, Message};
use std::fmt::Display;

/// Returns `{"messages":[…],"cursor":ID}`, with `"reset":{…}` if messages were lost, and with
/// `"end":true` where all channels have ended; without an envelope only the array.
pub(super) fn write_json(
    reset: Option<&str>,
    messages: &[Message],
    cursor: &dyn Display,
    is_end: bool,
    envelope: Envelope,
) -> Bytes {
    let elements = || {
        let messages = messages.iter();
        messages.filter_map(|message| envelope.element(message))
    };
    let size = elements().map(|element| element.len() + 1).sum::<usize>();
    let mut json = BytesMut::with_capacity(size + 160);
    write_start(reset, envelope, &mut json);
    for (index, element) in elements().enumerate() {
        if index > 0 {
            json.put_u8(b',');
        }
        json.put_slice(element);
    }
    write_end(cursor, is_end, envelope, &mut json);
    json.freeze()
}

pub(super) fn write_start(reset: Option<&str>, envelope: Envelope, json: &mut BytesMut) {
    if envelope == Envelope::None {
        return json.put_u8(b'[');
    }
    json.put_slice(b"{");
    if let Some(reset) = reset {
        json.put_slice(format!(r#""reset":{reset},"#).as_bytes());
    }
    json.put_slice(b"\"messages\":[");
}

pub(super) fn write_end(
    cursor: &dyn Display,
    is_end: bool,
    envelope: Envelope,
    json: &mut BytesMut,
) {
    let end = if is_end { r#","end":true"# } else { "" };
    match envelope {
        Envelope::Message => {
            json.put_slice(format!(r#"],"cursor":"{cursor}"{end}}}"#).as_bytes());
        }
        Envelope::None => json.put_u8(b']'),
    }
}

/// Returns the headers that say without an envelope what the JSON says with one: the cursor, the
/// reset if messages were lost, and the end of the channels.
pub(super) fn headers(
    reset: Option<String>,
    cursor: &dyn Display,
    is_end: bool,
    envelope: Envelope,
) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let cursor = ("trilane-cursor", cursor.to_string());
    let reset = reset.map(|reset| ("trilane-reset", reset));
    let end = is_end.then(|| ("trilane-end", "true".to_owned()));
    let headers = [Some(cursor), reset, end].into_iter().flatten();
    headers.filter(move |_| envelope == Envelope::None)
}
