//! Tests of the bytes of frames.

use super::*;
use crate::hello::{ServingWorker, hello};
use common::history::Resume;
use std::time::Duration;

const WITH: WsEncoder = WsEncoder(Envelope::Message);
const WITHOUT: WsEncoder = WsEncoder(Envelope::None);

fn id(epoch: u64, offset: u64) -> MessageId {
    MessageId { epoch, offset }
}

#[test]
fn each_message_is_a_frame() {
    let hello = Message::new(id(7, 1), &ChannelName::main(), "\"hi\"", 9);
    let frame = b"\x81\x35{\"id\":\"7-1\",\"channel\":\"main\",\"message\":\"hi\",\"time\":9}";
    assert_eq!(
        WITH.messages(&[hello.clone(), hello]),
        [&frame[..], frame].concat()
    );
}

#[test]
fn without_an_envelope_a_frame_is_what_was_published() {
    let message = |body| Message::new(id(7, 1), &ChannelName::main(), body, 9);
    assert_eq!(
        WITHOUT.messages(&[message("\"hi\\n\""), message("{\"a\": 1}")]),
        &b"\x81\x03hi\n\x81\x08{\"a\": 1}"[..]
    );
    let lost = Reset {
        after: id(7, 1),
        oldest: id(8, 4),
    };
    let close = &b"\x88\x1b\x0f\xa0reset: continue after 8-3"[..];
    assert_eq!(WITHOUT.reset(lost), close);
    let end = &b"\x88\x17\x03\xe8the channel has ended"[..];
    assert_eq!(Encoder::end(&WITHOUT, id(7, 9)).unwrap(), end);
    let frame = &b"\x81\x18{\"end\":{\"cursor\":\"7-9\"}}"[..];
    assert_eq!(
        Encoder::end(&WITH, id(7, 9)).unwrap(),
        [frame, end].concat()
    );
    assert!(WITHOUT.ends_at_reset() && !WITH.ends_at_reset());
}

#[test]
fn the_bytes_of_hello_and_reset_are_pinned() {
    let start = Resume {
        cursor: id(7, 0),
        reset: None,
    };
    assert_eq!(
        hello(&start.hello(), 99, None),
        &b"\x81\x28{\"hello\":{\"cursor\":\"7-0\",\"max_body\":99}}"[..]
    );
    let serving = Some(ServingWorker { worker: 2, pid: 41 });
    let json = br#"{"hello":{"cursor":"7-0","max_body":99,"worker":2,"pid":41}}"#;
    assert_eq!(
        hello(&start.hello(), 99, serving),
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
        hello(&start.hello(), 99, None),
        &b"\x81\x35{\"hello\":{\"cursor\":\"7-1\",\"reset\":true,\"max_body\":99}}"[..]
    );
    let reset =
        &b"\x81\x37{\"reset\":{\"after\":\"7-1\",\"oldest\":\"8-4\",\"cursor\":\"8-3\"}}"[..];
    assert_eq!(WITH.reset(lost), reset);
}

#[test]
fn the_bytes_of_several_channels_are_pinned() {
    let mut out = BytesMut::new();
    let lost = Reset {
        after: id(7, 1),
        oldest: id(8, 4),
    };
    WITH.write_reset(&ChannelName::main(), lost, &"main@8-3,b@1-1", &mut out);
    let message = Message::new(id(8, 4), &ChannelName::main(), "1", 9);
    WITH.write_message(&message, &"main@8-4,b@1-1", &mut out);
    let reset =
        br#"{"reset":{"channel":"main","after":"7-1","oldest":"8-4","cursor":"main@8-3,b@1-1"}}"#;
    let message = br#"{"id":"8-4","channel":"main","message":1,"time":9}"#;
    assert_eq!(
        WITH.frame(out),
        [&b"\x81\x53"[..], reset, b"\x81\x32", message].concat()
    );
    let end = br#"{"end":{"cursor":"main@8-4,b@1-1"}}"#;
    let close = &b"\x88\x19\x03\xe8all channels have ended"[..];
    assert_eq!(
        SetEncoder::end(&WITH, &"main@8-4,b@1-1"),
        [&b"\x81\x23"[..], end, close].concat()
    );
}

#[test]
fn heartbeats_and_disconnects_are_control_frames() {
    assert_eq!(WITH.heartbeat(), &b"\x89\x00"[..]);
    let disconnect = WITH.disconnect(Disconnect::Draining(Duration::from_millis(1500)));
    assert_eq!(
        disconnect,
        &b"\x88\x20\x03\xe9draining: come back in 1500 ms"[..]
    );
    assert_eq!(
        WITH.disconnect(Disconnect::TokenExpired),
        &b"\x88\x0f\x03\xf0token expired"[..]
    );
}
