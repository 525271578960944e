//! Requests that offer another protocol (`Connection: upgrade`).

use actix_http::{ConnectionType, HttpMessage, Request, Response};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, Version, header},
};
use common::shard::Shard;
use net::{ConnectionHandle, Detached, Reattached, detach, has_endless_body};
use tokio::io::AsyncWriteExt;

/// An offer to switch to another protocol.
///
/// actix closes the connection of such a request after its response, without announcing it. But an
/// offer that is not accepted has no other consequence (RFC 9110 §7.8). So the connection
/// continues, or its end is announced.
pub(super) struct UpgradeOffer {
    /// The length of the request's body; `None` if the connection cannot continue.
    body_length: Option<u64>,
}

impl UpgradeOffer {
    /// Returns the offer of a request. Returns `None` if it makes none.
    pub(super) fn of(request: &Request) -> Option<Self> {
        if !request.head().upgrade() {
            return None;
        }
        let headers = request.headers();
        let can_continue = request.version() == Version::HTTP_11
            && !headers.contains_key(header::TRANSFER_ENCODING)
            && !has_endless_body(headers);
        let body_length = if can_continue {
            body_length(request)
        } else {
            None
        };
        Some(Self { body_length })
    }

    /// Lets the connection continue after a response that does not accept the offer, or announces
    /// its end.
    pub(super) fn decline<B>(
        self,
        response: &mut Response<B>,
        connection: &ConnectionHandle,
        shard: Shard,
    ) {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return;
        }
        let head = response.head_mut();
        let is_closing = head.connection_type() == ConnectionType::Close;
        // A response may itself name protocols to upgrade to (RFC 9110 §15.5.22).
        let names_protocols = head.headers.contains_key(header::UPGRADE);
        let continues = !is_closing
            && self.body_length.is_some_and(|length| {
                let reattach = Box::new(move |reattached| shard.reattach(reattached));
                let mut state = connection.state();
                state.reattach_after_response(length, !names_protocols, reattach)
            });
        if !continues {
            head.set_connection_type(ConnectionType::Close);
        }
    }
}

/// Returns the declared length of a body, zero if there is none. Returns `None` if it is not a
/// number.
fn body_length(request: &Request) -> Option<u64> {
    let Some(length) = request.headers().get(header::CONTENT_LENGTH) else {
        return Some(0);
    };
    length.to_str().ok()?.parse().ok()
}

/// Makes actix parse this request again, with other headers.
///
/// `discarded` is the builder of a response that is not sent.
pub fn replay_request(
    request: &HttpRequest,
    discarded: HttpResponseBuilder,
    headers: Vec<u8>,
    shard: Shard,
) -> HttpResponse {
    detach(request, discarded, move |detached| {
        let Detached {
            mut io,
            unwritten,
            read_ahead,
            permit,
            ..
        } = detached;
        let read_ahead = [&headers[..], &read_ahead].concat().into();
        actix_web::rt::spawn(async move {
            // Responses to earlier requests come first.
            if io.write_all(&unwritten).await.is_ok() {
                shard.reattach(Reattached {
                    io,
                    permit,
                    read_ahead,
                });
            }
        });
    })
}
