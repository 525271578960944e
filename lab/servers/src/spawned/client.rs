//! A blocking HTTP client: one request after another on one connection.

use std::{
    io::{BufRead, BufReader, Error, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Timeout of a response. It ends a measurement of a stuck service.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client with a persistent connection.
pub struct BlockingClient {
    io: BufReader<TcpStream>,
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
    pub fn connect(address: SocketAddr) -> Result<Self, String> {
        let open = || -> Result<TcpStream, Error> {
            let io = TcpStream::connect_timeout(&address, PATIENCE)?;
            io.set_nodelay(true)?;
            io.set_read_timeout(Some(PATIENCE))?;
            Ok(io)
        };
        Ok(Self {
            io: BufReader::new(open().map_err(|error| format!("{address}: {error}"))?),
        })
    }

    /// Returns the worker that serves this connection.
    pub fn worker(&mut self) -> Result<WorkerThread, String> {
        self.ask_for_worker()?;
        let answer = self.answer()?;
        worker(&answer).ok_or_else(|| format!("GET /worker: {answer:?}"))
    }

    /// Sends the request of [`BlockingClient::worker`]. [`BlockingClient::answer`] reads the
    /// response.
    pub fn ask_for_worker(&mut self) -> Result<(), String> {
        self.send("GET /worker HTTP/1.1\r\nHost: bench\r\n\r\n")
    }

    /// Sends a POST with a JSON body. [`BlockingClient::answer`] reads the response.
    pub fn post(&mut self, path: &str, json: &str) -> Result<(), String> {
        let length = json.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}"
        ))
    }

    fn send(&mut self, request: &str) -> Result<(), String> {
        self.io
            .get_mut()
            .write_all(request.as_bytes())
            .map_err(|error| error.to_string())
    }

    /// Reads the body of the next response.
    ///
    /// # Errors
    /// Returns the status line and the body of a response without success.
    pub fn answer(&mut self) -> Result<String, String> {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let begin = head.len();
            if self
                .io
                .read_line(&mut head)
                .map_err(|error| error.to_string())?
                == 0
            {
                return Err("the connection was closed".to_owned());
            }
            let line = head[begin..].trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            length = line
                .strip_prefix("content-length:")
                .and_then(|rest| rest.trim().parse().ok())
                .unwrap_or(length);
        }
        let mut body = vec![0; length];
        self.io
            .read_exact(&mut body)
            .map_err(|error| error.to_string())?;
        let body = String::from_utf8_lossy(&body).into_owned();
        if head.starts_with("HTTP/1.1 2") {
            Ok(body)
        } else {
            Err(format!("{}{body}", head.lines().next().unwrap_or("")))
        }
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
    fn answers_come_in_order_and_failures_are_errors() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = BlockingClient::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        server
            .write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 404 Not Found\r\n\r\n",
            )
            .unwrap();
        drop(server);
        assert_eq!(client.answer(), Ok("hi".to_owned()));
        assert_eq!(client.answer(), Err("HTTP/1.1 404 Not Found".to_owned()));
        assert_eq!(client.answer(), Err("the connection was closed".to_owned()));
    }
}
