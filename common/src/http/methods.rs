//! Answers to requests that no handler is for, and headers that several handlers share.

use super::{AppState, Problem};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, Route, guard,
    http::{
        ConnectionType, Method,
        header::{self, HeaderValue},
    },
    web,
};

/// A route for GET, and for HEAD, which is the same without the body (RFC 9110 §9.3.2).
pub fn readable() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// What a resource answers to other methods: 405, and to OPTIONS 204, both with what is allowed.
pub fn only(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest| async move {
        if request.method() == Method::OPTIONS {
            return HttpResponse::NoContent()
                .insert_header((header::ALLOW, allowed))
                .finish();
        }
        let detail = format!(
            "{} {}: allowed are {allowed}",
            request.method(),
            without_parameters(request.path())
        );
        Problem::new(405, "method-not-allowed", detail)
            .with(header::ALLOW, allowed)
            .error_response()
    })
}

pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    if request.method() == Method::OPTIONS && request.path() == "*" {
        return HttpResponse::NoContent().finish();
    }
    Problem::new(
        404,
        "not-found",
        format_args!("there is no {}", without_parameters(request.path())),
    )
    .error_response()
}

/// A path up to its first parameters (RFC 3986 §3.3), whose values may be secrets. An escape may stand for what begins those.
fn without_parameters(path: &str) -> &str {
    let escaped = ["%3b", "%3B", "%3f", "%3F", "%23"]
        .iter()
        .filter_map(|escape| path.find(escape));
    let end = escaped.chain(path.find([';', '?', '#'])).min();
    &path[..end.unwrap_or(path.len())]
}

/// Refuses an endpoint of the founding documents, which names no channel, where `--no-compat` takes them away.
pub fn compat(service: &AppState, endpoint: &str) -> Result<(), Problem> {
    let detail = || {
        format!(
            "{endpoint} without a channel is off here (--no-compat): name one, as in ?channel=main"
        )
    };
    if service.config.no_compat {
        Err(Problem::new(404, "no-compat", detail()))
    } else {
        Ok(())
    }
}

/// The minimal page of a service.
pub fn page(html: &'static str) -> Route {
    readable().to(move || async move {
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(html)
    })
}

/// What keeps caches, compressors and buffering proxies away from a stream.
pub fn event_stream_headers(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("x-accel-buffering", "no"))
}

/// A header of which one counts; an error if there are more.
pub fn header_once(
    request: &HttpRequest,
    name: impl AsRef<str>,
) -> Result<Option<&HeaderValue>, Problem> {
    let mut values = request.headers().get_all(name.as_ref());
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Problem::repeated("bad-header", name.as_ref())),
        (first, None) => Ok(first),
    }
}

/// Lets the end of the connection be the end of the body, as HTTP/1.0 has no chunks (RFC 9112 §6.3).
pub fn delimit_by_close(response: &mut HttpResponse) {
    let head = response.head_mut();
    head.no_chunking(true);
    head.set_connection_type(ConnectionType::Close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_path_are_not_repeated() {
        for (path, shown) in [
            ("/nowhere", "/nowhere"),
            ("/events;token=secret", "/events"),
            ("/a/b;x=secret/c;y#d", "/a/b"),
            ("/events%3Ftoken=secret;x", "/events"),
            ("/events%3btoken=secret", "/events"),
            ("/events%23secret", "/events"),
        ] {
            assert_eq!(without_parameters(path), shown);
        }
    }
}
