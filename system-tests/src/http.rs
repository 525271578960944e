//! Requests over plain sockets. The connection ends with the response, if that ends.

use conformance::PATIENCE;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// Returns a POST request with a JSON body.
pub fn post(target: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Returns a GET request.
pub fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

/// Returns a request to open a WebSocket.
pub fn handshake(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// Sends a request, and waits for this text in the response. Returns what has arrived by then.
pub fn exchange(address: SocketAddr, request: &str, until: &str) -> String {
    read_until(&mut send(address, request), until)
}

/// Sends a request, and returns the response, which ends with the connection. It is empty if the
/// server does not listen.
pub fn response(address: SocketAddr, request: &str) -> String {
    let mut received = String::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_string(&mut received);
    }
    received
}

/// Sends a request on a new connection.
pub fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Reads until this text has arrived. Returns what has arrived.
pub fn read_until(stream: &mut TcpStream, until: &str) -> String {
    let mut received = String::new();
    let mut buffer = [0; 4096];
    while !received.contains(until) {
        let length = stream.read(&mut buffer).unwrap_or_else(|error| {
            panic!("waiting for {until:?}: {error} after {received}");
        });
        assert!(length > 0, "no {until:?} in {received}");
        received += &String::from_utf8_lossy(&buffer[..length]);
    }
    received
}
