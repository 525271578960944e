//! An HTTP/1.1 client that shows the bytes of the connection.

use super::patient;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// The content type of a publication.
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// One connection.
pub struct Client {
    io: BufReader<TcpStream>,
    address: SocketAddr,
}

/// One response.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body as text; empty if it was not read.
    pub body: String,
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Self {
        let io = TcpStream::connect(address)
            .await
            .expect("the server listens");
        Self {
            io: BufReader::new(io),
            address,
        }
    }

    /// Writes bytes.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.io.write_all(bytes).await.expect("the server reads");
    }

    /// Writes bytes, and ignores that the server may close the connection.
    pub async fn try_write(&mut self, bytes: &[u8]) {
        let _ = self.io.write_all(bytes).await;
    }

    /// Waits for bytes. Returns false if the connection was closed instead.
    pub async fn peek(&mut self) -> bool {
        self.io
            .fill_buf()
            .await
            .is_ok_and(|bytes| !bytes.is_empty())
    }

    /// Returns the bytes that are read and not yet consumed.
    pub fn buffered(&self) -> String {
        String::from_utf8_lossy(self.io.buffer()).into_owned()
    }

    /// Writes a request.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        headers
            .iter()
            .for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        if !body.is_empty() {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        self.write(format!("{request}\r\n{body}").as_bytes()).await;
    }

    /// Sends a GET request, and reads the response.
    pub async fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, &[], "").await;
        self.response().await
    }

    /// Sends a POST request with a JSON body, and reads the response.
    pub async fn post(&mut self, path: &str, body: &str) -> Response {
        self.send("POST", path, &[JSON], body).await;
        self.response().await
    }

    /// Sends a request on a new connection, and reads the response.
    pub async fn ask(
        address: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut client = Self::connect(address).await;
        client.send(method, path, headers, body).await;
        client.response().await
    }

    /// Reads the status line and the headers of a response.
    pub async fn head(&mut self) -> Response {
        let status = self
            .line()
            .await
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Response {
            status,
            headers,
            body: String::new(),
        }
    }

    /// Reads a whole response.
    pub async fn response(&mut self) -> Response {
        let head = self.head().await;
        self.body(head).await
    }

    /// Reads the body of a response whose headers were read.
    pub async fn body(&mut self, mut response: Response) -> Response {
        response.body = if response.header("transfer-encoding") == Some("chunked") {
            self.chunks().await
        } else {
            let length = response
                .header("content-length")
                .map_or(0, |length| length.parse().expect("a length"));
            self.text(length).await
        };
        response
    }

    /// Reads the next chunk of a chunked body. Returns `None` at its end.
    pub async fn chunk(&mut self) -> Option<String> {
        let size = self.line().await;
        let size = usize::from_str_radix(&size, 16)
            .unwrap_or_else(|_| panic!("a chunk's size, not {size:?}"));
        let chunk = self.text(size).await;
        assert_eq!(self.line().await, "", "the end of a chunk");
        (size > 0).then_some(chunk)
    }

    /// Reads to the end of the connection.
    pub async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        // A TCP reset ends the connection as well.
        let _ = patient("the end of a connection", self.io.read_to_end(&mut rest)).await;
        String::from_utf8(rest).expect("text")
    }

    /// Returns the socket and the bytes that are read and not yet consumed, for another protocol.
    pub fn into_parts(self) -> (TcpStream, Vec<u8>) {
        let read = self.io.buffer().to_vec();
        (self.io.into_inner(), read)
    }

    async fn chunks(&mut self) -> String {
        let mut body = String::new();
        while let Some(chunk) = self.chunk().await {
            body += &chunk;
        }
        body
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        patient("a line", self.io.read_line(&mut line))
            .await
            .expect("an open connection");
        assert!(line.ends_with("\r\n"), "the connection ended in {line:?}");
        line.truncate(line.len() - 2);
        line
    }

    async fn text(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        patient("a body", self.io.read_exact(&mut bytes))
            .await
            .expect("an open connection");
        String::from_utf8(bytes).expect("text")
    }
}

impl Response {
    /// Returns the value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the values of all headers with this name.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().filter(move |(key, _)| key == name);
        headers.map(|(_, value)| &**value)
    }

    /// Parses the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }
}
