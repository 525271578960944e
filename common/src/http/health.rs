//! `GET /health/…`: whether this process works, and takes readers.

use super::{Problem, Service, only, readable};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

/// How long [`check`] waits.
const PATIENCE: Duration = Duration::from_secs(2);

const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

pub(super) fn routes(app: &mut web::ServiceConfig) {
    let allowed = "GET, HEAD, OPTIONS";
    app.service(web::resource("/health/live").route(readable().to(live)).default_service(only(allowed)));
    app.service(web::resource("/health/ready").route(readable().to(ready)).default_service(only(allowed)));
}

/// The process works. A page that may use this service may also see by which protocol its browser asked (Resource Timing,
/// "Timing-Allow-Origin").
async fn live(request: HttpRequest, service: web::Data<Service>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    let origin = request.headers().get(header::ORIGIN);
    if let Some(origin) = origin.filter(|origin| service.config.allows_origin(origin.as_bytes())) {
        response.insert_header((TIMING_ALLOW_ORIGIN, origin));
    }
    response.json(json!({ "status": "live", "transport": service.transport }))
}

/// New readers and messages are welcome.
async fn ready(service: web::Data<Service>) -> Result<HttpResponse, Problem> {
    if service.hub.is_draining() {
        return Err(Problem::draining());
    }
    service.broker.check()?;
    let readers = service.hub.metrics().readers.get();
    Ok(HttpResponse::Ok().json(json!({ "status": "ready", "transport": service.transport, "readers": readers })))
}

/// Asks the service on this address whether it is ready: a container's health check that needs nothing but the binary.
pub fn check(mut address: SocketAddr) -> ExitCode {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    match status_line(address, "/health/ready") {
        Ok(status) if status.contains(" 200 ") => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn status_line(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut io = TcpStream::connect_timeout(&address, PATIENCE)?;
    io.set_read_timeout(Some(PATIENCE))?;
    io.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    io.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
