//! The memory of an idle poll that waits, as counted by the allocator.
//!
//! This is a program of its own because it counts all its allocations.

use conformance::{Server, bytes_of_each_connection};
use longpoll_svc::LongPoll;
use serde_json::json;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// In bytes.
const LIMIT: usize = 200;

fn in_use() -> (usize, usize) {
    let stats = dhat::HeapStats::get();
    (stats.curr_bytes, stats.curr_blocks)
}

#[actix_web::test]
async fn a_waiting_poll_takes_a_few_hundred_bytes() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let server = Server::start::<LongPoll>(&["--workers", "1"]);
    let id = server.publish("c", json!(1)).await;
    let target = format!("/poll?channel=c&after={id}&wait=60");
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    let bytes = bytes_of_each_connection(&server, "longpoll", &request, in_use).await;
    assert!(bytes <= LIMIT, "{bytes} of {LIMIT}");
}
