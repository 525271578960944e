//! The worker thread that handles a request: as an extractor, and as `GET /worker`, the clustering example.

use crate::hub::Worker;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use std::{convert::Infallible, future::Ready, future::ready, process};

impl FromRequest for Worker {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.app_data::<Worker>().expect("each worker's app has its worker").clone()))
    }
}

pub(super) async fn handler(worker: Worker) -> HttpResponse {
    let (number, pid) = (worker.number(), process::id());
    let thread = rustix::thread::gettid().as_raw_nonzero();
    let text = format!("Handled by worker {number} (pid {pid}, thread {thread})");
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}
