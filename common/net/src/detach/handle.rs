//! The way from a request to the connection that it came on.

use super::{Detached, state::ConnectionState};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::stream;
use std::{
    cell::{RefCell, RefMut},
    convert::Infallible,
    rc::Rc,
};

/// A reference to the connection of a request. actix keeps one with each connection.
#[derive(Clone)]
pub struct ConnectionHandle(pub(super) Rc<RefCell<ConnectionState>>);

impl ConnectionHandle {
    /// Returns the connection of a request.
    pub fn of(request: &actix_http::Request) -> &Self {
        expect_handle(request.conn_data())
    }

    /// Returns what the connection remembers.
    pub fn state(&self) -> RefMut<'_, ConnectionState> {
        self.0.borrow_mut()
    }
}

/// Responds with these headers, but gives them and the socket to `on_detach` instead of writing
/// them.
pub fn detach(
    request: &HttpRequest,
    mut headers: HttpResponseBuilder,
    on_detach: impl FnOnce(Detached) + 'static,
) -> HttpResponse {
    handle(request).state().detach_with(Box::new(on_detach));
    // The new owner of the socket writes the body.
    headers.streaming(stream::pending::<Result<Bytes, Infallible>>())
}

/// Returns a GET request byte for byte. Returns `None` if the peer has sent more since.
pub fn raw_request(request: &HttpRequest) -> Option<Bytes> {
    handle(request).state().raw_request(request)
}

/// Records that the body of a request was read to its end.
pub fn mark_body_read(request: &HttpRequest) {
    // A request made by a test has no connection.
    if let Some(handle) = request.conn_data::<ConnectionHandle>() {
        handle.state().mark_body_read();
    }
}

fn handle(request: &HttpRequest) -> &ConnectionHandle {
    expect_handle(request.conn_data())
}

fn expect_handle(handle: Option<&ConnectionHandle>) -> &ConnectionHandle {
    handle.expect("every connection of this server has a handle")
}
