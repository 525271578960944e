//! A blocking HTTP client: one request after another on one connection.

use anyhow::{Context, Result, bail, ensure};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};
use wire::head::{self, Body, Head, MessageKind};

/// Timeout of a response. It ends a measurement of a stuck service.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of one read.
const BUFFER: usize = 4096;

/// A client with a persistent connection.
pub struct BlockingClient {
    address: SocketAddr,
    io: TcpStream,
    /// Bytes that were read and belong to the next response.
    unread: Vec<u8>,
}

/// The worker thread that serves a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkerThread {
    /// Process that responded.
    pub pid: u32,
    /// Worker thread that responded.
    pub thread: u32,
}

impl BlockingClient {
    /// Connects to a service.
    ///
    /// # Errors
    /// Returns an error if the service does not accept the connection.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        Self::connect_within(address, PATIENCE)
    }

    /// Connects to a server. Connecting, and each response, may take `patience`.
    ///
    /// # Errors
    /// Returns an error if the server does not accept the connection.
    pub fn connect_within(address: SocketAddr, patience: Duration) -> Result<Self> {
        let open = || -> io::Result<TcpStream> {
            let io = TcpStream::connect_timeout(&address, patience)?;
            io.set_nodelay(true)?;
            io.set_read_timeout(Some(patience))?;
            Ok(io)
        };
        Ok(Self {
            address,
            io: open().with_context(|| address.to_string())?,
            unread: Vec::new(),
        })
    }

    /// Returns the worker that serves this connection.
    ///
    /// # Errors
    /// Returns an error if the service does not respond with a worker.
    pub fn worker(&mut self) -> Result<WorkerThread> {
        self.ask_for_worker()?;
        let response = self.answer()?;
        worker(&response).with_context(|| format!("GET /worker: {response:?}"))
    }

    /// Sends the request of [`BlockingClient::worker`]. [`BlockingClient::answer`] reads the
    /// response.
    ///
    /// # Errors
    /// Returns an error if the connection is lost.
    pub fn ask_for_worker(&mut self) -> Result<()> {
        self.send("GET /worker", &[("Host", "bench")], "")
    }

    /// Sends a POST with a JSON body. [`BlockingClient::answer`] reads the response.
    ///
    /// # Errors
    /// Returns an error if the connection is lost.
    pub fn post(&mut self, path: &str, json: &str) -> Result<()> {
        let headers = [("Host", "bench"), ("Content-Type", "application/json")];
        self.send(&format!("POST {path}"), &headers, json)
    }

    /// Requests a resource, and returns the body of the response.
    ///
    /// # Errors
    /// Returns an error if the connection is lost, or the response has no success.
    pub fn get(&mut self, path: &str) -> Result<String> {
        self.send(&format!("GET {path}"), &[("Host", "bench")], "")?;
        self.answer()
    }

    /// Sends a request without a body, such as `GET /`, and returns the status of the response,
    /// whose body is not read.
    ///
    /// # Errors
    /// Returns an error if the connection is lost.
    pub fn status(&mut self, request: &str, content_type: Option<&str>) -> Result<u16> {
        let host = self.address.to_string();
        let mut headers = vec![("Host", &*host), ("Connection", "close")];
        headers.extend(content_type.map(|content_type| ("Content-Type", content_type)));
        self.send(request, &headers, "")?;
        self.head().map(|(status, _)| status)
    }

    fn send(&mut self, request: &str, headers: &[(&str, &str)], body: &str) -> Result<()> {
        let request = head::message(&format!("{request} HTTP/1.1"), headers, body.as_bytes());
        let sent = self.io.write_all(&request);
        sent.with_context(|| self.address.to_string())
    }

    /// Reads the body of the next response.
    ///
    /// # Errors
    /// Returns the status code and the body of a response without success.
    pub fn answer(&mut self) -> Result<String> {
        let (status, body) = self.head()?;
        let length = match body {
            Body::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
            Body::UntilClose => usize::MAX,
            Body::Chunked => bail!("{status}: a chunked body is not expected"),
        };
        while self.unread.len() < length && self.read()? > 0 {}
        let rest = self.unread.split_off(length.min(self.unread.len()));
        let body = std::mem::replace(&mut self.unread, rest);
        let body = String::from_utf8_lossy(&body).into_owned();
        ensure!((200..300).contains(&status), "{status} {body}");
        Ok(body)
    }

    fn head(&mut self) -> Result<(u16, Body)> {
        loop {
            if let Some(head) = self.take_head()? {
                return Ok(head);
            }
            ensure!(self.read()? > 0, "the connection was closed");
        }
    }

    /// Takes the headers of the next response, if they are complete. Returns its status code and
    /// how its body ends.
    fn take_head(&mut self) -> Result<Option<(u16, Body)>> {
        let Some(head) = Head::parse(MessageKind::Responses, &self.unread)? else {
            return Ok(None);
        };
        let parts = (head.status().unwrap_or_default(), head.body());
        let length = head.bytes.len();
        self.unread.drain(..length);
        Ok(Some(parts))
    }

    fn read(&mut self) -> Result<usize> {
        let mut buffer = [0; BUFFER];
        let read = self.io.read(&mut buffer);
        let length = read.with_context(|| self.address.to_string())?;
        self.unread.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

/// Parses `Handled by worker 1 of process 2 (pid 4711, thread 4712)`.
fn worker(text: &str) -> Option<WorkerThread> {
    let (pid, thread) = text
        .split_once("(pid ")?
        .1
        .trim_end()
        .strip_suffix(')')?
        .split_once(", thread ")?;
    Some(WorkerThread {
        pid: pid.parse().ok()?,
        thread: thread.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_worker_is_known_by_process_and_thread() {
        let known = Some(WorkerThread { pid: 7, thread: 8 });
        assert_eq!(worker("Handled by worker 1 (pid 7, thread 8)"), known);
        assert_eq!(
            worker("Handled by worker 1 of process 2 (pid 7, thread 8)"),
            known
        );
        assert_eq!(worker("Handled by worker 1"), None);
    }

    #[test]
    fn responses_are_read_in_order_and_failures_are_errors() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = BlockingClient::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server
            .write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 404 Not Found\r\n\r\n",
            )
            .unwrap();
        drop(server);
        assert_eq!(client.answer().unwrap(), "hi");
        let mut error = || client.answer().unwrap_err().to_string();
        assert_eq!(error(), "404 ");
        assert_eq!(error(), "the connection was closed");
    }
}
