//! Routes and headers that several endpoints share, and responses to unknown ones.

use super::Problem;
use actix_web::{
    HttpRequest, HttpResponse, Resource, ResponseError, Route, guard,
    http::{
        ConnectionType, Method,
        header::{self, HeaderValue},
    },
    web,
};

/// The methods of resources that are only read.
pub(super) const READS: &str = "GET, HEAD, OPTIONS";

/// Returns a route for GET and HEAD (RFC 9110 §9.3.2).
pub fn readable() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Returns a resource with one route, and [`only`] for the other methods.
pub fn resource(path: &str, route: Route, allowed: &'static str) -> Resource {
    web::resource(path)
        .route(route)
        .default_service(only(allowed))
}

/// Returns a route for the other methods of a resource: 204 for OPTIONS, otherwise 405, both with
/// `Allow`.
pub fn only(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest| async move {
        if request.method() == Method::OPTIONS {
            return HttpResponse::NoContent()
                .insert_header((header::ALLOW, allowed))
                .finish();
        }
        let detail = format!(
            "{} {}: expected {allowed}",
            request.method(),
            without_parameters(request.path())
        );
        Problem::new(405, "method-not-allowed", detail)
            .with_header(header::ALLOW, allowed)
            .error_response()
    })
}

pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    if request.method() == Method::OPTIONS && request.path() == "*" {
        return HttpResponse::NoContent().finish();
    }
    let detail = format!("there is no {}", without_parameters(request.path()));
    Problem::new(404, "not-found", detail).error_response()
}

/// Returns a path up to its first parameters (RFC 3986 §3.3), which may be secret, even if their
/// separator is escaped.
fn without_parameters(path: &str) -> &str {
    let escaped = ["%3b", "%3B", "%3f", "%3F", "%23"]
        .iter()
        .filter_map(|escape| path.find(escape));
    let end = escaped.chain(path.find([';', '?', '#'])).min();
    &path[..end.unwrap_or(path.len())]
}

/// Returns the resource `/` with the minimal page of a service.
pub fn page(html: &'static str) -> Resource {
    let handler = move || async move {
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(html)
    };
    resource("/", readable().to(handler), READS)
}

/// Returns a header's value.
///
/// # Errors
///
/// If the header is repeated.
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

/// Ends the body with the end of the connection, as HTTP/1.0 has no chunks (RFC 9112 §6.3).
pub fn delimit_by_close(response: &mut HttpResponse) {
    let head = response.head_mut();
    head.no_chunking(true);
    head.set_connection_type(ConnectionType::Close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_path_are_not_shown() {
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
