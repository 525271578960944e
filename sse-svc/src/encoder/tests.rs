//! Tests of the bytes of events.

use super::*;
use common::history::Resume;

fn id(epoch: u64, offset: u64) -> MessageId {
    MessageId { epoch, offset }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

#[test]
fn the_bytes_of_a_message_are_pinned() {
    let mut out = Vec::new();
    let message = Message::new(id(7, 1), &ChannelName::main(), "\"hi\"", 9);
    write_message(&message, Envelope::Message, &message.id, &mut out);
    assert_eq!(
        text(out),
        "data: {\"id\":\"7-1\",\"channel\":\"main\",\"message\":\"hi\",\"time\":9}\nid: 7-1\n\n"
    );
    let attributes = "event=price".parse().unwrap();
    let mut out = Vec::new();
    let message = Message::with_attributes(id(7, 1), &ChannelName::main(), "1", &attributes, 9);
    write_message(&message, Envelope::Message, &message.id, &mut out);
    assert_eq!(
        text(out),
        "event: price\ndata: {\"id\":\"7-1\",\"channel\":\"main\",\"event\":\"price\",\
         \"message\":1,\"time\":9}\nid: 7-1\n\n"
    );
}

#[test]
fn without_an_envelope_each_line_is_a_field() {
    let bytes = |body, attributes: &str| {
        let (main, attributes) = (ChannelName::main(), attributes.parse().unwrap());
        let message = Message::with_attributes(id(7, 1), &main, body, &attributes, 9);
        let mut out = Vec::new();
        write_message(&message, Envelope::None, &message.id, &mut out);
        text(out)
    };
    for (body, data) in [
        (r#"{"a": "\n"}"#, "data: {\"a\": \"\\n\"}\n"),
        (r#""<b>hi</b>""#, "data: <b>hi</b>\n"),
        (
            r#""a\nb\r\n\rc\n""#,
            "data: a\ndata: b\ndata: \ndata: c\ndata: \n",
        ),
        (r#"" a""#, "data:  a\n"),
        (r#""""#, "data: \n"),
        ("null", "data: null\n"),
    ] {
        assert_eq!(bytes(body, ""), format!("{data}id: 7-1\n\n"), "{body}");
    }
    assert_eq!(bytes("null", "event=e,end"), "", "only the end");
    assert_eq!(bytes("0", "end"), "data: 0\nid: 7-1\n\n");
    assert_eq!(
        bytes(r#""elements <i></i>""#, "event=datastar-patch-elements"),
        "event: datastar-patch-elements\ndata: elements <i></i>\nid: 7-1\n\n"
    );
}

#[test]
fn the_bytes_of_several_channels_are_pinned() {
    let encoder = SseEncoder {
        framing: Framing::Chunked,
        envelope: Envelope::Message,
    };
    let mut out = BytesMut::new();
    let lost = Reset {
        after: id(7, 1),
        oldest: id(8, 4),
    };
    encoder.write_reset(&ChannelName::main(), lost, &"main@8-3,b@1-1", &mut out);
    let message = Message::new(id(8, 4), &ChannelName::main(), "1", 9);
    encoder.write_message(&message, &"main@8-4,b@1-1", &mut out);
    let expected = "be\r\nevent: reset\ndata: {\"channel\":\"main\",\"after\":\"7-1\",\
         \"oldest\":\"8-4\",\"cursor\":\"main@8-3,b@1-1\"}\nid: main@8-3,b@1-1\n\n\
         data: {\"id\":\"8-4\",\"channel\":\"main\",\"message\":1,\"time\":9}\n\
         id: main@8-4,b@1-1\n\n\r\n";
    assert_eq!(text(encoder.frame(out).to_vec()), expected);
    let end = SetEncoder::end(&encoder, &"main@8-4,b@1-1");
    let expected = "41\r\nevent: end\ndata: {\"cursor\":\"main@8-4,b@1-1\"}\n\
         id: main@8-4,b@1-1\n\n\r\n0\r\n\r\n";
    assert_eq!(text(end.to_vec()), expected);
    let hello = hello_event(&Hello {
        cursor: "main@8-4,b@1-1".to_owned(),
        has_reset: false,
    });
    assert_eq!(
        text(hello),
        "event: hello\ndata: {\"cursor\":\"main@8-4,b@1-1\"}\nid: main@8-4,b@1-1\n\n"
    );
}

#[test]
fn the_bytes_of_hello_reset_and_retry_are_pinned() {
    let lost = Reset {
        after: id(7, 1),
        oldest: id(8, 4),
    };
    let data = "{\"after\":\"7-1\",\"oldest\":\"8-4\",\"cursor\":\"8-3\"}";
    let mut reset = Vec::new();
    write_reset(&lost.json(), &lost.cursor(), &mut reset);
    assert_eq!(
        text(reset),
        format!("event: reset\ndata: {data}\nid: 8-3\n\n")
    );
    let hello = |reset| {
        let resume = Resume {
            cursor: lost.cursor(),
            reset,
        };
        text(hello_event(&resume.hello()))
    };
    assert_eq!(
        hello(None),
        "event: hello\ndata: {\"cursor\":\"8-3\"}\nid: 8-3\n\n"
    );
    assert_eq!(
        hello(Some(lost)),
        "event: hello\ndata: {\"cursor\":\"7-1\",\"reset\":true}\nid: 7-1\n\n"
    );
    assert_eq!(
        text(end_event(&id(7, 9))),
        "event: end\ndata: {\"cursor\":\"7-9\"}\nid: 7-9\n\n"
    );
    assert_eq!(retry(Duration::from_millis(1500)), b"retry: 1500\n");
}
