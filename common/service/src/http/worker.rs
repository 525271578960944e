//! `GET /worker`: the worker thread that handles a request.

use super::AppState;
use actix_web::{HttpResponse, web};
use common::shard::Shard;
use std::process;

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
