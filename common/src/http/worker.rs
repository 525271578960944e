//! The worker thread that handles a request: as a handler's argument, and as `GET /worker`.

use super::AppState;
use crate::hub::Shard;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};
use std::{convert::Infallible, future::Ready, future::ready, process};

impl FromRequest for Shard {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request
            .app_data::<Shard>()
            .expect("each worker's app has its shard")
            .clone()))
    }
}

pub(super) async fn handler(shard: Shard, service: web::Data<AppState>) -> HttpResponse {
    let number = shard.number();
    let pid = process::id();
    let of_process = service
        .member
        .as_ref()
        .map(|member| format!(" of process {}", member.slot()))
        .unwrap_or_default();
    let thread = rustix::thread::gettid().as_raw_nonzero();
    let text = format!("Handled by worker {number}{of_process} (pid {pid}, thread {thread})");
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text)
}
