//! Requests over plain sockets.

use conformance::PATIENCE;
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// Sends a request, and waits for this text in the response.
pub(crate) fn exchange(address: &str, request: &str, until: &str) {
    read_until(&mut send(address, request), until);
}

/// Sends a request, and returns the response, which ends with the connection.
pub(crate) fn response(address: &str, request: &str) -> String {
    let mut received = String::new();
    // A proxy that does not listen yet is asked again.
    if let Ok(mut stream) = TcpStream::connect(address) {
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_string(&mut received);
    }
    received
}

pub(crate) fn send(address: &str, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

pub(crate) fn read_until(stream: &mut TcpStream, until: &str) {
    let mut received = String::new();
    let mut buffer = [0; 4096];
    while !received.contains(until) {
        let length = stream.read(&mut buffer).unwrap_or_else(|error| {
            panic!("waiting for {until:?}: {error} after {received}");
        });
        assert!(length > 0, "no {until:?} in {received}");
        received += &String::from_utf8_lossy(&buffer[..length]);
    }
}
