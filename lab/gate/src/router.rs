//! One origin for all three services: routes each request by its path, over one connection to each
//! service. Requests of a connection are served one after the other (RFC 9112 section 9.3.2).

use super::{
    bad_gateway::RESPONSE,
    framing::{Framing, FramingEvent, MessageKind},
    message_headers::{MessageHeaders, without_upgrade},
};
use bytes::BytesMut;
use std::{
    io::{self, ErrorKind},
    mem,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, copy_bidirectional},
    net::TcpStream,
    time::timeout,
};

/// How long a connection may stay without a request: the same as at a service.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// `HOST:PORT` of the three services, in the order of [`support::lanes::LANES`].
pub(crate) type ServiceAddresses = [String; 3];

/// A client's connection to the shared origin, and its connections to the services.
pub(super) struct Router<'a> {
    services: &'a ServiceAddresses,
    client: DuplexStream,
    open: [Option<TcpStream>; 3],
    requests: Framing,
    /// Bytes from the client that are not forwarded yet.
    unread: BytesMut,
    /// Timeout for the next request.
    idle: Duration,
    /// Whether another request may follow the current one.
    persists: bool,
}

/// What follows a response.
#[derive(PartialEq, Eq)]
enum NextStep {
    Request,
    Close,
    Tunnel,
}

/// How much of a request was sent to its service.
#[derive(PartialEq, Eq)]
enum RequestProgress {
    Partial,
    Complete,
    /// All of it, and the client has closed its sending side.
    HalfClosed,
    /// The service accepts no more. It may have responded early and closed.
    Refused,
}

impl RequestProgress {
    /// Returns whether to read from the client: more of the request, or to notice that it closes.
    fn reads_client(&self, unread: &[u8]) -> bool {
        match self {
            Self::Partial => true,
            Self::Complete => unread.is_empty(),
            Self::HalfClosed | Self::Refused => false,
        }
    }
}

impl<'a> Router<'a> {
    pub(super) fn new(
        services: &'a ServiceAddresses,
        client: DuplexStream,
        idle: Duration,
    ) -> Self {
        let requests = Framing::new(MessageKind::Requests);
        let unread = BytesMut::new();
        Self {
            services,
            client,
            open: Default::default(),
            requests,
            unread,
            idle,
            persists: true,
        }
    }

    /// Serves requests until one side closes or the timeout expires.
    pub(super) async fn run(mut self) -> io::Result<()> {
        while let Ok(next) = timeout(self.idle, self.headers()).await {
            let Some((bytes, headers)) = next? else { break };
            let service = service_of(&headers);
            let Ok(mut upstream) = self.connect(service).await else {
                return self.client.write_all(RESPONSE).await;
            };
            upstream.write_all(&forwarded(bytes, &headers)).await?;
            match self.exchange(&mut upstream, &headers).await? {
                NextStep::Request => self.open[service] = Some(upstream),
                NextStep::Close => return Ok(()),
                NextStep::Tunnel => {
                    upstream.write_all(&self.unread).await?;
                    return copy_bidirectional(&mut self.client, &mut upstream)
                        .await
                        .map(drop);
                }
            }
        }
        Ok(())
    }

    /// Reads the next request headers, raw and parsed. Returns `None` at the end of the connection.
    async fn headers(&mut self) -> io::Result<Option<(Vec<u8>, MessageHeaders)>> {
        let mut bytes = Vec::new();
        loop {
            let (stepped, event) = self.requests.step(&self.unread);
            bytes.extend_from_slice(&self.unread.split_to(stepped));
            if let Some(FramingEvent::Headers(headers)) = event {
                return Ok(Some((bytes, headers)));
            }
            if self.requests.in_rest() {
                self.client.write_all(BAD_REQUEST).await?;
                return Ok(None);
            }
            if self.client.read_buf(&mut self.unread).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Returns the open connection to a service if it still works, or a new one.
    async fn connect(&mut self, service: usize) -> io::Result<TcpStream> {
        let idle = |upstream: &TcpStream| {
            // Nothing is expected here, so anything readable is the end of the connection.
            upstream
                .try_read(&mut [0])
                .is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        };
        match self.open[service].take().filter(idle) {
            Some(upstream) => Ok(upstream),
            None => {
                let upstream = TcpStream::connect(&self.services[service]).await?;
                upstream.set_nodelay(true)?;
                Ok(upstream)
            }
        }
    }

    /// Relays the rest of a request and its response. Meanwhile reads from the client only enough
    /// to notice that it closes.
    async fn exchange(
        &mut self,
        upstream: &mut TcpStream,
        headers: &MessageHeaders,
    ) -> io::Result<NextStep> {
        let mut response = BytesMut::new();
        let mut responses = Framing::new(MessageKind::Responses);
        if headers.method() == "HEAD" {
            responses.expect_no_body();
        }
        self.persists = headers.persists();
        let mut progress = self.forward_body(upstream).await;
        loop {
            tokio::select! {
                read = self.client.read_buf(&mut self.unread), if progress.reads_client(&self.unread) => {
                    match (read?, &progress) {
                        (0, RequestProgress::Complete) => {
                            upstream.shutdown().await?;
                            progress = RequestProgress::HalfClosed;
                        }
                        (0, _) => return Err(ErrorKind::UnexpectedEof.into()),
                        (_, RequestProgress::Partial) => progress = self.forward_body(upstream).await,
                        _ => {}
                    }
                }
                read = upstream.read_buf(&mut response) => {
                    if read? == 0 {
                        return Ok(NextStep::Close);
                    }
                    if let Some(after) = self.response(&mut response, &mut responses).await? {
                        // The rest of the request would be taken for the next one.
                        return Ok(if progress == RequestProgress::Complete { after } else { NextStep::Close });
                    }
                }
            }
        }
    }

    /// Forwards the part of the request body that has arrived.
    async fn forward_body(&mut self, upstream: &mut TcpStream) -> RequestProgress {
        loop {
            let (stepped, event) = self.requests.step(&self.unread);
            if upstream
                .write_all(&self.unread.split_to(stepped))
                .await
                .is_err()
            {
                return RequestProgress::Refused;
            }
            match event {
                Some(_) => return RequestProgress::Complete,
                None if self.unread.is_empty() => return RequestProgress::Partial,
                None => {}
            }
        }
    }

    /// Forwards the part of the response that has arrived. Returns what follows if it is complete.
    async fn response(
        &mut self,
        response: &mut BytesMut,
        responses: &mut Framing,
    ) -> io::Result<Option<NextStep>> {
        let mut after = None;
        let persists = &mut self.persists;
        responses.feed(response, |event| match event {
            FramingEvent::Headers(headers) if headers.switches_protocol() => {
                after = Some(NextStep::Tunnel)
            }
            FramingEvent::Headers(headers) => *persists &= headers.persists(),
            FramingEvent::End => {
                after = Some(if *persists {
                    NextStep::Request
                } else {
                    NextStep::Close
                })
            }
        });
        self.client.write_all(&mem::take(response)).await?;
        Ok(after)
    }
}

/// Returns the index of the service for a request. The first serves what all of them can.
fn service_of(headers: &MessageHeaders) -> usize {
    match headers.path() {
        "/events" => 1,
        "/ws" | "/echo" => 2,
        _ if headers.websocket => 2,
        _ => 0,
    }
}

/// Returns the headers to forward, without an upgrade to a protocol that no service speaks.
fn forwarded(bytes: Vec<u8>, headers: &MessageHeaders) -> Vec<u8> {
    if headers.upgrade && !headers.websocket {
        without_upgrade(&bytes)
    } else {
        bytes
    }
}
