//! `GET /health/…`: whether this process works, and takes readers.

use super::{AppState, Problem, only, readable};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

/// How long [`check`] waits.
const PATIENCE: Duration = Duration::from_secs(2);

const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

pub(super) fn routes(app: &mut web::ServiceConfig) {
    let allowed = "GET, HEAD, OPTIONS";
    app.service(
        web::resource("/health/live")
            .route(readable().to(live))
            .default_service(only(allowed)),
    );
    app.service(
        web::resource("/health/ready")
            .route(readable().to(ready))
            .default_service(only(allowed)),
    );
}

/// The process works. A page that may use this service may also see by which protocol its browser asked (Resource Timing,
/// "Timing-Allow-Origin").
async fn live(request: HttpRequest, service: web::Data<AppState>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    let origin = request.headers().get(header::ORIGIN);
    if let Some(origin) = origin.filter(|origin| service.config.allows_origin(origin.as_bytes())) {
        response.insert_header((TIMING_ALLOW_ORIGIN, origin));
    }
    response.json(json!({ "status": "live", "transport": service.transport }))
}

/// New readers and messages are welcome.
async fn ready(service: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    service.broker.check()?;
    let readers = service.hub.metrics().readers.get();
    Ok(HttpResponse::Ok()
        .json(json!({ "status": "ready", "transport": service.transport, "readers": readers })))
}

/// Asks the service on this address whether it is ready: a container's health check that needs nothing but the binary.
pub fn check(address: SocketAddr) -> ExitCode {
    let is_ready = |address| {
        status_line(address, "/health/ready").is_ok_and(|status| status.contains(" 200 "))
    };
    if reachable(address).any(is_ready) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Where a service that listens there may be reached from this machine. Whether `::` takes IPv4 too is the system's choice.
fn reachable(address: SocketAddr) -> impl Iterator<Item = SocketAddr> {
    let (four, six) = (
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    );
    let hosts = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => vec![four],
        IpAddr::V6(ip) if ip.is_unspecified() => vec![six, four],
        ip => vec![ip],
    };
    hosts
        .into_iter()
        .map(move |host| SocketAddr::new(host, address.port()))
}

fn status_line(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut io = TcpStream::connect_timeout(&address, PATIENCE)?;
    io.set_read_timeout(Some(PATIENCE))?;
    io.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    io.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};
    use std::{io, net::TcpListener, thread};

    /// A listener that takes only what is sent to IPv6, or only to IPv4, and says once that it is ready.
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
            let (mut io, _) = listener.accept()?;
            assert!(io.read(&mut [0; 1024])? > 0);
            io.write_all(b"HTTP/1.1 200 OK\r\n\r\n")
        });
        Ok(address)
    }

    #[test]
    fn a_service_on_all_addresses_is_found_by_the_family_it_listens_on() {
        let (four, six) = (
            IpAddr::from(Ipv4Addr::UNSPECIFIED),
            IpAddr::from(Ipv6Addr::UNSPECIFIED),
        );
        for (listens, checked) in [(six, six), (four, six), (four, four)] {
            // There are machines without IPv6.
            let Ok(ready) = ready_on(listens) else {
                continue;
            };
            let asked = SocketAddr::new(checked, ready.port());
            assert_eq!(check(asked), ExitCode::SUCCESS, "{listens} by {checked}");
        }
    }
}
