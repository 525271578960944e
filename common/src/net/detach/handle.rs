//! The way from a request to the connection that it came on.

use super::{Detached, OnDetach, Reattach, state::ConnectionState};
use crate::net::request_framer::BodyFraming;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_core::Stream;
use std::{
    cell::RefCell,
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// A reference to the connection of a request. actix keeps one with each connection.
#[derive(Clone)]
pub(crate) struct ConnectionHandle(pub(super) Rc<RefCell<ConnectionState>>);

/// Responds with these headers, but gives them and the socket to `on_detach` instead of writing them.
pub fn detach(
    request: &HttpRequest,
    mut headers: HttpResponseBuilder,
    on_detach: impl FnOnce(Detached) + 'static,
) -> HttpResponse {
    let mut state = handle(request).0.borrow_mut();
    state.detach_with(Box::new(on_detach));
    headers.streaming(EndlessBody)
}

/// Returns a GET request byte for byte. Returns `None` if the peer has sent more since.
pub fn raw_request(request: &HttpRequest) -> Option<Bytes> {
    handle(request).0.borrow().raw_request(request)
}

/// Records that the body of a request was read to its end.
pub(crate) fn mark_body_read(request: &HttpRequest) {
    // A request made by a test has no connection.
    if let Some(handle) = request.conn_data::<ConnectionHandle>() {
        handle.0.borrow_mut().mark_body_read();
    }
}

fn handle(request: &HttpRequest) -> &ConnectionHandle {
    request
        .conn_data()
        .expect("every connection of this server has a handle")
}

/// The body of a response that the new owner of the socket writes.
struct EndlessBody;

impl Stream for EndlessBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

impl ConnectionHandle {
    /// Returns the connection of a request.
    pub(crate) fn of(request: &actix_http::Request) -> &Self {
        request
            .conn_data()
            .expect("every connection of this server has a handle")
    }

    /// Records that actix begins with a request.
    pub(crate) fn begin_request(&self, has_body: bool, framing: BodyFraming) {
        self.0.borrow_mut().begin_request(has_body, framing);
    }

    /// Records that actix is done with the request.
    pub(crate) fn finish_request(&self) {
        self.0.borrow_mut().finish_request();
    }

    /// Whether part of the latest request's body is still unread.
    pub(crate) fn has_unread_body(&self) -> bool {
        self.0.borrow().has_unread_body()
    }

    /// Reattaches the connection after this response, where actix would close it. With `hide_upgrade` the response
    /// loses the `connection: upgrade` that actix writes.
    ///
    /// Returns false if the connection cannot continue: its socket is being detached, or the peer has sent something
    /// else than a body of this length.
    pub(crate) fn reattach_after_response(
        &self,
        body_length: u64,
        hide_upgrade: bool,
        reattach: Reattach,
    ) -> bool {
        self.0
            .borrow_mut()
            .reattach_after_response(body_length, hide_upgrade, reattach)
    }

    /// Takes the socket for the handler that detached it, once actix has written the response's headers.
    ///
    /// The first part is `None` if the peer has sent more than is kept. The socket is then dropped, which ends the
    /// connection.
    pub(super) fn take_detached(&self) -> Option<(Option<Detached>, OnDetach)> {
        self.0.borrow_mut().take_detached()
    }
}
