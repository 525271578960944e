//! `GET /health/…`: whether this process is alive, and whether it takes subscribers and messages.

use super::{AppState, Problem, methods::READS, readable, resource};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use serde_json::json;
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

/// How long [`check`] waits.
const TIMEOUT: Duration = Duration::from_secs(2);

const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/health/live", readable().to(live), READS));
    app.service(resource("/health/ready", readable().to(ready), READS));
}

/// Reports that the process is alive.
///
/// `Timing-Allow-Origin` lets a page see which HTTP version its browser used (Resource Timing).
async fn live(request: HttpRequest, service: web::Data<AppState>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    let origin = request.headers().get(header::ORIGIN);
    if let Some(origin) =
        origin.filter(|origin| service.config.access.allows_origin(origin.as_bytes()))
    {
        response.insert_header((TIMING_ALLOW_ORIGIN, origin));
    }
    response.json(json!({ "status": "live", "transport": service.transport }))
}

/// Reports whether the service takes new subscribers and messages.
async fn ready(service: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    service.broker.check()?;
    let readers = service.hub.metrics().subscribers.get();
    Ok(HttpResponse::Ok()
        .json(json!({ "status": "ready", "transport": service.transport, "readers": readers })))
}

/// Requests `/health/ready` of the service on these addresses: a container's health check that only
/// needs this binary. Succeeds if one of them is ready.
pub fn check(addresses: &[SocketAddr]) -> ExitCode {
    let is_ready = |address| {
        status_line(address, "/health/ready").is_ok_and(|status| status.contains(" 200 "))
    };
    let mut local = addresses.iter().copied().flat_map(local_addresses);
    if local.any(is_ready) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns the addresses that may reach a service listening on this one. It depends on the system
/// whether `::` accepts IPv4 too.
fn local_addresses(listening: SocketAddr) -> Vec<SocketAddr> {
    let four = SocketAddr::from((Ipv4Addr::LOCALHOST, listening.port()));
    let six = SocketAddr::from((Ipv6Addr::LOCALHOST, listening.port()));
    match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => vec![four],
        IpAddr::V6(ip) if ip.is_unspecified() => vec![six, four],
        _ => vec![listening],
    }
}

fn status_line(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};
    use std::{net::TcpListener, thread};

    /// Starts a listener for only IPv4 or only IPv6 that responds once with 200.
    fn ready_on(host: IpAddr) -> io::Result<SocketAddr> {
        let at = SocketAddr::new(host, 0);
        let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
        if at.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&at.into())?;
        socket.listen(1)?;
        let listener = TcpListener::from(socket);
        let address = listener.local_addr()?;
        thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            assert!(stream.read(&mut [0; 1024])? > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")
        });
        Ok(address)
    }

    #[test]
    fn a_check_uses_the_address_family_of_the_listener() {
        let four = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        let six = IpAddr::from(Ipv6Addr::UNSPECIFIED);
        for (listens, checked) in [(six, six), (four, six), (four, four)] {
            // Some machines have no IPv6.
            let Ok(ready) = ready_on(listens) else {
                continue;
            };
            let address = SocketAddr::new(checked, ready.port());
            assert_eq!(
                check(&[address]),
                ExitCode::SUCCESS,
                "{listens} by {checked}"
            );
        }
    }
}
