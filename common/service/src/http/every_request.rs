//! The middleware of every request.

use super::{AppState, body, problem::ProblemName};
use actix_web::{
    Error, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web,
};

/// Refuses bodies of GET and HEAD requests, counts problems, and keeps caches from storing
/// responses.
///
/// A handler may set `Cache-Control` itself. Without it a cache could store a 404 or a state of
/// health for any time (RFC 9111 §4.2.2).
pub(crate) async fn every_request(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let service = request
        .app_data::<web::Data<AppState>>()
        .expect("every app is built with its state")
        .clone();
    let mut response = match body::refuse_unwanted(&mut request).await {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(problem) => request
            .into_response(problem.error_response())
            .map_into_right_body(),
    };
    if let Some(ProblemName(name)) = response.response().extensions().get() {
        service.hub.metrics().count_rejection(name);
    }
    if response.status() != StatusCode::SWITCHING_PROTOCOLS
        && !response.headers().contains_key(header::CACHE_CONTROL)
    {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
