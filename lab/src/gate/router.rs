//! One origin for all three services: each request goes to the service that its path belongs to, over one connection to
//! each. Requests of a connection are served one after the other, as its answers must come (RFC 9112 §9.3.2).

use super::{
    bad_gateway::ANSWER,
    framing::{Event, Framing, Side},
    head::{Head, without_upgrade},
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

/// How long a connection may have no request under way: as long as at a service.
pub(super) const IDLE: Duration = Duration::from_secs(75);

const UNKNOWN: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// `HOST:PORT` of the three services, in the order of the lanes.
pub(crate) type Services = [String; 3];

/// One client's connection, and those that it has to services.
pub(super) struct Router<'a> {
    services: &'a Services,
    client: DuplexStream,
    open: [Option<TcpStream>; 3],
    requests: Framing,
    /// From the client, not forwarded yet.
    unread: BytesMut,
    /// How long the next request may take to come.
    idle: Duration,
    /// Whether another request may follow the one that is under way.
    persists: bool,
}

/// What follows an answer.
#[derive(PartialEq, Eq)]
enum After {
    Request,
    Close,
    Tunnel,
}

/// How much of a request its service has.
#[derive(PartialEq, Eq)]
enum Asked {
    InPart,
    Whole,
    /// And the client sends nothing more, but may read.
    Last,
    /// It takes no more: it may have answered already, and closed.
    Refused,
}

impl Asked {
    /// Whether something of the client is waited for: more of its request, or just whether it is there.
    fn may_go_on(&self, unread: &[u8]) -> bool {
        match self {
            Self::InPart => true,
            Self::Whole => unread.is_empty(),
            Self::Last | Self::Refused => false,
        }
    }
}

impl<'a> Router<'a> {
    pub(super) fn new(services: &'a Services, client: DuplexStream, idle: Duration) -> Self {
        let (requests, unread) = (Framing::new(Side::Requests), BytesMut::new());
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

    /// Serves requests until one side has had enough.
    pub(super) async fn run(mut self) -> io::Result<()> {
        while let Ok(next) = timeout(self.idle, self.head()).await {
            let Some((bytes, head)) = next? else { break };
            let service = service_of(&head);
            let Ok(mut upstream) = self.connect(service).await else {
                return self.client.write_all(ANSWER).await;
            };
            upstream.write_all(&forwarded(bytes, &head)).await?;
            match self.exchange(&mut upstream, &head).await? {
                After::Request => self.open[service] = Some(upstream),
                After::Close => return Ok(()),
                After::Tunnel => {
                    upstream.write_all(&self.unread).await?;
                    return copy_bidirectional(&mut self.client, &mut upstream)
                        .await
                        .map(drop);
                }
            }
        }
        Ok(())
    }

    /// The next head, as it is and as it is understood. None at the end of the connection.
    async fn head(&mut self) -> io::Result<Option<(Vec<u8>, Head)>> {
        let mut bytes = Vec::new();
        loop {
            let (stepped, event) = self.requests.step(&self.unread);
            bytes.extend_from_slice(&self.unread.split_to(stepped));
            if let Some(Event::Head(head)) = event {
                return Ok(Some((bytes, head)));
            }
            if self.requests.in_rest() {
                self.client.write_all(UNKNOWN).await?;
                return Ok(None);
            }
            if self.client.read_buf(&mut self.unread).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The connection that there is, if it is still good, or a new one.
    async fn connect(&mut self, service: usize) -> io::Result<TcpStream> {
        let idle = |upstream: &TcpStream| {
            // Nothing can be due: whatever there is to read is its end.
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

    /// Carries the rest of a request and its answer. Meanwhile no more is read of the client than shows that it is there.
    async fn exchange(&mut self, upstream: &mut TcpStream, head: &Head) -> io::Result<After> {
        let (mut answer, mut responses) = (BytesMut::new(), Framing::new(Side::Responses));
        if head.method() == "HEAD" {
            responses.expect_no_body();
        }
        self.persists = head.persists();
        let mut asked = self.forward_body(upstream).await;
        loop {
            tokio::select! {
                read = self.client.read_buf(&mut self.unread), if asked.may_go_on(&self.unread) => {
                    match (read?, &asked) {
                        (0, Asked::Whole) => {
                            upstream.shutdown().await?;
                            asked = Asked::Last;
                        }
                        (0, _) => return Err(ErrorKind::UnexpectedEof.into()),
                        (_, Asked::InPart) => asked = self.forward_body(upstream).await,
                        _ => {}
                    }
                }
                read = upstream.read_buf(&mut answer) => {
                    if read? == 0 {
                        return Ok(After::Close);
                    }
                    if let Some(after) = self.answer(&mut answer, &mut responses).await? {
                        // Answered before it was asked: the rest of the question would be taken for another.
                        return Ok(if asked == Asked::Whole { after } else { After::Close });
                    }
                }
            }
        }
    }

    /// Forwards what there is of a request's body.
    async fn forward_body(&mut self, upstream: &mut TcpStream) -> Asked {
        loop {
            let (stepped, event) = self.requests.step(&self.unread);
            if upstream
                .write_all(&self.unread.split_to(stepped))
                .await
                .is_err()
            {
                return Asked::Refused;
            }
            match event {
                Some(_) => return Asked::Whole,
                None if self.unread.is_empty() => return Asked::InPart,
                None => {}
            }
        }
    }

    /// Passes on what there is of an answer, and says what follows if that was all.
    async fn answer(
        &mut self,
        answer: &mut BytesMut,
        responses: &mut Framing,
    ) -> io::Result<Option<After>> {
        let (mut after, persists) = (None, &mut self.persists);
        responses.feed(answer, |event| match event {
            Event::Head(head) if head.switches_protocol() => after = Some(After::Tunnel),
            Event::Head(head) => *persists &= head.persists(),
            Event::End => {
                after = Some(if *persists {
                    After::Request
                } else {
                    After::Close
                })
            }
        });
        self.client.write_all(&mem::take(answer)).await?;
        Ok(after)
    }
}

/// Which service a request is for. What all of them answer, the first does.
fn service_of(head: &Head) -> usize {
    match head.path() {
        "/events" => 1,
        "/ws" | "/echo" => 2,
        _ if head.websocket => 2,
        _ => 0,
    }
}

/// The head as its service gets it: without the offer of a protocol that no service speaks.
fn forwarded(bytes: Vec<u8>, head: &Head) -> Vec<u8> {
    if head.upgrade && !head.websocket {
        without_upgrade(&bytes)
    } else {
        bytes
    }
}
