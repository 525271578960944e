//! One request and its response, as the connection under them sees it.

use crate::{
    hub::Shard,
    net::{Detached, Follows, Reattached, Slot, detach, has_endless_body},
};
use actix_http::{ConnectionType, HttpMessage, Payload, Request, Response};
use actix_service::Service;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{StatusCode, Version, header},
};
use bytes::Bytes;
use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::AsyncWriteExt;

/// Passes a request to the app, and tells its connection when it begins and when its response is done.
pub(super) fn track<S, B>(
    mut request: Request,
    app: &S,
    worker: &Shard,
) -> impl Future<Output = Result<Response<Tracked>, S::Error>> + use<S, B>
where
    S: Service<Request, Response = ServiceResponse<B>>,
    B: MessageBody + 'static,
{
    let slot = Slot::of(&request).clone();
    let in_chunks = request.headers().contains_key(header::TRANSFER_ENCODING);
    let follows = match has_endless_body(request.headers()) {
        _ if in_chunks => Follows::Chunks,
        true => Follows::Everything,
        false => Follows::Length,
    };
    slot.begin(!matches!(request.payload(), Payload::None), follows);
    let offer = Offer::of(&request).map(|offer| (offer, worker.clone()));
    let worker = worker.clone();
    let answer = app.call(request);
    async move {
        let answer = answer.await.inspect_err(|_| slot.finish())?;
        let mut response = Response::from(answer);
        // The rest of the body would have to be read first, and may have no end.
        let is_lost = in_chunks && slot.has_more();
        // A proxy that keeps connections then sends its next request elsewhere, and none meets the end of the service.
        let is_last = worker.is_draining() && response.status() != StatusCode::SWITCHING_PROTOCOLS;
        if is_lost || is_last {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        if let Some((offer, worker)) = offer {
            offer.decline(&mut response, &slot, worker);
        }
        Ok(response.map_body(|_, body| Tracked {
            body: body.boxed(),
            slot,
        }))
    }
}

/// A request with `Connection: upgrade`: after whatever response, actix ends such a connection without saying so. An offer
/// that is not taken has no other consequence (RFC 9110 §7.8), so the connection goes on, or its end is announced.
struct Offer {
    /// The length of its body; none if the connection cannot go on.
    length: Option<u64>,
}

impl Offer {
    fn of(request: &Request) -> Option<Self> {
        if !request.head().upgrade() {
            return None;
        }
        let headers = request.headers();
        let length = headers
            .get(header::CONTENT_LENGTH)
            .map_or(Some(0), |length| length.to_str().ok()?.parse().ok());
        let goes_on = request.version() == Version::HTTP_11
            && !headers.contains_key(header::TRANSFER_ENCODING)
            && !has_endless_body(headers);
        Some(Self {
            length: length.filter(|_| goes_on),
        })
    }

    fn decline<B>(self, response: &mut Response<B>, slot: &Slot, worker: Shard) {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return;
        }
        let head = response.head_mut();
        let (closes, names_others) = (
            head.connection_type() == ConnectionType::Close,
            head.headers.contains_key(header::UPGRADE),
        );
        let again = Box::new(move |returned| worker.reattach(returned));
        let goes_on = !closes
            && self
                .length
                .is_some_and(|length| slot.keep(length, !names_others, again));
        if !goes_on {
            head.set_connection_type(ConnectionType::Close);
        }
    }
}

/// Has the connection of a request served anew, as if it had begun with this head. `unsent` is the head of a response that
/// nobody sees.
pub fn serve_again(
    request: &HttpRequest,
    unsent: HttpResponseBuilder,
    head: Vec<u8>,
    worker: Shard,
) -> HttpResponse {
    detach(
        request,
        unsent,
        move |Detached {
                  mut io,
                  before,
                  early,
                  connection,
                  ..
              }| {
            let read = [&head[..], &early].concat().into();
            actix_web::rt::spawn(async move {
                // The peer is owed the responses to its earlier requests first.
                if io.write_all(&before).await.is_ok() {
                    worker.reattach(Reattached {
                        io,
                        connection,
                        read,
                    });
                }
            });
        },
    )
}

/// The body of a response, which tells its connection when it is no more.
pub(super) struct Tracked {
    body: BoxBody,
    slot: Slot,
}

impl MessageBody for Tracked {
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

impl Drop for Tracked {
    fn drop(&mut self) {
        self.slot.finish();
    }
}
