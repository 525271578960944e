//! Each decoder finds the same events, wherever the pieces end.

use super::*;
use crate::load::stamp::Stamp;
use Event::*;
use proptest::prelude::*;
use std::time::Duration;

/// An event refers to the bytes of the decoder, but not as text.
fn shown(event: Event<'_>) -> String {
    format!("{event:?}")
}

fn read(transport: Transport, bytes: &[u8], cuts: &[usize]) -> Result<Vec<String>> {
    let mut decoder = Decoder::new(transport);
    let mut events = Vec::new();
    let mut cuts: Vec<_> = cuts
        .iter()
        .map(|cut| cut % (bytes.len() + 1))
        .chain([0, bytes.len()])
        .collect();
    cuts.sort_unstable();
    for ends in cuts.windows(2) {
        decoder.feed(&bytes[ends[0]..ends[1]], &mut |event| {
            events.push(shown(event));
        })?;
    }
    Ok(events)
}

fn message(number: u64) -> String {
    let text = stamp(number).text(60);
    format!(r#"{{"id":"7-{number}","channel":"c","message":"{text}","time":1}}"#)
}

fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

fn stamp(number: u64) -> Stamp {
    Stamp { number, moment: 1 }
}

fn got(number: u64) -> Event<'static> {
    Message(stamp(number), Some(MessageId(7, number)))
}

fn cursor(text: &str) -> Event<'_> {
    Cursor(text.as_bytes())
}

fn events() -> (Vec<u8>, Vec<String>) {
    let event = |number: u64| format!("data: {}\nid: 7-{number}\n\n", message(number));
    // The second event is split over chunks, the third is not complete.
    let one = event(1);
    let two = event(2);
    let (half, rest) = two.split_at(40);
    let text = [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        chunk("retry: 2000\nevent: hello\ndata: {\"cursor\":\"7-0\"}\nid: 7-0\n\n"),
        chunk(&format!("{one}{half}")),
        chunk(&format!(
            "{rest}event: reset\r\ndata: {{}}\r\nid: 8-0\r\n\r\ndata: {}\nid: 7-3\n",
            message(3)
        )),
    ];
    let events = [
        Opened,
        ReconnectAfter(Duration::from_secs(2)),
        cursor("7-0"),
        got(1),
        cursor("7-1"),
        got(2),
        cursor("7-2"),
        Reset,
        cursor("8-0"),
    ];
    (text.concat().into_bytes(), events.map(shown).into())
}

fn frames() -> (Vec<u8>, Vec<String>) {
    let frame =
        |first: u8, payload: &str| [&[first, payload.len() as u8], payload.as_bytes()].concat();
    let long = message(2) + &" ".repeat(300);
    let bytes = [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec(),
        frame(0x81, r#"{"hello":{"cursor":"7-0"}}"#),
        frame(0x81, &message(1)),
        frame(0x89, "ping"),
        [
            &[0x81, 126][..],
            &(long.len() as u16).to_be_bytes(),
            long.as_bytes(),
        ]
        .concat(),
        frame(0x81, r#"{"reset":{"after":"7-1","oldest":"8-1"}}"#),
        frame(0x81, r#"{"ref":1,"ok":{"id":"7-3","time":1}}"#),
        frame(0x81, r#"{"ref":2,"error":{"status":503}}"#),
        frame(0x88, "\u{3}?draining: come back in 1250 ms"),
    ];
    let events = [
        Opened,
        cursor("7-0"),
        got(1),
        cursor("7-1"),
        Ping(b"ping"),
        got(2),
        cursor("7-2"),
        Reset,
        Published { accepted: true },
        Published { accepted: false },
        ReconnectAfter(Duration::from_millis(1250)),
    ];
    (bytes.concat(), events.map(shown).into())
}

fn responses() -> (Vec<u8>, Vec<String>) {
    let body = |reset: &str, messages: &[String]| {
        format!(
            r#"{{{reset}"messages":[{}],"cursor":"7-{}"}}"#,
            messages.join(","),
            messages.len()
        )
    };
    let one = body("", &[]);
    let two = body(
        r#""reset":{"after":"6-1","oldest":"7-1"},"#,
        &[message(1), message(2)],
    );
    let text = [
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{one}",
            one.len()
        ),
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}{}0\r\n\r\n",
            chunk(&two[..50]),
            chunk(&two[50..])
        ),
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_owned(),
    ];
    let events = [
        cursor("7-0"),
        Response { close: false },
        Reset,
        got(1),
        got(2),
        cursor("7-2"),
        Response { close: false },
        Response { close: true },
    ];
    (text.concat().into_bytes(), events.map(shown).into())
}

proptest! {
    #[test]
    fn pieces_may_end_anywhere(cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let all = [(Transport::Sse, events()), (Transport::Ws, frames()), (Transport::Longpoll, responses())];
        for (transport, (bytes, events)) in all {
            prop_assert_eq!(read(transport, &bytes, &cuts).unwrap(), events);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..99), cuts in prop::collection::vec(any::<usize>(), 0..4)) {
        let heads = [(Transport::Sse, &events().0[..47]), (Transport::Ws, &frames().0[..56]), (Transport::Longpoll, b"")];
        for (transport, head) in heads {
            let _ = read(transport, &[head, &bytes].concat(), &cuts);
        }
    }
}

#[test]
fn pieces_of_one_byte_are_enough() {
    for (transport, (bytes, events)) in [
        (Transport::Sse, events()),
        (Transport::Ws, frames()),
        (Transport::Longpoll, responses()),
    ] {
        let cuts: Vec<_> = (0..bytes.len()).collect();
        assert_eq!(read(transport, &bytes, &cuts).unwrap(), events);
    }
}

#[test]
fn a_refusal_names_its_status() {
    let refused = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nfull";
    for transport in [Transport::Longpoll, Transport::Sse, Transport::Ws] {
        assert!(
            read(transport, refused, &[])
                .unwrap_err()
                .to_string()
                .starts_with("503"),
            "{transport:?}"
        );
    }
}
