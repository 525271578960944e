//! One origin for all three services: a reverse proxy on hyper, which sends each request to a
//! service by its path. Each client has one connection to each service that it uses.

use bytes::Bytes;
use http_body_util::{Either, Empty};
use hyper::{
    HeaderMap, Request, Response, StatusCode, Version,
    body::Incoming,
    client::conn::http1::{Builder as ClientBuilder, SendRequest},
    header::{CONNECTION, HeaderName, UPGRADE},
    server::conn::http1::Builder as ServerBuilder,
    service::service_fn,
    upgrade,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{cell::RefCell, convert::Infallible, time::Duration};
use tokio::{
    io::{DuplexStream, copy_bidirectional},
    net::TcpStream,
    task::spawn_local,
};

/// How long a connection may stay without a request: the same as at a service.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Headers for one hop (RFC 9110 section 7.6.1), without those that hyper sets.
const HOP_BY_HOP: [HeaderName; 5] = [
    CONNECTION,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
];

/// `HOST:PORT` of the three services, in the order of [`support::transports::LANES`].
pub(crate) type ServiceAddresses = [String; 3];

type Outgoing = Response<Either<Incoming, Empty<Bytes>>>;

/// The connections of one client to the services.
struct ReverseProxy<'a> {
    services: &'a ServiceAddresses,
    idle: RefCell<[Option<SendRequest<Incoming>>; 3]>,
}

/// Serves the requests of one client until one side closes, or until it sends nothing for `idle`.
///
/// # Errors
///
/// The client closed in the middle of a message, or did not send HTTP/1.
pub(super) async fn serve(
    client: DuplexStream,
    services: &ServiceAddresses,
    idle: Duration,
) -> hyper::Result<()> {
    let proxy = ReverseProxy {
        services,
        idle: RefCell::default(),
    };
    let respond = service_fn(async |request| Ok::<_, Infallible>(proxy.respond(request).await));
    ServerBuilder::new()
        .preserve_header_case(true)
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .serve_connection(TokioIo::new(client), respond)
        .with_upgrades()
        .await
}

impl ReverseProxy<'_> {
    async fn respond(&self, request: Request<Incoming>) -> Outgoing {
        self.forward(request).await.unwrap_or_else(|_| {
            let mut response = Response::new(Either::Right(Empty::new()));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        })
    }

    async fn forward(&self, mut request: Request<Incoming>) -> anyhow::Result<Outgoing> {
        let is_websocket = offers_websocket(request.headers());
        let service = service_of(request.uri().path(), is_websocket);
        if !is_websocket {
            remove_hop_by_hop(request.headers_mut());
        }
        let client = upgrade::on(&mut request);
        let mut sender = self.connect(service).await?;
        let mut response = sender.send_request(request).await?;
        *response.version_mut() = Version::HTTP_11;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            spawn_local(tunnel(client, upgrade::on(&mut response)));
        } else {
            remove_hop_by_hop(response.headers_mut());
            self.idle.borrow_mut()[service] = Some(sender);
        }
        Ok(response.map(Either::Left))
    }

    /// Returns the idle connection to a service if it is still open, or a new one.
    async fn connect(&self, service: usize) -> anyhow::Result<SendRequest<Incoming>> {
        let idle = self.idle.borrow_mut()[service].take();
        if let Some(mut sender) = idle
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let upstream = TcpStream::connect(&self.services[service]).await?;
        upstream.set_nodelay(true)?;
        let (sender, connection) = ClientBuilder::new()
            .preserve_header_case(true)
            .handshake(TokioIo::new(upstream))
            .await?;
        spawn_local(connection.with_upgrades());
        Ok(sender)
    }
}

/// Relays bytes after an upgrade.
async fn tunnel(client: upgrade::OnUpgrade, service: upgrade::OnUpgrade) -> anyhow::Result<()> {
    let (client, service) = tokio::try_join!(client, service)?;
    copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(service)).await?;
    Ok(())
}

fn offers_websocket(headers: &HeaderMap) -> bool {
    headers
        .get_all(UPGRADE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Returns the index of the service for a request. The first serves what all of them can.
fn service_of(path: &str, is_websocket: bool) -> usize {
    match path {
        "/events" => 1,
        "/ws" | "/echo" => 2,
        _ if is_websocket => 2,
        _ => 0,
    }
}
