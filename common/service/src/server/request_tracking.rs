//! Reports the beginning and the end of each request to its connection.

use super::upgrade::UpgradeOffer;
use actix_http::{ConnectionType, HttpMessage, Payload, Request, Response};
use actix_service::Service;
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::StatusCode,
};
use bytes::Bytes;
use common::shard::Shard;
use net::{BodyFraming, ConnectionHandle};
use std::{
    error::Error,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

/// Passes a request to the app, and reports its beginning and the end of its response to the
/// connection.
pub(super) fn track<S, B>(
    mut request: Request,
    app: &S,
    shard: &Shard,
) -> impl Future<Output = Result<Response<TrackedBody>, S::Error>> + use<S, B>
where
    S: Service<Request, Response = ServiceResponse<B>>,
    B: MessageBody + 'static,
{
    let connection = ConnectionHandle::of(&request).clone();
    let framing = BodyFraming::of(request.headers());
    let has_body = !matches!(request.payload(), Payload::None);
    connection.state().begin_request(has_body, framing);
    let offer = UpgradeOffer::of(&request);
    let shard = shard.clone();
    let response = app.call(request);
    async move {
        let response = response
            .await
            .inspect_err(|_| connection.state().finish_request())?;
        let mut response = Response::from(response);
        let has_endless_rest =
            framing == BodyFraming::Chunked && connection.state().has_unread_body();
        if has_endless_rest {
            let task = poll_fn(|context| Poll::Ready(context.waker().clone())).await;
            connection.state().close_after_response(task);
        }
        // A proxy that keeps connections open sends its next request to another service.
        let is_last = shard.is_draining() && response.status() != StatusCode::SWITCHING_PROTOCOLS;
        if has_endless_rest || is_last {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        if let Some(offer) = offer {
            offer.decline(&mut response, &connection, shard);
        }
        Ok(response.map_body(|_, body| TrackedBody {
            body: body.boxed(),
            connection,
        }))
    }
}

/// The body of a response. Dropping it finishes the request.
pub(super) struct TrackedBody {
    body: BoxBody,
    connection: ConnectionHandle,
}

impl MessageBody for TrackedBody {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        self.connection.state().finish_request();
    }
}
