//! The memory of an idle event stream, as counted by the allocator.
//!
//! This is a program of its own because it counts all its allocations.

use conformance::{Server, bytes_of_each_connection};
use sse_svc::Sse;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// In bytes.
const LIMIT: usize = 200;

fn in_use() -> (usize, usize) {
    let stats = dhat::HeapStats::get();
    (stats.curr_bytes, stats.curr_blocks)
}

#[actix_web::test]
async fn an_idle_event_stream_takes_a_few_hundred_bytes() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let server = Server::start::<Sse>(&["--workers", "1"]);
    let request = "GET /events?channel=c HTTP/1.1\r\nHost: x\r\n\r\n";
    let bytes = bytes_of_each_connection(&server, "sse", request, in_use).await;
    assert!(bytes <= LIMIT, "{bytes} of {LIMIT}");
}
