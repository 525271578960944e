//! Cross-origin requests (CORS).

use crate::{Response, Server, Subscriber, steps::assert_problem};

const PAGE: &str = "http://page.example";
const OTHER: &str = "http://other.example";
/// The headers that tracing and libraries add to a page's requests.
const HEADERS: &str = "authorization,baggage,cache-control,content-type,pragma,\
    sentry-trace,traceparent,tracestate,x-requested-with";

async fn preflight(server: &Server, origin: &str, path: &str) -> Response {
    let requests = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", HEADERS),
    ];
    server.request("OPTIONS", path, &requests, "").await
}

/// Its pages may send any headers and credentials, on every route, with tokens and without.
pub async fn an_allowed_origin_may_use_the_service<S: Subscriber>() {
    for more in [&[][..], &crate::tokens::FLAGS] {
        let server = S::start(&[&["--origins", PAGE], more].concat()).await;
        for path in ["/messages", S::PATH, "/tasks"] {
            let allowed = preflight(&server, PAGE, path).await;
            assert_eq!(allowed.status, 204, "{}", allowed.body);
            for (name, value) in [
                ("access-control-allow-origin", PAGE),
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-headers", HEADERS),
                ("access-control-allow-methods", "GET, HEAD, POST, DELETE"),
                ("access-control-max-age", "600"),
                (
                    "vary",
                    "origin, access-control-request-method, access-control-request-headers",
                ),
            ] {
                assert_eq!(allowed.header(name), Some(value), "{path}");
            }
        }
    }
    let server = S::start(&["--origins", PAGE]).await;
    for (origin, expected) in [(Some(PAGE), Some(PAGE)), (Some(OTHER), None), (None, None)] {
        let headers: Vec<_> = origin
            .map(|origin| ("origin", origin))
            .into_iter()
            .collect();
        for path in ["/messages", "/health/live", "/nowhere"] {
            let response = server.request("GET", path, &headers, "").await;
            assert_eq!(
                response.header("access-control-allow-origin"),
                expected,
                "{path}"
            );
            assert_eq!(
                response.header("access-control-allow-credentials"),
                expected.map(|_| "true"),
                "{path}"
            );
            assert_eq!(response.header("vary"), Some("origin"), "{path}");
        }
        let live = server.request("GET", "/health/live", &headers, "").await;
        assert_eq!(
            (live.status, live.header("timing-allow-origin")),
            (200, expected)
        );
    }
}

/// The problem names the allowed origins. The page cannot read it, but its developer can.
pub async fn a_refused_origin_gets_the_allowed_ones<S: Subscriber>() {
    let server = S::start(&["--origins", PAGE]).await;
    for origin in [
        OTHER,
        "null",
        "http://page.example:8000",
        "https://page.example",
    ] {
        let refused = preflight(&server, origin, "/messages").await;
        assert_problem(&refused, 403, "origin-not-allowed", PAGE);
        assert!(refused.body.contains(origin), "{}", refused.body);
        assert_eq!(refused.header("access-control-allow-origin"), None);
        assert!(
            refused
                .header("vary")
                .is_some_and(|vary| vary.starts_with("origin")),
            "{:?}",
            refused.header("vary")
        );
    }
    assert_eq!(server.metric("rejected_total", "origin-not-allowed"), 4);
}

/// With `*` any page may use the service, but only pages of named origins with credentials.
pub async fn only_named_origins_may_send_credentials<S: Subscriber>() {
    let server = S::start(&["--origins", "*,http://page.example"]).await;
    for (origin, allowed, credentials) in [
        (PAGE, PAGE, Some("true")),
        (OTHER, "*", None),
        ("null", "*", None),
    ] {
        let get = server
            .request("GET", "/messages", &[("origin", origin)], "")
            .await;
        for response in [get, preflight(&server, origin, "/messages").await] {
            assert_eq!(
                response.header("access-control-allow-origin"),
                Some(allowed),
                "{origin}"
            );
            assert_eq!(
                response.header("access-control-allow-credentials"),
                credentials,
                "{origin}"
            );
        }
    }
}
