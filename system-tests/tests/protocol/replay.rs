//! Sends the examples to running services.

use crate::{
    document::{DOCUMENT, examples},
    process::Lab,
};
use std::{
    collections::BTreeSet,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
};
use system_tests::http::send;

/// The digits of a time in milliseconds, and so of an epoch.
const TIME_DIGITS: usize = 13;

/// The services, and what an example needs from those before it.
struct Replay {
    lab: Lab,
    epoch: Option<String>,
    websocket: Option<TcpStream>,
}

#[test]
fn every_example_is_what_the_services_do() {
    let mut replay = Replay {
        lab: Lab::up(&[]),
        epoch: None,
        websocket: None,
    };
    let mut replayed = 0;
    for (kind, example) in examples() {
        match kind {
            "http" => replay.request(example),
            "frames" => replay.frames(example),
            _ => continue,
        }
        replayed += 1;
    }
    assert!(replayed > 10, "only {replayed} examples found");
}

impl Replay {
    /// Sends the request of an example, and compares the response.
    fn request(&mut self, example: &str) {
        let (request, status) = example.split_once("\nHTTP/1.1 ").unwrap();
        let response = format!("HTTP/1.1 {status}");
        let mut socket = send(self.address_of(request), &self.wire(request));
        let received = read(&mut socket, &response);
        if self.epoch.is_none() {
            self.epoch = epoch_in(&received);
        }
        assert_eq!(
            parts(&received),
            parts(&response),
            "the response to {request}"
        );
        if response.starts_with("HTTP/1.1 101 ") {
            self.websocket = Some(socket);
        }
    }

    /// Returns the address of the service that listens on the port of the example's `host`.
    fn address_of(&self, request: &str) -> SocketAddr {
        let (_, host) = request.split_once("host: localhost:").unwrap();
        let service = match host.lines().next().unwrap() {
            "3000" => "longpoll",
            "3001" => "sse",
            _ => "ws",
        };
        self.lab.socket_address(service)
    }

    /// Returns the bytes of a request, with the epoch of the running services.
    fn wire(&self, request: &str) -> String {
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let mut head = head.trim_end().replace('\n', "\r\n");
        if let (Some(actual), Some(epoch)) = (&self.epoch, epoch_in(DOCUMENT)) {
            head = head.replace(&epoch, actual);
        }
        format!("{head}\r\n\r\n{}", body.trim_end())
    }

    /// Sends the frames after `>`, and compares those that follow with the ones after `<`.
    fn frames(&mut self, example: &str) {
        let socket = self
            .websocket
            .as_mut()
            .expect("a handshake before the frames");
        // A reply and the message itself may arrive in either order.
        for turn in example.split("> ").filter(|turn| !turn.is_empty()) {
            let (request, expected) = turn
                .split_once("< ")
                .map_or((turn, ""), |(request, rest)| (request, rest));
            if !request.is_empty() {
                send_frame(socket, request.trim_end());
            }
            let expected: BTreeSet<_> = expected
                .split("\n< ")
                .map(|frame| normal(frame.trim_end()))
                .collect();
            let received: BTreeSet<_> = (0..expected.len())
                .map(|_| normal(&read_frame(socket)))
                .collect();
            assert_eq!(received, expected, "after {request}");
        }
    }
}

/// Reads a response as long as this one. Leaves what follows the headers of a handshake.
fn read(socket: &mut TcpStream, expected: &str) -> String {
    let is_handshake = expected.starts_with("HTTP/1.1 101 ");
    let length = expected.trim_end().len();
    let (mut text, mut byte) = (Vec::new(), [0]);
    while if is_handshake {
        !text.ends_with(b"\n\n")
    } else {
        text.len() < length
    } {
        match socket.read(&mut byte) {
            Ok(0) => break,
            Ok(_) if byte == *b"\r" => {}
            Ok(_) => text.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    String::from_utf8(text).unwrap()
}

/// Sends a text of less than 64 KiB, masked with zeros.
fn send_frame(socket: &mut TcpStream, text: &str) {
    let mut frame = vec![0x81];
    if let Ok(length @ ..126) = u8::try_from(text.len()) {
        frame.push(0x80 | length);
    } else {
        frame.push(0x80 | 126);
        frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    socket.write_all(&frame).unwrap();
}

fn read_frame(socket: &mut TcpStream) -> String {
    let mut head = [0; 2];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(head[0], 0x81, "a text frame");
    let mut length = usize::from(head[1]);
    if length == 126 {
        let mut extended = [0; 2];
        socket.read_exact(&mut extended).unwrap();
        length = u16::from_be_bytes(extended).into();
    }
    let mut text = vec![0; length];
    socket.read_exact(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// Returns the epoch of the first id.
fn epoch_in(text: &str) -> Option<String> {
    let (_, id) = text.split_once("\"id\":\"")?;
    Some(id.split_once('-')?.0.to_owned())
}

/// Returns the status line, the headers in order of their names, and the body of a response.
fn parts(response: &str) -> (String, BTreeSet<String>, String) {
    let (head, body) = response.split_once("\n\n").unwrap_or((response, ""));
    let mut lines = head.lines().map(normal);
    let status = lines.next().unwrap_or_default();
    let headers = lines.filter(|line| !line.starts_with("date: ")).collect();
    (status, headers, normal(body.trim_end()))
}

/// Replaces what differs between two runs: times, epochs, and the times to reconnect.
fn normal(text: &str) -> String {
    let mut normal = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        if digits.len() == TIME_DIGITS || normal.ends_with("retry: ") {
            normal += &part.replacen(digits, "TIME", 1);
        } else {
            normal += part;
        }
    }
    normal
}
