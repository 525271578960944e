//! Finds the token in a request: in `Authorization: Bearer`, the cookie `trilane`, or
//! `access_token=`, in this order. The first one counts, even if it is invalid.

use crate::{
    Config,
    http::{Problem, Query, header_once, own_pages::is_own},
};
use actix_web::{HttpRequest, http::header};
use std::borrow::Cow;

/// The cookie for pages, since neither EventSource nor WebSocket can set a header.
const COOKIE: &str = "trilane";
/// The query parameter (RFC 6750 §2.3). Proxies log it by default; this service never logs a query.
const PARAMETER: &str = "access_token";

/// Returns the token of a request, if it has one.
///
/// # Errors
///
/// If the header or the parameter is repeated.
pub(super) fn token<'a>(
    request: &'a HttpRequest,
    config: &Config,
) -> Result<Option<Cow<'a, str>>, Problem> {
    let cookie = || cookie(request).filter(|_| may_use_cookie(request, config));
    if let Some(token) = bearer(request)?.or_else(cookie) {
        return Ok(Some(token.into()));
    }
    Ok(Query::of(request)
        .get(PARAMETER)?
        .filter(|token| !token.is_empty()))
}

fn bearer(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let value = header_once(request, header::AUTHORIZATION)?.and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Ok(None),
    }
}

fn cookie(request: &HttpRequest) -> Option<&str> {
    let lines = request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == COOKIE && !value.is_empty()).then_some(value))
}

/// Returns whether the cookie counts. Browsers send it with requests of any page, so the origin
/// must be the service's own or named in `--origins`.
fn may_use_cookie(request: &HttpRequest, config: &Config) -> bool {
    let origin = request.headers().get(header::ORIGIN);
    origin.is_none_or(|origin| {
        is_own(request, origin) || config.access.names_origin(origin.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn found(headers: &[(&str, &str)], query: &str) -> Option<String> {
        let mut request = TestRequest::with_uri(&format!("/messages{query}"));
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        let config = Config::from_flags(&["--origins", "http://page.example,*"]);
        token(&request.to_http_request(), &config)
            .unwrap()
            .map(Cow::into_owned)
    }

    #[test]
    fn the_header_is_first_and_the_query_last() {
        let bearer = ("authorization", "Bearer h");
        let cookie = ("cookie", "trilane=c");
        let query = "?access_token=q";
        assert_eq!(found(&[bearer, cookie], query).as_deref(), Some("h"));
        assert_eq!(found(&[cookie], query).as_deref(), Some("c"));
        assert_eq!(found(&[], query).as_deref(), Some("q"));
        assert_eq!(found(&[], ""), None);
    }

    #[test]
    fn two_credentials_of_one_kind_are_refused() {
        let request = |query: &str, header| {
            TestRequest::with_uri(query)
                .append_header(header)
                .append_header(header)
        };
        let refusal = |request: TestRequest| {
            token(&request.to_http_request(), &Config::from_flags(&[])).unwrap_err()
        };
        let headers = request("/messages", ("authorization", "Bearer a"));
        assert!(
            refusal(headers)
                .to_string()
                .starts_with("400 Bad Request bad-header: authorization: ")
        );
        let parameters = request("/messages?access_token=a&access_token=b", ("x", "y"));
        assert!(
            refusal(parameters)
                .to_string()
                .starts_with("400 Bad Request bad-parameter: access_token: ")
        );
    }

    #[test]
    fn the_header_is_parsed_by_its_grammar() {
        for (value, token) in [
            ("bearer a.b.c", Some("a.b.c")),
            ("BEARER  a", Some("a")),
            ("Bearer ", Some("")),
            ("Basic a", None),
            ("Bearer", None),
            ("a.b.c", None),
        ] {
            assert_eq!(
                found(&[("authorization", value)], "").as_deref(),
                token,
                "{value}"
            );
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        for (value, token) in [
            ("a=b; trilane=t;c=d", Some("t")),
            ("trilane=a=b", Some("a=b")),
            ("xtrilane=t; trilane2=t", None),
            ("trilane=", None),
            ("trilane", None),
        ] {
            assert_eq!(found(&[("cookie", value)], "").as_deref(), token, "{value}");
        }
        assert_eq!(
            found(&[("cookie", "a=b"), ("cookie", "trilane=t")], "").as_deref(),
            Some("t")
        );
    }

    #[test]
    fn the_cookie_does_not_count_for_pages_of_other_origins() {
        let from = |origin| {
            found(
                &[
                    ("host", "a.example"),
                    ("origin", origin),
                    ("cookie", "trilane=t"),
                ],
                "",
            )
            .is_some()
        };
        assert!(from("http://page.example") && from("http://a.example"));
        assert!(!from("http://other.example") && !from("null"));
    }
}
